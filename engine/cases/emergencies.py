"""Break-glass: a case that is not one's own, opened to oneself to read it, in an emergency and for a short time.

Whoever does says why. The coordination, the data-protection officer and the leads of the agency that holds the case are
told at once; on its next working day one of these leads judges whether it was right. Nothing is done in the case
this way, nobody else sees it, and whoever the case keeps out stays out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from engine import audit, clock, db, errors, notifications, parameters
from engine.calendars.calendar import end_of, local_day
from engine.calendars.timetables import Timetables
from engine.cases import codes, confidential, history, lifecycle, lookup
from engine.cases.models import Case, CaseEvent
from engine.notifications import Receiver
from engine.participants import access
from engine.participants.access import Action
from engine.participants.models import Agency, CaseParticipation, EmergencyAccess, Role, User
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

PARAMETER, LIMIT = "ACCESSO_EMERGENZA", timedelta(hours=1)
"""The network's parameter that says for how long a case is open, and how long where it has none."""

OPENED, REVIEW, UNREVIEWED = "emergency_opened", "emergency_review", "emergency_unreviewed"
"""Kinds of the notices."""

MOST = 200
"""Rows of the report, the newest ones."""


@dataclass(frozen=True, slots=True)
class Row:
    """An emergency access as the report shows it; `case_id` where the reader may still open the case through it.

    `reviewable`: the reader may judge it now.
    """

    id: UUID
    case_code: str
    case_id: UUID | None
    person: str
    agency: str
    holder: str
    since: datetime
    until: datetime
    reason: str
    review_until: datetime
    reviewed_at: datetime | None
    reviewer: str | None
    justified: bool | None
    reviewable: bool


@db.over(Reach.EVERYTHING)
def open_(session: Session, actor: Actor, code: str, *, reason: str, agency_id: UUID | None = None) -> EmergencyAccess:
    """Open the case of a code to the actor, to read it for the network's limit of time.

    `agency_id` is the agency for which she does: to be said by whoever works for several. Raises Forbidden,
    InvalidValue (`case_is_yours` too), and NotFound for a code that nobody has or whose case keeps her out: the
    attempt stays recorded.
    """
    access.require(actor, Action.BREAK_GLASS)
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.BREAK_GLASS)
    text, acting = lifecycle.require_reason(reason), _acting(actor, agency_id)
    found = _named(session, actor, code)
    if found is None:
        _attempted(session, actor, code)
        raise errors.NotFound("case_not_found")
    if lookup.case_named(session, actor, code) is not None or found.id in actor.emergencies:
        raise errors.InvalidValue("code", "case_is_yours")
    holder_id = _holder(session, found)
    opens = Timetables(session, actor.network_id).of(holder_id).next_open(end_of(local_day(clock.now())))
    row = EmergencyAccess(
        id=db.new_id(),
        network_id=actor.network_id,
        case_id=found.id,
        user_id=actor.user_id,
        agency_id=acting,
        holder_id=holder_id,
        until=clock.now() + _limit(session, actor.network_id),
        review_from=opens,
        review_until=end_of(local_day(opens)),
    )
    session.add(row)
    kind = history.EventKind.EMERGENCY_OPENED
    history.record(session, found, kind, actor=actor, agency_id=holder_id, values={"reason": text})
    told = [Receiver.with_role(Role.COORDINAMENTO), Receiver.with_role(Role.DPO)]
    for receiver in (*told, Receiver.with_role(Role.RESPONSABILE, holder_id)):
        notifications.notify(session, receiver, OPENED, network_id=actor.network_id, case_id=found.id)
    return row


@db.over(Reach.NETWORK)
def review(session: Session, actor: Actor, access_id: UUID, *, justified: bool) -> None:
    """Judge an emergency access, as a lead of the agency that holds the case; who did it is never who judges it.

    Raises NotFound, Forbidden, MustBeAnotherPerson; Conflict `reviewed_already`.
    """
    query = select(EmergencyAccess).where(EmergencyAccess.id == access_id, _visible(actor)).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise errors.NotFound(emergency=access_id)
    access.require(actor, Action.REVIEW_EMERGENCY, row.holder_id)
    if row.user_id == actor.user_id:
        raise errors.MustBeAnotherPerson(emergency=access_id)
    if row.reviewed_at is not None:
        raise errors.Conflict("reviewed_already", emergency=access_id)
    row.reviewed_at, row.reviewed_by_id, row.justified = clock.now(), actor.user_id, justified
    found = session.get_one(Case, row.case_id)
    history.record(session, found, history.EventKind.EMERGENCY_REVIEWED, actor=actor, agency_id=row.holder_id)


@db.over(Reach.NETWORK)
def report(session: Session, actor: Actor) -> list[Row]:
    """Give the newest emergency accesses: one's own, those to cases that an agency holds which one leads, or all.

    All are the coordination's and the data-protection officer's. The reasons are opened, so the reading is audited.
    """
    access.require(actor, Action.READ_EMERGENCIES)
    reviewer, holder = aliased(User), aliased(Agency)
    line = and_(
        CaseEvent.case_id == EmergencyAccess.case_id,
        CaseEvent.kind == history.EventKind.EMERGENCY_OPENED,
        CaseEvent.actor_id == EmergencyAccess.user_id,
        CaseEvent.recorded_at == EmergencyAccess.since,
    )
    query = (
        select(
            EmergencyAccess, Case.code, CaseEvent, User.display_name, Agency.name, holder.name, reviewer.display_name
        )
        .join(Case, Case.id == EmergencyAccess.case_id)
        .join(CaseEvent, line)
        .join(User, User.id == EmergencyAccess.user_id)
        .join(Agency, Agency.id == EmergencyAccess.agency_id)
        .join(holder, holder.id == EmergencyAccess.holder_id)
        .outerjoin(reviewer, reviewer.id == EmergencyAccess.reviewed_by_id)
        .where(_visible(actor))
        .order_by(EmergencyAccess.since.desc(), EmergencyAccess.id)
        .limit(MOST)
    )
    rows = [_row(session, actor, one) for one in session.execute(query).all()]
    if rows:
        audit.record(session, actor, "emergency.report_read", "network", actor.network_id)
    return rows


