from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from engine import clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_there_is_no_time_outside_a_command() -> None:
    with pytest.raises(RuntimeError, match="outside a command"):
        clock.now()


def test_freezing_alone_gives_no_time() -> None:
    with clock.frozen(NOON), pytest.raises(RuntimeError):
        clock.now()


def test_inside_a_command_there_is_one_instant_in_utc() -> None:
    with clock.bound(NOON.astimezone(timezone(timedelta(hours=5)))):
        assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)


def test_the_instant_ends_with_its_command_even_if_it_fails() -> None:
    with pytest.raises(KeyError), clock.bound(NOON):
        raise KeyError
    assert not clock.running()


def test_a_datetime_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no instant"):
        clock.as_utc(datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point


def test_the_two_hours_of_the_october_night_stay_apart() -> None:
    rome = ZoneInfo("Europe/Rome")
    first = clock.as_utc(datetime(2026, 10, 25, 2, 30, tzinfo=rome, fold=0))
    second = clock.as_utc(datetime(2026, 10, 25, 2, 30, tzinfo=rome, fold=1))
    assert second - first == timedelta(hours=1)
