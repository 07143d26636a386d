"""Moving running deadlines to what they come to today, in an order with a reason: a worker does it, case by case.

Each case in a transaction of its own, under its lock, in which the order says how far it has come: a worker that dies
is followed by another that goes on there.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import audit, clock, db, errors, notifications, parameters
from engine.calendars.timetables import Timetables
from engine.cases import agenda, execution, history, lifecycle, lookup, projecting, targets
from engine.cases.models import UserTask
from engine.cases.projecting import Projected
from engine.deadlines import arming
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.deadlines.recount_models import DeadlineMove, Recount
from engine.ladders.steps import Target
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency
from engine.sight import Reach

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

BATCH = 50
"""Cases that a worker recounts before it looks again at what is due."""

QUICKLY = 2_000
"""Running deadlines that a page counts in passing, in less than a second."""

NOTICE = "term_earlier"
_OUTCOMES = ("later", "earlier", "late", "ladders", "held_back", "unknown")
_log = logging.getLogger("staffetta.recounting")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a recount would do to the deadlines of an agency.

    How many move to later, to earlier, and of the latter are late at once; of how many only the ladder after the end
    moves; how many stay that are too urgent to come later, and of how many nobody can say what they come to.
    """

    agency_name: str
    later: int
    earlier: int
    late: int
    ladders: int
    held_back: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a recount would do, by agency; `parameter` None for one on the opening hours of now."""

    parameter: str | None
    title_it: str
    title_en: str
    length: str
    moving: int
    agencies: tuple[Outlook, ...]


@dataclass(frozen=True, slots=True)
class RecountsPage:
    """What could be recounted, and the last orders."""

    plans: tuple[Plan, ...]
    orders: tuple[Recount, ...]


def page(session: Session, actor: Actor) -> RecountsPage:
    """Give what recounts would do, as far as the actor may order them, and what was ordered. Raises Forbidden.

    Numbers only: who administers a network sees no case.
    """
    found = []
    if access.may(actor, Action.ADMINISTER):
        found.append(_plan(session, actor, None))
    if access.may(actor, Action.CHANGE_PARAMETERS):
        changed = Counter(version.name for version in parameters.versions(session, actor.network_id) if version.length)
        found += [_plan(session, actor, name) for name, versions in sorted(changed.items()) if versions > 1]
    elif not found:
        raise errors.Forbidden(action=Action.ADMINISTER)
    query = select(Recount).where(Recount.network_id == actor.network_id).order_by(Recount.asked_at.desc()).limit(20)
    return RecountsPage(tuple(plan for plan in found if plan.agencies), tuple(session.scalars(query)))


def following_before(session: Session, actor: Actor) -> int | None:
    """Count the running deadlines of the network that opening hours of before still hold; None: too many to be counted.

    For a page that is looked at for something else. Raises Forbidden.
    """
    access.require(actor, Action.ADMINISTER)
    with db.reaching(session, Reach.EVERYTHING):
        some = select(Deadline.id).where(*projecting.candidates(actor.network_id, None)).offset(QUICKLY).limit(1)
        if session.scalar(some) is not None:
            return None
    return _plan(session, actor, None).moving


def order(session: Session, actor: Actor, *, parameter: str | None, reason: str, expected: int) -> Recount:
    """Order a recount, after having seen how many deadlines it moves: `expected`.

    Raises Forbidden, InvalidValue; Conflict `recount_changed` if it would move another number by now, also none, and
    `recount_under_way`.
    """
    access.require(actor, Action.ADMINISTER if parameter is None else Action.CHANGE_PARAMETERS)
    said = lifecycle.require_reason(reason)
    db.exclusive(session, f"recounts:{actor.network_id}")
    undone = select(Recount.id).where(Recount.network_id == actor.network_id, Recount.done_at.is_(None))
    if session.scalar(undone.limit(1)) is not None:
        raise errors.Conflict("recount_under_way")
    moving = _plan(session, actor, parameter).moving
    if moving != expected or not moving:
        raise errors.Conflict("recount_changed")
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.ADMINISTER)
    row = Recount(
        id=db.new_id(),
        network_id=actor.network_id,
        parameter=parameter,
        reason=said,
        expected=moving,
        asked_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "deadlines.recounted", "recount", row.id, parameter=parameter, expected=moving)
    agenda.wake(session)
    return row


def due() -> list[UUID]:
    """Find the orders that are not done, the oldest first."""
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Recount.id).where(Recount.done_at.is_(None)).order_by(Recount.asked_at)))


def go_on(recount_id: UUID) -> bool:
    """Recount some cases of an order; False when it is done, or somebody else is at it."""
    return all(_next(recount_id) for _ in range(BATCH))


def _next(recount_id: UUID) -> bool:
    try:
        with db.transaction() as session:
            row = _ours(session, recount_id)
            case_id = _next_case(session, row) if row is not None else None
            if row is None or case_id is None:
                return False
            row.reached = case_id
            row.moved += _recount(session, row, case_id)
            return True
    except errors.DatabaseUnavailable:
        raise
    except errors.Busy:  # somebody else holds the case; the next sweep finds it again
        _log.warning("the order %s waits: somebody else is at its case", recount_id)
        return False
    except Exception as error:  # noqa: BLE001 - as in the worker: whatever is wrong with one case, the others go on
        _log.exception("a case could not be recounted: %s", type(error).__name__, exc_info=False)
        return _pass_over(recount_id)


def _ours(session: Session, recount_id: UUID) -> Recount | None:
    query = select(Recount).where(Recount.id == recount_id, Recount.done_at.is_(None))
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def _next_case(session: Session, row: Recount) -> UUID | None:
    """Give the next case that has candidates; without one the order is done."""
    query = select(Deadline.case_id).where(*projecting.candidates(row.network_id, row.parameter))
    after = query if row.reached is None else query.where(Deadline.case_id > row.reached)
    found = session.scalar(after.order_by(Deadline.case_id).limit(1))
    if found is None:
        row.done_at = clock.now()
    return found


def _pass_over(recount_id: UUID) -> bool:
    with db.transaction() as session:
        row = _ours(session, recount_id)
        case_id = _next_case(session, row) if row is not None else None
        if row is None or case_id is None:
            return False
        row.reached, row.failed = case_id, row.failed + 1
        return True


def _recount(session: Session, row: Recount, case_id: UUID) -> int:
    with execution.locked(session, case_id, None) as running:
        session.flush()
        where = [*projecting.candidates(row.network_id, row.parameter), Deadline.case_id == case_id]
        moving = [
            found for found in projecting.project(session, running.timetables, where, row.parameter) if found.moves
        ]
        for found in moving:
            _move(running, row, found)
    return len(moving)


def _move(running: Running, row: Recount, found: Projected) -> None:
    session, case, deadline = running.session, running.case, found.deadline
    before, deadline.due_at, deadline.length = deadline.due_at, found.due_at, found.length
    for rung, due_at in zip(found.rungs, found.rungs_at, strict=True):
        rung.due_at = due_at
    session.flush()
    if before == deadline.due_at:
        return  # only whom it reaches after its end comes at another time
    of_case = {"network_id": case.network_id, "case_id": case.id}
    session.add(
        DeadlineMove(
            **of_case, deadline_id=deadline.id, recount_id=row.id, from_due_at=before, to_due_at=deadline.due_at
        )
    )
    task = session.get_one(UserTask, deadline.task_id)
    if deadline.state is DeadlineStatus.ARMED:
        task.due_at = arming.next_due(session, task.id)
    history.record(
        session,
        case,
        history.EventKind.TERM_MOVED,
        instance_id=task.instance_id,
        task_id=task.id,
        agency_id=task.agency_id,
        element_id=task.element_id,
        values={"from": before.isoformat(), "to": deadline.due_at.isoformat(), "reason": row.reason},
    )
    if deadline.due_at < before:
        late = targets.Late.of(session, case, task, lookup.channel(session, task.agency_id))
        for receiver in targets.reached(late, [[Target.ASSIGNEE]]).receivers:
            notifications.notify(session, receiver, NOTICE, **of_case, task_id=task.id)


def _plan(session: Session, actor: Actor, parameter: str | None) -> Plan:
    timetables, now = Timetables(session, actor.network_id), clock.now()
    counts: dict[UUID, Counter[str]] = {}
    with db.reaching(session, Reach.EVERYTHING):
        where = projecting.candidates(actor.network_id, parameter)
        for each in projecting.all_of(session, timetables, where, parameter):
            if each.moves or each.unknown or each.held_back:
                counts.setdefault(each.deadline.agency_id, Counter()).update(_outcomes(each, now))
    names = {key: session.get_one(Agency, key).name for key in counts}
    current = parameters.current(session, actor.network_id).get(parameter) if parameter is not None else None
    return Plan(
        parameter=parameter,
        title_it=current.title_it if current is not None else "",
        title_en=current.title_en if current is not None else "",
        length=(current.length or "") if current is not None else "",
        moving=sum(found["moving"] for found in counts.values()),
        agencies=tuple(
            Outlook(names[key], **{name: counts[key][name] for name in _OUTCOMES})
            for key in sorted(counts, key=lambda key: names[key])
        ),
    )


def _outcomes(found: Projected, now: datetime) -> list[str]:
    """Say under which numbers of an outlook a deadline counts."""
    before = found.deadline.due_at
    said = {
        "moving": found.moves,
        "later": found.moves and found.due_at > before,
        "earlier": found.moves and found.due_at < before,
        "late": found.moves and found.due_at < before and found.due_at <= now,
        "ladders": found.moves and found.due_at == before,
        "held_back": found.held_back,
        "unknown": found.unknown,
    }
    return [name for name, holds in said.items() if holds]
