"""Messages for another case that nothing allows yet to be told there: they wait, where their sender sees them.

Who takes part in the sending case knows of it already. Whoever else would read in the receiving one what a message
carries is an agency that is told: the gate is asked, for the purpose for which it takes part there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update

from engine import clock, notifications
from engine.cases import agenda, confidential, crossing, history, lookup, targets
from engine.cases.models import Case, Incident
from engine.cases.post_models import Outgoing
from engine.consent import gate
from engine.consent.models import BasisKind
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.models import Agency, CaseParticipation, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

WITHOUT_BASIS = "message_without_basis"
"""Code of the incident."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """An agency that a message would tell something, and for which purpose, though nothing allows it."""

    agency_id: UUID
    purpose: str


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message of a case that waits: to which agency, for which purpose, until when."""

    agency_name: str
    purpose: str
    until: datetime


def stranger(session: Session, row: Outgoing, case_id: UUID) -> Stranger | None:
    """Say whom a message must not reach in a case yet; None where it may go. One without values tells nothing."""
    if row.from_case_id == case_id:
        return None
    known = _parts(session, row.from_case_id)
    knowing = {part.agency_id for part in known if part.basis != BasisKind.COMPITO}
    others = [part for part in _parts(session, case_id) if part.agency_id not in knowing]
    if not others or not confidential.open_outgoing(session, row):
        return None
    for part in others:
        purpose = part.purpose or crossing.BEGINNING.purpose
        allowed = gate.basis_for(
            session,
            case_id=row.from_case_id,
            agency_id=part.agency_id,
            purpose=purpose,
            needs=gate.Needs(BasisKind.ADESIONE),
            now=clock.now(),
        )
        if allowed is None:
            return Stranger(part.agency_id, purpose)
    return None


def hold(session: Session, row: Outgoing, found: Stranger) -> None:
    """Let a message wait for a basis: its case shows it, and whoever holds that is told at once."""
    row.asks_agency_id, row.asks_purpose = found.agency_id, found.purpose
    case = session.get_one(Case, row.from_case_id)
    session.add(Incident(network_id=case.network_id, case_id=case.id, token_id=str(row.id), code=WITHOUT_BASIS))
    history.record(session, case, history.EventKind.MESSAGE_WAITS, values={"message": row.name})
    holder = lookup.holder(session, case)
    workers = [Receiver.with_role(Role.OPERATRICE, holder)] if holder is not None else []
    for receiver in workers or targets.beyond(session, case):
        notifications.notify(
            session,
            receiver,
            "message_without_basis",
            network_id=case.network_id,
            case_id=case.id,
        )


def ask_again(session: Session, case_id: UUID) -> None:
    """Let what waits in a case be looked at again, now that something else may be allowed."""
    # All that nobody has taken yet: a row that a worker is about to let wait is waited for, and found.
    again = update(Outgoing).where(Outgoing.from_case_id == case_id, Outgoing.to_case_id.is_(None))
    ids = session.scalars(again.values(asks_agency_id=None, asks_purpose=None).returning(Outgoing.id)).all()
    if ids:
        settle(session, ids)
        agenda.wake(session)


def settle(session: Session, message_ids: Iterable[UUID]) -> None:
    """Resolve the incidents of messages that wait no more."""
    raised = update(Incident).where(
        Incident.token_id.in_(map(str, message_ids)), Incident.code == WITHOUT_BASIS, Incident.resolved_at.is_(None)
    )
    session.execute(raised.values(resolved_at=clock.now()))


def of_case(session: Session, case_id: UUID) -> tuple[WaitingMessage, ...]:
    """List what waits in a case, the oldest first."""
    query = (
        select(Agency.name, Outgoing.asks_purpose, Outgoing.until)
        .join(Agency, Agency.id == Outgoing.asks_agency_id)
        .where(Outgoing.from_case_id == case_id)
        .order_by(Outgoing.sent_at, Outgoing.id)
    )
    return tuple(WaitingMessage(name, purpose or "", until) for name, purpose, until in session.execute(query).all())


def _parts(session: Session, case_id: UUID) -> list[CaseParticipation]:
    query = select(CaseParticipation).where(
        CaseParticipation.case_id == case_id,
        access.going_on(clock.now()),
    )
    return list(session.scalars(query.order_by(CaseParticipation.since, CaseParticipation.id)).all())
