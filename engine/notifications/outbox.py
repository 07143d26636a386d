"""The outbox: which notices go to whom over what, and when: looked up when a notice leaves, not when it is written.

What is urgent (classes E0 and E1) leaves at once, whatever the hour. The rest waits a little for what comes along, and
for the end of somebody's quiet hours; and who had more than so many messages in a shift gets the rest of them, but what
is E0, bundled and not one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, column, func, insert, literal, or_, select, table, update
from sqlalchemy.orm import Session

from engine import clock, db
from engine.calendars.calendar import ROME
from engine.notifications import carriers, webhook_sending
from engine.notifications.models import Notice
from engine.notifications.outbox_models import ContactPoint, Delivery, Medium, Message, MessageStatus, QuietHours
from engine.participants import access, directory
from engine.participants.models import Membership, NetworkAgency, User

BATCH = 200
TOGETHER = timedelta(minutes=2)
"""For so long something that is not urgent waits for what else there is to tell."""

SHIFT = timedelta(hours=12)
MOST = 30
"""Messages of one shift to one person; what comes after them is told every quarter of an hour, but for E0."""

_AFTER_MOST = timedelta(minutes=15)

URGENT = frozenset({"E0", "E1"})
_NO_CLASS = "E3"

# The rows of clocks are declared above this package; only these columns are needed here.
_clocks = table("deadline", column("id", Uuid()), column("escalation_class"))


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the outbox is behind: since when the oldest waits that should have left, and how many were given up."""

    oldest_at: datetime | None
    waiting: int
    given_up: int


def dispatch() -> int:
    """Say of notices that are new to whom they go, over what; return how many there were.

    Any number of workers may do this at once: each takes others.
    """
    with db.transaction() as session:
        new = select(Notice.id).where(Notice.sent_out_at.is_(None)).order_by(Notice.created_at, Notice.id).limit(BATCH)
        ids = list(session.scalars(new.with_for_update(skip_locked=True)))
        if not ids:
            return 0
        receivers = session.execute(_receivers(ids)).all()
        rows = _deliveries(session, [row for row in receivers if _goes_over(row)])
        if rows:
            session.execute(insert(Delivery), rows)
        webhook_sending.enqueue(session, ids)
        session.execute(
            update(Notice).where(Notice.id.in_(ids)).values(sent_out_at=clock.now()),
            execution_options={"synchronize_session": False},
        )
    return len(ids)


def lag(session: Session) -> Lag:
    """Tell how far the outbox is behind, in all networks."""
    now = clock.now()
    undispatched = select(func.min(Notice.created_at)).where(Notice.sent_out_at.is_(None)).scalar_subquery()
    unbundled = and_(Delivery.message_id.is_(None), Delivery.dropped_at.is_(None), Delivery.not_before <= now)
    due = select(func.min(Delivery.not_before)).where(unbundled).scalar_subquery()
    unsent = Message.state == MessageStatus.WAITING
    first = select(func.min(Message.created_at)).where(unsent).scalar_subquery()
    waiting = select(func.count()).select_from(Message).where(unsent).scalar_subquery()
    lost = and_(Message.state == MessageStatus.FAILED, Message.created_at > now - timedelta(days=1))
    given_up = select(func.count()).select_from(Message).where(lost).scalar_subquery()
    row = session.execute(select(func.least(undispatched, due, first), waiting, given_up)).one()
    return Lag(*row)


def _receivers(ids: Collection[UUID]) -> Any:
    """Give who is told each notice and over what: as roles, memberships, exclusions and addresses are now."""
    hers = Notice.user_id == Membership.user_id
    of_role = and_(
        Notice.user_id.is_(None),
        Notice.role == Membership.role,
        or_(Notice.agency_id.is_(None), Notice.agency_id == Membership.agency_id),
    )
    place = and_(NetworkAgency.network_id == Membership.network_id, NetworkAgency.agency_id == Membership.agency_id)
    return (
        select(
            Notice.id.label("notice_id"),
            Membership.user_id,
            ContactPoint.medium,
            func.coalesce(_clocks.c.escalation_class, literal(_NO_CLASS)).label("urgency"),
            Notice.user_id.is_not(None).label("in_person"),
            QuietHours.since,
            QuietHours.until,
        )
        .join(Membership, and_(Membership.network_id == Notice.network_id, or_(hers, of_role)))
        .join(NetworkAgency, place)
        .join(User, User.id == Membership.user_id)
        .join(ContactPoint, ContactPoint.user_id == Membership.user_id)
        .outerjoin(QuietHours, QuietHours.user_id == Membership.user_id)
        .outerjoin(_clocks, _clocks.c.id == Notice.deadline_id)
        .where(
            Notice.id.in_(ids),
            Notice.read_at.is_(None),
            User.disabled_at.is_(None),
            ContactPoint.verified_at.is_not(None),
            ContactPoint.broken_at.is_(None),
            ContactPoint.medium.in_(carriers.media()),
            access.admitted(Notice.case_id),
            *directory.in_force(),
        )
        .distinct()
    )


def _goes_over(row: Any) -> bool:
    """Say what is told over what: mail and devices all, telephones what is urgent; a whole desk is rung up for E0."""
    if row.medium in {Medium.EMAIL, Medium.PUSH}:
        return True
    return row.urgency in URGENT and (row.medium is Medium.SMS or row.in_person or row.urgency == "E0")


def _deliveries(session: Session, receivers: Iterable[Any]) -> list[dict[str, Any]]:
    now, rows = clock.now(), list(receivers)
    had = _had(session, {row.user_id for row in rows})
    return [
        {
            "notice_id": row.notice_id,
            "user_id": row.user_id,
            "medium": row.medium,
            "urgency": row.urgency,
            "not_before": _not_before(row, now, had[row.user_id]),
            "created_at": now,
        }
        for row in rows
    ]


def _had(session: Session, people: Collection[UUID]) -> Counter[UUID]:
    """Count what each had in the last hours of a shift, over all media."""
    recent = and_(Message.user_id.in_(people), Message.created_at > clock.now() - SHIFT)
    query = select(Message.user_id, func.count().label("had")).where(recent).group_by(Message.user_id)
    return Counter({row.user_id: row.had for row in session.execute(query)})


def _not_before(row: Any, now: datetime, had: int) -> datetime:
    if row.urgency == "E0":
        return now
    at = now if row.urgency in URGENT else _after_quiet(now + TOGETHER, row.since, row.until)
    return max(at, _next_quarter(now)) if had >= MOST else at


def _next_quarter(now: datetime) -> datetime:
    """Give the end of the present quarter of an hour: all that comes until then is one message."""
    passed = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now - passed + _AFTER_MOST


def _after_quiet(at: datetime, since: int | None, until: int | None) -> datetime:
    """Give the end of the quiet hours that `at` falls into, by the clocks in Rome; `at` itself outside of them."""
    if since is None or until is None:
        return at
    local = at.astimezone(ROME)
    minute = local.hour * 60 + local.minute
    within = since <= minute < until if since < until else minute >= since or minute < until
    if not within:
        return at
    end = local.replace(hour=until // 60, minute=until % 60, second=0, microsecond=0, fold=0)
    return (end if minute < until else end + timedelta(days=1)).astimezone(at.tzinfo)
