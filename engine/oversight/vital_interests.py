"""Vital interests that were invoked, as the coordination looks at them afterwards: who, to whom, until when, why.

It sees no more of the case than its code. Whoever has invoked one does not review it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from engine import clock, errors
from engine.cases import execution, history, lifecycle, trail
from engine.cases.models import Case
from engine.consent import sealing
from engine.consent.models import BasisKind, RecordedBasis
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, User

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100


@dataclass(frozen=True, slots=True)
class VitalRow:
    """A vital interest; `mine` when the reader has invoked it herself."""

    id: UUID
    case_code: str
    purpose: str
    agency_name: str
    asked_for_name: str
    asked_by_name: str
    recorded_at: datetime
    until: datetime | None
    running: bool
    reason: str
    mine: bool


def waiting(session: Session, actor: Actor) -> tuple[int, datetime | None]:
    """Count those that wait for the actor's network, and say since when the first does; none for who reviews none."""
    if not access.may(actor, Action.REVIEW_VITAL_INTERESTS):
        return 0, None
    count, first = session.execute(select(func.count(), func.min(RecordedBasis.recorded_at)).where(*_open(actor))).one()
    return count, first


def to_review(session: Session, actor: Actor) -> tuple[VitalRow, ...]:
    """Give the vital interests of the network that nobody has reviewed yet, the oldest first. Raises Forbidden."""
    access.require(actor, Action.REVIEW_VITAL_INTERESTS)
    asking = aliased(Agency)
    query = (
        select(RecordedBasis, Case.code, Agency.name, asking.name, User.display_name)
        .join(Case, Case.id == RecordedBasis.case_id)
        .join(Agency, Agency.id == RecordedBasis.agency_id)
        .join(asking, asking.id == RecordedBasis.asked_for_id)
        .join(User, User.id == RecordedBasis.asked_by_id)
        .where(*_open(actor))
        .order_by(RecordedBasis.recorded_at, RecordedBasis.id)
        .limit(LIMIT)
    )
    rows = []
    for basis, code, agency_name, asked_for_name, asked_by_name in session.execute(query).all():
        trail.note(session, actor, "vital_interest.read", basis.case_id, subject=("basis", basis.id))
        rows.append(
            VitalRow(
                id=basis.id,
                case_code=code,
                purpose=basis.purpose,
                agency_name=agency_name,
                asked_for_name=asked_for_name,
                asked_by_name=asked_by_name,
                recorded_at=basis.recorded_at,
                until=basis.until,
                running=basis.until is not None and basis.until > clock.now(),
                reason=sealing.open_(session, basis).reason or "",
                mine=basis.asked_by_id == actor.user_id,
            )
        )
    return tuple(rows)


def review(session: Session, actor: Actor, basis_id: UUID, *, note: str) -> None:
    """Record that a vital interest was looked at, and what came of it; the agency that invoked it reads that.

    Raises Forbidden, NotFound, MustBeAnotherPerson, InvalidValue; Conflict `reviewed` the second time.
    """
    access.require(actor, Action.REVIEW_VITAL_INTERESTS)
    text = lifecycle.require_text("note", note)
    query = select(RecordedBasis).where(
        RecordedBasis.id == basis_id,
        RecordedBasis.network_id == actor.network_id,
        RecordedBasis.kind == BasisKind.INTERESSE_VITALE,
        access.scope(actor).admits(RecordedBasis.case_id),
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise errors.NotFound(basis=basis_id)
    if row.asked_by_id == actor.user_id:
        raise errors.MustBeAnotherPerson(case=row.case_id)
    with execution.locked(session, row.case_id, actor) as running:
        session.refresh(row)
        if row.reviewed_at is not None:
            raise errors.Conflict("reviewed", basis=basis_id)
        row.reviewed_at, row.reviewed_by_id = clock.now(), actor.user_id
        history.record(
            session,
            running.case,
            history.EventKind.VITAL_INTEREST_REVIEWED,
            actor=actor,
            agency_id=row.asked_for_id,
            values={"note": text},
        )


def _open(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Say which wait: they stay until somebody has reviewed them."""
    return (
        RecordedBasis.network_id == actor.network_id,
        RecordedBasis.kind == BasisKind.INTERESSE_VITALE,
        RecordedBasis.reviewed_at.is_(None),
        access.scope(actor).admits(RecordedBasis.case_id),
    )
