"""Where the values come from that expressions read: nobody has written them yet, or they may be empty.

Names that nothing writes at all are refused by `profile`. Part of the linter's warnings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from engine.bpmn import model, names
from engine.bpmn.scopes import CASE_WIDE
from engine.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from engine.bpmn.expressions import Expression
    from engine.bpmn.profile import Surroundings

_NULL = re.compile(r"\bnull\b")
_INSIDE_OUT = "#"  # the moment when a subprocess has ended; no id of a node looks like it


def check(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    """Warn of expressions that read what no step before them writes, and of conditions on what may be empty."""
    known = _known_before(process, around)
    writes = {name for node in process.all_nodes.values() for name in _written(node, around)}
    optional = _optional(process, around)
    for scope in names.scopes(process):
        for node in scope.nodes.values():
            for expression in (*names.expressions(node), *_of_repetition(node)):
                yield from _too_early(node, expression.names & writes - known[node.id] - _given(scope, node, around))
        for flow in scope.flows.values():
            if flow.condition is None:
                continue
            source = scope.nodes[flow.source]
            names_read = flow.condition.names & writes
            yield from _too_early(flow, names_read - _known_after(source, known) - _written(source, around))
            yield from _maybe_empty(flow, flow.condition, optional)


def _known_after(node: model.Node, known: dict[str, set[str]]) -> set[str]:
    return known[node.id if node.scope is None else node.id + _INSIDE_OUT]


def _of_repetition(node: model.Node) -> Iterator[Expression]:
    if isinstance(node.loop, model.MultiInstance):
        yield from (one for one in (node.loop.collection, node.loop.cardinality) if one is not None)


def _given(scope: model.Scope, node: model.Node, around: Surroundings) -> set[str]:
    """Give what a node has of its own, or from the activity on whose border it is."""
    host = scope.nodes.get(node.attached_to or "")
    return _written(node, around) | (_written(host, around) if host is not None else set())


def _written(node: model.Node, around: Surroundings) -> set[str]:
    """Give what a node brings with it or writes, not what is written inside it."""
    found = {mapping.target for mapping in (*node.inputs, *node.outputs)} | names.attributes(node.loop)
    if node.form_id is not None and node.form_id in around.forms:
        found |= around.forms[node.form_id].routing
    return found | {node.result} - {""}


def _too_early(element: model.Node | model.Flow, unwritten: frozenset[str]) -> Iterator[Problem]:
    for name in sorted(unwritten):
        reason = f"L'espressione usa «{name}», che può non essere ancora scritto quando si arriva qui."
        way_out = "Chiederlo in un passo che viene prima su ogni strada, o correggere il nome."
        yield Problem(element.id, reason, way_out, element.line, level=Level.WARNING)


def _maybe_empty(flow: model.Flow, condition: Expression, optional: frozenset[str]) -> Iterator[Problem]:
    if _NULL.search(condition.text):
        return  # whoever wrote it has thought of it
    for name in sorted(condition.names & optional):
        reason = f"La condizione legge «{name}», a cui si può non rispondere."
        way_out = f"Rendere il campo obbligatorio, o prevedere il caso senza risposta ({name} = null)."
        yield Problem(flow.id, reason, way_out, flow.line, level=Level.WARNING)


def _optional(process: model.Process, around: Surroundings) -> frozenset[str]:
    named = {node.form_id for node in process.all_nodes.values() if node.form_id is not None}
    return frozenset(name for form_id in named if form_id in around.forms for name in around.forms[form_id].optional)


def _known_before(process: model.Process, around: Surroundings) -> dict[str, set[str]]:
    """Give for each node the names that something before it may have written.

    What an event subprocess writes may be there at any time, and inside it everything may be.
    """
    after: dict[str, set[str]] = defaultdict(set)
    always = set(CASE_WIDE) | {variable.name for variable in process.variables}
    everything = always.union(*(_written(node, around) for node in process.all_nodes.values()))
    known: dict[str, set[str]] = {}
    for scope in names.scopes(process):
        _connect(scope, after)
    for node in process.all_nodes.values():
        if node.triggered and node.scope is not None:
            inside = list(node.scope.walk())
            always.update(name for one in (node, *inside) for name in _written(one, around))
            known |= {one.id: set(everything) for one in (node, *inside)}
    for node in process.all_nodes.values():
        for place in (node.id, node.id + _INSIDE_OUT):
            known.setdefault(place, set(always))
    _spread(process, around, after, known)
    return known


def _connect(scope: model.Scope, after: dict[str, set[str]]) -> None:
    """Say what comes after each node of a scope; a subprocess is entered, and is over later."""
    for flow in scope.flows.values():
        source = scope.nodes[flow.source]
        after[flow.source + _INSIDE_OUT if source.scope is not None else flow.source].add(flow.target)
    for node in scope.nodes.values():
        if node.attached_to is not None:
            # What happened inside may have happened before.
            after[node.attached_to].add(node.id)
            after[node.attached_to + _INSIDE_OUT].add(node.id)
        if node.handler is not None:
            after[node.id].add(node.handler)
        if node.scope is not None:
            inner = node.scope.nodes.values()
            after[node.id].update(one.id for one in node.scope.begins)
            for one in inner:
                after[one.id if one.scope is None else one.id + _INSIDE_OUT].add(node.id + _INSIDE_OUT)


def _spread(
    process: model.Process, around: Surroundings, after: dict[str, set[str]], known: dict[str, set[str]]
) -> None:
    """Carry what each node writes to all that may come after it, until nothing new comes anywhere."""
    writes = {node.id: _written(node, around) for node in process.all_nodes.values()}
    frontier: Iterable[str] = list(known)
    while frontier:
        changed: set[str] = set()
        for place in frontier:
            carried = known[place] | writes.get(place.removesuffix(_INSIDE_OUT), set())
            for follower in after[place]:
                if not carried <= known[follower]:
                    known[follower] |= carried
                    changed.add(follower)
        frontier = changed
