"""Opening a completed user task again in a running instance: what of its completion is remembered, and undoing it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.bpmn import model, state, way_back
from engine.bpmn.building import Definition
from engine.bpmn.journal import Change, JournalLine
from engine.bpmn.way_back import NoWayBack
from engine.bpmn.workflow import Token, Workflow


def remember(workflow: Workflow, task_id: UUID, before: list[Any], happened: Iterable[JournalLine]) -> None:
    """Keep what the completion of a task has changed since the plain form `before`.

    Nothing is kept where something that `happened` in it cannot be taken back.
    """
    after = state.plain(workflow)
    alone = any(scope.spec.joins_inclusively for scope in workflow.workflows())
    binding = next((line.node.id for line in happened if _binds(line)), None)
    if binding is None:
        way = way_back.between(task_id, before, after, alone=alone)
    else:
        way = way_back.WayBack(task_id.hex, ["cannot_be_undone", binding])
    workflow.ways_back = way_back.keep([*workflow.ways_back, way], after)


def followed(workflow: Workflow, task_id: UUID) -> list[Token]:
    """Give the tokens that have come of the completion of a task. Raises NoWayBack."""
    added = way_back.find(workflow.ways_back, task_id).added
    return [token for scope in workflow.workflows() for token in scope.live() if token.id.hex in added]


def undone(definition: Definition, workflow: Workflow, task_id: UUID, now: datetime) -> Workflow:
    """Give the workflow as if a task had not been completed. Raises NoWayBack, also when its time is up."""
    way = way_back.find(workflow.ways_back, task_id)
    before = state.rebuild(definition, way_back.undo(state.plain(workflow), way))
    still_there = {token.id for scope in workflow.workflows() for token in scope.live()}
    for token in [token for scope in before.workflows() for token in scope.live() if token.id not in still_there]:
        internal = token.internal_data
        # On the border of the task, or of what is around it and would be open again with it.
        ends_it = "host" in internal and token.task_spec.element.interrupting
        if ends_it and internal.get("due", now) < now:
            raise NoWayBack("time_is_up", token.task_spec.name)
    return before


def _binds(line: JournalLine) -> bool:
    """Say whether what happened cannot be taken back: somebody else's step was closed, a signal was thrown."""
    if line.change is Change.CANCELLED:
        return line.node.kind is model.Kind.USER_TASK
    if line.change is Change.OPENED:
        return line.node.kind is model.Kind.SERVICE  # its function may have been called already
    return line.change is Change.SENT
