"""A week of a roster as the page draws it, and who is on call now for every service that has a roster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import clock
from engine.calendars.calendar import ROME, Stretch, local_day
from engine.definitions import queries
from engine.participants import access, directory
from engine.participants.access import Action
from engine.participants.models import Area, User
from engine.roster import coverage, on_call, planning, swaps
from engine.roster.coverage import Fault
from engine.roster.models import Roster, Shift

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor
    from engine.roster.coverage import Found
    from engine.roster.on_call import OnCall
    from engine.roster.swaps import Asked

DAYS = 7
_SWAP_WITHIN = timedelta(days=28)
_AHEAD = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Named:
    """A roster as people call it; `may_read` its week."""

    id: UUID
    service: str
    name: str
    area: str | None
    telephone: str | None
    needs: tuple[str, ...]
    may_read: bool


@dataclass(frozen=True, slots=True)
class Now:
    """Who is on call now for a roster. Only who may read that knows people by name: others call a number."""

    roster: Named
    found: OnCall


@dataclass(frozen=True, slots=True)
class Entry:
    """A shift on a day that it touches: `begins` there, or goes on from the day before. `mine`: it can be swapped."""

    shift: Shift
    first: str
    second: str | None
    begins: bool
    is_over: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week: the shifts that touch it, and the time of it that nobody covers."""

    day: date
    entries: tuple[Entry, ...]
    gaps: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Something that is wrong, with the name of whom it is about."""

    found: Found
    person: str | None


@dataclass(frozen=True, slots=True)
class Week:
    """A roster from a Monday on. `people`: who may be put on call; `drafts`: how many of its shifts are drafts.

    `swaps` wait for the reader's answer, or for one to her; `others` are colleagues' shifts to come, to swap for.
    """

    roster: Named
    monday: date
    days: tuple[Day, ...]
    faults: tuple[Told, ...]
    people: tuple[tuple[UUID, str], ...]
    drafts: int
    may_plan: bool
    swaps: tuple[Asked, ...]
    others: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """The number to call now for a service, in an area or in the whole network."""

    service: str
    area: str | None
    telephone: str


@dataclass(frozen=True, slots=True)
class Coming:
    """A shift that goes on or begins within two days, of a roster that the reader may read."""

    roster: Named
    entry: Entry


def now(session: Session, actor: Actor, *, service: str | None = None, at: datetime | None = None) -> tuple[Now, ...]:
    """Say who is on call, now or at an instant, for each roster of the network, or of one service. Raises Forbidden."""
    access.require(actor, Action.READ_DIRECTORY)
    rosters = [roster for roster in _rosters(session, actor) if service in {None, roster.service}]
    lanes = queries.lane_names(session, actor.network_id) if rosters else {}
    found = []
    for roster in rosters:
        answering = on_call.on_call(session, actor.network_id, roster.service, roster.area_id, at or clock.now())
        found.append(Now(_named(session, actor, roster, lanes), answering))
    return tuple(sorted(found, key=lambda one: (one.roster.name.casefold(), one.roster.area or "")))


def coming(session: Session, actor: Actor) -> tuple[Coming, ...]:
    """Give the published shifts of the next two days, of the rosters that the actor may read, the earlier first."""
    span = Stretch(clock.now(), clock.now() + _AHEAD)
    lanes = queries.lane_names(session, actor.network_id)
    rosters = {roster.id: _named(session, actor, roster, lanes) for roster in _rosters(session, actor)}
    shifts = coverage.standing(session, actor.network_id, span, published=True)
    names = _names(session, shifts)
    return tuple(
        Coming(rosters[shift.roster_id], _entry(actor, shift, names))
        for shift in shifts
        if rosters[shift.roster_id].may_read
    )


def numbers(session: Session, actor: Actor) -> tuple[Number, ...]:
    """Give the numbers at which somebody is on call now, by one statement: they stand above every inbox."""
    query = (
        select(Roster.service, Area.name, Roster.telephone)
        .outerjoin(Area, Area.id == Roster.area_id)
        .where(
            Roster.network_id == actor.network_id,
            Roster.telephone.is_not(None),
            select(Shift.id)
            .where(
                Shift.roster_id == Roster.id,
                Shift.published_at.is_not(None),
                Shift.withdrawn_at.is_(None),
                Shift.starts_at <= clock.now(),
                Shift.ends_at > clock.now(),
            )
            .exists(),
        )
        .order_by(Roster.service, Area.name.nulls_first())
    )
    return tuple(Number(row[0], row[1], row[2]) for row in session.execute(query) if row[2] is not None)


def week(session: Session, actor: Actor, roster_id: UUID, day: date | None = None) -> Week:
    """Give the week of a roster that a day is in, today without one. Raises NotFound."""
    roster = planning.find(session, actor, roster_id)
    wanted = day or local_day(clock.now())
    monday = wanted - timedelta(days=wanted.weekday())
    span = Stretch(_midnight(monday), _midnight(monday + timedelta(days=DAYS)))
    # What is over is nobody's to mend.
    ahead = Stretch(max(span.opens_at, clock.now()), span.closes_at)
    faults = coverage.faults(session, roster, ahead) if ahead.opens_at < ahead.closes_at else ()
    may_plan = planning.may_plan(session, actor, roster)
    shifts = [
        shift
        for shift in coverage.standing(session, actor.network_id, span, roster_id=roster.id)
        if may_plan or shift.published_at is not None
    ]
    offices = on_call.offices(session, actor.network_id, roster.service)
    workers = {person: name for office in offices for person, name in office.people.items()}
    names = _names(session, shifts) | workers
    gaps = [Stretch(one.starts_at, one.ends_at) for one in faults if one.fault is Fault.GAP]
    return Week(
        roster=_named(session, actor, roster, queries.lane_names(session, actor.network_id)),
        monday=monday,
        days=tuple(_day(actor, monday + timedelta(days=number), shifts, gaps, names) for number in range(DAYS)),
        faults=tuple(Told(one, names.get(one.user_id) if one.user_id else None) for one in faults) if may_plan else (),
        people=tuple(sorted(workers.items(), key=lambda one: (one[1].casefold(), str(one[0])))),
        drafts=sum(shift.published_at is None for shift in shifts),
        may_plan=may_plan,
        swaps=swaps.waiting(session, actor, roster.id),
        others=_others(session, actor, roster, names),
    )


def services(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Give the services of the network with what people call them, for who may set up a roster. Raises Forbidden."""
    access.require(actor, Action.KEEP_ROSTERS)
    lanes = queries.lane_names(session, actor.network_id)
    known = directory.services(session, actor.network_id)
    return tuple(sorted((key, lanes.get(key, key.replace("_", " "))) for key in known))


