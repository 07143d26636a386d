"""Gateways as SpiffWorkflow task specifications: which ways a token goes on, and which tokens wait for each other."""

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping
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
        if not filled or any(self._holds_up(token, filled.keys()) for token in workflow.live()):
            return False
        first, *others = filled.values()
        for token in others:
            workflow.discard(token)
        first.internal_data.pop("incident", None)
        first._set_state(READY)
        return True

    def _holds_up(self, token: Token, filled: Collection[str]) -> bool:
        """Say whether a token may still come to an empty incoming flow, and to none of the filled ones."""
        if token.task_spec is self or not BESIDE.isdisjoint(token.internal_data):
            return False  # an event that waits on a border speaks through the activity that it sits on
        if "reset" in token.internal_data and not token.task_spec.conditions:
            return False  # it will only take, and give nothing
        # Each of the events that wait at an event-based gateway stands for the one token that went into it.
        _race, at = token.internal_data.get("race", (None, token.task_spec.element.id))
        reached, filled = self.reach[at], frozenset(filled)
        return bool(reached - filled) and not reached & filled


class ComplexGateway(InclusiveGateway):
    """Goes on as soon as its activation condition is true, and takes what comes after that as belonging to it.

    The standard's (BPMN 2.0.2, 13.4.5). While it waits for its start, each token that comes lets the condition be
    looked at. Once it has gone on, a token of its own (`reset`) waits for the flows that are still empty, as an
    inclusive join would; what came over them is used up then. What came in excess counts for the next start.
    """

    def _arrive(self, my_task: Token) -> bool:
        if my_task.internal_data.keys() & {"parked", "reset"}:
            my_task._set_state(WAITING)
            return False
        return True

    def _execute(self, my_task: Token) -> bool | None:
        internal, workflow = my_task.internal_data, my_task.workflow
        if internal.get("reset"):
            internal["chosen"] = [flow_id for flow_id in self.conditions if self._holds(flow_id, my_task)]
            if not internal["chosen"] and self.default is not None:
                internal["chosen"] = [self.default]
            return True
        if "consumed" not in internal and not self._activates(my_task):
            # It waits as another token: one that has run would count as open, not as waiting at a join.
            workflow.place(self.name, flow=internal["flow"], parked=True)
            workflow.discard(my_task)
            return None
        return self._finish(my_task)

    def _activates(self, my_task: Token) -> bool:
        """Say whether the gateway starts with this token; if so, one token of each filled flow is used up."""
        mine = [token for token in my_task.workflow.live() if token.task_spec is self and token is not my_task]
        if any(token.internal_data.keys() & {"consumed", "reset"} for token in mine):
            return False
        filled = {my_task.internal_data["flow"]: my_task}
        for token in self._waiting(my_task.workflow):
            filled.setdefault(token.internal_data["flow"], token)
        if self.element.activation is not None:
            seen = ChainMap({"activationCount": len(filled)}, dict(self._around(my_task)))
            value = self.element.activation.evaluate(seen)
            if not isinstance(value, bool):
                code = "condition_not_boolean"
                raise ExpressionFailed(code)
            if not value:
                return False
        for token in filled.values():
            if token is not my_task:
                my_task.workflow.discard(token)
        my_task.internal_data["consumed"] = sorted(filled)
        return True

    def _around(self, my_task: Token) -> Mapping[str, Any]:
        starting = "reset" not in my_task.internal_data
        return ChainMap({"waitingForStart": starting}, dict(super()._around(my_task)))

    def _on_complete(self, my_task: Token) -> None:
        consumed = my_task.internal_data.get("consumed", self.incoming)
        waiting = self._waiting(my_task.workflow)
        if self.incoming - set(consumed):
            my_task.workflow.place(self.name, flow=consumed[0], reset=consumed)
        elif waiting:
            del waiting[0].internal_data["parked"]
            waiting[0]._set_state(READY)
        super()._on_complete(my_task)

    def wake(self, workflow: Flat) -> bool:
        """Let the gateway be reset if it may, with one token of each flow that was empty when it started."""
        waiting = self._waiting(workflow)
        reset = next((token for token in waiting if "reset" in token.internal_data), None)
        if reset is None:
            return False
        filled: dict[str, Token] = {}
        for token in waiting:
            if token is not reset and token.internal_data["flow"] not in reset.internal_data["reset"]:
                filled.setdefault(token.internal_data["flow"], token)
        counted = {*filled, *reset.internal_data["reset"]}
        if any(self._holds_up(token, counted) for token in workflow.live()):
            return False
        for token in filled.values():
            workflow.discard(token)
        reset.internal_data.pop("incident", None)
        reset._set_state(READY)
        return True

    def _waiting(self, workflow: Flat) -> list[Token]:
        return [token for token in workflow.live() if token.task_spec is self and token.state == WAITING]


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
