"""Opening a completed user task again in a running instance: what of its completion is remembered, and undoing it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.bpmn import model, state, way_back
from engine.bpmn.building import Definition
from engine.bpmn.way_back import NoWayBack
from engine.bpmn.workflow import Token, Workflow


def remember(workflow: Workflow, task_id: UUID, before: list[Any], happened: Iterable[tuple[str, model.Node]]) -> None:
    """Keep what the completion of a task has changed since the plain form `before`.

    Nothing is kept where something that `happened` in it cannot be taken back.
    """
    after = state.plain(workflow)
    alone = any(scope.spec.joins_inclusively for scope in workflow.workflows())
    way = way_back.between(task_id, before, after, alone=alone)
    binding = next((node.id for change, node in happened if _binds(change, node)), None)
    if binding is not None:
        way.lose("cannot_be_undone", binding)
    workflow.ways_back = way_back.keep([*workflow.ways_back, way], after)


def followed(workflow: Workflow, task_id: UUID) -> list[Token]:
    """Give the tokens that have come of the completion of a task. Raises NoWayBack."""
    added = way_back.find(workflow.ways_back, task_id).added
    return [token for scope in workflow.workflows() for token in scope.live() if token.id.hex in added]


def undone(definition: Definition, workflow: Workflow, task_id: UUID, now: datetime) -> Workflow:
    """Give the workflow as if a task had not been completed. Raises NoWayBack, also when its time is up."""
    way = way_back.find(workflow.ways_back, task_id)
    before = state.rebuild(definition, way_back.undo(state.plain(workflow), way))
    for token in before.get_task_from_id(task_id).workflow.live():
        internal = token.internal_data
        ends_it = internal.get("host") == task_id.hex and token.task_spec.element.interrupting
        if ends_it and internal.get("due", now) < now:
            raise NoWayBack("time_is_up", token.task_spec.name)
    return before


def _binds(change: str, node: model.Node) -> bool:
    """Say whether what happened cannot be taken back: somebody else's step was closed, a message was sent."""
    if change == "cancelled":
        return node.kind is model.Kind.USER_TASK
    return node.message is not None and node.kind in {model.Kind.THROW, model.Kind.END}
