"""Rinvii: a woman goes to another network, which is asked to take her on, and begins a case of its own if it does.

The sender fills in the form with which the other network begins: that is all that travels, sealed, on her agreement
that its agency be told. Until it is accepted it waits with the sender, with a clock that climbs; the two cases know of
each other no more than the number of the referral.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from engine import clock, db, errors, purposes
from engine.cases import (
    agreements,
    answer_times,
    confidential,
    execution,
    history,
    lookup,
    receptions,
    referring,
    trail,
)
from engine.cases.models import Case
from engine.cases.referral_models import CAME_BACK, ReceivedReferral, Reception, Referral, ReferralState
from engine.consent import gate
from engine.consent.models import BasisKind
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Network, Role
from engine.sight import Reach

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

LIMIT = 200
"""Referrals that a page shows."""

NEEDED = gate.Needs(BasisKind.ADESIONE)


@dataclass(frozen=True, slots=True)
class SentRow:
    """A referral as its sender sees it: how it stands, and nothing of what the other network has made of it.

    `open`: it waits for an answer, or came back and nobody has dealt with it. `reason`: why it was declined, where
    the case is being read.
    """

    id: UUID
    case_id: UUID
    case_code: str
    from_agency: str
    to_name: str
    purpose: str
    state: ReferralState
    sent_at: datetime
    due_at: datetime
    answered_at: datetime | None
    late: bool
    open: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Late:
    """A referral that waits for too long, or came back and was not dealt with, as a board shows it."""

    case_code: str
    from_name: str
    to_name: str
    state: ReferralState
    due_at: datetime


def send(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    to_network: UUID,
    purpose: str,
    values: Mapping[str, Any],
    on_part_of: UUID | None = None,
) -> Referral:
    """Refer a case to another network: it is asked, and what its form asks is sealed until it accepts.

    `on_part_of` is the agency that refers: to be said by whoever works for several that take part. Raises NotFound,
    Forbidden, CaseClosed, InvalidAnswer for what the form does not ask, InvalidValue for `to_network` and `purpose`;
    Conflict `referral_without_basis`, `referral_under_way`.
    """
    with agreements.moving(session, actor, case_id) as running:
        execution.require_open(running.case)
        from_id = agreements.acting_agency(session, actor, case_id, on_part_of)
        access.require(actor, Action.HAND_OVER, from_id)
        if purpose not in purposes.OF_HANDOVERS:
            raise errors.InvalidValue("purpose", "unknown_purpose")
        chosen = receiving(session, actor, to_network)
        door = receptions.door(session, chosen.network_id, chosen.process)
        if door is None:
            raise errors.InvalidValue("to_network", "not_receiving")
        said = lookup.validated(door.form, values, {}).values
        basis = basis_for(session, case_id, chosen.agency_id, purpose)
        if basis is None:
            raise errors.Conflict("referral_without_basis", case=case_id)
        row = _keep(running, actor, chosen, from_id, purpose, basis.id)
        _hand_out(running, row, chosen, door, said)
        kind = history.EventKind.REFERRAL_SENT
        history.record(session, running.case, kind, actor=actor, agency_id=from_id)
        referring.tell_receiver(session, row, "referral_received")
    return row


def ask_back(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """Take back what waits for an answer; the other network is told. Raises NotFound, Forbidden, Conflict."""
    row = _sent(session, actor, referral_id)
    with agreements.moving(session, actor, row.case_id) as running:
        _require(session, row, [ReferralState.SENT])
        referring.end(session, running.case, row, ReferralState.ASKED_BACK, actor=actor)
        referring.tell_receiver(session, row, "referral_taken_back")
    return row


def settle(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """Say that what came back was dealt with: nobody needs to be told any more. Raises what `ask_back` does."""
    row = _sent(session, actor, referral_id)
    with agreements.moving(session, actor, row.case_id) as running:
        _require(session, row, CAME_BACK)
        _settle(session, actor, running.case, row)
    return row


def of_case(session: Session, actor: Actor, case_id: UUID) -> tuple[SentRow, ...]:
    """List the referrals of a case that one's own agencies have sent, the newest first; whoever calls records it."""
    return _rows(session, actor, Referral.case_id == case_id, with_reasons=True)


def sent(session: Session, actor: Actor) -> tuple[SentRow, ...]:
    """List the referrals that one's own agencies have sent, the newest first. Raises Forbidden."""
    access.require(actor, Action.HAND_OVER)
    return _rows(session, actor, Referral.case_id.in_(access.scope(actor).case_ids))


