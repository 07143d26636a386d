"""Telling of a gap in a roster (D51): before somebody calls and nobody answers, to those who write the roster.

Once when it comes within a week, and again when it is a day away. What is told names nobody and no case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from engine import clock, db, notifications
from engine.calendars.calendar import local_day
from engine.notifications import Receiver
from engine.participants import directory
from engine.participants.models import NetworkAgency, Role
from engine.roster import coverage
from engine.roster.models import GapTold, Roster

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from engine.roster.coverage import Gap

_DAY = timedelta(days=1)
AHEAD, NEAR = 7 * _DAY, _DAY
NOTICES = {False: "roster_gap", True: "roster_gap_near"}
"""What is told of a gap that is near, and of one that is not yet."""


def tell(session: Session) -> None:
    """Tell of the gaps of all networks that were not told yet: the coordination, and the leads of the service."""
    session.execute(delete(GapTold).where(GapTold.day < local_day(clock.now()) - _DAY))
    for network_id in session.scalars(select(Roster.network_id).distinct().order_by(Roster.network_id)).all():
        db.exclusive(session, f"roster gaps:{network_id}")
        near = [
            gap for gap in coverage.gaps(session, network_id, NEAR) if _first_time(session, network_id, gap, near=True)
        ]
        new = [
            gap
            for gap in coverage.gaps(session, network_id, AHEAD)
            if _first_time(session, network_id, gap, near=False)
        ]
        # Who hears of one that is near looks at the roster, and sees the others.
        kind = NOTICES[bool(near)]
        for receiver in dict.fromkeys(one for gap in near or new for one in _keepers(session, network_id, gap)):
            notifications.notify(session, receiver, kind, network_id=network_id, case_id=None)


def _first_time(session: Session, network_id: UUID, gap: Gap, *, near: bool) -> bool:
    """Tell whether nothing was said of any day of a gap, nor of the day before it, and keep that it is said now.

    Nights in a row that nobody has are one gap, which grows with each day that passes.
    """
    days = _days(gap.starts_at, gap.ends_at)
    of_gap = (GapTold.roster_id == gap.roster_id, GapTold.near == near)
    said = set(session.scalars(select(GapTold.day).where(*of_gap, GapTold.day.in_([days[0] - _DAY, *days]))))
    of_roster = {"roster_id": gap.roster_id, "network_id": network_id, "near": near, "told_at": clock.now()}
    rows = [{**of_roster, "day": day} for day in days if day not in said]
    if rows:
        session.execute(insert(GapTold), rows)
    return not said


def _keepers(session: Session, network_id: UUID, gap: Gap) -> Iterable[Receiver]:
    """Give who writes a roster: the coordination, and the leads of the agencies that offer its service there."""
    offer = select(NetworkAgency.agency_id).where(
        NetworkAgency.network_id == network_id,
        NetworkAgency.services.contains([gap.service]),
        *([NetworkAgency.area_id == gap.area_id] if gap.area_id is not None else []),
        *directory.in_force(),
    )
    yield Receiver.with_role(Role.COORDINAMENTO)
    for agency_id in session.scalars(offer.order_by(NetworkAgency.agency_id)):
        yield Receiver.with_role(Role.RESPONSABILE, agency_id)


def _days(since: datetime, until: datetime) -> list[date]:
    first, last = local_day(since), local_day(until - timedelta(microseconds=1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
