from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

import forms
from tests.forms.building import Post, field, form


def read(kind: str, *sent: str, **more):
    """Give what a post of one field means: the typed value, or the code of the error."""
    decoded = forms.decode(form(field(kind, "a", **more)), Post(a=list(sent)))
    return decoded.errors["a"].code if "a" in decoded.errors else decoded.values.get("a")


@pytest.mark.parametrize("written", ["2026-03-02", "02/03/2026", "2/3/2026", "02.03.2026", " 02/03/2026 "])
def test_dates_are_read_as_browsers_send_and_people_write_them(written):
    assert read("datetime", written) == date(2026, 3, 2)


@pytest.mark.parametrize("written", ["2026-03-02T09:30", "02/03/2026 09:30", "2/3/2026 9.30", "2026-03-02T09:30:00"])
def test_local_date_times_are_those_of_rome(written):
    assert read("datetime", written, subtype="datetime") == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-03-29T01:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T03:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("2026-10-25T02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T03:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_the_nights_on_which_the_clock_changes_are_read_right(written, instant):
    assert read("datetime", written, subtype="datetime") == instant


def test_an_hour_that_the_clock_leaps_over_is_refused():
    assert read("datetime", "2026-03-29T02:30", subtype="datetime") == "no_such_local_time"


@pytest.mark.parametrize(
    ("kind", "more", "written", "code"),
    [
        ("datetime", {}, "31/02/2026", "not_a_date"),
        ("datetime", {}, "domani", "not_a_date"),
        ("datetime", {}, "2026-03-02T09:30", "not_a_date"),
        ("datetime", {"subtype": "datetime"}, "02/03/2026", "not_a_date_time"),
        ("datetime", {"subtype": "datetime"}, "02/03/2026 25:00", "not_a_date_time"),
        ("datetime", {"subtype": "datetime"}, "0001-01-01T00:00", "date_out_of_range"),
        ("datetime", {"subtype": "time"}, "24:00", "not_a_time"),
        ("number", {}, "dodici", "not_a_number"),
        ("number", {}, "1.234,5", "not_a_number"),
        ("number", {}, "1e9", "not_a_number"),
        ("number", {}, "٣", "not_a_number"),
    ],
)
def test_what_cannot_be_read_is_told_by_field(kind, more, written, code):
    assert read(kind, written, **more) == code


@pytest.mark.parametrize(("written", "number"), [("12", 12), ("12,5", Decimal("12.5")), ("12.5", Decimal("12.5"))])
def test_numbers_have_a_comma_or_a_point(written, number):
    assert read("number", written) == number


def test_times_are_read_with_colon_or_point():
    assert read("datetime", "9.30", subtype="time") == read("datetime", "09:30", subtype="time") == time(9, 30)


def test_choices_and_boxes_are_what_was_sent():
    assert read("checklist", "si", "no") == ["si", "no"]
    assert read("checklist") is None
    assert read("checkbox", "true") is True
    assert read("checkbox") is False
    assert read("radio", "si") == "si"
    assert read("radio", "si", "no") == "not_an_option"
    assert read("radio", "") is None
    assert read("textfield", " x ") == "x"


def test_other_names_are_passed_over():
    post = Post(a=["x"], csrf_token=["t"], azione=["completa"])
    assert forms.decode(form(field("textfield", "a")), post) == ({"a": "x"}, {})


def test_a_hidden_field_is_in_neither_values_nor_errors():
    hide = {"conditional": {"hide": '=scelta = "no"'}}
    parsed = form(field("radio", "scelta"), field("number", "a", **hide), field("checkbox", "b", **hide))
    assert forms.decode(parsed, Post(scelta=["no"], a=["x"])) == ({"scelta": "no"}, {})
    assert set(forms.decode(parsed, Post(scelta=["si"], a=["x"])).errors) == {"a"}


def test_typed_values_go_back_into_their_controls_and_come_out_the_same():
    parsed = form(
        field("textfield", "a"),
        field("number", "b"),
        field("checkbox", "c"),
        field("checklist", "d"),
        field("datetime", "e"),
        field("datetime", "f", subtype="time"),
        field("datetime", "g", subtype="datetime"),
        field("textarea", "h"),
    )
    values = {
        "a": "x",
        "b": Decimal("1.5"),
        "c": True,
        "d": ["si", "no"],
        "e": date(2026, 3, 2),
        "f": time(9, 30),
        "g": datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        "h": "a\nb",
    }
    written = forms.encode(parsed, values)
    assert written["b"] == ["1,5"]
    assert written["e"] == ["2026-03-02"]
    assert written["g"] == ["2026-10-25T02:30"]
    decoded = forms.decode(parsed, Post(written))
    assert decoded.errors == {}
    assert forms.validate(parsed, decoded.values).values == values


def test_answers_are_shown_in_words():
    parsed = form(
        field("radio", "a", properties={"confidentiality": "ordinary", "option.si.en": "Yes"}),
        field("checklist", "b"),
        field("datetime", "c", subtype="datetime"),
        field("number", "d"),
        field("checkbox", "e"),
    )
    fields = parsed.fields
    assert (forms.display(fields["a"], "si"), forms.display(fields["a"], "si", "en")) == ("Sì", "Yes")
    assert forms.display(fields["b"], ["si", "no"]) == "Sì, No"
    assert forms.display(fields["c"], datetime(2026, 7, 1, 22, 5, tzinfo=UTC)) == "02/07/2026 00:05"
    assert forms.display(fields["d"], Decimal("1.50")) == "1,50"
    assert (forms.display(fields["e"], value=True), forms.display(fields["e"], False, "en")) == ("sì", "no")
    assert forms.display(fields["a"], None) == ""