def remind(session: Session) -> None:
    """Tell whoever has to judge that the day has come, and the coordination where that day has gone by; each once."""
    now = clock.now()
    query = select(EmergencyAccess).where(
        EmergencyAccess.reviewed_at.is_(None),
        or_(
            and_(EmergencyAccess.review_from <= now, EmergencyAccess.reminded_at.is_(None)),
            and_(EmergencyAccess.review_until <= now, EmergencyAccess.escalated_at.is_(None)),
        ),
    )
    for row in session.scalars(query.with_for_update(skip_locked=True)).all():
        if row.reminded_at is None:
            row.reminded_at = now
            _tell(session, row, REVIEW, Receiver.with_role(Role.RESPONSABILE, row.holder_id))
        if row.review_until <= now:
            row.escalated_at = now
            for role in (Role.COORDINAMENTO, Role.DPO):
                _tell(session, row, UNREVIEWED, Receiver.with_role(role))


def agencies(session: Session, actor: Actor) -> list[tuple[UUID, str]]:
    """Give the agencies for which somebody may open a case in an emergency, by name."""
    query = select(Agency.id, Agency.name).where(Agency.id.in_(_able(actor))).order_by(Agency.name, Agency.id)
    return [(agency_id, name) for agency_id, name in session.execute(query).all()]


def _able(actor: Actor) -> frozenset[UUID]:
    return frozenset(agency for agency, _ in actor.memberships if access.may(actor, Action.BREAK_GLASS, agency))


def _acting(actor: Actor, agency_id: UUID | None) -> UUID:
    able = _able(actor)
    if agency_id is None and len(able) == 1:
        return next(iter(able))
    if agency_id not in able or agency_id is None:
        raise errors.InvalidValue("agency", "required" if agency_id is None else "not_yours")
    return agency_id


def _named(session: Session, actor: Actor, code: str) -> Case | None:
    """Find a case of the network by its code. Whom it keeps out is told what is told of a code that nobody has."""
    query = select(Case).where(
        Case.network_id == actor.network_id,
        Case.code == (codes.parse(code) or ""),
        access.scope(actor).admits(Case.id),
    )
    return session.scalars(query).one_or_none()


def _attempted(session: Session, actor: Actor, code: str) -> None:
    """Record, and keep though the command is refused, that somebody asked for a case that is not there for her."""
    parsed = codes.parse(code)
    query = select(Case.id).where(Case.network_id == actor.network_id, Case.code == (parsed or ""))
    case_id = session.scalar(query)
    subject = ("case", case_id) if case_id is not None else ("network", actor.network_id)
    capacity = audit.Capacity(basis="accesso_emergenza")
    audit.record_in_case(
        session, actor, "emergency.refused", case_id, capacity, subject=subject, happened_at=None, details={}
    )
    db.keep(session)


def _holder(session: Session, case: Case) -> UUID:
    """Say which agency holds a case: the one that opened it while it takes part, or the one that has for longest."""
    taking_part = (
        select(CaseParticipation.agency_id)
        .where(
            CaseParticipation.case_id == case.id,
            access.going_on(clock.now()),
        )
        .order_by(CaseParticipation.since, CaseParticipation.lane)
    )
    found = session.scalars(taking_part).all()
    if case.opened_by_agency_id in found or not found:
        if case.opened_by_agency_id is None:
            raise errors.Conflict("nobody_holds_the_case", case=case.id)
        return case.opened_by_agency_id
    return found[0]


def _limit(session: Session, network_id: UUID) -> timedelta:
    found = parameters.values(session, network_id).get(PARAMETER, LIMIT)
    return found if isinstance(found, timedelta) else LIMIT


def _visible(actor: Actor) -> ColumnElement[bool]:
    scope = access.scope(actor)
    ours = EmergencyAccess.network_id == actor.network_id
    if not access.may(actor, Action.READ_ACCESSES):
        mine = EmergencyAccess.user_id == actor.user_id
        ours = and_(ours, or_(mine, EmergencyAccess.holder_id.in_(scope.led_agency_ids)))
    return and_(ours, scope.admits(EmergencyAccess.case_id))


def _row(session: Session, actor: Actor, one: Any) -> Row:
    found, code, event, person, agency, holder, reviewer = one
    judges = access.may(actor, Action.REVIEW_EMERGENCY, found.holder_id) and found.user_id != actor.user_id
    return Row(
        id=found.id,
        case_code=code,
        case_id=found.case_id if found.user_id == actor.user_id and found.until > clock.now() else None,
        person=person,
        agency=agency,
        holder=holder,
        since=found.since,
        until=found.until,
        reason=confidential.open_history(session, event)["reason"],
        review_until=found.review_until,
        reviewed_at=found.reviewed_at,
        reviewer=reviewer,
        justified=found.justified,
        reviewable=judges and found.reviewed_at is None,
    )


def _tell(session: Session, row: EmergencyAccess, kind: str, to: Receiver) -> None:
    notifications.notify(session, to, kind, network_id=row.network_id, case_id=row.case_id)
