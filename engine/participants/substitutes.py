"""Who stands in for whom in an agency while somebody is away: set by herself or her lead, and over by itself.

A substitute gets the steps that the absent one holds, and no role of hers: what somebody is made responsible for is the
administrator's to say. She acts as herself, so what keeps her out of a case keeps her out; and what the absent one may
not do (any more) she may not do for her.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from engine import audit, clock, db, errors
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Agency, Role, Substitution, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can stand in, or be stood in for, in an agency."""

    id: UUID
    name: str
    agency_id: UUID
    agency_name: str


@dataclass(frozen=True, slots=True)
class SubstitutionRow:
    """A substitution that goes on or is to come, and whether the actor may end it."""

    id: UUID
    agency_id: UUID
    agency_name: str
    absent_id: UUID
    absent_name: str
    substitute_id: UUID
    substitute_name: str
    since: datetime
    until: datetime
    may_end: bool


def appoint(
    session: Session,
    actor: Actor,
    agency_id: UUID,
    *,
    absent: UUID,
    substitute: UUID,
    since: datetime | None = None,
    until: datetime,
) -> Substitution:
    """Say who stands in for somebody of an agency, from an instant (now, if it is not to come) to another one.

    Raises Forbidden, InvalidValue for `absent`, `substitute` (not of the agency, or the same), `since`, `until`.
    """
    access.require(actor, Action.CLAIM if absent == actor.user_id else Action.REASSIGN, agency_id)
    for field, person in (("absent", absent), ("substitute", substitute)):
        other = directory.actor(session, person, actor.network_id)
        if other is None or not access.may(other, Action.CLAIM, agency_id):
            raise errors.InvalidValue(field, "not_of_the_agency")
    if absent == substitute:
        raise errors.InvalidValue("substitute", "the_same_person")
    begins = max(since or clock.now(), clock.now())
    if not begins < until <= begins + LONGEST:
        raise errors.InvalidValue("until", "not_after_the_beginning" if until <= begins else "too_long")
    # One at a time: two of them could both see that there is none yet.
    db.exclusive(session, f"substitution:{agency_id}:{absent}")
    _require_free(session, agency_id, absent, begins, until)
    row = Substitution(
        network_id=actor.network_id,
        agency_id=agency_id,
        absent_id=absent,
        substitute_id=substitute,
        since=begins,
        until=until,
        set_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        "substitution.set",
        "substitution",
        row.id,
        absent=str(absent),
        substitute=str(substitute),
        since=begins.isoformat(),
        until=until.isoformat(),
    )
    return row


def end(session: Session, actor: Actor, substitution_id: UUID) -> Substitution:
    """End a substitution now: the absent one is back, the substitute cannot, or the lead says so. Raises NotFound."""
    query = select(Substitution).where(
        Substitution.id == substitution_id,
        Substitution.network_id == actor.network_id,
        Substitution.until > clock.now(),
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None or not _may_end(actor, row):
        raise errors.NotFound(substitution=substitution_id)
    row.until, row.ended_by_id = clock.now(), actor.user_id
    audit.record(session, actor, "substitution.ended", "substitution", row.id)
    return row


def listing(session: Session, actor: Actor) -> tuple[SubstitutionRow, ...]:
    """Give the substitutions in the agencies in which the actor works that go on or are to come, the earlier first."""
    absent, substitute = aliased(User), aliased(User)
    query = (
        select(Substitution, Agency.name, absent.display_name, substitute.display_name)
        .join(Agency, Agency.id == Substitution.agency_id)
        .join(absent, absent.id == Substitution.absent_id)
        .join(substitute, substitute.id == Substitution.substitute_id)
        .where(
            Substitution.network_id == actor.network_id,
            Substitution.agency_id.in_(_works_in(actor)),
            Substitution.until > clock.now(),
        )
        .order_by(Substitution.since, Substitution.id)
    )
    return tuple(
        SubstitutionRow(
            id=row.id,
            agency_id=row.agency_id,
            agency_name=agency,
            absent_id=row.absent_id,
            absent_name=away,
            substitute_id=row.substitute_id,
            substitute_name=instead,
            since=row.since,
            until=row.until,
            may_end=_may_end(actor, row),
        )
        for row, agency, away, instead in session.execute(query).all()
    )


def colleagues(session: Session, actor: Actor) -> tuple[Colleague, ...]:
    """Give who works in the agencies in which the actor does, by name; a person once for each agency."""
    names = select(Agency.id, Agency.name).where(Agency.id.in_(_works_in(actor)))
    found = {
        Colleague(person.id, person.display_name, agency_id, name)
        for agency_id, name in session.execute(names).all()
        for role in (Role.OPERATRICE, Role.RESPONSABILE)
        for person in directory.people_as(session, actor.network_id, [agency_id], role)
    }
    return tuple(sorted(found, key=lambda person: (person.name, person.agency_name, str(person.id))))


def found(session: Session, actor: Actor, absent: UUID, agencies: Collection[UUID]) -> Substitution | None:
    """Give the substitution by which the actor stands in for somebody now in one of these agencies."""
    query = select(Substitution).where(
        Substitution.network_id == actor.network_id,
        Substitution.absent_id == absent,
        Substitution.substitute_id == actor.user_id,
        Substitution.agency_id.in_(agencies),
        going_on(),
    )
    return session.scalars(query.limit(1)).one_or_none()


def instead(session: Session, absent: UUID, network_id: UUID, agency_id: UUID) -> UUID:
    """Give who stands in now for somebody in an agency: herself when nobody does."""
    query = select(Substitution.substitute_id).where(
        Substitution.network_id == network_id,
        Substitution.absent_id == absent,
        Substitution.agency_id == agency_id,
        going_on(),
    )
    return session.scalar(query.limit(1)) or absent


def going_on() -> ColumnElement[bool]:
    """Say of substitutions that they go on now."""
    return and_(Substitution.since <= clock.now(), Substitution.until > clock.now())


def _require_free(session: Session, agency_id: UUID, absent: UUID, since: datetime, until: datetime) -> None:
    overlapping = select(Substitution.id).where(
        Substitution.agency_id == agency_id,
        Substitution.absent_id == absent,
        Substitution.since < until,
        Substitution.until > since,
    )
    if session.scalar(overlapping.limit(1)) is not None:
        raise errors.InvalidValue("since", "overlaps")


def _may_end(actor: Actor, row: Substitution) -> bool:
    hers = actor.user_id in {row.absent_id, row.substitute_id}
    return hers or access.may(actor, Action.REASSIGN, row.agency_id)


def _works_in(actor: Actor) -> frozenset[UUID]:
    return frozenset(agency for agency, _role in actor.memberships if access.may(actor, Action.CLAIM, agency))
