"""Referrals from other networks, as whoever answers them sees them: for what, from where, by when, which questions.

What they say is read after the acceptance, in the case that begins with it; the sender never learns of that case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from engine import clock, crypto, db, errors
from engine.cases import (
    confidential,
    exclusions,
    execution,
    history,
    instances,
    lifecycle,
    lookup,
    receptions,
    referrals,
    referring,
)
from engine.cases.models import Case
from engine.cases.referral_models import ReceivedReferral, Referral, ReferralState
from engine.crypto import Sealed
from engine.definitions import repository
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import CaseParticipation, Entry, Role
from engine.sight import Reach

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy.orm import Session

    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """A referral in a list; `new_case_id` is the case that began with it."""

    id: UUID
    from_name: str
    purpose: str
    state: ReferralState
    sent_at: datetime
    due_at: datetime
    answered_at: datetime | None
    late: bool
    new_case_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReceivedPage:
    """A referral with the names of the questions that it answers: language -> words; never what they say."""

    row: ReceivedRow
    process: str
    fields: tuple[Mapping[str, str], ...]


@db.over(Reach.EVERYTHING)
def listing(session: Session, actor: Actor) -> tuple[ReceivedRow, ...]:
    """List what other networks have referred to the actor's agencies: what waits first, by when it is due.

    Raises Forbidden.
    """
    access.require(actor, Action.ANSWER_HANDOVER)
    query = (
        select(ReceivedReferral, referring.STANDS_STILL)
        .join(Referral, Referral.id == ReceivedReferral.id)
        .join(Case, Case.id == Referral.case_id)
        .where(_to(actor))
        .order_by(ReceivedReferral.answered_at.desc().nulls_first(), ReceivedReferral.due_at, ReceivedReferral.id)
        .limit(referrals.LIMIT)
    )
    return tuple(_row(one, still=still) for one, still in session.execute(query).all())


@db.over(Reach.EVERYTHING)
def show(session: Session, actor: Actor, referral_id: UUID) -> ReceivedPage:
    """Give one; the reading is audited. Raises NotFound."""
    row, received = _found(session, actor, referral_id)
    referring.note_received(session, actor, "referral.read", received)
    starts = repository.load(session, received.definition_id).process.scope.nodes.values()
    asked = [repository.form(session, received.definition_id, node.form_id) for node in starts if node.form_id]
    named = {key: form.fields[key] for form in reversed(asked) for key in received.fields if key in form.fields}
    fields = tuple({language: named[key].label(language) for language in ("it", "en")} for key in received.fields)
    still = referrals.stands_still_since(session, row) is not None
    return ReceivedPage(_row(received, still=still), received.process, fields)


@db.over(Reach.EVERYTHING)
def accept(
    session: Session, actor: Actor, referral_id: UUID, *, lanes: Mapping[str, UUID] | None = None
) -> ReceivedReferral:
    """Take a woman on whom another network refers: a case begins here with what was sent, in one command.

    `lanes` as in `lifecycle.start`. Raises NotFound, what that raises, and Conflict: `referral_over`,
    `referral_without_basis`, `referral_outdated` where what was sent does not fit this network's protocol any more.
    """
    row, received = _found(session, actor, referral_id)
    with execution.locked(session, row.case_id, None) as running:
        _require_waiting(session, row, received)
        if referrals.basis_for(session, row.case_id, row.to_agency_id, row.purpose) is None:
            raise errors.Conflict("referral_without_basis", referral=referral_id)
        values = _opened(session, actor, row, received)
        referring.end(session, running.case, row, ReferralState.ACCEPTED)
        case = lifecycle.start(
            session, actor, received.process, lanes=lanes or {}, variables=values, agency=received.agency_id
        )
        session.flush()
        _enter(session, actor, case, received)
        received.state, received.answered_at, received.answered_by_id = row.state, row.answered_at, actor.user_id
        received.new_case_id, received.sealed, received.key_version = case.id, None, None
        session.flush()
        referring.tell_sender(session, row, "referral_accepted", roles=[Role.OPERATRICE])
    exclusions.carry_over(session, actor, case.id, running.kept_out, received.agency_id)
    return received


@db.over(Reach.EVERYTHING)
def decline(session: Session, actor: Actor, referral_id: UUID, *, reason: str) -> ReceivedReferral:
    """Say no, with a reason that the sender reads; what was sent is destroyed.

    Raises NotFound, InvalidValue, Conflict `referral_over`.
    """
    text = lifecycle.require_reason(reason)
    row, received = _found(session, actor, referral_id)
    with execution.locked(session, row.case_id, None) as running:
        _require_waiting(session, row, received)
        sealed = confidential.seal_declining(session, text, row)
        row.key_version, row.sealed = sealed.key_version, sealed.blob
        referring.end(session, running.case, row, ReferralState.DECLINED)
        received.answered_by_id = actor.user_id
        referring.note_received(session, actor, "referral.declined", received)
        told = [Role.OPERATRICE, Role.RESPONSABILE]
        referring.tell_sender(session, row, "referral_declined", roles=told)
    return received


def _to(actor: Actor) -> ColumnElement[bool]:
    """Say which are for the actor's agencies; not those of a case that keeps the actor out."""
    agencies = [agency_id for agency_id, _ in actor.memberships if access.may(actor, Action.ANSWER_HANDOVER, agency_id)]
    here = and_(ReceivedReferral.network_id == actor.network_id, ReceivedReferral.agency_id.in_(agencies))
    return and_(here, access.scope(actor).admits(Referral.case_id))


