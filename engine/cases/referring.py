"""What becomes of a referral to another network: its package ends with it, and both ends are told.

Under the lock of the sender's case. The receiver's end lies in another network, where who acts here sees nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, select

from engine import audit, clock, crypto, db, notifications
from engine.calendars.lengths import Clock, Length
from engine.cases import answer_times, history
from engine.cases.erasure_models import Erasure, ErasureState, Ground
from engine.cases.models import Case
from engine.cases.referral_models import CAME_BACK, ReceivedReferral, Referral, ReferralState
from engine.consent.models import BasisKind, RecordedBasis
from engine.notifications import Receiver
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Role
from engine.sight import Reach

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

_LINES = {
    ReferralState.ACCEPTED: history.EventKind.REFERRAL_ACCEPTED,
    ReferralState.DECLINED: history.EventKind.REFERRAL_DECLINED,
    ReferralState.ASKED_BACK: history.EventKind.REFERRAL_ASKED_BACK,
    ReferralState.REVOKED: history.EventKind.REFERRAL_REVOKED,
    ReferralState.EXPIRED: history.EventKind.REFERRAL_EXPIRED,
}
_WORKERS = (Role.OPERATRICE, Role.RESPONSABILE)

TIME = ("RINVIO", Length.read("P2D", Clock.GL))
"""The sender's network's parameter for the answer, and the time where it has none: two working days of the asked."""

_ON_HER_WORD = (
    select(RecordedBasis.id)
    .where(RecordedBasis.id == Referral.basis_id, RecordedBasis.kind == BasisKind.ADESIONE)
    .exists()
)
STANDS_STILL = and_(Case.held_since.is_not(None), _ON_HER_WORD)
"""Says of a referral joined with its case that it waits with her path: nobody can accept it before that goes on."""


def end(
    session: Session, case: Case, row: Referral, state: ReferralState, *, actor: Actor | None = None
) -> ReceivedReferral:
    """Let a referral that waits be over: what was sealed for the receiver can never be read again.

    `actor` is somebody of the sender's network; None for the time that is over, and for the receiver's answer.
    """
    now = clock.now()
    with db.reaching(session, Reach.EVERYTHING):
        received = session.get_one(ReceivedReferral, row.id, populate_existing=True)
        if state is not ReferralState.ACCEPTED:
            received.state, received.answered_at = state, now
            received.sealed = received.key_version = None
        row.state, row.answered_at = state, now
        row.climbs_at = now + row.length if state in CAME_BACK else None
        _destroy(session, row)
        who = actor or Actor.system(row.network_id)
        history.record(session, case, _LINES[state], actor=who, agency_id=row.from_agency_id)
        session.flush()
    return received


def end_of_case(
    session: Session, case: Case, actor: Actor | None, *, state: ReferralState, basis_id: UUID | None = None
) -> None:
    """End what waits of a case, or only what rests on a basis; the receiver is told that there is nothing to do."""
    query = select(Referral).where(Referral.case_id == case.id, Referral.state == ReferralState.SENT)
    if basis_id is not None:
        query = query.where(Referral.basis_id == basis_id)
    for row in session.scalars(query.execution_options(populate_existing=True)).all():
        end(session, case, row, state, actor=actor)
        tell_receiver(session, row, "referral_taken_back")
        tell_sender(session, row, "referral_ended", roles=_WORKERS)


def run_on(session: Session, case: Case, since: datetime, at: datetime) -> None:
    """Give back to what waits the time for which the path stood still; what was late by then stays as late."""
    query = select(Referral).where(Referral.case_id == case.id, Referral.climbs_at.is_not(None), _ON_HER_WORD)
    for row in session.scalars(query.execution_options(populate_existing=True)).all():
        begin = max(since, row.answered_at or row.sent_at)
        counted = answer_times.counting(
            session, row.network_id, *TIME, asked=row.to_network_id, agency_id=row.to_agency_id
        )
        row.climbs_at = row.climbs_at and answer_times.moved(counted, row.climbs_at, begin, at)
        if row.state is not ReferralState.SENT:
            continue
        due_at = answer_times.moved(counted, row.due_at, begin, at)
        row.counts_from, row.due_at = row.counts_from + (due_at - row.due_at), due_at
        with db.reaching(session, Reach.EVERYTHING):
            session.get_one(ReceivedReferral, row.id, populate_existing=True).due_at = row.due_at
            session.flush()


def tell_receiver(session: Session, row: Referral, kind: str, *, roles: Iterable[Role] = _WORKERS) -> None:
    """Tell whoever answers in the other network, each by herself: not whom the sender's case keeps out."""
    with db.reaching(session, Reach.EVERYTHING):
        people = {
            person.id
            for role in roles
            for person in directory.people_as(session, row.to_network_id, [row.to_agency_id], role, case_id=row.case_id)
        }
        notifications.notify_people(session, people, kind, network_id=row.to_network_id, case_id=None)
        session.flush()


def tell_sender(session: Session, row: Referral, kind: str, *, roles: Iterable[Role]) -> None:
    """Tell the sender's agency, or (as the coordination) its network."""
    for role in roles:
        agency_id = row.from_agency_id if role is not Role.COORDINAMENTO else None
        receiver = Receiver.with_role(role, agency_id)
        notifications.notify(session, receiver, kind, network_id=row.network_id, case_id=row.case_id)


def note_received(session: Session, actor: Actor, action: str, received: ReceivedReferral) -> None:
    """Record in the receiver's network what somebody does with a referral that is no case there yet."""
    audit.record(session, actor, action, "referral", received.id, agency=str(received.agency_id))


def _destroy(session: Session, row: Referral) -> None:
    """Destroy the package's key, and leave a tombstone: a restored backup must not bring it back."""
    now = clock.now()
    crypto.destroy(session, row.case_id, row.id)
    session.add(
        Erasure(
            network_id=row.network_id,
            case_id=row.case_id,
            controller_id=row.id,
            state=ErasureState.DONE,
            ground=Ground.TERMINE,
            asked_at=now,
            decided_at=now,
        )
    )