def waiting(session: Session, actor: Actor) -> tuple[Late, ...]:
    """Give what a board shows: the referrals of agencies that the actor leads, or of the network, that need somebody.

    Of each no more than the code of its case, who refers it whereto, and since when it is late.
    """
    scope = access.scope(actor)
    watched: ColumnElement[bool] = Referral.from_agency_id.in_(scope.led_agency_ids)
    if scope.oversees_network:
        watched = Referral.network_id == actor.network_id
    late = and_(Referral.state == ReferralState.SENT, Referral.due_at < clock.now(), ~referring.STANDS_STILL)
    came_back = and_(Referral.state.in_(CAME_BACK), Referral.settled_at.is_(None))
    query = (
        select(Case.code, Agency.name, Referral.to_name, Referral.state, Referral.due_at)
        .join(Case, Case.id == Referral.case_id)
        .join(Agency, Agency.id == Referral.from_agency_id)
        .where(or_(late, came_back), watched, scope.admits(Referral.case_id))
        .where(Referral.network_id == actor.network_id)
        .order_by(Referral.due_at, Referral.id)
        .limit(LIMIT)
    )
    return tuple(Late(*row) for row in session.execute(query).all())


def climb(session: Session) -> None:
    """Go on with what nobody has answered, or dealt with: each rung tells more people, and at last it expires.

    Case by case, and not where somebody else is at work: that comes next time. What stands still with her path waits.
    """
    due = select(Referral).join(Case, Case.id == Referral.case_id)
    due = due.where(Referral.climbs_at <= clock.now(), ~referring.STANDS_STILL)
    for found in session.scalars(due.order_by(Referral.case_id).limit(LIMIT)).all():
        try:
            case = execution.lock(session, found.case_id, wait=False)
        except execution.AlreadyLocked:
            continue
        again = due.where(Referral.id == found.id).execution_options(populate_existing=True)
        row = session.scalars(again).one_or_none()
        while row is not None and row.climbs_at is not None and row.climbs_at <= clock.now():
            _rung(session, case, row)
            row.warned += 1


def basis_for(session: Session, case_id: UUID, agency_id: UUID, purpose: str) -> gate.Basis | None:
    """Give what allows the agency of another network to be told now: her agreement, or a vital interest."""
    return gate.basis_for(session, case_id=case_id, agency_id=agency_id, purpose=purpose, needs=NEEDED, now=clock.now())


def is_over(session: Session, row: Referral) -> bool:
    """Tell whether the time is over in which a referral can be answered, be that noted yet or not.

    Where it stands still with her path: whether it was over by then.
    """
    now = stands_still_since(session, row) or clock.now()
    return row.climbs_at is not None and max(row.climbs_at, _expires_at(row)) <= now


def stands_still_since(session: Session, row: Referral) -> datetime | None:
    """Give since when a referral stands still with her path, if it does."""
    held = select(Case.held_since).join(Referral, Referral.case_id == Case.id)
    return session.scalar(held.where(Referral.id == row.id, referring.STANDS_STILL))


def receiving(session: Session, actor: Actor, network_id: UUID) -> Reception:
    """Give how another network receives referrals. Raises InvalidValue `not_receiving`."""
    row = session.get(Reception, network_id)
    if row is None or network_id == actor.network_id:
        raise errors.InvalidValue("to_network", "not_receiving")
    return row


def _keep(
    running: Running, actor: Actor, chosen: Reception, from_id: UUID, purpose: str, basis_id: UUID | None
) -> Referral:
    """Write the sender's end; what came back before is dealt with by that."""
    session, case = running.session, running.case
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.HAND_OVER)
    before = select(Referral).where(Referral.case_id == case.id, Referral.settled_at.is_(None))
    for one in session.scalars(before.execution_options(populate_existing=True)).all():
        if one.state is ReferralState.SENT:
            raise errors.Conflict("referral_under_way", case=case.id)
        if one.state in CAME_BACK:
            _settle(session, actor, case, one)
    time = answer_times.begin(
        session, case.network_id, *referring.TIME, asked=chosen.network_id, agency_id=chosen.agency_id
    )
    row = Referral(
        id=db.new_id(),
        network_id=case.network_id,
        case_id=case.id,
        from_agency_id=from_id,
        to_network_id=chosen.network_id,
        to_agency_id=chosen.agency_id,
        to_name=chosen.name,
        purpose=purpose,
        basis_id=basis_id,
        state=ReferralState.SENT,
        sent_by_id=actor.user_id,
        sent_at=clock.now(),
        counts_from=clock.now(),
        due_at=time.due_at,
        warned=0,
        climbs_at=time.half_at,
    )
    session.add(row)
    session.flush()
    return row


