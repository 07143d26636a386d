"""What the page «Persone escluse» of a case shows, and what is made of an attempt to open the case all the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Interval, String, bindparam, cast, literal, literal_column, or_, select
from sqlalchemy.orm import aliased

from engine import audit, clock, db, notifications
from engine.audit import AuditEntry
from engine.cases import confidential, exclusions, execution, instances, lookup, targets, trail
from engine.cases.models import Case, FormSubmission, UserTask
from engine.participants import access, directory
from engine.participants.access import Action, Actor
from engine.participants.models import Agency, CaseParticipation, Exclusion, Membership, User
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LIMIT = 20
"""Attempts that the page shows, the newest ones."""

_ATTEMPT, _TOLD = "case.attempted", "case.attempt_told"
_TOLD_AGAIN_AFTER = timedelta(hours=1)
_LOOKED_BACK = timedelta(days=30)
"""An older attempt of which nobody was told is not told any more; the page still shows it."""

_told = aliased(AuditEntry)
# Written out, for a planner that sees only a place for a value cannot use the index of attempts.
_IS_ATTEMPT = AuditEntry.action == literal_column(f"'{_ATTEMPT}'")
_UNTOLD = (
    select(AuditEntry.case_id, AuditEntry.actor_id)
    .where(
        _IS_ATTEMPT,
        AuditEntry.at > bindparam("since"),
        ~select(_told.id)
        .where(
            _told.case_id == AuditEntry.case_id,
            _told.action == _TOLD,
            _told.subject_id == cast(AuditEntry.actor_id, String),
            _told.at > AuditEntry.at - literal(_TOLD_AGAIN_AFTER, Interval()),
        )
        .exists(),
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class ExclusionRow:
    """Who is kept out; `reason` only for the agency that gave it. `lift_asked_by`: a second person has to agree."""

    id: UUID
    user_id: UUID | None
    agency_id: UUID | None
    name: str
    abstained: bool
    since: datetime
    put_for: str
    reason: str | None
    lift_asked_by: str | None
    may_lift: bool


@dataclass(frozen=True, slots=True)
class Free:
    """A lane whose agency the case keeps out, and the agencies that could play it."""

    lane: str
    agencies: tuple[Agency, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who is kept out has tried to open the case."""

    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class ExclusionsPage:
    """Everything that the page needs; `people` and `agencies` are those who could be kept out, by name."""

    case: Case
    rows: tuple[ExclusionRow, ...]
    people: tuple[tuple[UUID, str, str], ...]
    agencies: tuple[Agency, ...]
    alternates: tuple[User, ...]
    free: tuple[Free, ...]
    attempts: tuple[Attempt, ...]


def show(session: Session, actor: Actor, case_id: UUID) -> ExclusionsPage:
    """Give the page. Raises NotFound, Forbidden."""
    case = lookup.case(session, actor, case_id)
    access.require(actor, Action.EXCLUDE)
    trail.note(session, actor, "exclusions.read", case_id)
    own = {agency_id for agency_id, _role in actor.memberships}
    agencies = [one for one in directory.agencies(session, actor.network_id) if one.id not in own]
    return ExclusionsPage(
        case=case,
        rows=_rows(session, actor, case_id),
        people=_people(session, actor),
        agencies=tuple(agencies),
        alternates=tuple(exclusions.alternates(session, case)),
        free=_free(session, case),
        attempts=_attempts(session, case_id),
    )


@db.over(Reach.EVERYTHING)
def attempted(session: Session, actor: Actor, named: Mapping[str, object]) -> None:
    """Note that somebody has asked for an address that is not there for him; `named` are the ids that were asked for.

    Where a case keeps him out the entry says so, and the worker tells whoever is to know (`tell_attempts`). The
    statements are those of an address that does not exist at all: the time they take tells him nothing.
    """
    case_id = _case_of(session, actor, named)
    audit.record_in_case(
        session,
        actor,
        "address.refused" if case_id is None else _ATTEMPT,
        case_id,
        audit.Capacity() if case_id is None else trail.outside(actor, case_id),
        subject=("address", next(iter(named.values()), "")) if case_id is None else ("case", case_id),
        happened_at=None,
        details={},
    )


