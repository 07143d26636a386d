import string
import time as clock
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

import forms
from tests.forms.building import errors, field, form, routing

REQUIRED = {"validate": {"required": True}}


def one(kind: str, **more) -> forms.Form:
    return form(field(kind, "a", **more))


@pytest.mark.parametrize(
    ("kind", "more", "given", "kept"),
    [
        ("textfield", {}, "Sì & <b>", "Sì & <b>"),
        ("textarea", {}, "a\r\nb\rc", "a\nb\nc"),
        ("number", {}, 3, 3),
        ("number", {}, 3.0, 3),
        ("number", {}, 0.1, Decimal("0.1")),
        ("number", {}, Decimal("2.50"), Decimal("2.50")),
        ("checkbox", {}, False, False),
        ("radio", {}, "si", "si"),
        ("checklist", {}, ["no", "si"], ["si", "no"]),
        ("datetime", {}, "2026-03-02", date(2026, 3, 2)),
        ("datetime", {}, date(2026, 3, 2), date(2026, 3, 2)),
        ("datetime", {"subtype": "time"}, "09:30", time(9, 30)),
        ("datetime", {"subtype": "datetime"}, "2026-03-29T03:10:00+02:00", datetime(2026, 3, 29, 1, 10, tzinfo=UTC)),
        ("datetime", {"subtype": "datetime"}, "2026-03-29T01:10Z", datetime(2026, 3, 29, 1, 10, tzinfo=UTC)),
    ],
)
def test_json_values_and_their_python_values_are_kept_typed(kind, more, given, kept):
    accepted = forms.validate(one(kind, **more), {"a": given}).values["a"]
    assert accepted == kept
    assert type(accepted) is type(kept)


@pytest.mark.parametrize(
    ("kind", "more", "given", "code"),
    [
        ("textfield", {}, 3, "not_text"),
        ("textfield", {}, ["x"], "not_text"),
        ("textfield", {}, "a\nb", "bad_characters"),
        ("textarea", {}, "a\x00b", "bad_characters"),
        ("textarea", {}, "\ud800", "bad_characters"),
        ("textfield", {}, "x" * 256, "too_long"),
        ("textarea", {}, "x" * 4001, "too_long"),
        ("textfield", {"validate": {"minLength": 3}}, "ab", "too_short"),
        ("textfield", {"validate": {"pattern": "^[A-Z]{2}$"}}, "AB\n"[:2] + "c", "wrong_format"),
        ("number", {}, "3", "not_a_number"),
        ("number", {}, True, "not_a_number"),
        ("number", {}, float("nan"), "not_a_number"),
        ("number", {}, float("inf"), "not_a_number"),
        ("number", {}, Decimal("1E+999999"), "too_large"),
        ("number", {}, -(10**4000), "too_small"),
        ("number", {"validate": {"max": 5}}, 6, "too_large"),
        ("number", {"validate": {"min": 5}}, 4, "too_small"),
        ("number", {"decimalDigits": 0}, 1.5, "too_many_decimals"),
        ("checkbox", {}, "true", "not_a_boolean"),
        ("checkbox", {}, 1, "not_a_boolean"),
        ("checkbox", REQUIRED, False, "must_be_checked"),
        ("radio", {}, "forse", "not_an_option"),
        ("radio", {}, ["si"], "not_an_option"),
        ("select", {}, True, "not_an_option"),
        ("checklist", {}, "si", "not_a_list"),
        ("checklist", {}, ["forse"], "not_an_option"),
        ("checklist", {}, ["si", "si"], "chosen_twice"),
        ("checklist", {}, ["si", "si", "si"], "chosen_twice"),
        ("checklist", {}, [{}], "not_an_option"),
        ("checklist", {}, [[], [], []], "not_an_option"),
        ("datetime", {}, "02/03/2026", "not_a_date"),
        ("datetime", {}, "20260302", "not_a_date"),
        ("datetime", {}, "2026-02-30", "not_a_date"),
        ("datetime", {}, "1492-10-12", "date_out_of_range"),
        ("datetime", {}, datetime(2026, 3, 2, tzinfo=UTC), "not_a_date"),
        ("datetime", {"subtype": "time"}, "25:00", "not_a_time"),
        ("datetime", {"subtype": "time"}, time(9, tzinfo=UTC), "not_a_time"),
        ("datetime", {"subtype": "datetime"}, "2026-03-02T09:00", "no_time_zone"),
        ("datetime", {"subtype": "datetime"}, datetime(2026, 3, 2), "no_time_zone"),  # noqa: DTZ001 - that is the point
        ("datetime", {"subtype": "datetime"}, "2026-03-02", "not_a_date_time"),
        ("datetime", {"subtype": "datetime"}, "9999-12-31T23:59-14:00", "date_out_of_range"),
        ("datetime", {"subtype": "datetime"}, "2026-13-02T09:00Z", "not_a_date_time"),
    ],
)
def test_a_wrong_value_is_refused_with_its_own_code(kind, more, given, code):
    assert errors(one(kind, **more), {"a": given}) == {"a": code}


