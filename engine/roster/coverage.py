"""What is wrong with shifts: time that nobody covers, two at once, people who cannot be there. Told, not forbidden.

Somebody has to be on call while no office of the service is open, by the calendars of those offices.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, true

from engine import clock
from engine.calendars.calendar import ROME, Calendar, Stretch, local_day
from engine.calendars.timetables import Timetables
from engine.notifications import contacts
from engine.roster import on_call
from engine.roster.models import Roster, Shift

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from engine.roster.on_call import Office

MOST_NIGHTS = 7
"""Nights in a row that one person is on call at most: a value of ours, that no technical table has approved yet."""

_DEEP_NIGHT = time(3)  # who is on call at this hour has the night; both changes of the clocks have it once


class Fault(enum.StrEnum):
    """What can be wrong with shifts."""

    GAP = "gap"
    OVERLAP = "overlap"
    TWO_PLACES = "two_places"
    TOO_MANY_NIGHTS = "too_many_nights"
    NOT_OF_THE_SERVICE = "not_of_the_service"
    LACKS_CAPABILITY = "lacks_capability"
    CANNOT_BE_WOKEN = "cannot_be_woken"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is wrong with a roster, from when to when; of a person, where it is one's."""

    fault: Fault
    starts_at: datetime
    ends_at: datetime
    user_id: UUID | None = None
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Time in which a service's offices are closed and nobody is on call for it, in its area nor in the network."""

    roster_id: UUID
    service: str
    area_id: UUID | None
    starts_at: datetime
    ends_at: datetime


def gaps(session: Session, network_id: UUID, within: timedelta) -> tuple[Gap, ...]:
    """Give the time from now on that no published shift covers, in all rosters of a network, the earliest first.

    A shift counts by those of it who still work for the service.
    """
    rosters = list(session.scalars(select(Roster).where(Roster.network_id == network_id).order_by(Roster.id)))
    span = Stretch(clock.now(), clock.now() + within)
    shifts = standing(session, network_id, span, published=True)
    calendars = Timetables(session, network_id).of_all() if rosters else {}
    offices = {service: on_call.offices(session, network_id, service) for service in {row.service for row in rosters}}
    found = [
        Gap(roster.id, roster.service, roster.area_id, *gap)
        for roster in rosters
        for gap in uncovered(
            span,
            needed(span, roster, offices[roster.service], calendars),
            _able(counting(roster, rosters, shifts), offices[roster.service]),
        )
    ]
    return tuple(sorted(found, key=lambda gap: (gap.starts_at, gap.service, str(gap.roster_id))))


def faults(session: Session, roster: Roster, span: Stretch) -> tuple[Found, ...]:
    """Give what is wrong with a roster in a stretch of time, its drafts counted, the earliest first."""
    rosters = list(session.scalars(select(Roster).where(Roster.network_id == roster.network_id)))
    # A row of nights may have begun before, or go on.
    row = timedelta(days=MOST_NIGHTS)
    shifts = standing(session, roster.network_id, Stretch(span.opens_at - row, span.closes_at + row))
    offices = on_call.offices(session, roster.network_id, roster.service)
    calendars = Timetables(session, roster.network_id).of_all()
    own = [shift for shift in shifts if shift.roster_id == roster.id and _touches(shift, span)]
    able = _able(counting(roster, rosters, shifts), offices)
    empty = uncovered(span, needed(span, roster, offices, calendars), able)
    found = [
        *(Found(Fault.GAP, *gap) for gap in empty),
        *overlaps(own),
        *_strangers(own, offices),
        *_unreachable(session, own),
        *lacking(own, roster.needs),
        *two_places(shifts, {person for shift in own for person in people(shift)}, span),
        *too_many_nights(shifts, {person for shift in own for person in people(shift)}, span),
    ]
    return tuple(sorted(found, key=lambda one: (one.starts_at, one.fault, one.ends_at)))


def standing(
    session: Session, network_id: UUID, span: Stretch, *, published: bool = False, roster_id: UUID | None = None
) -> list[Shift]:
    """Give the shifts of a network, or of one roster, that touch a stretch of time; drafts too, unless `published`."""
    query = (
        select(Shift)
        .where(
            Shift.network_id == network_id,
            Shift.roster_id == roster_id if roster_id is not None else true(),
            Shift.withdrawn_at.is_(None),
            Shift.published_at.is_not(None) if published else true(),
            Shift.ends_at > span.opens_at,
            Shift.starts_at < span.closes_at,
        )
        .order_by(Shift.starts_at, Shift.replaces, Shift.id)
    )
    return list(session.scalars(query))


def counting(roster: Roster, rosters: Iterable[Roster], shifts: Iterable[Shift]) -> list[Shift]:
    """Give the shifts that cover a roster's time: its own, and those of the whole network for the same service."""
    same = {row.id for row in rosters if row.service == roster.service and row.area_id in {None, roster.area_id}}
    return [shift for shift in shifts if shift.roster_id in same]


def needed(span: Stretch, roster: Roster, offices: Iterable[Office], calendars: dict[UUID, Calendar]) -> list[Stretch]:
    """Give the parts of a stretch of time in which no office of the roster is open."""
    near = [calendars[office.id] for office in offices if roster.area_id in {None, office.area_id}]
    opened = [stretch for calendar in near for day in _days(span) for stretch in calendar.stretches(day)]
    return uncovered_by([span], opened)