def _found(session: Session, actor: Actor, referral_id: UUID) -> tuple[Referral, ReceivedReferral]:
    query = (
        select(Referral, ReceivedReferral)
        .join(ReceivedReferral, ReceivedReferral.id == Referral.id)
        .where(Referral.id == referral_id, _to(actor))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise errors.NotFound(referral=referral_id)
    return found[0], found[1]


def _require_waiting(session: Session, row: Referral, received: ReceivedReferral) -> None:
    """Look again under the lock: it was answered, asked back, or its time is over; or only its row was restored."""
    session.refresh(row)
    session.refresh(received)
    waits = row.state is ReferralState.SENT and not referrals.is_over(session, row)
    if not waits or crypto.destroyed(session, row.case_id, row.id):
        raise errors.Conflict("referral_over", referral=row.id)


def _opened(session: Session, actor: Actor, row: Referral, received: ReceivedReferral) -> dict[str, Any]:
    if received.sealed is None or received.key_version is None:
        raise errors.Conflict("referral_over", referral=row.id)
    values = confidential.open_package(session, row, Sealed(received.key_version, received.sealed))
    door = receptions.door(session, actor.network_id, received.process)
    try:
        if door is not None:
            lookup.validated(door.form, values, {})
            return values
    except errors.InvalidAnswer:
        pass
    raise errors.Conflict("referral_outdated", referral=row.id)


def _enter(session: Session, actor: Actor, case: Case, received: ReceivedReferral) -> None:
    """Write down in the new case how the agency came to it."""
    opening = select(CaseParticipation).where(
        CaseParticipation.case_id == case.id, CaseParticipation.lane == instances.OPENING
    )
    part = session.scalars(opening).one()
    part.entered_by, part.purpose = Entry.REFERRAL, received.purpose
    kind = history.EventKind.REFERRAL_RECEIVED
    said = {"referral": str(received.id)}
    history.record(session, case, kind, actor=actor, agency_id=received.agency_id, values=said)


def _row(one: ReceivedReferral, *, still: bool) -> ReceivedRow:
    """Show one; what stands still with her path is not late."""
    waits = one.state is ReferralState.SENT
    return ReceivedRow(
        id=one.id,
        from_name=one.from_name,
        purpose=one.purpose,
        state=one.state,
        sent_at=one.sent_at,
        due_at=one.due_at,
        answered_at=one.answered_at,
        late=waits and not still and one.due_at < clock.now(),
        new_case_id=one.new_case_id,
    )
