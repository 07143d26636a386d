"""An oracle: the token game of BPMN 2.0, chapter 13, on plain numbers; it shares nothing with the engine.

A token rests on a sequence flow. A user task takes one token from any incoming flow and, when it is completed, puts
one on its outgoing flow (13.3.2). An exclusive gateway passes each token on over the first outgoing flow whose
condition holds, else over the default one (13.4.2). A parallel gateway needs one token on every incoming flow, takes
exactly one from each, leaves tokens in excess where they are, and puts one on every outgoing flow (13.4.1). An end
event takes its token; a process is completed when no token is left (13.5.6). A task with several ways out puts a token
on each (13.3.1). An inclusive gateway puts one on every flow whose condition holds, else on the default; it needs a
token on one incoming flow, and that no token elsewhere has a path to an empty one without having one to a filled one,
neither through the gateway itself (13.4.3). A terminating end takes all tokens away (13.5.6).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MANY = 200


class TurnsForEver(Exception):
    """The tokens move on without any person; what an engine does then is not the game's matter."""


@dataclass(frozen=True)
class Flow:
    """A sequence flow; over one with a limit an exclusive gateway goes when its number is below the limit."""

    id: str
    source: str
    target: str
    limit: int | None = None


@dataclass(frozen=True)
class Graph:
    """Nodes by id: `start`, `task`, `xor`, `or`, `par`, `end` or `stop`. Flows are in document order."""

    nodes: dict[str, str]
    flows: tuple[Flow, ...]


@dataclass
class Game:
    """A marking: how many tokens on each flow, how many open tasks of each element."""

    graph: Graph
    numbers: dict[str, int]
    tokens: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        start = next(key for key, kind in self.graph.nodes.items() if kind == "start")
        self._put(start)
        self._settle()

    def complete(self, task: str, numbers: dict[str, int]) -> None:
        assert self.open[task] > 0
        self.numbers |= numbers
        self.open[task] -= 1
        self._put(task)
        self._settle()

    @property
    def open_tasks(self) -> list[str]:
        return sorted(self.open.elements())

    @property
    def completed(self) -> bool:
        return not +self.tokens and not +self.open

    def _put(self, node: str) -> None:
        for flow in self.graph.flows:
            if flow.source == node:
                self.tokens[flow.id] += 1

    def _settle(self) -> None:
        moves = 0
        # Inclusive joins go last: to wait for what moves by itself is one of the orders that the standard leaves open.
        order = sorted(self.graph.nodes.items(), key=lambda item: item[1] == "or")
        while any(self._move(node, kind) for node, kind in order):
            moves += 1
            if moves > MANY or sum(self.open.values()) > MANY:
                raise TurnsForEver

    def _move(self, node: str, kind: str) -> bool:
        incoming = [flow.id for flow in self.graph.flows if flow.target == node]
        if kind == "par":
            if not incoming or any(self.tokens[flow] == 0 for flow in incoming):
                return False
            self.tokens.subtract(incoming)
            self._put(node)
            return True
        if kind == "or" and len(incoming) > 1:
            return self._join(node, incoming)
        filled = next((flow for flow in incoming if self.tokens[flow] > 0), None)
        if filled is None:
            return False
        self.tokens[filled] -= 1
        if kind == "task":
            self.open[node] += 1
        elif kind == "xor":
            self.tokens[self._choices(node)[0]] += 1
        elif kind == "or":
            self.tokens.update(self._choices(node))
        elif kind == "stop":
            self.tokens.clear()
            self.open.clear()
        return True

    def _join(self, node: str, incoming: list[str]) -> bool:
        filled = {flow for flow in incoming if self.tokens[flow] > 0}
        empty = set(incoming) - filled
        resting = [flow.target for flow in self.graph.flows if self.tokens[flow.id] > 0 and flow.target != node]
        for place in [*resting, *(+self.open)]:
            reached = self._reached(place, node)
            if reached & empty and not reached & filled:
                return False
        if not filled:
            return False
        self.tokens.subtract(filled)
        self.tokens.update(self._choices(node))
        return True

    def _reached(self, place: str, gateway: str) -> set[str]:
        """Give the flows into a gateway to which a path leads from a node, not through the gateway."""
        passed, found = {gateway}, set()
        paths = [place]
        while paths:
            at = paths.pop()
            if at not in passed:
                passed.add(at)
                ways = [flow for flow in self.graph.flows if flow.source == at]
                found |= {flow.id for flow in ways if flow.target == gateway}
                paths += [flow.target for flow in ways]
        return found

    def _choices(self, node: str) -> list[str]:
        """Give the flows whose condition holds, else the default."""
        ways = [flow for flow in self.graph.flows if flow.source == node]
        number = self.numbers.get(node, 0)
        true = [flow for flow in ways if flow.limit is not None and number < flow.limit]
        default = [flow for flow in ways if flow.limit is None]
        return [flow.id for flow in true or default[:1]]
