"""What rests on a basis, and goes with it: the parts of agencies, and the hand-overs that are under way.

Whoever ends a basis undoes here what began on it. A vital interest ends by itself: what rests on it is read no more
from that instant on, and undone as due work of its case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, func, select, update

from engine import clock
from engine.cases import handing, offers, referring
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import UserTask
from engine.cases.referral_models import Referral, ReferralState
from engine.consent import gate
from engine.consent.models import BasisEnd, BasisKind, RecordedBasis
from engine.participants.models import CaseParticipation

if TYPE_CHECKING:
    from datetime import datetime

    from engine.cases.ground import Ground
    from engine.participants.access import Actor

_VITAL = and_(RecordedBasis.kind == BasisKind.INTERESSE_VITALE, RecordedBasis.ended_recorded_at.is_(None))


def basis_ended(running: Ground, actor: Actor | None, basis_id: UUID, *, why: BasisEnd) -> None:
    """Undo what rests on a basis that counts no more: parts end, and what is on its way comes back to its sender.

    What was sent to another network is destroyed there, unless it was accepted.
    """
    for part in [part for part in running.participations.values() if part.basis_id == basis_id]:
        handing.leave(running, actor, part, why=why.value, reason=why.value)
    query = (
        select(Handover, UserTask)
        .join(UserTask, UserTask.id == Handover.task_id)
        .where(
            Handover.case_id == running.case.id,
            Handover.basis_id == basis_id,
            Handover.state.in_([HandoverState.SENT, HandoverState.ACCEPTED]),
        )
    )
    for row, task in running.session.execute(query.execution_options(populate_existing=True)).all():
        told = row.to_agency_id
        handing.give_back(running, actor, task, row, as_=HandoverState.REVOKED, reason=why.value)
        handing.tell(running, task, told, "handover_asked_back")
    agency_id = running.session.get_one(RecordedBasis, basis_id).agency_id
    if agency_id is not None:
        offers.end(running, agency_id)
    referring.end_of_case(running.session, running.case, actor, state=ReferralState.REVOKED, basis_id=basis_id)


def rest_on(running: Ground, before_id: UUID, basis_id: UUID) -> None:
    """Let what rests on a basis rest on the one that took its place."""
    for kind in (CaseParticipation, Handover, Referral):
        rows = update(kind).where(kind.case_id == running.case.id, kind.basis_id == before_id)
        running.session.execute(rows.values(basis_id=basis_id))


def end_vital_interests(running: Ground) -> None:
    """End the vital interests of a case that have lapsed, and the parts and hand-overs that rest on nothing else.

    The steps come back to their senders; where she has agreed meanwhile they rest on that.
    """
    session, case, now = running.session, running.case, clock.now()
    query = select(RecordedBasis).where(_VITAL, RecordedBasis.case_id == case.id, RecordedBasis.until <= now)
    for row in session.scalars(query.execution_options(populate_existing=True)).all():
        row.ended_at, row.ended_recorded_at, row.ended_why = row.until, now, BasisEnd.LAPSED
        session.flush()
        _lapsed(running, row)
    note_until(running)


def note_until(running: Ground) -> None:
    """Write on the case row when the first of its vital interests lapses."""
    running.session.flush()
    query = select(func.min(RecordedBasis.until)).where(_VITAL, RecordedBasis.case_id == running.case.id)
    running.case.basis_until = running.session.scalar(query)


def limit_parts(running: Ground) -> None:
    """Write on the parts that rest on a vital interest until when they are read, as things stand now.

    Where something else would allow it by then they go on.
    """
    parts = [part for part in running.participations.values() if part.basis == BasisKind.INTERESSE_VITALE]
    if parts:
        running.session.flush()
    for part in parts:
        part.until = running.session.get_one(RecordedBasis, part.basis_id).until
        while part.until is not None:
            then = _otherwise(running, part.agency_id, part.purpose or "", part.until)
            if then is None:
                break
            part.until = then.until


def _lapsed(running: Ground, before: RecordedBasis) -> None:
    """Let what rests on a vital interest whose time is over rest on what else allows it, or undo it as the others."""
    if before.agency_id is None:
        return
    basis = _otherwise(running, before.agency_id, before.purpose, clock.now())
    if basis is None or basis.id is None:
        basis_ended(running, None, before.id, why=BasisEnd.LAPSED)
        return
    for part in running.participations.values():
        if part.basis_id == before.id:
            part.basis, part.until = basis.kind.value, basis.until
    rest_on(running, before.id, basis.id)


def _otherwise(running: Ground, agency_id: UUID, purpose: str, now: datetime) -> gate.Basis | None:
    """Say what allows an agency to be told at an instant, if it is not the law."""
    return gate.basis_for(
        running.session,
        case_id=running.case.id,
        agency_id=agency_id,
        purpose=purpose,
        needs=gate.Needs(BasisKind.ADESIONE),
        now=now,
    )
