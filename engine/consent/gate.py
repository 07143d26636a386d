"""The one place that answers whether an agency may be told of a case for a purpose.

Whoever sends asks it inside the command, under the lock of the case: what was withdrawn by then is seen, and what is
withdrawn after it finds the sending done. Nothing that a request carries is asked for here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from engine.consent.models import BasisKind, CasePause, RecordedBasis
from engine.participants.models import Exclusion

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Needs:
    """What a step needs before an agency is told: her agreement, a legal duty by its name, or only a network's task."""

    kind: BasisKind
    duty: str | None = None

    def __post_init__(self) -> None:
        if self.kind is BasisKind.INTERESSE_VITALE or (self.kind is BasisKind.OBBLIGO) != bool(self.duty):
            message = "a step needs adesione, obbligo with its duty, or compito"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Basis:
    """What allows it: of which kind, the row that says so, until when it counts, and the duty if it is one."""

    kind: BasisKind
    id: UUID | None = None
    until: datetime | None = None
    duty: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for an agency and a purpose: what allows it now, her no if she said it, and the pause."""

    basis: Basis | None
    refused: RecordedBasis | None = None
    pause: CasePause | None = None


_ANSWERS = select(RecordedBasis).where(
    RecordedBasis.case_id == bindparam("case_id"),
    RecordedBasis.purpose == bindparam("purpose"),
    RecordedBasis.agency_id == bindparam("agency_id"),
    RecordedBasis.ended_recorded_at.is_(None),
    or_(RecordedBasis.until.is_(None), RecordedBasis.until > bindparam("now")),
)
# An agency that is kept out of a case is told nothing of it: not by her agreement, not by law, not to save a life.
_KEPT_OUT = (
    select(Exclusion.id)
    .where(
        Exclusion.case_id == bindparam("case_id"),
        Exclusion.agency_id == bindparam("agency_id"),
        Exclusion.until.is_(None),
    )
    .limit(1)
)
_PAUSE = select(CasePause).where(CasePause.case_id == bindparam("case_id"), CasePause.resumed_recorded_at.is_(None))


def basis_for(
    session: Session, *, case_id: UUID, agency_id: UUID, purpose: str, needs: Needs, now: datetime
) -> Basis | None:
    """Say what allows an agency to be told of a case for a purpose now; None when nothing does."""
    return standing(session, case_id=case_id, agency_id=agency_id, purpose=purpose, needs=needs, now=now).basis


def standing(
    session: Session, *, case_id: UUID, agency_id: UUID, purpose: str, needs: Needs, now: datetime
) -> Standing:
    """Say how things stand: what `basis_for` gives, and for whoever prepares a hand-over why there is nothing."""
    if session.scalar(_KEPT_OUT, {"case_id": case_id, "agency_id": agency_id}) is not None:
        return Standing(None)
    if needs.kind is not BasisKind.ADESIONE:
        # Neither her agreement nor her pause is asked for: the law, or a task in which nothing is said of her.
        return Standing(Basis(needs.kind, duty=needs.duty))
    asked = {"case_id": case_id, "purpose": purpose, "agency_id": agency_id, "now": now}
    rows = session.scalars(_ANSWERS.execution_options(populate_existing=True), asked).all()
    stands_still = pause(session, case_id)
    if stands_still is not None and stands_still.until is not None and stands_still.until <= now:
        stands_still = None
    answer = next((row for row in rows if row.kind is BasisKind.ADESIONE), None)
    vital = max((row for row in rows if row.kind is BasisKind.INTERESSE_VITALE), key=_until, default=None)
    if answer is not None and answer.given and stands_still is None:
        return Standing(Basis(BasisKind.ADESIONE, answer.id))
    refused = answer if answer is not None and not answer.given else None
    basis = Basis(BasisKind.INTERESSE_VITALE, vital.id, vital.until) if vital is not None else None
    return Standing(basis, refused, stands_still)


def pause(session: Session, case_id: UUID) -> CasePause | None:
    """Give the pause, or the end by her wish, in which a case stands now."""
    query = _PAUSE.execution_options(populate_existing=True)
    return session.scalars(query, {"case_id": case_id}).one_or_none()


def _until(row: RecordedBasis) -> datetime:
    return row.until or row.recorded_at
