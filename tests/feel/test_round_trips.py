"""What is written as text reads as the same value again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feel

NUMBERS = st.integers(-(10**20), 10**20) | st.decimals(-(10**12), 10**12, places=6)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.none() | st.just(UTC))  # noqa: DTZ001


def written(value: object) -> str:
    text = feel.compile("string([value])", {"value"}).evaluate({"value": value})
    assert isinstance(text, str)
    return text


@given(VALUES)
def test_values_without_dates_are_written_as_expressions(value) -> None:
    assert feel.compile(written(value)).evaluate({}) == [value]


@given(st.text(max_size=40))
def test_any_text_can_be_a_variable_and_comes_back(text) -> None:
    assert feel.compile("x", {"x"}).evaluate({"x": text}) == text


@pytest.mark.parametrize(
    ("function", "values"),
    [
        ("date", st.dates()),
        ("time", st.times(timezones=st.none() | st.just(UTC))),
        ("date and time", MOMENTS),
        ("duration", st.timedeltas(timedelta(-(10**6)), timedelta(10**6))),
        ("duration", st.integers(-(10**6), 10**6).map(feel.YearsMonths)),
        ("number", NUMBERS),
    ],
)
def test_dates_times_durations_and_numbers_are_read_from_what_is_written(function, values) -> None:
    expression = feel.compile(f"{function}(string(x))", {"x"})

    @given(values)
    def comes_back(value: date | time | timedelta | feel.YearsMonths | int | Decimal) -> None:
        assert expression.evaluate({"x": value}) == value

    comes_back()
