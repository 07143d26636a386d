"""Gateways as SpiffWorkflow task specifications: which ways a token goes on, and which tokens wait for each other."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from engine.bpmn import specs
from engine.bpmn.expressions import ExpressionFailed
from engine.bpmn.workflow import BESIDE, READY, WAITING, Flat, Token


class ExclusiveGateway(specs.Node):
    """One way on: the first flow, in document order, whose condition is true; else the default."""

    def _choose(self, my_task: Token) -> list[str]:
        true = next((flow_id for flow_id, _target in self.flows if self._holds(flow_id, my_task)), self.default)
        if true is None:
            code = "no_way_on"
            raise ExpressionFailed(code)
        return [true]


class ParallelGateway(specs.Node):
    """Goes on when one token has come on each incoming flow; tokens in excess stay for the next time."""

    incoming: frozenset[str] = frozenset()
    starved = "join_never_completed"

    def _arrive(self, my_task: Token) -> bool:
        if len(self.incoming) <= 1:
            return True
        others: dict[str, Token] = {}
        for token in my_task.workflow.live():
            if token.task_spec is self and token.state == WAITING:
                others.setdefault(token.internal_data["flow"], token)
        if my_task.internal_data["flow"] in others or len(others) + 1 < len(self.incoming):
            my_task._set_state(WAITING)
            return False
        for token in others.values():
            my_task.workflow.discard(token)
        return True


class InclusiveGateway(specs.Node):
    """Goes on over every flow whose condition is true; where flows meet, it waits for all that can still come.

    The join is the standard's (BPMN 2.0.2, 13.4.3): it goes on when no token elsewhere has a path to an empty incoming
    flow without having one to a filled flow too. That is looked at when nothing else moves any more.
    """

    incoming: frozenset[str] = frozenset()
    starved = "join_never_completed"
    # For each node of the scope, the incoming flows that a token there may still reach, not passing this gateway.
    reach: Mapping[str, frozenset[str]] = MappingProxyType({})

    def _arrive(self, my_task: Token) -> bool:
        if len(self.incoming) <= 1:
            return True
        my_task._set_state(WAITING)
        return False

    def wake(self, workflow: Flat) -> bool:
        """Let the join go on if it may, with one token of each filled flow; say whether it does."""
        filled: dict[str, Token] = {}
        for token in workflow.live():
            if token.task_spec is self and token.state == WAITING:
                filled.setdefault(token.internal_data["flow"], token)
        if not filled or any(self._holds_up(token, filled) for token in workflow.live()):
            return False
        first, *others = filled.values()
        for token in others:
            workflow.discard(token)
        first.internal_data.pop("incident", None)
        first._set_state(READY)
        return True

    def _holds_up(self, token: Token, filled: Mapping[str, Token]) -> bool:
        if token.task_spec is self or not BESIDE.isdisjoint(token.internal_data):
            return False  # an event that waits on a border speaks through the activity that it sits on
        # Each of the events that wait at an event-based gateway stands for the one token that went into it.
        _race, at = token.internal_data.get("race", (None, token.task_spec.element.id))
        reached = self.reach[at]
        return bool(reached - filled.keys()) and not reached & filled.keys()


class EventGateway(specs.Node):
    """Waits for several events at once: the first that comes withdraws the others."""

    def _given(self, my_task: Token) -> dict[str, Any]:
        return {"race": [my_task.id.hex, self.name]}


def joins(workflow: Flat) -> Iterator[InclusiveGateway]:
    """Give the inclusive joins of a scope at which tokens wait."""
    waiting = {id(token.task_spec): token.task_spec for token in workflow.live() if token.state == WAITING}
    for spec in waiting.values():
        if isinstance(spec, InclusiveGateway):
            yield spec