@pytest.mark.parametrize("given", [{}, {"a": None}])
@pytest.mark.parametrize("kind", ["textfield", "textarea", "number", "radio", "select", "checklist", "datetime"])
def test_a_missing_required_answer_is_refused(kind, given):
    assert errors(one(kind, **REQUIRED), given) == {"a": "required"}
    assert forms.partial(one(kind, **REQUIRED), given).values == {}


@pytest.mark.parametrize(("kind", "empty"), [("textfield", "  "), ("textarea", "\n"), ("checklist", [])])
def test_an_empty_answer_is_no_answer(kind, empty):
    assert errors(one(kind, **REQUIRED), {"a": empty}) == {"a": "required"}
    assert forms.validate(one(kind), {"a": empty}).values == {}


def test_a_confirmation_may_wait_while_the_answer_is_a_draft():
    parsed = one("checkbox", **REQUIRED)
    assert forms.partial(parsed, {"a": False}).values == {"a": False}
    assert errors(parsed, {}) == {"a": "must_be_checked"}


def test_to_conditions_a_tick_that_was_not_given_is_false_from_the_beginning():
    after = field("textfield", "b", conditional={"hide": "=a = false"})
    parsed = form(field("checkbox", "a"), after)
    for values in ({}, {"a": None}, {"a": False}):
        assert [part.key for part in forms.visible(parsed, values)] == ["a"]
        assert forms.validate(parsed, {**values, "b": "x"}).values == {k: v for k, v in values.items() if v is False}
    assert [part.key for part in forms.visible(parsed, {"a": True})] == ["a", "b"]


def test_a_field_may_bear_the_name_of_a_function():
    count = field("number", "count")
    after = field("textfield", "b", conditional={"hide": "=count < 2 or count([1, 2]) != 2"})
    parsed = form(after, count)
    assert [part.key for part in forms.visible(parsed, {"count": 1})] == ["count"]
    assert [part.key for part in forms.visible(parsed, {"count": 2})] == ["b", "count"]


def test_what_depends_on_a_tick_that_must_be_given_is_asked_as_the_page_asks_it():
    """The page hides the second question for an empty tick; then its absence is no error."""
    tick = field("checkbox", "a", validate={"required": True})
    after = field("textfield", "b", validate={"required": True}, conditional={"hide": "=not(a = null)"})
    parsed = form(tick, after)
    assert [part.key for part in forms.visible(parsed, {"a": False})] == ["a"]
    assert errors(parsed, {"a": False}) == {"a": "must_be_checked"}


def test_a_draft_keeps_types_and_bounds():
    parsed = form(field("textfield", "a", validate={"required": True, "maxLength": 3}), field("number", "b"))
    assert forms.partial(parsed, {"b": 1}).values == {"b": 1}
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.partial(parsed, {"a": "abcd", "b": "x"})
    assert {key: error.code for key, error in caught.value.errors.items()} == {"a": "too_long", "b": "not_a_number"}


def test_undeclared_keys_are_refused_and_their_number_is_bounded():
    parsed = one("textfield")
    assert errors(parsed, {"a": "x", "ruolo": "admin"}) == {"ruolo": "undeclared"}
    assert errors(parsed, {3: "x"}) == {"3": "undeclared"}
    assert len(errors(parsed, {f"k{n}": "" for n in range(100_000)})) == 20
    assert all(len(key) <= 80 for key in errors(parsed, {"k" * 10_000_000: 1}))


@pytest.mark.parametrize("given", [None, [], "a", 3])
def test_an_answer_that_is_no_object_is_refused(given):
    assert errors(one("textfield"), given) == {"__form__": "not_an_object"}


def test_a_ten_megabyte_answer_is_refused_at_once():
    parsed = form(field("textarea", "a"), field("textfield", "b", validate={"pattern": "^[a-z]*[a-z]{0,9}$"}))
    begun = clock.perf_counter()
    assert errors(parsed, {"a": "x" * 10_000_000}) == {"__form__": "too_big"}
    assert errors(parsed, {"b": "x" * 100_000 + "!"}) == {"b": "too_long"}
    assert clock.perf_counter() - begun < 5


def test_a_hidden_field_is_dropped_unseen_and_not_required():
    parsed = form(
        routing("radio", "scelta", **REQUIRED),
        routing("datetime", "quando", conditional={"hide": '=scelta != "si"'}, **REQUIRED),
    )
    assert forms.validate(parsed, {"scelta": "no", "quando": {"not": "even a date"}}).values == {"scelta": "no"}
    assert errors(parsed, {"scelta": "si"}) == {"quando": "required"}


