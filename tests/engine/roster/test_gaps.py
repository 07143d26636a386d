"""A gap in a roster is told before somebody calls: once within a week, once more a day before."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from engine.notifications.models import Notice
from engine.participants.models import Role
from engine.roster import gaps
from tests.engine.roster.conftest import NOON, World, rome


def told(world: World, at: datetime) -> list[tuple[str, Role | None, bool]]:
    with world.at(at) as session:
        gaps.tell(session)
    with world.at(at) as session:
        rows = session.scalars(select(Notice).where(Notice.created_at == at)).all()
    return sorted((row.kind, row.role, row.agency_id is None) for row in rows)


def test_who_writes_the_roster_hears_of_a_gap_once_and_again_as_it_nears(world: World) -> None:
    roster = world.roster()
    for day in (2, 9):  # a week each, and a night between them that nobody has
        world.shift(roster, f"2026-03-0{day} 00:00", f"2026-03-{day + 6:02} 20:00")
    keepers = [(Role.COORDINAMENTO, True), (Role.RESPONSABILE, False), (Role.RESPONSABILE, False)]
    far, near = ([(kind, *one) for one in keepers] for kind in ("roster_gap", "roster_gap_near"))
    assert told(world, NOON) == sorted(far)
    assert told(world, NOON + timedelta(hours=1)) == []
    assert told(world, rome("2026-03-07 21:00")) == sorted(near)
    assert told(world, rome("2026-03-08 12:00")) == []
    assert told(world, rome("2026-03-09 12:00")) == sorted(far), "the next one is another gap"


def test_a_roster_that_nobody_has_written_for_is_one_gap_however_the_days_go_by(world: World) -> None:
    world.roster()
    assert {kind for kind, *_whom in told(world, NOON)} == {"roster_gap_near"}
    assert [told(world, NOON + timedelta(days=day)) for day in range(1, 9)] == [[]] * 8


def test_without_a_gap_nobody_hears_anything(world: World) -> None:
    roster = world.roster()
    for day in (2, 9):
        world.shift(roster, f"2026-03-{day:02} 00:00", f"2026-03-{day + 7:02} 00:00")
    assert told(world, NOON) == []
