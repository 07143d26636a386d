"""From a form-js file to a `Form`: the accepted profile, all problems at once."""

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

import feel
from forms import components, reading
from forms.model import Component, Form, walk
from forms.problems import FormProblems
from forms.reading import Reading

# 16 is the first version with the layout that today's editors write; a later one may mean something else.
SCHEMA_VERSIONS = range(16, 21)

_FORM_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")
_TOP = frozenset({"id", "type", "components", "schemaVersion"})
# Written by editors; they say nothing about the form.
_IGNORED = frozenset({"executionPlatform", "executionPlatformVersion", "exporter", "versionTag", "$schema"})


def parse(source: bytes | str) -> Form:
    """Read a form. Raises FormProblems with everything that is refused."""
    content = reading.load(source)
    notes = Reading()
    form_id = _head(content, notes)
    parts = components.read(content.get("components"), notes)
    if not notes.problems and not any(part.key for part in walk(parts)):
        notes.report("modulo", "Il modulo non chiede nulla.", "Aggiungere almeno un campo.")
    fields = {part.key: part for part in walk(parts) if part.key is not None}
    guards = {part.key: conditions for part, conditions in _guarded(parts, ()) if part.key is not None}
    order = _order(fields, guards, notes)
    if notes.problems:
        raise FormProblems(notes.problems)
    names = {name for part in walk(parts) if part.hide is not None for name in part.hide.names}
    return Form(form_id, parts, fields, order, guards, frozenset(names - fields.keys()))


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
    reads = {key: {name for condition in guards[key] for name in condition.names if name in fields} for key in fields}
    try:
        return tuple(TopologicalSorter(reads).static_order())
    except CycleError as error:
        circle = " → ".join(f"«{key}»" for key in error.args[1])
        notes.report("modulo", f"Le condizioni si inseguono: {circle}.", "Togliere una delle condizioni.")
        return ()
