"""Her answers: asked, given or refused, taken back; and the vital interest that stands in for one in an emergency.

Each is recorded under the lock of the case, as every sending is: one of both comes first, and the other sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock, db, errors, notifications, parameters
from engine.cases import acts, execution, history, lifecycle, lookup, receptions, resting, withheld
from engine.consent import sealing, texts
from engine.consent.models import BasisEnd, BasisKind, LegalBasis, Manner, RecordedBasis
from engine.consent.sealing import Said
from engine.errors import InvalidValue
from engine.notifications import Receiver
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import CaseParticipation, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.execution import Running
    from engine.participants.access import Actor

WITHDRAWN, INVOKED = "agreement_withdrawn", "vital_interest"

VITAL_PARAMETER = "INTERESSE_VITALE"
VITAL_LIMIT = timedelta(hours=24)
"""For how long a vital interest counts where the network has set nothing else."""

_LONGEST_INTERPRETER = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What she was asked, and how: the purpose and the agency, the text that she was read, the language spoken.

    `interpreter` is the number or role of whoever interpreted, None without one.
    """

    purpose: str
    agency_id: UUID | None
    manner: Manner
    text_language: str
    text_version: int
    language: str
    interpreter: str | None = None


def record(
    session: Session,
    actor: Actor,
    case_id: UUID,
    asked: Asked,
    *,
    given: bool,
    happened_at: datetime | None = None,
    on_part_of: UUID | None = None,
) -> RecordedBasis:
    """Record her answer, yes or no; it takes the place of her last one for the same agency and purpose.

    `on_part_of` is the agency for which she was asked: to be said by whoever works for several of those that take part.
    Raises NotFound, Forbidden, CaseClosed, InvalidValue.
    """
    with moving(session, actor, case_id) as running:
        execution.require_open(running.case)
        moment, said = acts.moment(happened_at), _said(session, actor, asked)
        asking = acting_agency(session, actor, case_id, on_part_of)
        before = _answer(session, case_id, asked.purpose, asked.agency_id)
        if before is not None:
            if moment < before.happened_at:
                raise InvalidValue("happened_at", "before_her_last_answer")
            _end(before, actor, BasisEnd.ANSWERED_AGAIN, asked.manner, moment)
            session.flush()
        row = _row(running, actor, asking, asked.purpose, asked.agency_id, moment)
        row.kind, row.given, row.manner = BasisKind.ADESIONE, given, asked.manner
        row.legal_basis = _text(session, actor, asked).legal_basis
        _seal(session, row, said)
        _note(running, actor, row, history.EventKind.AGREEMENT_RECORDED, moment)
        if not given and before is not None and before.given:
            _tell_withdrawn(running, before)
            resting.basis_ended(running, actor, before.id, why=BasisEnd.ANSWERED_AGAIN)
        elif before is not None and before.given:
            session.flush()
            resting.rest_on(running, before.id, row.id)
        if given:
            withheld.ask_again(session, case_id)
    return row


def withdraw(
    session: Session, actor: Actor, basis_id: UUID, *, manner: Manner, happened_at: datetime | None = None
) -> RecordedBasis:
    """Record that she has taken an agreement back: from now on nothing is sent on it, and its agency is told so.

    Raises NotFound, Forbidden, InvalidValue; Conflict `not_given` for what she has not agreed to, or no more.
    """
    moment = acts.moment(happened_at)
    with moving(session, actor, _case_of(session, basis_id)) as running:
        acting_agency(session, actor, running.case.id, None, several=True)
        row = session.get_one(RecordedBasis, basis_id, populate_existing=True)
        if row.kind is not BasisKind.ADESIONE or not row.given or row.ended_recorded_at is not None:
            raise errors.Conflict("not_given", basis=basis_id)
        moment = acts.since(moment, row.happened_at, "before_her_last_answer")
        _end(row, actor, BasisEnd.WITHDRAWN, manner, moment)
        _note(running, actor, row, history.EventKind.AGREEMENT_WITHDRAWN, moment)
        _tell_withdrawn(running, row)
        resting.basis_ended(running, actor, row.id, why=BasisEnd.WITHDRAWN)
    return row


