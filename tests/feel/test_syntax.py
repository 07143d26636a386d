"""Literals, names and precedence; what is not FEEL is refused with place and hint."""

from datetime import date
from decimal import Decimal

import pytest

import feel


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("1.50", Decimal("1.5")),
        (".5", Decimal("0.5")),
        ("1.2e3", Decimal(1200)),
        ("-3", -3),
        ('"a\\n\\"b\\" \\u00e8 \\\\"', 'a\n"b" è \\'),
        ('"\\d+"', "\\d+"),
        ('"\\U01F40E"', "\U0001f40e"),
        ("true", True),
        ("null", None),
        ("[]", []),
        ('[1, "a", [2]]', [1, "a", [2]]),
        ("{}", {}),
        ('{a: 1, "b c": 2, d e: 3}', {"a": 1, "b c": 2, "d e": 3}),
        ("{a: 1, b: a + 1, c: a + b}", {"a": 1, "b": 2, "c": 3}),
        ('@"2026-03-08"', date(2026, 3, 8)),
        ("1 // remark", 1),
        ("1 /* remark * / */ + 1", 2),
    ],
)
def test_literals_have_their_value(value, text, expected):
    assert value(text) == expected


def test_whole_numbers_are_int_and_others_decimal_never_float(value):
    assert type(value("12")) is int
    assert type(value("12.0")) is Decimal
    assert type(value("6 / 3")) is int
    assert type(value("1 / 3")) is Decimal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 64),
        ("-3 ** 2", 9),
        ("10 - 4 - 3", 3),
        ("--3", 3),
        ("1 + 1 = 2 and 3 > 2", True),
        ("false and true or true", True),
        ("1 < 2 = true", True),
        ("-{a: 2}.a", -2),
        ("if true then 1 else 2 + 5", 1),
        ("5 between 1 + 1 and 3 * 2 and true", True),
    ],
)
def test_operators_bind_as_the_standard_says(value, text, expected):
    assert value(text) == expected


def test_the_longest_name_in_scope_wins():
    context = {"a-b": 1, "a": 5, "b": 3, "livello di rischio": 7, "livello": 9}
    assert feel.compile("a-b", {"a-b", "a", "b"}).evaluate(context) == 1
    assert feel.compile("a-b", {"a", "b"}).evaluate(context) == 2
    assert feel.compile("livello   di\nrischio + 1", {"livello di rischio", "livello"}).evaluate(context) == 8
    assert feel.compile("livello + 1", {"livello di rischio", "livello"}).evaluate(context) == 10


@pytest.mark.parametrize(
    "name", ["a/b", "a*b", "a.b", "l'età", "Pre-bureau risk (1)", "giorni in attesa", "caso 2", "x+y", "50%"]
)
def test_names_with_special_characters_are_found_in_scope_or_refused_never_misread(name):
    try:
        expression = feel.compile(f"{name} = 1", {name})
    except feel.FeelSyntaxError:
        assert name in {"50%", "Pre-bureau risk (1)"}
    else:
        assert expression.evaluate({name: 1}) in (True, None)
        assert expression.names <= {name, "50"}


def test_names_may_be_quoted_with_backticks(value):
    assert value("for `a in b` in [1, 2] return `a in b` + 1") == [2, 3]
    assert value("{`a-b`: 1, c: `a-b` + 1}.`a-b`") == 1
    assert feel.compile("`a-b` + 1").evaluate({"a-b": 1}) == 2


def test_a_variable_named_like_a_function_does_not_hide_it():
    assert feel.compile("count([1, 2]) + count", {"count"}).evaluate({"count": 5}) == 7


def test_a_variable_named_date_does_not_hide_date_and_time():
    names = {"date", "time"}
    assert feel.compile('date and time("2026-03-08T10:00:00").hour', names).evaluate({}) == 10
    assert feel.compile("date and time", names).evaluate({"date": True, "time": True}) is True


def test_fields_may_have_blanks(value):
    assert value("persona.data di nascita", persona={"data di nascita": 1}) == 1
    assert value("{a-b: 1, c: {a-b: 2}}.c.a-b") == 2


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("", 1, 1, "expected a value"),
        ("1 +", 1, 4, "found the end"),
        ("a == 1", 1, 4, "unexpected `=`"),
        ("'a'", 1, 1, "expected a value"),
        ("a\n  && b", 2, 3, "unexpected character"),
        ("(1", 1, 3, "expected `)`"),
        ("[1, 2", 1, 6, "expected `]`"),
        ("{a 1}", 1, 5, "expected `:`"),
        ("{a: 1, a: 2}", 1, 9, "twice"),
        ("if a then b", 1, 12, "expected `else`"),
        ("for x in y", 1, 11, "expected `return`"),
        ('"a', 1, 1, "not closed"),
        ("/* a", 1, 1, "not closed"),
        ("a b c(1)", 1, 1, "unknown function `a b c`"),
        ('@"PT1X"', 1, 2, "not a date"),
        ("sum()", 1, 1, "does not take 0 arguments"),
        ("substring(text: 1)", 1, 1, "does not take the arguments text"),
        ("f(1, b: 2)", 1, 10, "name all arguments"),
        ("1 instance of foo", 1, 15, "unknown type"),
        ("function(x) external {}", 1, 13, "external"),
        ("x between 1", 1, 12, "expected `and`"),
        ("for `a b`", 1, 10, "expected `in`"),
        ("a.1", 1, 2, "unexpected"),
        ("1 2", 1, 3, "unexpected"),
    ],
)
def test_what_is_not_feel_is_refused_with_its_place(text, line, column, part):
    with pytest.raises(feel.FeelSyntaxError) as refusal:
        feel.compile(text, {"f"})
    assert part in str(refusal.value)
    assert (refusal.value.line, refusal.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a == 1", "single `=`"),
        ("'a'", "double quotes"),
        ("a = 'x'", "double quotes"),
        ("a && b", "`and`"),
        ("a || b", "`or`"),
        ("!a", "not(...)"),
        ("cuont([1])", "`count`"),
        ("sum()", "sum(list)"),
    ],
)
def test_common_mistakes_get_a_hint(text, hint):
    with pytest.raises(feel.FeelSyntaxError) as refusal:
        feel.compile(text)
    assert hint in refusal.value.hint
