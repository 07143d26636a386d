"""Who was told of a late step: the notices of its ladder in people's inboxes, and what went out of each to whom."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine.deadlines.models import Deadline, DeadlineClock, RungStep
from engine.notifications.models import Notice, NoticeChannel
from engine.notifications.outbox_models import Delivery, Medium, Message, MessageStatus
from engine.participants.models import Agency, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class How(enum.StrEnum):
    """How far something has come that was sent to somebody."""

    WAITING = "waiting"
    SENT = "sent"
    ARRIVED = "arrived"
    ANSWERED = "answered"
    FAILED = "failed"
    NEEDLESS = "needless"


_UNSENT = {MessageStatus.FAILED: How.FAILED, MessageStatus.NEEDLESS: How.NEEDLESS}


@dataclass(frozen=True, slots=True)
class Sent:
    """What went to one person outside the pages: over what, how far it has come and since when."""

    person: str
    medium: Medium
    how: How
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a ladder said at one instant to one receiver: which rung, of which clocks, by what, whether it was read.

    `sent` is what went out of it, to whom: a role is several people.
    """

    step: RungStep
    at: datetime
    role: Role | None
    agency_name: str | None
    person: str | None
    read_at: datetime | None
    clocks: tuple[DeadlineClock, ...]
    channel: NoticeChannel
    sent: tuple[Sent, ...]


def of_tasks(session: Session, task_ids: Collection[UUID]) -> dict[UUID, tuple[Told, ...]]:
    """Give who was told of each task, oldest first; two clocks that said the same at once have said it once."""
    query = (
        select(Notice, Deadline.clock, Agency.name, User.display_name)
        .join(Deadline, Deadline.id == Notice.deadline_id)
        .outerjoin(Agency, Agency.id == Notice.agency_id)
        .outerjoin(User, User.id == Notice.user_id)
        .where(Notice.task_id.in_(task_ids))
        .order_by(Notice.created_at, Notice.id)
    )
    merged: dict[object, list[Any]] = {}
    out = _sent(session, task_ids)
    for row in session.execute(query).all():
        notice = row[0]
        said = (notice.task_id, notice.kind, notice.user_id, notice.agency_id, notice.role, notice.created_at)
        merged.setdefault(said, []).append(row)
    found: dict[UUID, tuple[Told, ...]] = {}
    for rows in merged.values():
        task_id = rows[0][0].task_id
        found[task_id] = (*found.get(task_id, ()), _one(rows, out))
    return found


def _one(rows: list[Any], out: dict[UUID, list[Sent]]) -> Told:
    notice, _clock, agency_name, person = rows[0]
    read = [row[0].read_at for row in rows]
    return Told(
        step=RungStep(notice.kind),
        at=notice.created_at,
        role=notice.role,
        agency_name=agency_name,
        person=person,
        read_at=max(read) if None not in read else None,
        # Taking a step in charge comes before concluding it.
        clocks=tuple(sorted({row[1] for row in rows}, reverse=True)),
        channel=notice.channel,
        sent=tuple({(one.person, one.medium): one for row in rows for one in out.get(row[0].id, ())}.values()),
    )


def _sent(session: Session, task_ids: Collection[UUID]) -> dict[UUID, list[Sent]]:
    """Give by notice what went out of it."""
    query = (
        select(Delivery, User.display_name, Message)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(User, User.id == Delivery.user_id)
        .outerjoin(Message, Message.id == Delivery.message_id)
        .where(Notice.task_id.in_(task_ids), Notice.deadline_id.is_not(None))
        .order_by(User.display_name, Delivery.medium)
    )
    found: dict[UUID, list[Sent]] = {}
    for delivery, person, message in session.execute(query).all():
        how, at = _how(delivery, message)
        found.setdefault(delivery.notice_id, []).append(Sent(person, delivery.medium, how, at))
    return found


def _how(delivery: Delivery, message: Message | None) -> tuple[How, datetime]:
    """Say how far something has come: the last thing that is known of it."""
    if message is None:
        gone = delivery.dropped_at
        return (How.WAITING, delivery.not_before) if gone is None else (How.NEEDLESS, gone)
    known = ((How.ANSWERED, message.answered_at), (How.ARRIVED, message.arrived_at), (How.SENT, message.sent_at))
    found = next(((how, at) for how, at in known if at is not None), None)
    return found or (_UNSENT.get(message.state, How.WAITING), message.next_at)