def invoke_vital_interest(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    purpose: str,
    agency_id: UUID,
    reason: str,
    on_part_of: UUID | None = None,
) -> RecordedBasis:
    """Let an agency be told without her agreement, to save a life, for a limited time; it is told at once.

    The coordination and the data-protection officer are. Who has invoked one may not prolong it: another person has to
    think so too. Raises NotFound, Forbidden, CaseClosed,
    InvalidValue, MustBeAnotherPerson.
    """
    with moving(session, actor, case_id) as running:
        execution.require_open(running.case)
        text = lifecycle.require_reason(reason)
        _require_agency(session, actor, purpose, agency_id)
        acting = acting_agency(session, actor, case_id, on_part_of)
        now, limit = clock.now(), vital_limit(session, actor.network_id)
        _require_another(session, actor, case_id, purpose, agency_id, now - limit)
        row = _row(running, actor, acting, purpose, agency_id, now)
        row.kind, row.given, row.until = BasisKind.INTERESSE_VITALE, True, now + limit
        row.legal_basis = LegalBasis.INTERESSE_VITALE
        _seal(session, row, Said(reason=text))
        resting.note_until(running)
        _note(running, actor, row, history.EventKind.VITAL_INTEREST_INVOKED, now)
        for role in (Role.COORDINAMENTO, Role.DPO):
            notifications.notify(session, Receiver.with_role(role), INVOKED, network_id=row.network_id, case_id=case_id)
        withheld.ask_again(session, case_id)
    return row


def vital_limit(session: Session, network_id: UUID) -> timedelta:
    """Say for how long a vital interest counts in a network."""
    found = parameters.values(session, network_id).get(VITAL_PARAMETER, VITAL_LIMIT)
    return found if isinstance(found, timedelta) else VITAL_LIMIT


def acting_agencies(session: Session, actor: Actor, case_id: UUID) -> frozenset[UUID]:
    """Give the actor's agencies whose part in a case is more than a task of the network: they know what she said."""
    now = clock.now()
    query = select(CaseParticipation.agency_id).where(
        CaseParticipation.case_id == case_id,
        access.going_on(now),
        CaseParticipation.basis != BasisKind.COMPITO,
    )
    taking_part = session.scalars(query).all()
    return frozenset(one for one in taking_part if access.may(actor, Action.RECORD_AGREEMENT, one))


def acting_agency(session: Session, actor: Actor, case_id: UUID, chosen: UUID | None, *, several: bool = False) -> UUID:
    """Give the agency the actor records for; with `several` any of them will do. Raises Forbidden, InvalidValue."""
    able = acting_agencies(session, actor, case_id)
    if not able:
        raise errors.Forbidden(action=Action.RECORD_AGREEMENT, case=case_id)
    if chosen is not None and chosen not in able:
        raise InvalidValue("agency", "not_yours")
    if chosen is None and len(able) > 1 and not several:
        raise InvalidValue("agency", "required")
    return chosen or min(able)


@contextmanager
def moving(session: Session, actor: Actor, case_id: UUID) -> Iterator[Running]:
    """Lock a case that one of the actor's agencies takes part in, for one command. Raises NotFound."""
    lookup.case(session, actor, case_id)
    with execution.locked(session, case_id, actor) as running:
        yield running


def end_all(running: Running, actor: Actor, manner: Manner, moment: datetime) -> list[RecordedBasis]:
    """End every agreement of a case that counts: she has ended her path."""
    query = select(RecordedBasis).where(
        RecordedBasis.case_id == running.case.id,
        RecordedBasis.kind == BasisKind.ADESIONE,
        RecordedBasis.given,
        RecordedBasis.ended_recorded_at.is_(None),
    )
    rows = list(running.session.scalars(query.execution_options(populate_existing=True)).all())
    for row in rows:
        _end(row, actor, BasisEnd.PATH_ENDED, manner, max(moment, row.happened_at))
        resting.basis_ended(running, actor, row.id, why=BasisEnd.PATH_ENDED)
    return rows


def _case_of(session: Session, basis_id: UUID) -> UUID:
    case_id = session.scalar(select(RecordedBasis.case_id).where(RecordedBasis.id == basis_id))
    if case_id is None:
        raise errors.NotFound(basis=basis_id)
    return case_id