def test_routing_tells_every_routing_field_so_that_nothing_old_survives():
    parsed = form(
        routing("radio", "scelta"),
        routing("datetime", "quando", conditional={"hide": '=scelta != "si"'}),
        routing("number", "volte"),
        field("textfield", "nota"),
    )
    accepted = forms.validate(parsed, {"scelta": "no", "nota": "x"})
    assert accepted.routing == {"scelta": "no", "quando": None, "volte": None}
    assert accepted.values == {"scelta": "no", "nota": "x"}


def test_conditions_may_look_forward_and_a_hidden_answer_counts_as_none():
    parsed = form(
        field("textfield", "terzo", conditional={"hide": "=secondo = null"}),
        field("textfield", "secondo", conditional={"hide": '=primo != "si"'}),
        field("radio", "primo"),
    )
    answer = {"primo": "si", "secondo": "x", "terzo": "y"}
    assert list(forms.validate(parsed, answer).values) == ["terzo", "secondo", "primo"]
    assert forms.validate(parsed, answer | {"primo": "no"}).values == {"primo": "no"}


def test_a_hidden_group_hides_what_it_holds():
    group = {"type": "group", "label": "G", "components": [field("textfield", "a", **REQUIRED)]}
    parsed = form(field("checkbox", "c"), group | {"conditional": {"hide": "=c"}})
    assert forms.validate(parsed, {"c": True}).values == {"c": True}
    assert [part.kind for part in forms.visible(parsed, {"c": True})] == ["checkbox"]
    assert [part.kind for part in forms.visible(parsed, {"c": False})] == ["checkbox", "group"]


def test_a_group_of_which_nothing_is_shown_is_not_shown():
    hidden = field("textfield", "a", conditional={"hide": "=c"})
    group = {"type": "group", "label": "G", "components": [hidden, {"type": "separator"}]}
    assert [part.kind for part in forms.visible(form(field("checkbox", "c"), group), {"c": True})] == ["checkbox"]


def test_conditions_see_the_variables_of_the_process_unless_a_field_has_the_name():
    hidden = field("textfield", "a", conditional={"hide": '=livello = "ALTO"'})
    parsed = form(hidden, field("radio", "altro"))
    assert [part.key for part in forms.visible(parsed, {}, context={"livello": "ALTO"})] == ["altro"]
    parsed = form(hidden, field("radio", "livello"))
    assert [part.key for part in forms.visible(parsed, {}, context={"livello": "ALTO"})] == ["a", "livello"]


@pytest.mark.parametrize(
    "condition", ["=null", '="sì"', "=1", "=assente", "=assente > 3", "=count(for i in 1..1000000 return i)"]
)
def test_only_what_is_exactly_true_hides(condition):
    parsed = form(field("textfield", "a", conditional={"hide": condition}), field("textfield", "b"))
    assert [part.key for part in forms.visible(parsed, {})] == ["a", "b"]


def test_what_is_shown_does_not_break_on_wrong_answers():
    parsed = form(field("textfield", "a", conditional={"hide": '=b = "si"'}), field("radio", "b"))
    assert len(forms.visible(parsed, {"b": ["x"], "c": 1})) == 2


def test_errors_come_in_the_order_of_the_form():
    parsed = form(
        field("textfield", "a", conditional={"hide": '=c = "no"'}, **REQUIRED),
        field("number", "b", **REQUIRED),
        field("radio", "c", **REQUIRED),
    )
    assert list(errors(parsed, {})) == ["a", "b", "c"]


def test_an_instant_is_the_same_whatever_its_zone():
    parsed = one("datetime", subtype="datetime")
    rome = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))
    assert forms.validate(parsed, {"a": rome}).values == forms.validate(parsed, {"a": "2026-03-02T08:00:00Z"}).values


def test_every_refusal_has_a_text_in_both_languages_without_the_value():
    parsed = form(field("textfield", "a"), field("number", "b", validate={"max": 7}))
    with pytest.raises(forms.InvalidAnswer) as caught:
        forms.validate(parsed, {"a": "segreto" * 100, "b": 8})
    assert caught.value.errors["a"].message() == "Testo troppo lungo: al massimo 255 caratteri."
    assert caught.value.errors["b"].message("en") == "The number must be at most 7."
    assert "segreto" not in str(caught.value)
    assert all(set(texts) == {"it", "en"} for texts in forms.MESSAGES.values())
    for texts in forms.MESSAGES.values():
        named = [{name for _, name, _, _ in string.Formatter().parse(text)} for text in texts.values()]
        assert named[0] == named[1], texts
