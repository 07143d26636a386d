"""Times in words, at the edges of hours, days and both clock changes."""

from datetime import UTC, datetime, timedelta

import pytest

from web import clocks


def rome(text):
    return datetime.fromisoformat(text).replace(tzinfo=clocks.ROME).astimezone(UTC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=59), "meno di 1 min"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=18, seconds=59), "18 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(hours=47, minutes=59), "47 h 59 min"),
        (timedelta(hours=48), "2 giorni"),
        (timedelta(days=3, hours=4, minutes=50), "3 giorni e 4 h"),
        (timedelta(days=400), "400 giorni"),
        (timedelta(seconds=-5), "meno di 1 min"),
    ],
)
def test_a_span_is_said_in_its_two_greatest_units_and_cut(length, words):
    assert clocks.span(length) == words


def test_a_deadline_of_today_says_until_when_and_how_much_is_left():
    assert clocks.remaining(rome("2026-11-22T03:45"), rome("2026-11-22T03:33")) == "entro le 03:45, mancano 12 min"


def test_one_unit_is_said_in_the_singular():
    assert clocks.remaining(rome("2026-11-22T03:45"), rome("2026-11-22T03:44")) == "entro le 03:45, manca 1 min"
    assert clocks.remaining(rome("2026-11-22T04:45"), rome("2026-11-22T03:44")) == "entro le 04:45, manca 1 h 1 min"
    assert clocks.left(rome("2026-11-22T03:45"), rome("2026-11-22T03:44:30")) == "manca meno di 1 min"


def test_a_deadline_of_tomorrow_and_of_a_later_day_names_the_day():
    now = rome("2026-11-22T23:50")
    assert clocks.remaining(rome("2026-11-23T00:10"), now) == "entro domani alle 00:10, mancano 20 min"
    assert (
        clocks.remaining(rome("2026-11-25T09:00"), now)
        == "entro mercoledì 25/11/2026 alle 09:00, mancano 2 giorni e 9 h"
    )


def test_a_deadline_that_has_passed_says_by_how_much_and_is_kept_at_its_very_instant():
    due = rome("2026-11-22T03:27")
    assert clocks.remaining(due, rome("2026-11-22T03:45")) == "in ritardo di 18 min"
    assert not clocks.late(due, due)
    assert clocks.late(due, due + timedelta(microseconds=1))


def test_tomorrow_is_tomorrow_in_rome_and_not_in_utc():
    # 23:30 UTC on the 21st is 00:30 in Rome on the 22nd.
    assert clocks.by(rome("2026-11-22T18:00"), datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == "entro le 18:00"


def test_elapsed_hours_are_counted_over_the_spring_change():
    start = rome("2026-03-28T22:00")
    due = start + timedelta(hours=72)
    assert clocks.stamp(due) == "31/03/2026 23:00"
    assert clocks.remaining(rome("2026-03-29T03:30"), rome("2026-03-29T01:30")) == "entro le 03:30, manca 1 h"


def test_elapsed_hours_are_counted_over_the_autumn_change():
    assert clocks.stamp(rome("2026-10-24T20:00") + timedelta(hours=24)) == "25/10/2026 19:00"
    assert clocks.remaining(rome("2026-10-25T03:30"), rome("2026-10-25T01:30")) == "entro le 03:30, mancano 3 h"


def test_the_hour_that_october_has_twice_says_which_one():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert clocks.stamp(first) == "25/10/2026 02:30 (ora legale)"
    assert clocks.stamp(first + timedelta(hours=1)) == "25/10/2026 02:30 (ora solare)"
    assert clocks.stamp(rome("2026-10-25T03:00")) == "25/10/2026 03:00"


def test_a_moment_is_said_from_yesterday_to_tomorrow_and_dated_otherwise():
    now = rome("2026-11-22T12:00")
    assert clocks.on(rome("2026-11-22T03:45"), now) == "oggi alle 03:45"
    assert clocks.on(rome("2026-11-21T22:10"), now) == "ieri alle 22:10"
    assert clocks.on(rome("2026-11-23T08:00"), now) == "domani alle 08:00"
    assert clocks.on(rome("2026-11-20T08:00"), now) == "il 20/11/2026 alle 08:00"


@pytest.mark.parametrize("text", ["2026-11-22T03:45", "2026-11-22T03:45:00", "22/11/2026 03:45", " 22/11/2026 03.45 "])
def test_a_local_time_is_read_as_browsers_and_people_write_it(text):
    assert clocks.parse_local(text) == datetime(2026, 11, 22, 2, 45, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "ieri", "2026-13-01T00:00", "2026-11-22", "22/11/2026 25:00", "2026-03-29T02:30"])
def test_what_is_no_local_time_is_not_read(text):
    assert clocks.parse_local(text) is None


def test_the_hour_that_october_has_twice_is_read_as_the_first():
    assert clocks.parse_local("2026-10-25T02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_field_shows_what_it_would_read():
    at = datetime(2026, 7, 1, 10, 5, tzinfo=UTC)
    assert clocks.parse_local(clocks.field(at)) == at


def test_the_soonest_leaves_out_what_is_absent():
    early, later = rome("2026-01-01T10:00"), rome("2026-01-02T10:00")
    assert clocks.soonest([None, later, early]) == early
    assert clocks.soonest([None]) is None


def test_a_day_of_the_coming_week_has_its_name_and_a_later_one_only_its_date():
    now = rome("2026-11-22T12:00")
    assert clocks.by(rome("2026-11-28T09:00"), now) == "entro sabato 28/11/2026 alle 09:00"
    assert clocks.by(rome("2026-11-29T09:00"), now) == "entro il 29/11/2026 alle 09:00"
    assert clocks.by(rome("2026-11-21T09:00"), now) == "entro il 21/11/2026 alle 09:00"


def test_a_term_that_ends_at_midnight_ends_with_the_day_before():
    now = rome("2026-11-22T12:00")
    assert clocks.by(rome("2026-11-23T00:00"), now) == "entro le 24:00"
    assert clocks.by(rome("2026-11-24T00:00"), now) == "entro domani alle 24:00"
    assert clocks.by(rome("2026-11-25T00:00"), now) == "entro martedì 24/11/2026 alle 24:00"
    assert clocks.term(rome("2026-11-25T00:00")) == "24/11/2026 24:00"
    assert clocks.term(rome("2026-11-25T00:01")) == "25/11/2026 00:01"


def test_an_opening_is_said_with_the_day_of_the_week():
    now = rome("2026-11-20T17:30")
    assert clocks.opening(rome("2026-11-20T18:00"), now) == "oggi alle 18:00"
    assert clocks.opening(rome("2026-11-21T09:00"), now) == "domani alle 09:00"
    assert clocks.opening(rome("2026-11-23T09:00"), now) == "lunedì 23/11/2026 alle 09:00"
