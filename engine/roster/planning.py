"""Writing rosters: the coordination all of them, the lead of an agency those of the services that it offers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import audit, clock, db
from engine.calendars.calendar import ROME, Stretch
from engine.errors import Conflict, DuplicateName, Forbidden, InvalidValue, NotFound
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Area
from engine.roster import coverage, on_call
from engine.roster.models import Capability, Roster, Shift

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LONGEST = timedelta(days=7)
"""Of one shift: who is on call for longer has a roster of one person."""

LONGEST_ROW = timedelta(days=31)
"""Of shifts that are written at once, one a day."""

LONGEST_REASON = 200
_LANGUAGE_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shift as somebody wants it."""

    starts_at: datetime
    ends_at: datetime
    first: UUID
    second: UUID | None = None
    languages: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


def set_up(
    session: Session,
    actor: Actor,
    service: str,
    area_id: UUID | None,
    *,
    telephone: str = "",
    needs: Iterable[str] = (),
) -> Roster:
    """Say that a service has somebody on call, in an area or in the whole network. Whoever coordinates it says so.

    Raises Forbidden, InvalidValue for `service` (no agency offers it), `area`, `telephone`, `capabilities`;
    DuplicateName when it has a roster there already.
    """
    access.require(actor, Action.KEEP_ROSTERS)
    if service not in directory.services(session, actor.network_id):
        raise InvalidValue("service", "nobody_offers_it")
    if area_id is not None:
        area = session.get(Area, area_id)
        if area is None or area.network_id != actor.network_id:
            raise InvalidValue("area", "unknown")
    db.exclusive(session, f"rosters:{actor.network_id}")
    same = select(Roster.id).where(
        Roster.network_id == actor.network_id, Roster.service == service, Roster.area_id.is_not_distinct_from(area_id)
    )
    if session.scalar(same) is not None:
        raise DuplicateName("roster_taken")
    number, able = directory.valid_telephone(telephone), _capabilities(needs)
    roster = Roster(network_id=actor.network_id, service=service, area_id=area_id, telephone=number, needs=able)
    session.add(roster)
    session.flush()
    audit.record(session, actor, "roster.set_up", "roster", roster.id, service=service, area=_text(area_id))
    return roster


def change(session: Session, actor: Actor, roster_id: UUID, *, telephone: str, needs: Iterable[str]) -> Roster:
    """Write a roster's telephone and what its shifts need. Raises NotFound, Forbidden, InvalidValue."""
    roster = find(session, actor, roster_id)
    require(session, actor, roster)
    roster.telephone, roster.needs = directory.valid_telephone(telephone), _capabilities(needs)
    audit.record(session, actor, "roster.changed", "roster", roster.id)
    return roster


def add(session: Session, actor: Actor, roster_id: UUID, wanted: Wanted) -> Shift:
    """Write a shift as a draft. Raises NotFound, Forbidden, InvalidValue."""
    roster = find(session, actor, roster_id)
    require(session, actor, roster)
    shift = made(actor, roster, wanted, workers(session, roster))
    session.add(shift)
    session.flush()
    _record(session, actor, "shift.added", shift)
    return shift


def add_daily(
    session: Session, actor: Actor, roster_id: UUID, wanted: Wanted, *, until: date | None = None
) -> tuple[Shift, ...]:
    """Write a shift, and the same by the clock on each day after it up to `until`, all as drafts.

    Raises NotFound, Forbidden, InvalidValue: then none of them is written.
    """
    starts_at, ends_at = wanted.starts_at.astimezone(ROME), wanted.ends_at.astimezone(ROME)
    last = until or starts_at.date()
    if not starts_at.date() <= last <= starts_at.date() + LONGEST_ROW:
        raise InvalidValue("until", "row_too_long" if last > starts_at.date() else "not_after_the_beginning")
    return tuple(
        add(session, actor, roster_id, replaced(wanted, starts_at=starts_at + day, ends_at=ends_at + day))
        for day in map(timedelta, range((last - starts_at.date()).days + 1))
    )


def replace(session: Session, actor: Actor, roster_id: UUID, wanted: Wanted, *, reason: str) -> Shift:
    """Let somebody be on call instead of whoever the roster says, at once and with a reason: illness, an accident.

    Raises NotFound, Forbidden, InvalidValue.
    """
    roster = find(session, actor, roster_id)
    require(session, actor, roster)
    shift = made(actor, roster, wanted, workers(session, roster))
    shift.replaces, shift.reason = True, _reason(reason)
    shift.published_at, shift.published_by_id = clock.now(), actor.user_id
    session.add(shift)
    session.flush()
    _record(session, actor, "shift.replaced", shift)
    return shift


def publish(session: Session, actor: Actor, roster_id: UUID, until: datetime, *, despite_faults: bool = False) -> int:
    """Publish the drafts of a roster that begin before an instant; give how many.

    Raises NotFound, Forbidden; Conflict `nothing_to_publish`, and `roster_has_faults` where something is wrong up to
    then, unless whoever publishes has read of it: a roster with a gap is better than none.
    """
    roster = find(session, actor, roster_id)
    require(session, actor, roster)
    db.exclusive(session, f"roster:{roster.id}")
    span = Stretch(clock.now(), max(until, clock.now() + timedelta(minutes=1)))
    drafts = [
        shift
        for shift in coverage.standing(session, actor.network_id, span, roster_id=roster.id)
        if shift.published_at is None and shift.starts_at < until
    ]
    if not drafts:
        raise Conflict("nothing_to_publish", roster=roster.id)
    wrong = coverage.faults(session, roster, span)
    if wrong and not despite_faults:
        raise Conflict("roster_has_faults", roster=roster.id)
    for shift in drafts:
        shift.published_at, shift.published_by_id = clock.now(), actor.user_id
    audit.record(
        session,
        actor,
        "roster.published",
        "roster",
        roster.id,
        shifts=[str(shift.id) for shift in drafts],
        faults=[found.fault.value for found in wrong],
    )
    return len(drafts)


