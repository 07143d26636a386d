"""The climbing of ladders: what a late step makes known, to whom, and what is done. Part of the due work of a case.

After an outage each deadline catches up in one go: what the rungs do that are due by now is done in their order, and
what they tell is told once, by the highest; the lower ones are merged into it, so nobody gets three notices at once.
Oldest deadline first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from engine import clock, notifications
from engine.cases import acting, giving, helping, history, leaving, starting, targets
from engine.cases.action_item_models import ItemKind
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Baton, Case, TaskStatus, UserTask
from engine.db import table
from engine.deadlines.models import Deadline, Rung, RungStatus, RungStep
from engine.ladders import steps
from engine.ladders.steps import Act
from engine.notifications import Receiver
from engine.participants.access import Actor
from engine.participants.models import Agency, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.ground import Ground

_Verb: TypeAlias = "Callable[[Ground, targets.Late, Deadline, Sequence[Rung]], None]"

REOFFERED = "Scadenza superata"
"""What the history says of why a step was put back among those to be taken."""

_EVENTS = {
    RungStep.REMINDER: history.EventKind.RUNG_REMINDER,
    RungStep.BREACH: history.EventKind.RUNG_BREACH,
    RungStep.ESCALATION: history.EventKind.RUNG_ESCALATION,
}


_above = aliased(Rung)
_LATE = (
    select(Rung.deadline_id)
    .join(Deadline)
    .where(
        Rung.case_id == bindparam("of_case"),
        Rung.state == RungStatus.WAITING,
        Rung.due_at <= bindparam("until", type_=table(Rung).c.due_at.type),
    )
)
# What lies above a rung comes along: where it is empty, those of the next one are told. Built once.
_LADDERS, _LADDERS_OF_TASK = (
    select(_above, Deadline, UserTask, Agency.channel)
    .join(Deadline, Deadline.id == _above.deadline_id)
    .join(UserTask, UserTask.id == Deadline.task_id)
    .join(Agency, Agency.id == Deadline.agency_id)
    .where(_above.deadline_id.in_(late), _above.state == RungStatus.WAITING)
    .order_by(Deadline.due_at, Deadline.id, _above.position)
    for late in (_LATE, _LATE.where(Deadline.task_id == bindparam("of_task")))
)


def climb(running: Ground, *, until: datetime | None = None, task_id: UUID | None = None) -> None:
    """Fire the rungs of a case that are due by now, or of one task; of one that goes away those due by `until`."""
    session, now = running.session, clock.now()
    session.flush()
    values = {"of_case": running.case.id, "until": until or now, "of_task": task_id}
    ladders = session.execute(_LADDERS if task_id is None else _LADDERS_OF_TASK, values).all()
    for _deadline_id, found in groupby(ladders, key=lambda row: row[1].id):
        rows = list(found)
        rungs = [rung for rung, *_rest in rows]
        reached = sum(rung.due_at <= (until or now) for rung in rungs)
        for rung in rungs[: reached - 1]:
            rung.state, rung.fired_at = RungStatus.MERGED, now
        rungs[reached - 1].state, rungs[reached - 1].fired_at = RungStatus.FIRED, now
        _rung, deadline, task, channel = rows[0]
        late = targets.Late.of(session, running.case, task, channel)
        if until is None:
            for number in range(reached):
                _act(running, late, deadline, rungs[number:])
        _tell(running, late, deadline, rungs[reached - 1 :])
    session.flush()


def tell_without_agency(session: Session, case: Case, task: UserTask) -> None:
    """Tell at once that a step is owed by an agency which the case keeps out: nobody would ever take it."""
    for receiver in targets.beyond(session, case):
        notifications.notify(
            session,
            receiver,
            "without_agency",
            network_id=case.network_id,
            case_id=case.id,
            task_id=task.id,
        )


def _act(running: Ground, late: targets.Late, deadline: Deadline, rungs: Sequence[Rung]) -> None:
    """Do what the first of what is left of a ladder does besides telling."""
    for action, process in map(steps.read_action, rungs[0].actions):
        if process is not None:
            starting.start(running, late.task, process)
        elif action in _DONE:
            _DONE[action](running, late, deadline, rungs)


def _add_helper(running: Ground, late: targets.Late, deadline: Deadline, rungs: Sequence[Rung]) -> None:
    found = targets.reached(late, [rung.targets for rung in rungs], helped_in=running)
    helping.add(running, late.task, deadline, found.able)


def _reoffer(running: Ground, late: targets.Late, _deadline: Deadline, _rungs: Sequence[Rung]) -> None:
    """Put a step back among those to be taken that somebody has, or is kept in view for, and is not acting on."""
    task = late.task
    if task.state is TaskStatus.CLAIMED and not acting.is_acting(running, task):
        giving.give(running, Actor.system(task.network_id), task, None, REOFFERED)
    elif task.state is TaskStatus.OPEN and task.offered_to_id is not None:
        task.offered_to_id, task.revision = None, task.revision + 1


def _leave(kind: ItemKind) -> _Verb:
    """Give the verb that leaves something to be done of a kind."""
    return lambda running, late, deadline, _rungs: leaving.leave(running, late.task, deadline, kind)


_DONE: dict[Act, _Verb] = {
    Act.ADD_HELPER: _add_helper,
    Act.REOFFER: _reoffer,
    Act.OPEN_TASK: _leave(ItemKind.SOLICITATION),
    Act.INCIDENT: _leave(ItemKind.INCIDENT),
    Act.AGENDA: _leave(ItemKind.AGENDA),
}


def _tell(running: Ground, late: targets.Late, deadline: Deadline, rungs: Sequence[Rung]) -> None:
    """Let the first of what is left of a ladder tell whoever stands there; its line says if nobody did."""
    session, case, task, step = running.session, running.case, late.task, rungs[0].step
    helped = running if Act.ADD_HELPER in rungs[0].actions else None
    found = targets.reached(late, [rung.targets for rung in rungs], helped_in=helped)
    for receiver in found.receivers:
        notifications.notify(
            session,
            receiver,
            step.value,
            network_id=case.network_id,
            case_id=case.id,
            task_id=task.id,
            deadline_id=deadline.id,
        )
    if step is RungStep.BREACH and task.handover is Baton.SENT:
        _tell_sender(session, case, task)
    kinds = [_EVENTS[step], *([history.EventKind.RUNG_EMPTY] if found.empty else [])]
    for kind in kinds:
        history.record(
            session,
            case,
            kind,
            instance_id=task.instance_id,
            task_id=task.id,
            agency_id=task.agency_id,
            element_id=task.element_id,
        )


def _tell_sender(session: Session, case: Case, task: UserTask) -> None:
    """Tell whoever has sent the case that nobody has answered: it is she who can ask it back."""
    sent = select(Handover.from_agency_id).where(Handover.task_id == task.id, Handover.state == HandoverState.SENT)
    sender_id = session.scalars(sent).one()
    if sender_id != task.proxy_id:
        sender = Receiver.with_role(Role.OPERATRICE, sender_id)
        notifications.notify(session, sender, "handover_silent", network_id=case.network_id, case_id=case.id)