def uncovered(span: Stretch, wanted: Iterable[Stretch], shifts: Iterable[Shift]) -> list[Stretch]:
    """Give the parts of what is wanted that no shift covers, within a stretch of time."""
    taken = [Stretch(max(span.opens_at, shift.starts_at), min(span.closes_at, shift.ends_at)) for shift in shifts]
    return uncovered_by(wanted, taken)


def uncovered_by(wholes: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """Give what is left of some stretches of time without others."""
    left = list(wholes)
    for opens_at, closes_at in sorted(taken):
        left = [
            Stretch(*part)
            for whole in left
            for part in (
                (whole.opens_at, min(whole.closes_at, opens_at)),
                (max(whole.opens_at, closes_at), whole.closes_at),
            )
            if part[0] < part[1]
        ]
    return left


def overlaps(shifts: Iterable[Shift]) -> Iterator[Found]:
    """Give the time that two shifts of a roster have both; a replacement is meant to lie over what it replaces."""
    ordinary = sorted((shift for shift in shifts if not shift.replaces), key=lambda shift: shift.starts_at)
    last_end = None
    for shift in ordinary:
        if last_end is not None and shift.starts_at < last_end:
            yield Found(Fault.OVERLAP, shift.starts_at, min(last_end, shift.ends_at))
        last_end = max(shift.ends_at, last_end or shift.ends_at)


def two_places(shifts: Sequence[Shift], whose: Iterable[UUID], span: Stretch) -> Iterator[Found]:
    """Give when somebody is on call for two shifts at once, in whichever rosters."""
    for person in whose:
        hers = sorted((shift for shift in shifts if person in people(shift)), key=lambda shift: shift.starts_at)
        for one, other in pairwise(hers):
            ends_at = min(one.ends_at, other.ends_at)
            if other.starts_at < ends_at and span.opens_at < ends_at and other.starts_at < span.closes_at:
                yield Found(Fault.TWO_PLACES, other.starts_at, ends_at, person)


def too_many_nights(shifts: Iterable[Shift], whose: Iterable[UUID], span: Stretch) -> Iterator[Found]:
    """Give the rows of nights of one person that are longer than allowed and reach into a stretch of time."""
    nights: dict[UUID, dict[date, Shift]] = defaultdict(dict)
    wanted = set(whose)
    for shift in shifts:
        for day in _days(Stretch(shift.starts_at, shift.ends_at)):
            if shift.starts_at <= datetime.combine(day, _DEEP_NIGHT, ROME) < shift.ends_at:
                for person in wanted & set(people(shift)):
                    nights[person][day] = shift
    for person, had in nights.items():
        for row in _rows(sorted(had)):
            first, last = had[row[0]], had[row[-1]]
            if len(row) > MOST_NIGHTS and last.ends_at > span.opens_at and first.starts_at < span.closes_at:
                yield Found(Fault.TOO_MANY_NIGHTS, first.starts_at, last.ends_at, person)


def lacking(shifts: Iterable[Shift], needs: Iterable[str]) -> Iterator[Found]:
    """Give the shifts in which nobody can do what the roster asks for."""
    for shift in shifts:
        missing = tuple(need for need in needs if need not in shift.capabilities)
        if missing:
            yield Found(Fault.LACKS_CAPABILITY, shift.starts_at, shift.ends_at, lacking=missing)


def people(shift: Shift) -> tuple[UUID, ...]:
    """Give who is on call in a shift, the first one first."""
    return (shift.first_id,) if shift.second_id is None else (shift.first_id, shift.second_id)


def _able(shifts: Iterable[Shift], offices: Iterable[Office]) -> list[Shift]:
    """Give the shifts of which somebody still works for the service."""
    workers = {person for office in offices for person in office.people}
    return [shift for shift in shifts if workers & set(people(shift))]


def _strangers(shifts: Iterable[Shift], offices: Iterable[Office]) -> Iterator[Found]:
    workers = {person for office in offices for person in office.people}
    for shift in shifts:
        for person in people(shift):
            if person not in workers:
                yield Found(Fault.NOT_OF_THE_SERVICE, shift.starts_at, shift.ends_at, person)


def _unreachable(session: Session, shifts: Iterable[Shift]) -> Iterator[Found]:
    """Give those whom no text message and no call would wake up, each at the first shift that she has."""
    first = {person: shift for shift in reversed(list(shifts)) for person in people(shift)}
    for person in contacts.missing(session, list(first)):
        yield Found(Fault.CANNOT_BE_WOKEN, first[person].starts_at, first[person].ends_at, person)


def _touches(shift: Shift, span: Stretch) -> bool:
    return shift.starts_at < span.closes_at and shift.ends_at > span.opens_at


def _days(span: Stretch) -> list[date]:
    first, last = local_day(span.opens_at), local_day(span.closes_at)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _rows(days: Sequence[date]) -> list[list[date]]:
    """Split days into rows without a pause."""
    rows: list[list[date]] = []
    for day in days:
        if rows and day - rows[-1][-1] == timedelta(days=1):
            rows[-1].append(day)
        else:
            rows.append([day])
    return rows
