"""Who was told of a late step: the notices of its ladder, as they were put into people's inboxes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from engine.deadlines.models import Deadline, DeadlineClock, RungStep
from engine.notifications.models import Notice, NoticeChannel
from engine.participants.models import Agency, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Told:
    """What a ladder said at one instant to one receiver: which rung, of which clocks, by what, whether it was read."""

    step: RungStep
    at: datetime
    role: Role | None
    agency_name: str | None
    person: str | None
    read_at: datetime | None
    clocks: tuple[DeadlineClock, ...]
    channel: NoticeChannel


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
    for row in session.execute(query).all():
        notice = row[0]
        said = (notice.task_id, notice.kind, notice.user_id, notice.agency_id, notice.role, notice.created_at)
        merged.setdefault(said, []).append(row)
    found: dict[UUID, tuple[Told, ...]] = {}
    for rows in merged.values():
        task_id = rows[0][0].task_id
        found[task_id] = (*found.get(task_id, ()), _one(rows))
    return found


def _one(rows: list[Any]) -> Told:
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
    )