def _hand_out(
    running: Running, row: Referral, chosen: Reception, door: receptions.Door, values: Mapping[str, Any]
) -> None:
    """Write the receiver's end, with the package sealed in it."""
    session = running.session
    package = confidential.seal_package(session, values, row)
    network = session.get_one(Network, row.network_id)
    own = session.get(Reception, row.network_id)
    received = ReceivedReferral(
        id=row.id,
        network_id=chosen.network_id,
        agency_id=chosen.agency_id,
        process=chosen.process,
        definition_id=door.definition_id,
        from_name=own.name if own is not None else network.name,
        purpose=row.purpose,
        fields=sorted(key for key, value in values.items() if value is not None),
        state=ReferralState.SENT,
        sent_at=row.sent_at,
        due_at=row.due_at,
        key_version=package.key_version,
        sealed=package.blob,
    )
    with db.reaching(session, Reach.EVERYTHING):
        session.add(received)
        session.flush()


def _sent(session: Session, actor: Actor, referral_id: UUID) -> Referral:
    """Find a referral that one of the actor's agencies may act on. Raises NotFound, Forbidden."""
    row = session.get(Referral, referral_id)
    if row is None or not lookup.sees_case(session, actor, row.case_id):
        raise errors.NotFound(referral=referral_id)
    agreements.acting_agency(session, actor, row.case_id, None, several=True)
    return row


def _require(session: Session, row: Referral, states: tuple[ReferralState, ...] | list[ReferralState]) -> None:
    session.refresh(row)
    if row.state not in states or row.settled_at is not None:
        raise errors.Conflict("referral_over", referral=row.id)


def _settle(session: Session, actor: Actor, case: Case, row: Referral) -> None:
    row.settled_at, row.climbs_at = clock.now(), None
    trail.note(session, actor, "referral.settled", case.id, subject=("referral", row.id))


def _rows(
    session: Session, actor: Actor, which: ColumnElement[bool], *, with_reasons: bool = False
) -> tuple[SentRow, ...]:
    scope = access.scope(actor)
    query = (
        select(Referral, Case.code, Agency.name, referring.STANDS_STILL)
        .join(Case, Case.id == Referral.case_id)
        .join(Agency, Agency.id == Referral.from_agency_id)
        .where(which, Referral.from_agency_id.in_(scope.agency_ids), scope.admits(Referral.case_id))
        .order_by(Referral.sent_at.desc(), Referral.id)
        .limit(LIMIT)
    )
    rows = session.execute(query).all()
    return tuple(
        _row(row, code, from_agency, still, confidential.open_declining(session, row) if with_reasons else None)
        for row, code, from_agency, still in rows
    )


def _row(row: Referral, code: str, from_agency: str, still: bool, reason: str | None) -> SentRow:  # noqa: FBT001 - a column
    waits = row.state is ReferralState.SENT
    return SentRow(
        id=row.id,
        case_id=row.case_id,
        case_code=code,
        from_agency=from_agency,
        to_name=row.to_name,
        purpose=row.purpose,
        state=row.state,
        sent_at=row.sent_at,
        due_at=row.due_at,
        answered_at=row.answered_at,
        late=waits and not still and row.due_at < clock.now(),
        open=waits or (row.state in CAME_BACK and row.settled_at is None),
        reason=reason,
    )


def _expires_at(row: Referral) -> datetime:
    return row.due_at + 2 * row.length


def _rung(session: Session, case: Case, row: Referral) -> None:
    """At half the asked are reminded, then leads and sender, then the coordination; in the end it is over.

    What came back and was not dealt with is told to the coordination, once.
    """
    if row.state is not ReferralState.SENT:
        referring.tell_sender(session, row, "referral_came_back", roles=[Role.COORDINAMENTO])
        row.climbs_at = None
    elif row.warned == 0:
        referring.tell_receiver(session, row, "referral_due")
        row.climbs_at = row.due_at
    elif row.warned == 1:
        referring.tell_receiver(session, row, "referral_late", roles=[Role.RESPONSABILE])
        referring.tell_sender(session, row, "referral_silent", roles=[Role.OPERATRICE, Role.RESPONSABILE])
        row.climbs_at = row.due_at + row.length
    elif row.warned == 2:  # noqa: PLR2004 - the third rung
        referring.tell_sender(session, row, "referral_silent", roles=[Role.COORDINAMENTO])
        row.climbs_at = _expires_at(row)
    else:
        referring.end(session, case, row, ReferralState.EXPIRED)
        referring.tell_receiver(session, row, "referral_taken_back")
        referring.tell_sender(session, row, "referral_expired", roles=[Role.OPERATRICE, Role.RESPONSABILE])