def _said(session: Session, actor: Actor, asked: Asked) -> Said:
    """Check what was asked, and give what is sealed of it."""
    _require_agency(session, actor, asked.purpose, asked.agency_id)
    _text(session, actor, asked)
    if asked.language not in texts.LANGUAGES:
        raise InvalidValue("language", "unknown_language")
    interpreter = (asked.interpreter or "").strip()
    if len(interpreter) > _LONGEST_INTERPRETER:
        raise InvalidValue("interpreter", "too_long")
    return Said(asked.text_language, asked.text_version, asked.language, interpreter or None)


def _text(session: Session, actor: Actor, asked: Asked) -> texts.Text:
    return texts.named(session, actor.network_id, asked.purpose, asked.text_language, asked.text_version)


def _require_agency(session: Session, actor: Actor, purpose: str, agency_id: UUID | None) -> None:
    """Raise InvalidValue unless the purpose is known, and an agency is named where it is one's.

    Of the network, or one that answers referrals in another.
    """
    if not texts.known(purpose).to_agency:
        if agency_id is not None:
            raise InvalidValue("agency_id", "no_agency_for_this_purpose")
        return
    known = {agency.id for agency in directory.agencies(session, actor.network_id)}
    if agency_id not in known | receptions.agencies_elsewhere(session, actor.network_id):
        raise InvalidValue("agency_id", "required" if agency_id is None else "unknown_agency")


def _require_another(
    session: Session, actor: Actor, case_id: UUID, purpose: str, agency_id: UUID, since: datetime
) -> None:
    query = (
        select(RecordedBasis.asked_by_id)
        .where(
            RecordedBasis.case_id == case_id,
            RecordedBasis.kind == BasisKind.INTERESSE_VITALE,
            RecordedBasis.purpose == purpose,
            RecordedBasis.agency_id == agency_id,
            # One that ended longer ago than it lasts was for another emergency.
            RecordedBasis.until > since,
        )
        .order_by(RecordedBasis.recorded_at.desc())
        .limit(1)
    )
    if session.scalar(query) == actor.user_id:
        raise errors.MustBeAnotherPerson(case=case_id)


def _answer(session: Session, case_id: UUID, purpose: str, agency_id: UUID | None) -> RecordedBasis | None:
    query = select(RecordedBasis).where(
        RecordedBasis.case_id == case_id,
        RecordedBasis.kind == BasisKind.ADESIONE,
        RecordedBasis.purpose == purpose,
        RecordedBasis.agency_id.is_not_distinct_from(agency_id),
        RecordedBasis.ended_recorded_at.is_(None),
    )
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _row(
    running: Running, actor: Actor, asking: UUID, purpose: str, agency_id: UUID | None, moment: datetime
) -> RecordedBasis:
    return RecordedBasis(
        id=db.new_id(),
        network_id=running.case.network_id,
        case_id=running.case.id,
        purpose=purpose,
        agency_id=agency_id,
        asked_by_id=actor.user_id,
        asked_for_id=asking,
        happened_at=moment,
        recorded_at=clock.now(),
    )


def _seal(session: Session, row: RecordedBasis, said: Said) -> None:
    sealed = sealing.seal(session, said, basis_id=row.id, case_id=row.case_id, network_id=row.network_id)
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    session.add(row)


def _end(row: RecordedBasis, actor: Actor, why: BasisEnd, manner: Manner, moment: datetime) -> None:
    row.ended_at, row.ended_recorded_at, row.ended_by_id = moment, clock.now(), actor.user_id
    row.ended_why, row.ended_manner = why, manner.value


def _note(running: Running, actor: Actor, row: RecordedBasis, kind: history.EventKind, moment: datetime) -> None:
    """Add a line of history that says no more to the other agencies than that she was asked."""
    history.record(running.session, running.case, kind, actor=actor, agency_id=row.asked_for_id, happened_at=moment)


def _tell_withdrawn(running: Running, row: RecordedBasis) -> None:
    """Tell an agency that takes part that she has taken her agreement with it back: it must not call her for it."""
    if row.agency_id is None or row.agency_id not in lookup.participating(running.session, running.case.id):
        return
    notifications.notify(
        running.session,
        Receiver.with_role(Role.OPERATRICE, row.agency_id),
        WITHDRAWN,
        network_id=row.network_id,
        case_id=row.case_id,
    )
