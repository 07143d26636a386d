"""Bounds of dates: by the clock, by fixed days, by other dates of the form."""

from datetime import UTC, date, datetime, time

import pytest

import forms
from tests.forms.building import errors, field, form, refused, repeated

# Half past midnight in Rome: in UTC it is still the day before.
NOW = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def day(key="il", subtype="date", **bounds):
    properties = {"confidentiality": "ordinary", **{name: f"={text}" for name, text in bounds.items()}}
    return field("datetime", key, subtype=subtype, properties=properties)


def test_a_day_of_the_future_is_refused_by_the_local_day():
    parsed = form(day(max="today()"))
    assert forms.validate(parsed, {"il": date(2026, 3, 2)}, now=NOW).values
    assert errors(parsed, {"il": "2026-03-03"}, now=NOW) == {"il": "in_the_future"}


def test_an_instant_of_the_future_is_refused():
    parsed = form(day(subtype="datetime", max="now()"))
    assert forms.validate(parsed, {"il": NOW}, now=NOW).values
    assert errors(parsed, {"il": "2026-03-02T00:31:00+01:00"}, now=NOW) == {"il": "in_the_future"}


def test_an_instant_against_a_day_counts_by_its_local_day():
    parsed = form(day(subtype="datetime", min="today()"))
    assert errors(parsed, {"il": "2026-03-01T23:59:00+01:00"}, now=NOW) == {"il": "in_the_past"}
    assert forms.validate(parsed, {"il": "2026-03-02T00:00:00+01:00"}, now=NOW).values


def test_the_editors_own_bound_means_not_before_today():
    parsed = form(field("datetime", "il", disallowPassedDates=True))
    assert errors(parsed, {"il": "2026-03-01"}, now=NOW) == {"il": "in_the_past"}


def test_a_fixed_bound_is_named_in_the_refusal():
    parsed = form(day(min='date("2026-01-01")'), day("ora", "time", max='time("18:00:00")'))
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.validate(parsed, {"il": "2025-12-31", "ora": time(18, 1)})
    told = caught.value.errors
    assert told["il"].message("it") == "Al più presto 01/01/2026."
    assert told["ora"].message("en") == "18:00 at the latest."


def test_a_date_can_be_bounded_by_another_answer_which_is_not_told():
    second = field(
        "datetime", "secondo", subtype="datetime", properties={"confidentiality": "ordinary", "min": "=primo"}
    )
    parsed = form(second, day("primo", "datetime"))
    answer = {"primo": "2026-03-01T10:00:00+01:00", "secondo": "2026-03-01T09:00:00+01:00"}
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.validate(parsed, answer)
    assert caught.value.errors["secondo"] == forms.FieldError("too_early_for_answers")
    assert forms.validate(parsed, {"secondo": answer["secondo"]}).values


def test_a_row_is_bounded_by_dates_around_it():
    parsed = form(day("nascita"), repeated("visite", day("visita", min="nascita", max="today()")))
    values = {"nascita": "2020-01-01", "visite": [{"visita": "2021-01-01"}, {"visita": "2019-01-01"}]}
    assert errors(parsed, values, now=NOW) == {"visite.1.visita": "too_early_for_answers"}
    assert errors(parsed, {"visite": [{"visita": "2027-01-01"}]}, now=NOW) == {"visite.0.visita": "in_the_future"}


def test_drafts_keep_the_bounds_too():
    parsed = form(day(max="today()"))
    with pytest.raises(forms.InvalidAnswer):
        forms.partial(parsed, {"il": "2026-03-03"}, now=NOW)


def test_a_form_that_asks_the_time_is_never_judged_without_it():
    parsed = form(day(max="today()"))
    for judge in (forms.validate, forms.partial, forms.visible):
        with pytest.raises(ValueError, match="instant"):
            judge(parsed, {})


def test_the_control_hints_at_the_bounds_in_local_time():
    parsed = form(
        day(max="today()"),
        day("quando", "datetime", min="now()", max="today()"),
        day("ora", "time", min='time("08:00:00")'),
    )
    first, second, third = forms.visible(parsed, {}, now=NOW)
    assert first.html["max"] == "2026-03-02"
    assert (second.html["min"], second.html["max"]) == ("2026-03-02T00:30", "2026-03-02T23:59")
    assert third.html["min"] == "08:00"


@pytest.mark.parametrize(
    ("subtype", "bound"),
    [
        ("date", "livello"),
        ("date", '"2026-01-01"'),
        ("date", "now()"),
        ("date", "1"),
        ("time", "today()"),
        ("time", "now()"),
        ("datetime", 'time("10:00:00")'),
        ("date", "nota"),
        ("date", "today("),
    ],
)
def test_a_bound_that_could_not_be_compared_is_refused(subtype, bound):
    assert refused(day(subtype=subtype, max=bound), field("textfield", "nota"))


def test_a_bound_without_the_sign_of_an_expression_is_refused():
    properties = {"confidentiality": "ordinary", "max": "today()"}
    assert "FEEL" in refused(field("datetime", "il", properties=properties))[0].reason


def test_two_dates_that_bound_each_other_are_refused():
    assert "inseguono" in refused(day("a", min="b"), day("b", max="a"))[0].reason
