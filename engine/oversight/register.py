"""The register of accesses: who read and changed what, for those who answer for it.

The data-protection officer sees the whole of her network's, the coordination who read and changed a given case.
Colleagues do not see each other. Nobody sees a case here that keeps her out, and looking is recorded too.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from engine import audit
from engine.audit import AuditEntry
from engine.cases import codes
from engine.cases.models import Case
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Membership, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Lines of one page."""

# Besides all whose name ends in read.
_READINGS = ("case.found", "answer.opened", "request.opened", "register.exported")

READING = or_(AuditEntry.action.like("%read"), AuditEntry.action.in_(_READINGS))
"""Says of an entry that somebody has read, and changed nothing."""

LONGEST = 50_000
"""Lines of one export."""


class What(enum.StrEnum):
    """What is looked for."""

    READINGS = "readings"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the register is narrowed to; `since` and `until` are instants, the second one left out."""

    code: str | None = None
    person: UUID | None = None
    what: What | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown: no name of a step, no value. `person` is None where the system did what was due."""

    id: int
    at: datetime
    happened_at: datetime | None
    person: str | None
    agency: str | None
    on_behalf_of: str | None
    purpose: str | None
    basis: str | None
    action: str
    case_code: str | None


@dataclass(frozen=True, slots=True)
class Register:
    """A page of the register, the newest first; `found`: whether there is a case of the code that was asked for."""

    lines: tuple[Line, ...]
    more: bool
    found: bool


def page(session: Session, actor: Actor, asked: Asked, *, before: int | None = None) -> Register:
    """Give a page of the register, from behind a line on. Raises Forbidden for what the actor may not ask."""
    case_id = _require(session, actor, asked)
    if asked.code is not None and case_id is None:
        return Register((), more=False, found=False)
    _record(session, actor, "register.read", asked, case_id)
    query = _query(actor, asked, case_id)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    lines = tuple(Line(*row) for row in session.execute(query.limit(LIMIT + 1)).all())
    return Register(lines[:LIMIT], more=len(lines) > LIMIT, found=True)


def export(session: Session, actor: Actor, asked: Asked) -> Iterator[Line]:
    """Give up to `LONGEST` lines, the newest first; to be read inside the command. Raises as `page`."""
    case_id = _require(session, actor, asked)
    if asked.code is not None and case_id is None:
        return iter(())
    _record(session, actor, "register.exported", asked, case_id)
    rows = session.execute(_query(actor, asked, case_id).limit(LONGEST))
    return (Line(*row) for row in rows)


def people(session: Session, actor: Actor) -> list[tuple[UUID, str]]:
    """Give the people of the network by name, to choose one; none to whoever may not ask for one."""
    if not access.may(actor, Action.READ_REGISTER):
        return []
    query = (
        select(User.id, User.display_name)
        .where(User.id.in_(select(Membership.user_id).where(Membership.network_id == actor.network_id)))
        .order_by(User.display_name, User.id)
    )
    return [(user_id, name) for user_id, name in session.execute(query).all()]


def _require(session: Session, actor: Actor, asked: Asked) -> UUID | None:
    """Give the case of the code that is asked for; None where there is none, or it keeps the actor out."""
    access.require(actor, Action.READ_ACCESSES)
    if asked.code is None or asked.person is not None:
        access.require(actor, Action.READ_REGISTER)
    if asked.code is None:
        return None
    query = select(Case.id).where(
        Case.network_id == actor.network_id,
        Case.code == (codes.parse(asked.code) or ""),
        access.scope(actor).admits(Case.id),
    )
    return session.scalar(query)


def _record(session: Session, actor: Actor, action: str, asked: Asked, case_id: UUID | None) -> None:
    capacity = audit.Capacity(purpose="controllo_accessi", basis="ruolo")
    subject = (
        ("user", asked.person) if asked.person else ("case", case_id) if case_id else ("network", actor.network_id)
    )
    audit.record_in_case(session, actor, action, case_id, capacity, subject=subject, happened_at=None, details={})


def _query(actor: Actor, asked: Asked, case_id: UUID | None) -> Select[*tuple[Any, ...]]:
    behalf = aliased(Agency)
    query = (
        select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.happened_at,
            User.display_name,
            Agency.name,
            behalf.name,
            AuditEntry.purpose,
            AuditEntry.basis,
            AuditEntry.action,
            Case.code,
        )
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .outerjoin(Agency, Agency.id == AuditEntry.agency_id)
        .outerjoin(behalf, behalf.id == AuditEntry.on_behalf_of_id)
        .outerjoin(Case, Case.id == AuditEntry.case_id)
        .where(AuditEntry.network_id == actor.network_id)
        .order_by(AuditEntry.id.desc())
    )
    if case_id is not None:
        query = query.where(AuditEntry.case_id == case_id)
    else:
        query = query.where(or_(Case.id.is_(None), access.scope(actor).admits(Case.id)))
    if asked.person is not None:
        query = query.where(AuditEntry.actor_id == asked.person)
    if asked.since is not None:
        query = query.where(AuditEntry.at >= asked.since)
    if asked.until is not None:
        query = query.where(AuditEntry.at < asked.until)
    return query if asked.what is None else query.where(READING if asked.what is What.READINGS else ~READING)