def tell_attempts(session: Session) -> None:
    """Tell of each attempt that nobody has been told of: once in an hour of one person and one case.

    Case by case, and not where somebody else is at work: that comes next time.
    """
    found = session.execute(_UNTOLD, _since()).all()
    for case_id in {case_id for case_id, _ in found if case_id is not None}:
        try:
            case = execution.lock(session, case_id, wait=False)
        except execution.AlreadyLocked:
            continue
        # Looked for once more, now that no other worker is at it.
        for _, person in session.execute(_UNTOLD.where(AuditEntry.case_id == case_id), _since()).all():
            for receiver in targets.alternate(session, case) or targets.beyond(session, case):
                notifications.notify(session, receiver, "attempted", network_id=case.network_id, case_id=case_id)
            system = Actor.system(case.network_id)
            trail.note(session, system, _TOLD, case_id, subject=("user_account", person))


def _since() -> dict[str, datetime]:
    return {"since": clock.now() - _LOOKED_BACK}


def _case_of(session: Session, actor: Actor, named: Mapping[str, object]) -> UUID | None:
    """Give the case that an address belongs to, if it is one that keeps the actor out."""
    given = {name: one if isinstance(one, UUID) else None for name, one in named.items()}
    of_task = select(UserTask.case_id).where(UserTask.id == given.get("task"))
    of_answer = select(FormSubmission.case_id).where(FormSubmission.id == given.get("submission"))
    query = select(Case.id).where(
        or_(Case.id == given.get("case"), Case.id.in_(of_task), Case.id.in_(of_answer)),
        Case.network_id == actor.network_id,
        ~access.scope(actor).admits(Case.id),
    )
    return session.scalar(query.limit(1))


def _rows(session: Session, actor: Actor, case_id: UUID) -> tuple[ExclusionRow, ...]:
    agency, put_for, asked_by = aliased(Agency), aliased(Agency), aliased(User)
    query = (
        select(Exclusion, User.display_name, agency.name, put_for.name, asked_by.display_name)
        .outerjoin(User, User.id == Exclusion.user_id)
        .outerjoin(agency, agency.id == Exclusion.agency_id)
        .join(put_for, put_for.id == Exclusion.controller_id)
        .outerjoin(asked_by, asked_by.id == Exclusion.lift_asked_by_id)
        .where(Exclusion.case_id == case_id, Exclusion.until.is_(None))
        .order_by(Exclusion.since, Exclusion.id)
    )
    return tuple(
        _row(session, actor, *found)
        for found in session.execute(query).all()
        if exclusions.may_see(session, actor, found[0])
    )


def _row(
    session: Session,
    actor: Actor,
    row: Exclusion,
    person: str | None,
    agency: str | None,
    put_for: str,
    asked_by: str | None,
) -> ExclusionRow:
    own = row.controller_id in access.scope(actor).agency_ids
    sealed = confidential.open_exclusion(session, row) if own or not (person or agency) else {}
    return ExclusionRow(
        id=row.id,
        user_id=row.user_id,
        agency_id=row.agency_id,
        name=person or agency or sealed["interpreter"],
        abstained=row.abstained,
        since=row.since,
        put_for=put_for,
        reason=sealed.get("reason") if own else None,
        lift_asked_by=asked_by,
        may_lift=row.lift_asked_by_id != actor.user_id,
    )


def _people(session: Session, actor: Actor) -> tuple[tuple[UUID, str, str], ...]:
    query = (
        select(User.id, User.display_name, Agency.name)
        .join(Membership, Membership.user_id == User.id)
        .join(Agency, Agency.id == Membership.agency_id)
        .where(Membership.network_id == actor.network_id, User.disabled_at.is_(None), User.id != actor.user_id)
        .distinct()
        .order_by(Agency.name, User.display_name, User.id)
    )
    return tuple((row[0], row[1], row[2]) for row in session.execute(query).all())


def _free(session: Session, case: Case) -> tuple[Free, ...]:
    kept_out = lookup.kept_out_agencies(session, case.id)
    query = (
        select(CaseParticipation.lane)
        .where(
            CaseParticipation.case_id == case.id,
            CaseParticipation.ended_why.is_(None),
            CaseParticipation.agency_id.in_(kept_out),
            CaseParticipation.lane != instances.OPENING,
        )
        .order_by(CaseParticipation.lane)
    )
    return tuple(
        Free(
            lane, tuple(one for one in directory.agencies_for(session, case.network_id, lane) if one.id not in kept_out)
        )
        for lane in session.scalars(query).all()
    )


def _attempts(session: Session, case_id: UUID) -> tuple[Attempt, ...]:
    query = (
        select(AuditEntry.at, User.display_name)
        .join(User, User.id == AuditEntry.actor_id)
        .where(AuditEntry.case_id == case_id, AuditEntry.action == _ATTEMPT)
        .order_by(AuditEntry.id.desc())
        .limit(LIMIT)
    )
    return tuple(Attempt(at, name) for at, name in session.execute(query).all())
