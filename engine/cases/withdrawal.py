"""Tasks whose step the path has left: closed, with all that hangs on them, by one statement."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, any_, bindparam, cast, delete, select, update

from engine import clock
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Draft, Incident, TaskStatus, UserTask
from engine.db import table
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineStatus, Rung, RungStatus

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_TOUCHED = (UserTask, Draft, Deadline, Rung, Incident, Handover)

_tasks, _drafts, _deadlines, _rungs, _incidents, _handovers = map(table, _TOUCHED)
_closed = (
    update(_tasks)
    .where(
        _tasks.c.id == any_(bindparam("tokens", type_=ARRAY(Uuid()))),
        _tasks.c.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
    )
    .values(state=TaskStatus.CANCELLED, closed_reason="path_changed", revision=_tasks.c.revision + 1)
    .returning(_tasks.c.id)
    .cte("closed")
)
_CLOSED = select(_closed.c.id)
_dropped = delete(_drafts).where(_drafts.c.task_id.in_(_CLOSED)).cte("dropped")
# Nobody owes them any more: their clocks fall away, and what their ladders had still to say.
_void = (
    update(_deadlines)
    .where(_deadlines.c.task_id.in_(_CLOSED), _deadlines.c.state.in_(arming.RUNNING))
    .values(state=DeadlineStatus.VOID)
    .returning(_deadlines.c.id)
    .cte("void")
)
_silent = (
    update(_rungs)
    .where(_rungs.c.deadline_id.in_(select(_void.c.id)), _rungs.c.state.in_(arming.STANDING))
    .values(state=RungStatus.VOID)
    .cte("silent")
)
# Also those of a clock that could not be set: nobody needs it now.
_settled = (
    update(_incidents)
    .where(_incidents.c.token_id.in_(select(cast(_closed.c.id, String))), _incidents.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("now", type_=_incidents.c.resolved_at.type))
    .cte("settled")
)
# What was to be handed over for them is not any more.
_lapsed = (
    update(_handovers)
    .where(_handovers.c.task_id.in_(_CLOSED), _handovers.c.state.in_(["prepare", "sent", "accepted"]))
    .values(state=HandoverState.LAPSED)
    .cte("lapsed")
)
_WITHDRAW = _CLOSED.add_cte(_dropped, _silent, _settled, _lapsed)


def withdraw(session: Session, token_ids: Collection[UUID]) -> Collection[UUID]:
    """Close tasks whose step the path has left, and say which; tokens that are no open tasks match no row."""
    if not token_ids:
        return ()
    if any(isinstance(row, _TOUCHED) for row in (*session.new, *session.dirty)):
        session.flush()
    closed = set(session.connection().execute(_WITHDRAW, {"tokens": list(token_ids), "now": clock.now()}).scalars())
    # Whoever has read these rows in this command must not go on with what they were.
    for row in session.identity_map.values() if closed else ():
        if isinstance(row, Rung | Incident) or (isinstance(row, _TOUCHED) and _task_of(row) in closed):
            session.expire(row)
    return closed


def _task_of(row: object) -> object:
    return vars(row).get("id" if isinstance(row, UserTask) else "task_id")
