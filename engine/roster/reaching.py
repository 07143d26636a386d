"""Whether who is on call can be reached: by what she has proved, and by a test once a month that she answers.

Somebody who would sleep through the night is known before it, by daylight.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select, true, union

from engine import audit, clock, db, notifications
from engine.calendars.calendar import ROME
from engine.errors import Conflict
from engine.notifications import Receiver, contacts, outbox, sending
from engine.notifications.contacts import Lack
from engine.notifications.outbox_models import ContactPoint, Message, MessageStatus, Purpose
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Membership, Role, User
from engine.roster.models import Roster, Shift

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

AHEAD = timedelta(days=31)
"""Whoever has a shift within this time is looked at, and tested."""

ANSWERED_WITHIN = timedelta(hours=24)
_BETWEEN_TESTS = timedelta(hours=24)
_TESTED_FROM, _TESTED_UNTIL = time(10), time(16)
_WORKDAYS = range(5)
UNANSWERED = "on_call_unanswered"


@dataclass(frozen=True, slots=True)
class OnCallPerson:
    """Somebody with a shift to come: what she lacks to be woken up, how the last test went, how much she is told.

    `over`: in the last hours of a shift she had more messages than are told one by one.
    """

    user_id: UUID
    name: str
    next_shift_at: datetime
    lack: Lack | None
    tested_at: datetime | None
    answered_at: datetime | None
    messages: int
    over: bool


def report(session: Session, actor: Actor) -> list[OnCallPerson]:
    """Say of everybody with a shift to come whether she can be reached: a lead of her own people. Raises Forbidden."""
    access.require(actor, Action.PLAN_ROSTER)
    shifts = _shifts(session, actor.network_id, _led(actor))
    lacks = contacts.missing(session, shifts.keys())
    tests, had = _tests(session, actor.network_id, shifts.keys()), _had(session, shifts.keys())
    names = {row.id: row.display_name for row in session.scalars(select(User).where(User.id.in_(shifts.keys())))}
    people = [
        OnCallPerson(
            user_id=user_id,
            name=names[user_id],
            next_shift_at=starts_at,
            lack=lacks.get(user_id),
            tested_at=tests.get(user_id, (None, None))[0],
            answered_at=tests.get(user_id, (None, None))[1],
            messages=had.get(user_id, 0),
            over=had.get(user_id, 0) > outbox.MOST,
        )
        for user_id, starts_at in shifts.items()
    ]
    return sorted(people, key=lambda one: (one.lack is None, one.next_shift_at, one.name))


def unreachable(session: Session) -> list[str]:
    """Give the user names of those in any network who have a shift to come and whom nothing would wake up."""
    coming: set[UUID] = set()
    for network_id in session.scalars(select(Roster.network_id).distinct()).all():
        coming |= _shifts(session, network_id, None).keys()
    lacking = contacts.missing(session, coming)
    return sorted(session.scalars(select(User.username).where(User.id.in_(lacking))))


def test(session: Session, actor: Actor) -> int:
    """Send everybody with a shift to come something to answer; return to how many. Raises Forbidden, Conflict."""
    access.require(actor, Action.PLAN_ROSTER)
    db.exclusive(session, f"on-call test:{actor.network_id}")
    lately = select(Message.id).where(
        Message.network_id == actor.network_id,
        Message.purpose == Purpose.TEST,
        Message.created_at > clock.now() - _BETWEEN_TESTS,
    )
    if session.scalar(lately.limit(1)) is not None:
        raise Conflict("just_tested")
    people = _send(session, actor.network_id, _shifts(session, actor.network_id, _led(actor)).keys())
    audit.record(session, actor, "roster.tested", "network", actor.network_id, people=people)
    return people


def month(session: Session) -> None:
    """Test once a month, by daylight of a working day; and say who has not answered. For the housekeeping."""
    local = clock.now().astimezone(ROME)
    if local.weekday() in _WORKDAYS and _TESTED_FROM <= local.time() < _TESTED_UNTIL:
        begun = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        for network_id in session.scalars(select(Roster.network_id).distinct().order_by(Roster.network_id)).all():
            db.exclusive(session, f"on-call test:{network_id}")
            done = select(Message.id).where(
                Message.network_id == network_id, Message.purpose == Purpose.TEST, Message.created_at >= begun
            )
            if session.scalar(done.limit(1)) is None:
                _send(session, network_id, _shifts(session, network_id, None).keys())
    _tell_unanswered(session)


def _shifts(session: Session, network_id: UUID, led: Collection[UUID] | None) -> dict[UUID, datetime]:
    """Give who has a shift to come, and when the first begins; of all agencies, or only of these."""
    now = clock.now()
    ahead = (
        Shift.network_id == network_id,
        Shift.withdrawn_at.is_(None),
        Shift.ends_at > now,
        Shift.starts_at < now + AHEAD,
    )
    both = union(
        select(Shift.first_id.label("user_id"), Shift.starts_at).where(*ahead),
        select(Shift.second_id, Shift.starts_at).where(*ahead, Shift.second_id.is_not(None)),
    ).subquery()
    hers = select(Membership.user_id).where(Membership.network_id == network_id, Membership.agency_id.in_(led or ()))
    query = (
        select(both.c.user_id, func.min(both.c.starts_at).label("starts_at"))
        .where(true() if led is None else both.c.user_id.in_(hers))
        .group_by(both.c.user_id)
    )
    return {row.user_id: row.starts_at for row in session.execute(query)}


def _led(actor: Actor) -> Collection[UUID] | None:
    return None if access.may(actor, Action.KEEP_ROSTERS) else actor.agencies_as(Role.RESPONSABILE)


def _send(session: Session, network_id: UUID, people: Collection[UUID]) -> int:
    """Make a test for each way in which each of them would be woken up."""
    points = session.scalars(
        select(ContactPoint).where(
            ContactPoint.user_id.in_(people),
            ContactPoint.medium.in_(contacts.URGENT),
            ContactPoint.verified_at.is_not(None),
            ContactPoint.broken_at.is_(None),
        )
    ).all()
    for point in points:
        message = Message(id=db.new_id(), network_id=network_id, user_id=point.user_id, medium=point.medium)
        message.purpose, message.urgency, message.next_at = Purpose.TEST, "E3", clock.now()
        message.answer = sending.hashed(sending.token(message.id))
        session.add(message)
    session.flush()
    return len({point.user_id for point in points})


def _tests(
    session: Session, network_id: UUID, people: Collection[UUID]
) -> dict[UUID, tuple[datetime, datetime | None]]:
    """Give when each was tested last, and when she answered that, over whatever medium."""
    query = (
        select(Message.user_id, Message.created_at, func.max(Message.answered_at).label("answered_at"))
        .where(Message.network_id == network_id, Message.purpose == Purpose.TEST, Message.user_id.in_(people))
        .group_by(Message.user_id, Message.created_at)
        .order_by(Message.created_at)
    )
    return {row.user_id: (row.created_at, row.answered_at) for row in session.execute(query)}


def _had(session: Session, people: Collection[UUID]) -> dict[UUID, int]:
    recent = Message.created_at > clock.now() - outbox.SHIFT
    query = select(Message.user_id, func.count().label("had")).where(Message.user_id.in_(people), recent)
    return {row.user_id: row.had for row in session.execute(query.group_by(Message.user_id))}


def _tell_unanswered(session: Session) -> None:
    """Tell the coordination once of each test that somebody has left unanswered over every medium."""
    late = select(Message).where(
        Message.purpose == Purpose.TEST,
        Message.answered_at.is_(None),
        Message.error.is_distinct_from(UNANSWERED),
        Message.created_at < clock.now() - ANSWERED_WITHIN,
        Message.created_at > clock.now() - AHEAD,
    )
    networks = set()
    for message in session.scalars(late.with_for_update(skip_locked=True)).all():
        message.error = UNANSWERED
        if message.state is MessageStatus.WAITING:
            message.state = MessageStatus.NEEDLESS
        networks.add(message.network_id)
    for network_id in sorted((one for one in networks if one is not None), key=str):
        to = Receiver.with_role(Role.COORDINAMENTO)
        notifications.notify(session, to, UNANSWERED, network_id=network_id, case_id=None)
