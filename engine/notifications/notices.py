"""Notices: written in the transaction of what they tell about, read by whom they are addressed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, case, column, false, or_, select, table, true, update
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import NotFound
from engine.notifications.models import Notice
from engine.participants import access
from engine.participants.access import Actor
from engine.participants.models import Role

# The rows of cases are declared above this package; only these columns are needed here.
_cases = table("case_file", column("id", Uuid()), column("code"))


@dataclass(frozen=True, slots=True)
class Receiver:
    """Whom a notice is for: a person, whoever has a role in an agency, or whoever has it in the network."""

    user_id: UUID | None = None
    agency_id: UUID | None = None
    role: Role | None = None

    def __post_init__(self) -> None:
        if (self.user_id is None) == (self.role is None) or (self.user_id and self.agency_id):
            raise ValueError("a notice is for one person, or for a role")

    @classmethod
    def person(cls, user_id: UUID) -> Receiver:
        """Return one person as receiver."""
        return cls(user_id=user_id)

    @classmethod
    def with_role(cls, role: Role, agency_id: UUID | None = None) -> Receiver:
        """Return whoever has a role in an agency, or in the whole network when none is named."""
        return cls(role=role, agency_id=agency_id)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice as its receiver sees it. `case_id` and `task_id` are None where the case is not his to open."""

    id: UUID
    kind: str
    case_code: str
    case_id: UUID | None
    task_id: UUID | None
    created_at: datetime
    read_at: datetime | None


def notify(
    session: Session,
    to: Receiver,
    kind: str,
    *,
    network_id: UUID,
    case_id: UUID,
    task_id: UUID | None = None,
    deadline_id: UUID | None = None,
) -> Notice:
    """Tell something about a case; `kind` is a code that the pages have a neutral text for."""
    notice = Notice(
        network_id=network_id,
        case_id=case_id,
        kind=kind,
        user_id=to.user_id,
        agency_id=to.agency_id,
        role=to.role,
        task_id=task_id,
        deadline_id=deadline_id,
    )
    session.add(notice)
    return notice


def inbox(session: Session, actor: Actor, *, unread: bool = False, limit: int = 100) -> list[NoticeRow]:
    """Return the newest notices addressed to the actor, at most `limit`; with `unread` those that nobody has read."""
    visible = Notice.case_id.in_(access.scope(actor).case_ids)
    rows = session.execute(
        select(
            Notice.id,
            Notice.kind,
            _cases.c.code.label("case_code"),
            case((visible, Notice.case_id)).label("case_id"),
            case((visible, Notice.task_id)).label("task_id"),
            Notice.created_at,
            Notice.read_at,
        )
        .join(_cases, _cases.c.id == Notice.case_id)
        .where(_addressed_to(actor), Notice.read_at.is_(None) if unread else true())
        .order_by(Notice.created_at.desc(), Notice.id)
        .limit(limit),
    )
    return [NoticeRow(*row) for row in rows]


def mark_read(session: Session, actor: Actor, notice_id: UUID) -> None:
    """Note that the actor has read a notice; the first reader stays. NotFound when it is not addressed to him."""
    addressed = select(Notice.id).where(Notice.id == notice_id, _addressed_to(actor))
    if session.execute(addressed).one_or_none() is None:
        raise NotFound("notice_not_found", notice_id=notice_id)
    session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.read_at.is_(None))
        .values(read_at=clock.now(), read_by_id=actor.user_id),
    )


def _addressed_to(actor: Actor) -> ColumnElement[bool]:
    to_role = [
        and_(Notice.role == role, or_(Notice.agency_id == agency_id, Notice.agency_id.is_(None)))
        for agency_id, role in actor.memberships
    ]
    to_person = Notice.user_id == actor.user_id if actor.user_id is not None else false()
    return and_(Notice.network_id == actor.network_id, or_(to_person, *to_role))
