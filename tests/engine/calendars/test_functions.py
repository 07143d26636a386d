"""The calendars in FEEL, against the oracle that looks at each minute; null where there is nothing to say."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feel
import forms
from engine import dmn
from engine.calendars import functions, opening
from engine.calendars.calendar import Calendar
from engine.calendars.lengths import Clock, Length
from tests.engine.calendars import oracle
from tests.engine.calendars.every_minute import PATRONS, town
from tests.engine.calendars.oracle import DAY, MINUTE, Office
from tests.engine.dmn.drawing import decision, model
from tests.engine.dmn.drawing import given as given_input
from tests.forms.building import errors, field, source

TOWNS: dict[str, tuple[Calendar, Office]] = {name: town(name, 2) for name in PATRONS}
NEVER = Calendar(tuple(opening.parse("") for _ in range(7)))
TERMS = {"D03": Length.read("PT1H", Clock.H), "D12": Length.read("P3D", Clock.GCL), "D36": Length.read("P3D", Clock.GL)}


class Unplayed(Exception):
    """What the host raises for a lane of nobody."""


def calendar_of(lane: str) -> Calendar:
    if lane == "mai":
        return NEVER
    if lane not in TOWNS:
        raise Unplayed(lane)
    return TOWNS[lane][0]


HOST = feel.Host(functions.of_agencies(calendar_of, TERMS.__getitem__))


def said(text: str, **values: feel.Value) -> feel.Value:
    return feel.compile(text, {*values, *feel.WORDS}, host=HOST).evaluate(values)


towns = st.sampled_from(sorted(TOWNS))
minutes = st.integers(0, 700 * 24 * 60).map(lambda number: datetime(2026, 1, 2, tzinfo=UTC) + MINUTE * number)


@settings(max_examples=150)
@given(towns, minutes, st.integers(0, 12), st.integers(1, 1500))
def test_what_is_added_is_what_each_minute_adds_up_to(lane: str, at: datetime, days: int, spent: int) -> None:
    office = TOWNS[lane][1]
    values = {"at": at, "n": days, "lane": lane, "t": MINUTE * spent}
    if days:
        assert said("add working days(at, n, lane)", **values) == office.later(at, days, 0)
    assert said("add working time(at, t, lane)", **values) == office.later(at, 0, spent)
    assert said("add calendar days(at, n)", **values) == oracle.last_day(at, days, lambda _: False)
    assert said("add legal days(at, n)", **values) == oracle.last_day(at, days, _at_rest)
    assert said("next opening(at, lane)", **values) == next(office.from_minute(at))


@settings(max_examples=60)
@given(towns, minutes, st.integers(-20, 20), st.integers(0, 1439))
def test_what_lies_between_is_counted_day_by_day_and_minute_by_minute(
    lane: str, at: datetime, days: int, more: int
) -> None:
    office, to = TOWNS[lane][1], at + DAY * days + MINUTE * more
    first, last = (each.astimezone(oracle.ROME).date() for each in (at, to))
    between = [first + DAY * n for n in range(1, (last - first).days + 1)] or [
        last + DAY * n for n in range(1, (first - last).days + 1)
    ]
    worked = sum(bool(office.open_minutes(day)) for day in between) * (1 if last > first else -1)
    values = {"a": at, "b": to, "lane": lane}
    assert said("working days(a, b, lane)", **values) == worked
    is_open = [
        minute
        for number in range((last - first).days + 1)
        for minute in office.open_minutes(first + DAY * number)
        if at <= minute < to
    ]
    assert said("working time(a, b, lane)", **values) == MINUTE * len(is_open)
    assert said("is open(a, lane)", **values) is (at in office.open_minutes(first))
    assert said("is working day(a, lane)", **values) is bool(office.open_minutes(first))
    assert said("is holiday(a)", **values) is _at_rest(first)


def test_the_patron_day_closes_the_office_of_its_town_and_is_no_holiday_of_law() -> None:
    assert [said('is working day(date("2026-06-24"), lane)', lane=lane) for lane in ("busto", "gallarate")] == [
        False,
        True,
    ]
    assert said('is holiday(date("2026-06-24"))') is False
    assert said('is holiday(date("2026-10-04"))') is True


@pytest.mark.parametrize(
    ("text", "due_at"),
    [
        ('due("D03", date and time("2026-03-29T01:30:00+01:00"))', "2026-03-29T01:30:00Z"),
        ('due("D12", date("2026-05-30"))', "2026-06-03T22:00:00Z"),
        ('due("D36", date and time("2026-06-23T16:00:00+02:00"), "busto")', "2026-06-29T14:00:00Z"),
        ('due("D36", date and time("2026-06-23T16:00:00+02:00"), "gallarate")', "2026-06-26T14:00:00Z"),
        ('due(parameter: "D36", from: date("2026-06-23"), lane: "busto")', "2026-06-29T07:00:00Z"),
    ],
)
def test_a_parameter_is_counted_on_its_own_clock(text: str, due_at: str) -> None:
    assert said(text) == datetime.fromisoformat(due_at)


NULL = [
    "is holiday(null)",
    'is holiday(date("1900-01-01"))',
    'is holiday(date("2500-01-01"))',
    'next opening(date and time("2026-03-02T09:00:00+01:00"), "mai")',
    'add working days(date("2026-03-02"), 3, "mai")',
    'add legal days(date("2026-03-02"), 1.5)',
    'add legal days(date("2026-03-02"), -1)',
    'add calendar days(date("2026-03-02"), 99999)',
    'is open(date and time("2026-03-02T09:00:00"), "busto")',
    'due("D36", null, "busto")',
]


@pytest.mark.parametrize("text", NULL)
def test_what_cannot_be_worked_out_is_null(text: str) -> None:
    assert said(text) is None


@pytest.mark.parametrize("text", ['is open(x, "altrove")', 'due("D36", x)', 'working days(x, x, "altrove")'])
def test_a_lane_of_nobody_is_no_null(text: str) -> None:
    with pytest.raises(Unplayed):
        said(text, x=datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "text",
    [
        'for i in 1..10000 return add working days(date("2026-03-02"), 20, "busto")',
        'for i in 1..100 return working days(date("2026-01-01"), date("2030-01-01"), "busto")',
        'for i in 1..100 return working time(date("2026-01-01"), date("2030-01-01"), "busto")',
        'add working time(date("2026-03-02"), duration("PT80000H"), "busto")',
    ],
)
def test_no_expression_counts_for_long(text: str) -> None:
    with pytest.raises(feel.FeelLimitError):
        said(text)


@pytest.mark.parametrize(
    "text", ['is holiday("2026-06-02")', "add legal days(x, true)", 'is open(3, "busto")', "next opening(x, 3)"]
)
def test_a_literal_of_another_kind_is_doubted_when_it_is_compiled(text: str) -> None:
    assert feel.compile(text, {"x"}, host=HOST).doubts


def test_a_table_and_a_form_know_no_lane() -> None:
    known = feel.Host(functions.OF_EVERYBODY)
    assert feel.compile("add legal days(x, 3)", {"x"}, host=known).evaluate({"x": date(2026, 5, 30)}) == datetime(
        2026, 6, 3, 22, tzinfo=UTC
    )
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile('is open(x, "cav")', {"x"}, host=known)


def test_a_form_bounds_a_date_by_days_of_law() -> None:
    properties = {"confidentiality": "ordinary", "max": "=date(add legal days(today(), 3))"}
    day = field("datetime", "entro", properties=properties)
    hidden = field("textfield", "perche", conditional={"hide": "=not(is holiday(entro))"})
    form = forms.parse(source(day, hidden), functions=functions.OF_EVERYBODY)
    saturday = datetime(2026, 5, 30, 9, tzinfo=UTC)
    given = {"entro": date(2026, 6, 2), "perche": "festa"}
    assert forms.validate(form, given | {"entro": date(2026, 6, 3), "perche": None}, now=saturday)
    assert forms.validate(form, given, now=saturday).values["perche"] == "festa"
    assert errors(form, given | {"entro": date(2026, 6, 4), "perche": None}, now=saturday) == {"entro": "too_late"}


def test_a_table_counts_days_of_law() -> None:
    text = model(given_input("il"), decision("entro", "add legal days(il, 3)", needs="i:il"))
    library = dmn.Library.of({"a.dmn": text}, functions.OF_EVERYBODY)
    asked = library.find("decision entro")
    assert library.problems == []
    assert asked is not None
    assert asked.evaluate({"il": date(2026, 5, 30)}).value == datetime(2026, 6, 3, 22, tzinfo=UTC)


def _at_rest(day: date) -> bool:
    return day.weekday() == 6 or oracle.is_holiday(day)


def test_the_calls_of_an_expression_are_told_as_they_are_written() -> None:
    found = feel.compile('due("D36", x, "cav") < add legal days(from: x, days: 2)', {"x"}, host=HOST).calls
    assert [(call.function, dict(call.arguments)) for call in found] == [
        ("due", {0: "D36", 1: feel.UNKNOWN, 2: "cav"}),
        ("add legal days", {"from": feel.UNKNOWN, "days": 2}),
    ]
