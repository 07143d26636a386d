"""Diagrams without a database: for tests, simulations and other tools; docs/engine.md shows how.

The same reading, linting, building and running as in the product. What a deployment finds in its network
(forms, decision tables, parameters) is given here with the diagrams.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID, uuid5

import forms
from engine import dmn, errors
from engine.bpmn import building, model, parsing, profile, rules
from engine.bpmn.building import Definition
from engine.calendars.functions import OF_EVERYBODY
from engine.errors import Problem
from feel import YearsMonths

_NAMESPACE = UUID("5e3cf9a4-6a3c-4c58-9a0e-1f5f4a3b7c11")


def load(
    files: Mapping[str, bytes], *, parameters: Mapping[str, timedelta | YearsMonths | bool] = MappingProxyType({})
) -> dict[str, Definition]:
    """Read and check files that belong together (`.bpmn`, `.dmn`, `.form`); give their processes ready to run, by id.

    Each lane counts as a service that some agency plays. A process has the same definition id each time.
    Raises InvalidProcess with all problems.
    """
    problems: list[Problem] = []
    processes = _processes(_ending(files, ".bpmn"), problems)
    library = dmn.Library.of(_ending(files, ".dmn"), OF_EVERYBODY)
    asked = {node.decision for process in processes.values() for node in process.all_nodes.values() if node.decision}
    decisions = {name: rules.Rule(found) for name in asked if (found := library.find(name)) is not None}
    around = profile.Surroundings(
        forms=_form_keys(_ending(files, ".form"), problems),
        parameters={name for name, value in parameters.items() if not isinstance(value, bool)},
        processes=processes,
        services={lane.id for process in processes.values() for lane in process.lanes},
        decisions={name: rule.decision.inputs for name, rule in decisions.items()},
        switches={name for name, value in parameters.items() if isinstance(value, bool)},
    )
    problems += library.problems
    for process in processes.values():
        problems += profile.check(process, around)
    if not all(problem.warns for problem in problems):
        raise errors.InvalidProcess(tuple(problems))
    return build(processes.values(), decisions)


def build(
    processes: Iterable[model.Process], decisions: Mapping[str, rules.Rule] = MappingProxyType({})
) -> dict[str, Definition]:
    """Build processes that the linter has passed, each pinned to those of the others that it calls; by id."""
    built = {item.id: building.build(item, uuid5(_NAMESPACE, item.id), decisions=decisions) for item in processes}
    for definition in built.values():
        called = {key for node in definition.process.all_nodes.values() for key in node.called}
        definition.called.update({key: built[key] for key in called})
    return built


def _processes(sources: Mapping[str, bytes], problems: list[Problem]) -> dict[str, model.Process]:
    found: dict[str, model.Process] = {}
    for name, content in sources.items():
        try:
            process = parsing.read(content, name)
        except errors.InvalidProcess as refused:
            problems += [replace(problem, file=name) for problem in refused.problems]
            continue
        if process.id in found:
            reason = f"Due file contengono il processo «{process.id}»."
            problems.append(Problem(process.id, reason, "Darne uno solo.", file=name))
        found[process.id] = process
    return found


def _form_keys(sources: Mapping[str, bytes], problems: list[Problem]) -> dict[str, profile.FormKeys]:
    keys = {}
    for name, content in sources.items():
        try:
            form = forms.parse(content, new=True, functions=OF_EVERYBODY)
        except forms.FormProblems as refused:
            problems += [Problem(item.where, item.reason, item.way_out, file=name) for item in refused.problems]
            continue
        keys[form.id] = profile.FormKeys.of(form)
    return keys


def _ending(files: Mapping[str, bytes], suffix: str) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.lower().endswith(suffix)}