def withdraw(session: Session, actor: Actor, shift_id: UUID) -> Shift:
    """Take a shift out of its roster; that it was there stays on record. Raises NotFound, Forbidden."""
    query = select(Shift).where(
        Shift.id == shift_id, Shift.network_id == actor.network_id, Shift.withdrawn_at.is_(None)
    )
    shift = session.scalars(query.with_for_update()).one_or_none()
    if shift is None or not may_read_shift(session, actor, shift):
        raise NotFound("shift_not_found", shift=shift_id)
    require(session, actor, find(session, actor, shift.roster_id))
    if shift.ends_at <= clock.now():
        raise Conflict("shift_is_over", shift=shift_id)
    shift.withdrawn_at, shift.withdrawn_by_id = clock.now(), actor.user_id
    _record(session, actor, "shift.withdrawn", shift)
    return shift


def find(session: Session, actor: Actor, roster_id: UUID) -> Roster:
    """Give a roster that the actor may read. Raises NotFound."""
    roster = session.get(Roster, roster_id)
    if roster is None or roster.network_id != actor.network_id or not may_read(session, actor, roster):
        raise NotFound("roster_not_found", roster=roster_id)
    return roster


def may_read_shift(session: Session, actor: Actor, shift: Shift) -> bool:
    """Tell whether the actor may read the roster of a shift."""
    roster = session.get(Roster, shift.roster_id)
    return roster is not None and roster.network_id == actor.network_id and may_read(session, actor, roster)


def may_read(session: Session, actor: Actor, roster: Roster) -> bool:
    """Tell whether the actor may read a roster with its names: who works for the service, and the coordination."""
    if access.may(actor, Action.KEEP_ROSTERS):
        return True
    offices = on_call.offices(session, actor.network_id, roster.service)
    return any(access.may(actor, Action.CLAIM, office.id) for office in offices)


def may_plan(session: Session, actor: Actor, roster: Roster) -> bool:
    """Tell whether the actor may write a roster."""
    if access.may(actor, Action.KEEP_ROSTERS):
        return True
    offices = on_call.offices(session, actor.network_id, roster.service)
    near = [office.id for office in offices if roster.area_id in {None, office.area_id}]
    return any(access.may(actor, Action.PLAN_ROSTER, office_id) for office_id in near)


def require(session: Session, actor: Actor, roster: Roster) -> None:
    """Raise Forbidden unless the actor may write a roster."""
    if not may_plan(session, actor, roster):
        raise Forbidden(action=Action.PLAN_ROSTER)


def workers(session: Session, roster: Roster) -> frozenset[UUID]:
    """Give who works for a roster's service."""
    offices = on_call.offices(session, roster.network_id, roster.service)
    return frozenset(person for office in offices for person in office.people)


def made(actor: Actor, roster: Roster, wanted: Wanted, able: Collection[UUID]) -> Shift:
    """Make a shift of what is wanted, as a draft, not yet kept. Raises InvalidValue."""
    if not wanted.starts_at < wanted.ends_at:
        raise InvalidValue("ends_at", "not_after_the_beginning")
    if wanted.ends_at <= clock.now():
        raise InvalidValue("ends_at", "is_over")
    # By the clocks that people see: a week is one also when they change.
    if wanted.ends_at.astimezone(ROME) - wanted.starts_at.astimezone(ROME) > LONGEST:
        raise InvalidValue("ends_at", "shift_too_long")
    for field, person in (("first", wanted.first), ("second", wanted.second)):
        if person is not None and person not in able:
            raise InvalidValue(field, "not_of_the_service")
    if wanted.first == wanted.second:
        raise InvalidValue("second", "the_same_person")
    return Shift(
        network_id=actor.network_id,
        roster_id=roster.id,
        starts_at=clock.as_utc(wanted.starts_at),
        ends_at=clock.as_utc(wanted.ends_at),
        first_id=wanted.first,
        second_id=wanted.second,
        languages=_languages(wanted.languages),
        capabilities=_capabilities(wanted.capabilities),
        created_by_id=actor.user_id,
    )


def _record(session: Session, actor: Actor, action: str, shift: Shift) -> None:
    audit.record(
        session,
        actor,
        action,
        "shift",
        shift.id,
        roster=str(shift.roster_id),
        starts_at=shift.starts_at.isoformat(),
        ends_at=shift.ends_at.isoformat(),
        first=str(shift.first_id),
        second=_text(shift.second_id),
    )


def _capabilities(codes: Iterable[str]) -> list[str]:
    known = set(Capability)
    found = sorted(set(codes))
    if not known.issuperset(found):
        raise InvalidValue("capabilities", "unknown")
    return found


def _languages(codes: Iterable[str]) -> list[str]:
    found = sorted({code.strip().lower() for code in codes if code.strip()})
    if any(len(code) != _LANGUAGE_LENGTH or not (code.isascii() and code.isalpha()) for code in found):
        raise InvalidValue("languages", "no_codes")
    return found


def _reason(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise InvalidValue("reason", "required")
    if len(stripped) > LONGEST_REASON or not stripped.isprintable():
        raise InvalidValue("reason", "too_long")
    return stripped


def _text(one: UUID | None) -> str | None:
    return None if one is None else str(one)