def areas(session: Session, actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """Give the areas of the network, by name."""
    query = select(Area.id, Area.name).where(Area.network_id == actor.network_id).order_by(Area.name)
    return tuple((row.id, row.name) for row in session.execute(query))


def _rosters(session: Session, actor: Actor) -> list[Roster]:
    query = select(Roster).where(Roster.network_id == actor.network_id).order_by(Roster.service, Roster.id)
    return list(session.scalars(query))


def _named(session: Session, actor: Actor, roster: Roster, lanes: Mapping[str, str]) -> Named:
    area = session.get_one(Area, roster.area_id).name if roster.area_id is not None else None
    return Named(
        id=roster.id,
        service=roster.service,
        name=lanes.get(roster.service, roster.service.replace("_", " ")),
        area=area,
        telephone=roster.telephone,
        needs=tuple(roster.needs),
        may_read=planning.may_read(session, actor, roster),
    )


def _names(session: Session, shifts: Iterable[Shift]) -> dict[UUID, str]:
    """Give the names of those of the shifts who no longer work for the service, too."""
    wanted = {person for shift in shifts for person in coverage.people(shift)}
    query = select(User.id, User.display_name).where(User.id.in_(wanted))
    return {row.id: row.display_name for row in session.execute(query)}


def _others(session: Session, actor: Actor, roster: Roster, names: dict[UUID, str]) -> tuple[Entry, ...]:
    """Give the shifts to come in which the actor is not, for four weeks."""
    span = Stretch(clock.now(), clock.now() + _SWAP_WITHIN)
    shifts = coverage.standing(session, actor.network_id, span, published=True, roster_id=roster.id)
    names = _names(session, shifts) | names
    to_come = (shift for shift in shifts if shift.starts_at > clock.now())
    return tuple(_entry(actor, shift, names) for shift in to_come if actor.user_id not in coverage.people(shift))


def _entry(actor: Actor, shift: Shift, names: dict[UUID, str], *, begins: bool = True) -> Entry:
    is_mine = shift.published_at is not None and actor.user_id in coverage.people(shift)
    return Entry(
        shift=shift,
        first=names[shift.first_id],
        second=names[shift.second_id] if shift.second_id else None,
        begins=begins,
        is_over=shift.ends_at <= clock.now(),
        mine=is_mine and shift.starts_at > clock.now(),
    )


def _day(actor: Actor, day: date, shifts: Iterable[Shift], gaps: Iterable[Stretch], names: dict[UUID, str]) -> Day:
    span = Stretch(_midnight(day), _midnight(day + timedelta(days=1)))
    entries = tuple(
        _entry(actor, shift, names, begins=shift.starts_at >= span.opens_at)
        for shift in shifts
        if shift.starts_at < span.closes_at and shift.ends_at > span.opens_at
    )
    parts = [Stretch(max(gap.opens_at, span.opens_at), min(gap.closes_at, span.closes_at)) for gap in gaps]
    return Day(day, entries, tuple(part for part in parts if part.opens_at < part.closes_at))


def _midnight(day: date) -> datetime:
    return clock.as_utc(datetime.combine(day, time(), ROME))
