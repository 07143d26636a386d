"""Case codes for the hours in which the system is down: reserved before, written on paper, entered afterwards.

They are drawn as all codes are, so no case ever gets one that stands on somebody's sheet.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from engine import audit, clock, errors
from engine.cases import acts, codes
from engine.cases.reserved_models import ReservedCode
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

VALID = timedelta(days=30)
"""How long a code may be entered: as far back as an act may be recorded (`acts.MAX_BACKDATING`)."""

MOST = 40
"""Codes that an agency may have reserved at once and not entered."""


def reserve(session: Session, actor: Actor, agency_id: UUID, number: int) -> list[ReservedCode]:
    """Reserve so many codes for an agency of the actor's. Raises Forbidden; InvalidValue.

    `agency`: `not_yours`; `number`: `too_many`, beyond `MOST`.
    """
    access.require(actor, Action.START_CASE)
    if not access.may(actor, Action.START_CASE, agency_id):
        raise errors.InvalidValue("agency", "not_yours")
    waiting = len(of_agencies(session, actor.network_id, [agency_id]))
    if not 0 < number <= MOST - waiting:
        raise errors.InvalidValue("number", "too_many")
    now = clock.now()
    rows = [
        ReservedCode(
            network_id=actor.network_id,
            agency_id=agency_id,
            code=new(session, actor.network_id),
            reserved_by_id=actor.user_id,
            expires_at=now + VALID,
        )
        for _ in range(number)
    ]
    session.add_all(rows)
    session.flush()
    audit.record(session, actor, "codes.reserved", "agency", agency_id, number=number)
    return sorted(rows, key=lambda row: row.code)


def of_actor(session: Session, actor: Actor) -> list[ReservedCode]:
    """Give the codes that the actor's agencies have reserved and not entered, oldest first. Raises Forbidden."""
    access.require(actor, Action.START_CASE)
    return of_agencies(session, actor.network_id, access.scope(actor).agency_ids)


def of_agencies(session: Session, network_id: UUID, agency_ids: Collection[UUID]) -> list[ReservedCode]:
    """Give the codes of agencies that can still be entered, oldest first."""
    query = select(ReservedCode).where(
        ReservedCode.network_id == network_id,
        ReservedCode.agency_id.in_(agency_ids),
        ReservedCode.used_at.is_(None),
        ReservedCode.expires_at > clock.now(),
    )
    return list(session.scalars(query.order_by(ReservedCode.reserved_at, ReservedCode.code)))


def enter(session: Session, actor: Actor, agency_id: UUID | None, text: str, happened_at: datetime | None) -> str:
    """Take a reserved code for a case that began on paper; give it as it is written.

    Raises InvalidValue `reserved_code`: `mistyped`, `not_reserved` (for this agency), `already_used`, `expired`;
    `happened_at`: `required`, `before_the_reservation`.
    """
    code = codes.parse(text)
    if code is None:
        raise errors.InvalidValue("reserved_code", "mistyped")
    query = select(ReservedCode).where(
        ReservedCode.network_id == actor.network_id, ReservedCode.agency_id == agency_id, ReservedCode.code == code
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None or row.used_at is not None:
        raise errors.InvalidValue("reserved_code", "not_reserved" if row is None else "already_used")
    if row.expires_at <= clock.now():
        raise errors.InvalidValue("reserved_code", "expired")
    if happened_at is None:
        raise errors.InvalidValue("happened_at", "required")
    acts.since(acts.moment(happened_at), row.reserved_at, "before_the_reservation")
    row.used_at = clock.now()
    return code


def new(session: Session, network_id: UUID) -> str:
    """Draw a code that no case of the network has, nor any sheet."""
    while True:
        code = codes.new()
        if not session.scalar(select(func.case_code_taken(network_id, code))):
            return code
