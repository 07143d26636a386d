"""How a case comes from lane to lane: which agencies surely have a part in it when a step is reached, and who was last.

A process is looked at as places, before and behind each node, and the ways between them. Two things are carried along
these ways until nothing changes: the lanes that every path has entered, and the steps that may have been the last one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from engine.bpmn import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class _Place(NamedTuple):
    """The moment before a node is reached, or behind it when it is done."""

    node: str
    behind: bool


class _Ways(NamedTuple):
    """The ways of a process: `plain` ones, and those that something takes which interrupts or comes beside."""

    plain: dict[_Place, set[_Place]]
    aside: dict[_Place, set[_Place]]


def entered(process: model.Process, processes: Mapping[str, model.Process]) -> dict[str, frozenset[str]]:
    """Give for each node the lanes that are surely part of the case when it is reached.

    Those in which the process begins are, by whoever began it; the others by a step done in them on every path.
    """
    ways = _ways(process.scope)
    everything = frozenset(node.lane for node in process.all_nodes.values() if node.lane is not None)
    begun = {node.id: _first(process, [node], processes, set()) for node in process.scope.begins}
    joins = {node.id for node in process.all_nodes.values() if node.kind is model.Kind.PARALLEL}
    came = _from(ways)
    known = {_Place(key, behind): everything for key in process.all_nodes for behind in (False, True)}
    changed = True
    while changed:
        changed = False
        for place, before_now in known.items():
            sources = [known[source] for source in came[place]]
            if place.node in begun and not place.behind:
                found = begun[place.node]
            elif place.node in joins and not place.behind and sources:
                # A parallel gateway waits for all its ways, so what any of them has entered is there.
                found = frozenset().union(*sources)
            else:
                found = frozenset.intersection(*sources) if sources else everything
            if place.behind:
                found |= _enters(process.all_nodes[place.node])
            changed = changed or found != before_now
            known[place] = found
    return {key: known[_Place(key, behind=False)] for key in process.all_nodes}


def first(process: model.Process, processes: Mapping[str, model.Process]) -> frozenset[str]:
    """Give the lanes in which a process begins: those of its first steps that no hand-over leads to."""
    return _first(process, process.scope.begins, processes, set())


def before(process: model.Process, node_id: str) -> frozenset[str]:
    """Give the user tasks of which one is the last that was done before a node is reached; none where it is a first."""
    came = _from(_ways(process.scope))
    inside = _inside(process.scope)
    known: dict[_Place, frozenset[str]] = defaultdict(frozenset)
    changed = True
    while changed:
        changed = False
        for key, node in process.all_nodes.items():
            for place in (_Place(key, behind=False), _Place(key, behind=True)):
                found = frozenset[str]().union(*(known[source] for source in came[place]))
                found |= inside.get(key, frozenset()) if not place.behind else frozenset()
                if place.behind and node.kind is model.Kind.USER_TASK:
                    found = frozenset({key})
                changed = changed or found != known[place]
                known[place] = found
    return known[_Place(node_id, behind=False)]


def _enters(node: model.Node) -> frozenset[str]:
    """Give the lane that a step, once done, leaves as a part of the case."""
    stays = node.handover is None or node.handover.until != "step"
    return frozenset({node.lane} if node.kind is model.Kind.USER_TASK and node.lane is not None and stays else ())


def _first(
    process: model.Process, begins: Iterable[model.Node], processes: Mapping[str, model.Process], seen: set[str]
) -> frozenset[str]:
    """Give the lanes of the first steps behind starts, within called processes too.

    Where no flow leads from a start to a step, they are those to which an event leads, on a border or beside.
    """
    ways, starts = _ways(process.scope), [_Place(node.id, behind=False) for node in begins]
    return _reached(process, starts, [ways.plain], processes, seen) or _reached(process, starts, ways, processes, seen)


def _reached(
    process: model.Process,
    starts: Iterable[_Place],
    ways: Iterable[Mapping[_Place, set[_Place]]],
    processes: Mapping[str, model.Process],
    seen: set[str],
) -> frozenset[str]:
    found: set[str] = set()
    reached: set[_Place] = set()
    frontier = list(starts)
    while frontier:
        place = frontier.pop()
        if place in reached:
            continue
        reached.add(place)
        node = process.all_nodes[place.node]
        if node.kind is model.Kind.USER_TASK and not place.behind:
            found |= {node.lane} if node.lane is not None and node.handover is None else set()
            continue
        if node.kind is model.Kind.CALL and not place.behind:
            called = {key: processes[key] for key in set(node.called) - seen if key in processes}
            for key, inner in called.items():
                found |= _first(inner, inner.scope.begins, processes, seen | {key})
            if any(_has_steps(inner, processes, seen | {key}) for key, inner in called.items()):
                continue
        frontier += [target for kind in ways for target in kind.get(place, ())]
    return frozenset(found)


def _has_steps(process: model.Process, processes: Mapping[str, model.Process], seen: set[str]) -> bool:
    """Tell whether people do anything in a process, or in one that it calls."""
    nodes = process.all_nodes.values()
    called = {key for node in nodes for key in node.called if key in processes} - seen
    return any(node.kind is model.Kind.USER_TASK for node in nodes) or any(
        _has_steps(processes[key], processes, seen | called) for key in called
    )


def _inside(scope: model.Scope) -> dict[str, frozenset[str]]:
    """Give the steps in the midst of which an event may come: for those on the borders of subprocesses, and inside."""
    found: dict[str, frozenset[str]] = {}
    for node in scope.nodes.values():
        host = scope if node.triggered else None
        if node.attached_to is not None and node.attached_to in scope.nodes:
            host = scope.nodes[node.attached_to].scope
        if host is not None:
            found[node.id] = frozenset(one.id for one in host.walk() if one.kind is model.Kind.USER_TASK)
        if node.scope is not None:
            found |= _inside(node.scope)
    return found


def _from(ways: _Ways) -> dict[_Place, set[_Place]]:
    """Turn ways around: what leads to each place."""
    came: dict[_Place, set[_Place]] = defaultdict(set)
    for kind in ways:
        for source, targets in kind.items():
            for target in targets:
                came[target].add(source)
    return came


def _ways(scope: model.Scope) -> _Ways:
    ways = _Ways(defaultdict(set), defaultdict(set))
    for source, target in _plain(scope):
        ways.plain[source].add(target)
    for source, target in _aside(scope, [_Place(node.id, behind=False) for node in scope.begins]):
        ways.aside[source].add(target)
    return ways


def _plain(scope: model.Scope) -> Iterator[tuple[_Place, _Place]]:
    """Give the ways along flows, through steps, and into and out of subprocesses."""
    for flow in scope.flows.values():
        if flow.source in scope.nodes and flow.target in scope.nodes:
            yield _Place(flow.source, behind=True), _Place(flow.target, behind=False)
    for node in scope.nodes.values():
        inner = node.scope
        if inner is None or _may_be_passed(node):
            yield _Place(node.id, behind=False), _Place(node.id, behind=True)
        if inner is None:
            continue
        yield from _plain(inner)
        for one in inner.begins:
            yield _Place(node.id, behind=False), _Place(one.id, behind=False)
        for one in inner.nodes.values():
            if not inner.outgoing(one.id) and not one.triggered and not one.for_compensation:
                yield _Place(one.id, behind=True), _Place(node.id, behind=True)


def _aside(scope: model.Scope, around: list[_Place]) -> Iterator[tuple[_Place, _Place]]:
    """Give the ways of what happens on borders, of event subprocesses, which may begin at once, and of undoing."""
    for node in scope.nodes.values():
        if node.attached_to is not None and node.attached_to in scope.nodes:
            yield _Place(node.attached_to, behind=node.compensation is not None), _Place(node.id, behind=False)
        if node.handler is not None:
            yield _Place(node.id, behind=False), _Place(node.handler, behind=False)
        if node.triggered:
            yield from ((place, _Place(node.id, behind=False)) for place in around)
        if node.scope is not None:
            yield from _aside(node.scope, [_Place(node.id, behind=False)])


def _may_be_passed(node: model.Node) -> bool:
    """Say whether a subprocess may be over without anything in it having been done."""
    if isinstance(node.loop, model.StandardLoop):
        return node.loop.test_before
    return node.loop is not None or node.ad_hoc is not None
