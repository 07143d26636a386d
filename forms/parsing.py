"""From a form-js file to a `Form`: the accepted profile, all problems at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

import feel
from forms import components, instants, reading, secrecy
from forms.model import Component, Form, level
from forms.problems import FormProblems
from forms.reading import Reading

# 16 is the first version with the layout that today's editors write; a later one may mean something else.
SCHEMA_VERSIONS = range(16, 21)

_FORM_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_CLOCK = re.compile(r"\b(today|now)\b")
_TOP = frozenset({"id", "type", "components", "schemaVersion"})
# Written by editors; they say nothing about the form.
_IGNORED = frozenset({"executionPlatform", "executionPlatformVersion", "exporter", "versionTag", "$schema"})


def parse(source: bytes | str, *, new: bool = False, functions: feel.HostFunctions | None = None) -> Form:
    """Read a form. Raises FormProblems with everything that is refused.

    `new` when it is to be deployed: what is refused since then must not make those of running cases unreadable.
    `functions` are what expressions may call besides those of FEEL.
    """
    content = reading.load(source)
    notes = Reading(functions=functions or {})
    form_id = _head(content, notes)
    parts = components.read(content.get("components"), notes)
    if not notes.problems and not any(part.key for part in level(parts)):
        notes.report("modulo", "Il modulo non chiede nulla.", "Aggiungere almeno un campo.")
    form = _form(form_id, parts, {}, notes)
    if new:
        notes.problems += secrecy.problems(form)
    if notes.problems:
        raise FormProblems(notes.problems)
    return form


def _form(form_id: str, parts: tuple[Component, ...], outer: Mapping[str, Component], notes: Reading) -> Form:
    """Put a form together, those of its rows first; `outer` are the fields around a row, which it may read."""
    fields = {part.key: part for part in level(parts) if part.key is not None}
    around = {**outer, **fields}
    parts = tuple(_with_rows(form_id, part, around, notes) for part in parts)
    fields = {part.key: part for part in level(parts) if part.key is not None}
    guards = {part.key: conditions for part, conditions in _guarded(parts, ()) if part.key is not None}
    _check_dates(fields, around, notes)
    names = {name for part in level(parts) for name in _read_by(part)}
    return Form(
        id=form_id,
        components=parts,
        fields=fields,
        order=_order(fields, guards, notes),
        guards=guards,
        context_names=frozenset(names - fields.keys()),
        asks_the_time=any(_asks_the_time(part) for part in level(parts)),
    )


def _with_rows(form_id: str, part: Component, around: Mapping[str, Component], notes: Reading) -> Component:
    if part.kind == "dynamiclist":
        return replace(part, row=_form(f"{form_id}.{part.key}", part.children, around, notes), children=())
    if part.children:
        return replace(part, children=tuple(_with_rows(form_id, child, around, notes) for child in part.children))
    return part


def _check_dates(fields: Mapping[str, Component], around: Mapping[str, Component], notes: Reading) -> None:
    dates = {key: part for key, part in around.items() if part.kind == "datetime"}
    for key, part in fields.items():
        reason = instants.unusable(part, dates)
        if reason is not None:
            way_out = 'Usare today(), now() e le altre date del modulo, per esempio "=today()".'
            notes.report(f"«{key}»", reason, way_out)


def _read_by(part: Component) -> frozenset[str]:
    """Give the names that decide about a part: its condition, its bounds, and those of its rows from outside them."""
    expressions = (part.hide, part.constraints.earliest, part.constraints.latest)
    own = frozenset(name for expression in expressions if expression is not None for name in expression.names)
    return own | (part.row.context_names if part.row is not None else frozenset())


def _asks_the_time(part: Component) -> bool:
    limits = part.constraints
    return any(_CLOCK.search(bound.text) for bound in (limits.earliest, limits.latest) if bound is not None) or (
        part.row is not None and part.row.asks_the_time
    )


def _head(content: Mapping[str, object], notes: Reading) -> str:
    for name in sorted(content.keys() - _TOP - _IGNORED):
        notes.report("modulo", f"La proprietà «{name[:80]}» non è ammessa.", "Toglierla dal modulo.")
    if content.get("type", "default") != "default":
        notes.report("modulo", "Il tipo del modulo non è «default».", 'Mettere "type": "default".')
    version = reading.whole(content.get("schemaVersion"))
    if version is None or version not in SCHEMA_VERSIONS:
        known = f"{SCHEMA_VERSIONS[0]}-{SCHEMA_VERSIONS[-1]}"
        notes.report("modulo", "schemaVersion manca o non è conosciuta.", f"Usare una versione fra {known}.")
    form_id = content.get("id")
    if not isinstance(form_id, str) or not _FORM_ID.fullmatch(form_id):
        notes.report("modulo", "L'id del modulo manca o non è un nome semplice.", "Usare lettere, cifre e _ .")
        return ""
    return form_id


def _guarded(
    parts: tuple[Component, ...], outer: tuple[feel.Expression, ...]
) -> Iterator[tuple[Component, tuple[feel.Expression, ...]]]:
    for part in parts:
        conditions = outer if part.hide is None else (*outer, part.hide)
        yield part, conditions
        yield from _guarded(part.children, conditions)


def _order(
    fields: Mapping[str, Component], guards: Mapping[str, tuple[feel.Expression, ...]], notes: Reading
) -> tuple[str, ...]:
    """Put each field after those that its conditions read, so that one pass decides everything."""
    reads = {
        key: {name for condition in guards[key] for name in condition.names if name in fields}
        | (_read_by(part) & fields.keys())
        for key, part in fields.items()
    }
    try:
        return tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        circle = " → ".join(f"«{key}»" for key in error.args[1])
        notes.report("modulo", f"Le condizioni si inseguono: {circle}.", "Togliere una delle condizioni.")
        return ()
