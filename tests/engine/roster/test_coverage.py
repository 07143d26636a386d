"""What is wrong with a roster: told when it is saved and again before it is published."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendars.calendar import Stretch
from engine.participants import directory
from engine.roster import coverage
from engine.roster.coverage import Fault
from engine.roster.models import Roster
from tests.engine.roster.conftest import NOON, World, rome

MISSING = coverage.contacts.missing
WEEK = Stretch(NOON, NOON + timedelta(days=7))


def found(world: World, roster: Roster, span: Stretch = WEEK) -> list[tuple[str, str, str]]:
    with world.at() as session:
        return [
            (one.fault.value, local(one.starts_at), local(one.ends_at))
            for one in coverage.faults(session, roster, span)
        ]


def local(at: object) -> str:
    return at.astimezone(NOON.tzinfo).strftime("%d %H:%M")  # type: ignore[attr-defined]


def gaps(world: World, days: int = 7) -> list[tuple[str, str]]:
    with world.at() as session:
        found = coverage.gaps(session, world.network_id, timedelta(days=days))
        return [(local(gap.starts_at), local(gap.ends_at)) for gap in found]


def minutes(stretches: list[Stretch]) -> set[int]:
    return {minute for one in stretches for minute in range(at_minute(one.opens_at), at_minute(one.closes_at))}


def at_minute(at: object) -> int:
    return (at - NOON) // timedelta(minutes=1)  # type: ignore[operator]


STRETCHES = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 60)), max_size=6).map(
    lambda pairs: [
        Stretch(NOON + timedelta(minutes=since), NOON + timedelta(minutes=since + length)) for since, length in pairs
    ]
)


@given(whole=st.integers(1, 260), taken=STRETCHES)
def test_what_is_left_of_a_stretch_is_what_no_other_takes_minute_by_minute(whole: int, taken: list[Stretch]) -> None:
    span = Stretch(NOON, NOON + timedelta(minutes=whole))
    left = coverage.uncovered_by([span], taken)
    assert minutes(left) == set(range(whole)) - minutes(taken)
    assert all(one.opens_at < one.closes_at for one in left)


def test_time_that_the_offices_leave_and_no_shift_covers_is_a_gap(world: World) -> None:
    roster = world.roster()
    world.shift(roster, "2026-03-02 17:00", "2026-03-04 09:00")
    assert gaps(world, days=3) == [("04 17:00", "05 09:00")]
    world.shift(roster, "2026-03-04 17:00", "2026-03-05 08:00", draft=True)
    # A draft answers no telephone; but whoever writes it sees what it will leave.
    assert gaps(world, days=3) == [("04 17:00", "05 09:00")]
    assert found(world, roster, Stretch(NOON, NOON + timedelta(days=3))) == [("gap", "05 08:00", "05 09:00")]
    with world.at() as session:
        directory.disable_user(session, world.who("prima"))
    assert gaps(world, days=1) == [("02 17:00", "03 09:00")]


def test_a_shift_of_the_whole_network_leaves_no_gap_in_an_area(world: World) -> None:
    area = world.roster(world.area_id)
    assert gaps(world, days=1) == [("02 17:00", "03 09:00")]
    world.shift(world.roster(), "2026-03-02 17:00", "2026-03-03 08:00")
    assert gaps(world, days=1) == [("03 08:00", "03 09:00"), ("03 08:00", "03 09:00")]
    assert found(world, area, Stretch(NOON, NOON + timedelta(days=1))) == [("gap", "03 08:00", "03 09:00")]


def test_both_changes_of_the_clocks_have_their_night_covered(world: World) -> None:
    roster = world.roster()
    for spring in ("2026-03-28 18:00", "2026-03-29 18:00"), ("2026-10-24 18:00", "2026-10-25 18:00"):
        world.shift(roster, *spring)
        span = Stretch(rome(spring[0]), rome(spring[1]))
        assert found(world, roster, span) == []


def test_two_shifts_at_once_and_one_person_in_two_places_are_told(world: World) -> None:
    roster, area = world.roster(), world.roster(world.area_id)
    world.shift(roster, "2026-03-02 17:00", "2026-03-03 09:00")
    world.shift(roster, "2026-03-03 08:00", "2026-03-03 12:00", "seconda")
    world.shift(area, "2026-03-03 06:00", "2026-03-03 07:00")
    assert found(world, roster, Stretch(NOON, NOON + timedelta(days=1))) == [
        (Fault.TWO_PLACES, "03 06:00", "03 07:00"),
        (Fault.OVERLAP, "03 08:00", "03 09:00"),
    ]


def test_more_than_seven_nights_in_a_row_are_too_many(world: World) -> None:
    roster = world.roster()
    for day in range(2, 9):
        world.shift(roster, f"2026-03-0{day} 17:00", f"2026-03-{day + 1:02} 09:00")
    assert Fault.TOO_MANY_NIGHTS not in {fault for fault, *_rest in found(world, roster)}
    world.shift(roster, "2026-03-09 17:00", "2026-03-10 09:00", "seconda", second=world.who("prima"))
    assert (Fault.TOO_MANY_NIGHTS, "02 17:00", "10 09:00") in found(world, roster)


def test_whom_no_message_and_no_call_would_wake_is_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    roster = world.roster()
    for day in (2, 3):
        world.shift(roster, f"2026-03-0{day} 17:00", f"2026-03-0{day + 1} 09:00", second=world.who("seconda"))
    monkeypatch.setattr(coverage.contacts, "missing", MISSING)
    assert found(world, roster, Stretch(NOON, NOON + timedelta(days=2))) == [
        (Fault.CANNOT_BE_WOKEN, "02 17:00", "03 09:00"),
        (Fault.CANNOT_BE_WOKEN, "02 17:00", "03 09:00"),
    ]


def test_a_shift_without_somebody_able_or_entitled_is_told(world: World) -> None:
    roster = world.roster(needs=["minori"])
    world.shift(roster, "2026-03-02 17:00", "2026-03-03 09:00", second=world.who("seconda"), capabilities=("minori",))
    world.shift(roster, "2026-03-03 17:00", "2026-03-04 09:00")
    with world.at() as session:
        directory.disable_user(session, world.who("seconda"))
    assert found(world, roster, Stretch(NOON, NOON + timedelta(days=2))) == [
        (Fault.NOT_OF_THE_SERVICE, "02 17:00", "03 09:00"),
        (Fault.LACKS_CAPABILITY, "03 17:00", "04 09:00"),
    ]
