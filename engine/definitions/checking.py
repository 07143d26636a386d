"""A set of diagrams with everything that they name, gathered and checked: all that is wrong with it at once.

What a set does not bring along is looked for around it: in what is in force (`deployment`), or in the files beside it
where there is no installation (`beside`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

import forms
from engine import dmn, errors, functions
from engine.bpmn import advice, parsing, profile
from engine.calendars.functions import OF_EVERYBODY
from engine.definitions import catalogue, tables
from engine.errors import Level, Problem

if TYPE_CHECKING:
    from engine import parameters
    from engine.bpmn import model
    from engine.definitions.models import ProcessDefinition


class Around(Protocol):
    """What a set may name without bringing it along.

    `forms` and `tables` are those that a process of the set had before, by form id and file name; `process` is one that
    the set calls. Not `attached` means that there is no installation: its functions and agencies are not known.
    """

    @property
    def attached(self) -> bool: ...
    def forms(self, key: str) -> Mapping[str, bytes]: ...
    def tables(self, key: str) -> Mapping[str, bytes]: ...
    def process(self, key: str) -> model.Process | None: ...
    def parameters(self) -> parameters.Names: ...
    def services(self) -> Collection[str]: ...


@dataclass(slots=True)
class Bundle:
    """One process of a set with all that it names; `latest` and `digest` are for who puts it in force."""

    file: str
    source: bytes
    process: model.Process
    forms: dict[str, bytes] = field(default_factory=dict)
    decisions: dict[str, dmn.Decision] = field(default_factory=dict)
    latest: ProcessDefinition | None = None
    digest: str = ""
    warnings: tuple[Problem, ...] = ()

    @property
    def calls(self) -> set[str]:
        """The processes that it calls, by id."""
        return {key for node in self.process.all_nodes.values() for key in node.called}

    def own_digest(self) -> bytes:
        """Digest what it brings along, without what it calls."""
        return own_digest(self.source, self.forms, tables.files_of(self.decisions))


def check(around: Around, sources: Mapping[str, bytes], forms_given: Mapping[str, bytes]) -> dict[str, Bundle]:
    """Give the processes of a set by id, each with what it names and is warned of. Raises InvalidProcess.

    A form or decision that is named but not given is that of the process's latest version, else the shipped form.
    """
    decisions_given = {name: source for name, source in sources.items() if name.lower().endswith(tables.SUFFIX)}
    bundles, problems = _read({name: source for name, source in sources.items() if name not in decisions_given})
    shipped = catalogue.shipped()
    for key, bundle in bundles.items():
        known = {**shipped, **around.forms(key), **forms_given}
        named = {node.form_id for node in bundle.process.all_nodes.values() if node.form_id}
        bundle.forms = {form_id: known[form_id] for form_id in sorted(named) if form_id in known}
    set_of_tables = tables.Tables(decisions_given)
    for key, bundle in bundles.items():
        bundle.decisions = set_of_tables.asked(bundle.process, around.tables(key))
    problems += set_of_tables.problems()
    problems += _check(around, bundles)
    if errors.refusals(problems):
        raise errors.InvalidProcess(tuple(problems))
    for bundle in bundles.values():
        bundle.warnings = tuple(problem for problem in problems if problem.file == bundle.file)
    return bundles


def warnings(bundles: Mapping[str, Bundle]) -> tuple[Problem, ...]:
    """Give what the designers of a set are warned of."""
    return tuple(warning for bundle in bundles.values() for warning in bundle.warnings)


def own_digest(source: bytes, own_forms: Mapping[str, bytes], own_tables: Mapping[str, bytes]) -> bytes:
    """Digest what stands in one version: diagram, forms, tables."""
    digest = sha256(sha256(source).digest())
    for name, content in (*sorted(own_forms.items()), *sorted(own_tables.items())):
        digest.update(name.encode() + b"\0" + sha256(content).digest())
    return digest.digest()


def _read(sources: Mapping[str, bytes]) -> tuple[dict[str, Bundle], list[Problem]]:
    bundles: dict[str, Bundle] = {}
    problems: list[Problem] = []
    if not sources:
        problems.append(Problem("", "Non c'è nessun diagramma.", "Scegliere almeno un file .bpmn."))
    for name, source in sources.items():
        try:
            process = parsing.read(source, name)
        except errors.InvalidProcess as refused:
            problems += [replace(problem, file=name) for problem in refused.problems]
            continue
        if process.id in bundles:
            reason = f"Due file contengono il processo «{process.id}»."
            problems.append(Problem(process.id, reason, "Caricarne uno solo.", file=name))
        bundles[process.id] = Bundle(name, source, process)
    return bundles, problems


def _check(around: Around, bundles: Mapping[str, Bundle]) -> list[Problem]:
    problems: list[Problem] = []
    called = {bundle.process.id: bundle.process for bundle in bundles.values()}
    for key in {call for bundle in bundles.values() for call in bundle.calls} - set(bundles):
        process = around.process(key)
        if process is not None:
            called[key] = process
    named, services = around.parameters(), around.services()
    for bundle in bundles.values():
        keys, unfit = _form_keys(bundle)
        problems += unfit
        surroundings = profile.Surroundings(
            keys,
            named.durations,
            called,
            services,
            {name: decision.inputs for name, decision in bundle.decisions.items()},
            named.switches,
            named.of_calendars,
            functions.known(),
            named.of_offices,
            attached=around.attached,
        )
        found = profile.check(bundle.process, surroundings) or advice.check(bundle.process, surroundings)
        found = [*bundle.process.warnings, *errors.named(found, bundle.process.names), *_not_drawn(bundle.process)]
        problems += [replace(problem, file=bundle.file) for problem in found]
    return problems


def _form_keys(bundle: Bundle) -> tuple[dict[str, profile.FormKeys], list[Problem]]:
    keys: dict[str, profile.FormKeys] = {}
    problems: list[Problem] = []
    for form_id, source in bundle.forms.items():
        try:
            keys[form_id] = profile.FormKeys.of(forms.parse(source, new=True, functions=OF_EVERYBODY))
        except forms.FormProblems as refused:
            problems += [
                Problem(item.where, item.reason, item.way_out, file=f"{form_id}.form") for item in refused.problems
            ]
            keys[form_id] = profile.FormKeys(frozenset(), frozenset())
    return keys, problems


def _not_drawn(process: model.Process) -> Iterator[Problem]:
    """Warn of what nobody will see in the diagram; such a process runs, and the pages list its steps in words."""
    way_out = "Aprirlo in un editor che dispone le forme, e salvarlo: intanto le pagine elencano i passi a parole."
    if process.undrawn and not process.drawn:
        yield Problem(process.id, "Il file non ha il disegno (BPMNDI).", way_out, process.line, level=Level.WARNING)
    elif process.undrawn:
        reason = f"Nel disegno mancano degli elementi: {', '.join(process.undrawn[:10])}."
        yield Problem(process.id, reason, way_out, process.line, level=Level.WARNING)
