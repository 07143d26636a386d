"""What the flows of a diagram allow: ways that wait for ever, steps done twice, places that nothing reaches or leaves.

Each scope is played as a game of tokens in which data decide nothing: every way that a choice offers may be taken. What
can happen only because answers never go together in that way is warned of too. Part of the linter's warnings.

A token that can move by itself moves at once, in any order: it takes nothing from another one. Where ways meet, tokens
wait until nothing else moves, so that all that can be there together are. Otherwise the number of markings would grow
with every order of every step (stubborn sets; Valmari 1990), and it is bounded besides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

from engine.bpmn import model
from engine.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_MARKINGS = 1_000
"""Distributions of tokens in one scope: a second or two at the worst; diagrams of people have less than a hundred."""

_MAX_SUBSETS = 5
"""Ways out of one node of which all combinations are tried; of more only each alone, two together, and all."""

_JOINS = frozenset({model.Kind.PARALLEL, model.Kind.INCLUSIVE})
_ONE_OF = frozenset({model.Kind.EXCLUSIVE, model.Kind.EVENT_BASED})

_DOES_NOTHING = model.GATEWAYS | {model.Kind.END}

_T = TypeVar("_T")
_Marking = frozenset[tuple[str, int]]
"""How many tokens there are at each node, or on each flow that leads to a join."""


def check(scope: model.Scope) -> Iterator[Problem]:
    """Warn of what the flows of a scope allow; not of the subprocesses in it."""
    reached = _reached(scope)
    for node in scope.nodes.values():
        if node.id not in reached:
            way_out = "Collegarlo al resto del diagramma, o toglierlo."
            yield _warning(node, "Nessun percorso arriva a questo elemento.", way_out)
    caught = reached - _ending(scope)
    steps = _steps(scope)
    turning = next((key for key in scope.nodes if key in caught and key in _closure(steps[key], steps)), None)
    if turning is not None:
        way_out = "Dare al ciclo un'uscita: un gateway esclusivo che porta a una fine."
        yield _warning(
            scope.nodes[turning], "Da qui non si arriva mai a una fine: il percorso gira per sempre.", way_out
        )
    game = _Game(scope)
    unplayed = next((node for node in scope.nodes.values() if not _plays(scope, node)), None)
    if unplayed is None:
        game.play()
    else:
        reason = (
            "Quanti rami servono qui lo dicono i valori: se il caso può restare fermo o fare due volte un passo non è "
            "controllato, in tutto questo livello."
        )
        way_out = "Provare il protocollo in ogni modo in cui i rami possono arrivare, o usare un gateway parallelo."
        yield _warning(unplayed, reason, way_out)
    for node in scope.nodes.values():
        if node.id in game.stuck:
            way_out = "Riunire le strade con un gateway dello stesso tipo di quello che le ha divise."
            yield _warning(node, "Qui il caso può aspettare per sempre un ramo che non arriva.", way_out)
        if node.id in game.doubled:
            way_out = "Riunire prima i rami con un gateway parallelo o inclusivo."
            yield _warning(node, "Qui possono arrivare più rami insieme: ciò che segue si farebbe più volte.", way_out)
    if game.unfinished:
        first = next(iter(scope.nodes.values()))
        reason = "Ci sono troppe strade insieme per controllare se il caso può restare fermo o fare due volte un passo."
        yield Problem(scope.id, reason, "Raccogliere alcuni passi in sottoprocessi.", first.line, level=Level.WARNING)


def _plays(scope: model.Scope, node: model.Node) -> bool:
    """Say whether the game knows what a node does; how many branches a complex gateway wants is told by values.

    Quantities of tokens are beyond what the game counts up to.
    """
    joins = node.kind is model.Kind.COMPLEX and len(scope.incoming(node.id)) > 1
    return not joins and node.start_quantity == node.completion_quantity == 1


def _warning(node: model.Node, reason: str, way_out: str) -> Problem:
    return Problem(node.id, reason, way_out, node.line, level=Level.WARNING)


def _reached(scope: model.Scope) -> set[str]:
    beside = (node for node in scope.nodes.values() if node.triggered or node.for_compensation)
    return _closure((node.id for node in (*scope.begins, *beside)), _steps(scope))


def _steps(scope: model.Scope) -> dict[str, list[str]]:
    """Give the nodes that follow each node, by flows and by what happens on its border."""
    ways: dict[str, list[str]] = {key: [] for key in scope.nodes}
    for flow in scope.flows.values():
        ways[flow.source].append(flow.target)
    for node in scope.nodes.values():
        if node.attached_to in ways:
            ways[node.attached_to].append(node.id)
    return ways


def _ending(scope: model.Scope) -> set[str]:
    """Give the nodes from which a token can come to where it ends."""
    back: dict[str, list[str]] = {key: [] for key in scope.nodes}
    for key, following in _steps(scope).items():
        for one in following:
            back[one].append(key)
    leaving = {flow.source for flow in scope.flows.values()}
    return _closure(scope.nodes.keys() - leaving, back)


def _closure(begin: Iterable[str], ways: dict[str, list[str]]) -> set[str]:
    seen = set(begin)
    frontier = list(seen)
    while frontier:
        new = {key for key in ways.get(frontier.pop(), ()) if key in ways} - seen
        seen |= new
        frontier += new
    return seen


@dataclass(slots=True)
class _Game:
    """The game of tokens of one scope, and what came to light in it."""

    scope: model.Scope
    stuck: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    unfinished: bool = False
    _out: dict[str, list[model.Flow]] = field(default_factory=dict)
    _in: dict[str, list[model.Flow]] = field(default_factory=dict)
    _borders: dict[str, list[model.Node]] = field(default_factory=dict)
    _steps: dict[str, list[str]] = field(default_factory=dict)
    _ahead: dict[str, set[str]] = field(default_factory=dict)
    _reach: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    _ways: dict[str, list[tuple[str, ...] | None]] = field(default_factory=dict)

    def play(self) -> None:
        """Look at every marking that can come about, up to the bound."""
        for flow in self.scope.flows.values():
            self._out.setdefault(flow.source, []).append(flow)
            self._in.setdefault(flow.target, []).append(flow)
        for node in self.scope.nodes.values():
            if node.attached_to is not None and node.compensation is None:
                self._borders.setdefault(node.attached_to, []).append(node)
        self._steps = _steps(self.scope)
        starts = [(node.id, 1) for node in self.scope.begins]
        # Of several starts one is taken; in an ad-hoc subprocess all are.
        frontier: list[_Marking] = [frozenset(starts)] if self.scope.ad_hoc else [frozenset({one}) for one in starts]
        seen = set(frontier)
        while frontier:
            for marking in self._after(Counter(dict(frontier.pop()))):
                if marking not in seen and all(count <= 2 for _place, count in marking):  # noqa: PLR2004 - two say it
                    seen.add(marking)
                    frontier.append(marking)
            if len(seen) > MAX_MARKINGS:
                self.unfinished = True
                return

    def _after(self, marking: Counter[str]) -> Iterator[_Marking]:
        """Give the markings that may follow; note where tokens are stuck, or come together."""
        places = [place for place, count in marking.items() if count]
        self.doubled.update(place for place in places if marking[place] > 1 and self._repeats(place))
        alone = next((place for place in places if self._moves_alone(place, places)), None)
        if alone is not None:
            yield from self._moved(marking, alone)
            return
        joined = [key for key in self._joins(places) if self._complete(key, places)]
        met = [place for place in places if place in self.scope.nodes]
        # A complete parallel join takes nothing from anything else either.
        sure = [key for key in joined if self.scope.nodes[key].kind is model.Kind.PARALLEL][:1]
        for key in sure or joined:
            filled = [flow.id for flow in self._in[key] if marking[flow.id]]
            yield from self._moved(marking - Counter(filled), key, taken=True)
        for place in () if sure else met:
            yield from self._moved(marking, place)
        if not joined and not met:
            self.stuck.update(self._joins(places))

    def _moves_alone(self, place: str, places: list[str]) -> bool:
        """Say whether a token can move at once: it ends nothing else, and no other one can come to where it is."""
        node = self.scope.nodes.get(place)
        if node is None or _clears(node):
            return False
        if len(self._in.get(place, ())) <= 1:
            return True
        return all(place not in self._ahead_of(self._at(other)) for other in places if other != place)

    def _at(self, place: str) -> str:
        return place if place in self.scope.nodes else self.scope.flows[place].target

    def _ahead_of(self, key: str) -> set[str]:
        """Give the nodes that a token may come to."""
        if key not in self._ahead:
            self._ahead[key] = _closure([key], self._steps)
        return self._ahead[key]

    def _repeats(self, place: str) -> bool:
        """Say whether two tokens there would do something twice."""
        node = self.scope.nodes.get(place)
        if node is None or len(self._in.get(place, ())) <= 1:
            return False
        return any(self.scope.nodes[key].kind not in _DOES_NOTHING for key in self._ahead_of(place))

    def _joins(self, places: Iterable[str]) -> list[str]:
        flows = self.scope.flows
        return sorted({flows[place].target for place in places if place in flows and place not in self.scope.nodes})

    def _complete(self, key: str, places: list[str]) -> bool:
        """Say whether a join at which tokens wait goes on."""
        incoming = {flow.id for flow in self._in[key]}
        filled = incoming & set(places)
        if self.scope.nodes[key].kind is model.Kind.PARALLEL:
            return filled == incoming
        reach = self._reach_of(key)
        for place in places:
            at = self._at(place)
            if at != key and reach[at] - filled and not reach[at] & filled:
                return False
        return True

    def _reach_of(self, gateway: str) -> dict[str, frozenset[str]]:
        """Give for each node the flows into a gateway that a token there may come to without passing the gateway."""
        if gateway not in self._reach:
            into = self._in[gateway]
            ways = self._steps | {gateway: []}
            reached = {key: _closure([key], ways) for key in self.scope.nodes}
            self._reach[gateway] = {
                key: frozenset(flow.id for flow in into if flow.source in found and flow.source != gateway)
                for key, found in reached.items()
            }
        return self._reach[gateway]

    def _moved(self, marking: Counter[str], place: str, *, taken: bool = False) -> Iterator[_Marking]:
        if place not in self._ways:
            self._ways[place] = self._ways_on(self.scope.nodes[place])
        for way in self._ways[place]:
            if way is None:
                yield frozenset()
                continue
            after = marking.copy()
            if not taken:
                after[place] -= 1
            after.update(way)
            yield frozenset((key, count) for key, count in after.items() if count)

    def _ways_on(self, node: model.Node) -> list[tuple[str, ...] | None]:
        """Give the ways on from a node: each the places where tokens then are; None ends everything in the scope."""
        if _clears(node):
            return [None]
        borders = self._borders.get(node.id, [])
        aside = [one.id for one in borders if not one.interrupting]
        ways = [
            (*(self._place(flow) for flow in chosen), *also)
            for chosen in self._chosen(node)
            for also in ((), *_subsets(aside))
        ]
        return [*ways, *((one.id,) for one in borders if one.interrupting)]

    def _chosen(self, node: model.Node) -> list[tuple[model.Flow, ...]]:
        """Give the sets of flows over which a node may be left."""
        out = self._out.get(node.id, [])
        if node.kind in _ONE_OF:
            return [(flow,) for flow in out] or [()]
        if node.kind is model.Kind.PARALLEL:
            return [tuple(out)]
        default = tuple(flow for flow in out if flow.id == node.default_flow)
        conditional = [flow for flow in out if flow.condition is not None and flow not in default]
        free = tuple(flow for flow in out if flow not in conditional and flow not in default)
        some = [free + way for way in _subsets(conditional)]
        return some + ([free + default] if default or free or not some else [])

    def _place(self, flow: model.Flow) -> str:
        """Give where a token on a flow is: at the node, or on the flow when the node joins several."""
        joins = self.scope.nodes[flow.target].kind in _JOINS and len(self._in[flow.target]) > 1
        return flow.id if joins else flow.target


def _clears(node: model.Node) -> bool:
    return node.kind is model.Kind.END and any(part.terminates or part.is_error or part.cancels for part in node.each)


def _subsets(items: list[_T]) -> list[tuple[_T, ...]]:
    sizes = range(1, len(items) + 1) if len(items) <= _MAX_SUBSETS else (1, 2, len(items))
    return [chosen for size in sizes for chosen in combinations(items, size)]
