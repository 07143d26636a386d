"""What may be a personal data breach, for those who judge whether the authority is told (art. 33 GDPR).

They see of the case its code alone. Whoever has found a breach does not judge it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, or_, select

from engine import clock, errors, notifications
from engine.audit import AuditEntry
from engine.cases import confidential, execution, history, lifecycle, trail
from engine.cases.breach_models import Breach
from engine.cases.models import Case, FormSubmission
from engine.notifications import Receiver
from engine.oversight import terms
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, Role, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LIMIT = 100
"""Rows of the page: those that wait, the most urgent first, then the newest that are judged."""

_READINGS = 1000  # lines of the audit that are looked through for who had read one answer

_BEFORE = (timedelta(hours=48), timedelta(hours=24), timedelta())
"""How long before the end of its time each of the three warnings goes out; the last says that it is over."""

DUE, LATE = "breach_due", "breach_late"
"""Kinds of the notices."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who had read the answer while it stood in the wrong case; `opened` what was secret in it too."""

    person: str
    agency: str | None
    first_at: datetime
    last_at: datetime
    opened: bool


@dataclass(frozen=True, slots=True)
class BreachRow:
    """An answer that stood in a wrong case. `readers` are those who read it, but for who gave it.

    `to_notify` and `reason` are what was decided. `mine`: the reader has found it herself.
    """

    id: UUID
    case_code: str
    agency_name: str
    found_by_name: str
    stood_since: datetime
    known_at: datetime
    due_at: datetime
    readers: tuple[Reader, ...]
    assessed_at: datetime | None
    assessed_by_name: str | None
    to_notify: bool | None
    reason: str | None
    mine: bool


def listing(session: Session, actor: Actor) -> tuple[BreachRow, ...]:
    """Give what waits to be judged, the most urgent first, then what is; the reading is audited. Raises Forbidden."""
    access.require(actor, Action.ASSESS_BREACHES)
    query = (
        select(Breach, Case.code, Agency.name, FormSubmission)
        .join(Case, Case.id == Breach.case_id)
        .join(Agency, Agency.id == Breach.controller_id)
        .join(FormSubmission, FormSubmission.id == Breach.submission_id)
        .where(Breach.network_id == actor.network_id, access.scope(actor).admits(Breach.case_id))
        .order_by(Breach.assessed_at.desc().nulls_first(), Breach.due_at, Breach.id)
        .limit(LIMIT)
    )
    return tuple(
        _row(session, actor, breach, code, agency, answer)
        for breach, code, agency, answer in session.execute(query).all()
    )


def waiting(session: Session, actor: Actor) -> tuple[int, datetime | None]:
    """Count what waits to be judged, and say when the first of it is due; nothing for who does not judge."""
    if not access.may(actor, Action.ASSESS_BREACHES):
        return 0, None
    query = select(func.count(), func.min(Breach.due_at)).where(
        Breach.network_id == actor.network_id, Breach.assessed_at.is_(None), access.scope(actor).admits(Breach.case_id)
    )
    count, due_at = session.execute(query).one()
    return count, due_at


def assess(session: Session, actor: Actor, breach_id: UUID, *, to_notify: bool, reason: str) -> Breach:
    """Decide whether the authority is told, with the reason. What was decided stays.

    Raises Forbidden, NotFound, MustBeAnotherPerson, InvalidValue; Conflict `assessed_already`.
    """
    access.require(actor, Action.ASSESS_BREACHES)
    text = lifecycle.require_reason(reason)
    query = select(Breach).where(
        Breach.id == breach_id, Breach.network_id == actor.network_id, access.scope(actor).admits(Breach.case_id)
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        raise errors.NotFound(breach=breach_id)
    if row.found_by_id == actor.user_id:
        raise errors.MustBeAnotherPerson(breach=breach_id)
    case = execution.lock(session, row.case_id)
    session.refresh(row)
    if row.assessed_at is not None:
        raise errors.Conflict("assessed_already", breach=breach_id)
    row.to_notify, row.assessed_at, row.assessed_by_id = to_notify, clock.now(), actor.user_id
    sealed = confidential.seal_breach(session, text, row)
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    kind = history.EventKind.BREACH_ASSESSED
    history.record(session, case, kind, actor=actor, agency_id=row.controller_id)
    return row


def remind(session: Session) -> None:
    """Tell those who judge that the time is running out, and that it is over; each once."""
    for row, over in terms.running_out(session, Breach, Breach.assessed_at.is_(None), _BEFORE):
        for role in (Role.DPO, Role.COORDINAMENTO):
            receiver = Receiver.with_role(role)
            notifications.notify(
                session, receiver, LATE if over else DUE, network_id=row.network_id, case_id=row.case_id
            )


def _row(
    session: Session, actor: Actor, breach: Breach, code: str, agency_name: str, answer: FormSubmission
) -> BreachRow:
    trail.note(session, actor, "breach.read", breach.case_id, subject=("breach", breach.id))
    assessor = session.get_one(User, breach.assessed_by_id) if breach.assessed_by_id is not None else None
    return BreachRow(
        id=breach.id,
        case_code=code,
        agency_name=agency_name,
        found_by_name=session.get_one(User, breach.found_by_id).display_name,
        stood_since=answer.recorded_at,
        known_at=breach.known_at,
        due_at=breach.due_at,
        readers=_readers(session, breach, answer),
        assessed_at=breach.assessed_at,
        assessed_by_name=assessor.display_name if assessor is not None else None,
        to_notify=breach.to_notify,
        reason=confidential.open_breach(session, breach),
        mine=breach.found_by_id == actor.user_id,
    )


def _readers(session: Session, breach: Breach, answer: FormSubmission) -> tuple[Reader, ...]:
    """Give from the audit who read the answer or a correction of it, by the instant of the first reading."""
    chain = select(FormSubmission.id).where(
        or_(FormSubmission.id == answer.id, FormSubmission.corrects_id == answer.id)
    )
    ids = [str(id_) for id_ in session.scalars(chain)]
    query = (
        select(AuditEntry.actor_id, User.display_name, Agency.name, AuditEntry.at, AuditEntry.action)
        .join(User, User.id == AuditEntry.actor_id)
        .outerjoin(Agency, Agency.id == AuditEntry.agency_id)
        .where(
            AuditEntry.case_id == breach.case_id,
            AuditEntry.action.in_(["answer.read", "answer.opened"]),
            or_(AuditEntry.subject_id.in_(ids), AuditEntry.details["answer"].astext.in_(ids)),
            AuditEntry.actor_id != answer.submitted_by_id,
            AuditEntry.at <= breach.known_at,
        )
        .order_by(AuditEntry.id)
        .limit(_READINGS)
    )
    found: dict[tuple[str, str | None], Reader] = {}
    for person_id, person, agency, at, action in session.execute(query).all():
        key = (str(person_id), agency)
        earlier = found.get(key, Reader(person, agency, at, at, opened=False))
        opened = earlier.opened or action == "answer.opened"
        found[key] = Reader(person, agency, earlier.first_at, at, opened=opened)
    return tuple(found.values())
