"""The functions of the language: usual, odd and missing arguments."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feel
from feel import library

_CASES = [
    # texts
    ("string(1.50)", "1.5"),
    ("string(1e3)", "1000"),
    ('string([1, "a\\"", null, {b: true, "c-d": 2}])', '[1, "a\\"", null, {b: true, "c-d": 2}]'),
    ("string(null)", None),
    ('number("1 000,5", " ", ",")', Decimal("1000.5")),
    ('number("1.000.000", ".", ",")', 1_000_000),
    ('number("1,5")', None),
    ('number("12a")', None),
    ('number("1", ",", ",")', None),
    ('string length("perché")', 6),
    ('string length("\\U01F40E")', 1),
    ('upper case("àb")', "ÀB"),
    ('lower case("ÀB")', "àb"),
    ('substring("abcde", 3)', "cde"),
    ('substring("abcde", 3, 2)', "cd"),
    ('substring("abcde", -2, 1)', "d"),
    ('substring("abcde", 0)', None),
    ('substring("abcde", 9)', None),
    ('substring before("a@b@c", "@")', "a"),
    ('substring before("abc", "@")', ""),
    ('substring after("a@b@c", "@")', "b@c"),
    ('substring after("abc", "")', "abc"),
    ('substring after("abc", "@")', ""),
    ('contains("abc", "bc")', True),
    ('contains(["abc"], "bc")', True),
    ("contains(1, 2)", None),
    ('starts with("abc", "ab")', True),
    ('ends with("abc", "ab")', False),
    ('string join(["a", null, "b"], "-")', "a-b"),
    ('string join(["a", "b"])', "ab"),
    ('string join(["a", 1])', None),
    # numbers
    ("decimal(2.5, 0)", 2),
    ("decimal(1.115, 2)", Decimal("1.12")),
    ("decimal(125, -1)", 120),
    ("floor(-1.5)", -2),
    ("ceiling(-1.5)", -1),
    ("floor(1.56, 1)", Decimal("1.5")),
    ("floor(1.56, null)", None),
    ("round up(5.1, 0)", 6),
    ("round down(-5.9, 0)", -5),
    ("round half up(-2.5, 0)", -3),
    ("round half down(2.5, 0)", 2),
    ("abs(-3)", 3),
    ('abs(@"-P1Y") = @"P1Y"', True),
    ("modulo(12, 5)", 2),
    ("modulo(-12, 5)", 3),
    ("modulo(12, -5)", -3),
    ("modulo(10.1, 4.5)", Decimal("1.1")),
    ("modulo(1, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("log(0)", None),
    ("decimal(exp(1), 6)", Decimal("2.718282")),
    ("odd(-3)", True),
    ("even(2.5)", False),
    # lists
    ("count([1, null])", 2),
    ("count(7)", 1),
    ("count(null)", None),
    ("min([3, 1, 2])", 1),
    ("max(3, 1, 2)", 3),
    ('max(["a", "c", "b"])', "c"),
    ('max([1, "a"])', None),
    ("max([])", None),
    ("sum([1, 2.5])", Decimal("3.5")),
    ("sum([])", None),
    ('sum([1, "a"])', None),
    ("sum([1, true])", None),
    ("mean([1, 2])", Decimal("1.5")),
    ("median([1, 3, 2, 10])", Decimal("2.5")),
    ("mode([1, 2, 2, 1, 3])", [1, 2]),
    ("stddev([2, 4, 7, 5])", Decimal("2.081665999466132735282297706979931")),
    ("product([2, 3, 4])", 24),
    ("all([true, null])", None),
    ("all([false, null])", False),
    ("any([true, null])", True),
    ("all([])", True),
    ("any([])", False),
    ("list contains([1, null], null)", True),
    ("list contains([1, 2], 3)", False),
    ("sublist([1, 2, 3], 2)", [2, 3]),
    ("sublist([1, 2, 3], -2, 1)", [2]),
    ("sublist([1, 2, 3], 3, 2)", None),
    ("append([1], 2, 3)", [1, 2, 3]),
    ("append(1, 2)", [1, 2]),
    ("concatenate([1], [2, 3], 4)", [1, 2, 3, 4]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("distinct values([1, 2, 1.0, null, null])", [1, 2, None]),
    ("flatten([[1, [2]], 3])", [1, 2, 3]),
    ("insert before([1, 3], 2, 2)", [1, 2, 3]),
    ("remove([1, 2, 3], -1)", [1, 2]),
    ("remove([1], 2)", None),
    ("list replace([1, 2], 2, 9)", [1, 9]),
    ("list replace([1, 5], function(i, n) i < n, 3)", [3, 5]),
    ("reverse([1, 2])", [2, 1]),
    ("index of([1, 2, 1], 1)", [1, 3]),
    ("sort([3, 1, 2])", [1, 2, 3]),
    ("sort([3, 1, 2], function(x, y) x > y)", [3, 2, 1]),
    # contexts
    ('get value({a: 1}, "a")', 1),
    ('get value({a: {b: 2}}, ["a", "b"])', 2),
    ('get value({a: 1}, "b")', None),
    ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', None),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ('context put({a: {b: 1}}, ["a", "b"], 2)', {"a": {"b": 2}}),
    ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}),
    # ranges
    ("before(1, 10)", True),
    ("before([1..5), 5)", True),
    ("before([1..5], [5..8])", False),
    ("after([5..8], (1..5))", True),
    ("meets([1..5], [5..8])", True),
    ("met by([5..8], [1..5))", False),
    ("overlaps([1..5], [3..8])", True),
    ("overlaps before([1..5], [3..8])", True),
    ("overlaps after([3..8], [1..5])", True),
    ("includes([1..10], 5)", True),
    ("includes((1..10], [1..5])", False),
    ("during(5, [1..10])", True),
    ("starts(1, [1..10])", True),
    ("started by([1..10], [1..5])", True),
    ("finishes([5..10], [1..10])", True),
    ("finished by([1..10), 10)", False),
    ("coincides([1..5], [1..5])", True),
    ('range("[1..10)") = [1..10)', True),
    ('range("nonsense")', None),
    ('before(1, "a")', None),
]


@pytest.mark.parametrize(("text", "expected"), _CASES, ids=[text for text, _ in _CASES])
def test_functions_of_the_language(value, text, expected):
    found = value(text)
    assert found == expected
    assert type(found) is type(expected) or isinstance(found, (int, Decimal))


def test_arguments_may_be_named(value):
    assert value('substring(start position: 2, string: "abc")') == "bc"
    assert value('substring(string: "abc", start position: 1, length: 2)') == "ab"
    assert value("append(list: [1], item: 2)") == [1, 2]


def test_functions_are_values_too(value):
    assert value("(function(f) f([1, 2]))(sum)") == 3
    assert value('{f: string length, r: f("abc")}.r') == 3


def test_typed_parameters_refuse_other_values(value):
    assert value("(function(a: number) a + 1)(1)") == 2
    assert value('(function(a: string) "x")(1)') is None


@pytest.mark.parametrize("name", sorted(library.BUILTINS))
def test_every_function_answers_null_or_a_value_to_wrong_arguments(value, name):
    foreign = ["null", "true", '"text"', "-1", "[]", "{}", '@"P1D"', '@"2026-03-08"', "[1..2]", "function() 1"]
    for count in range(1, 5):
        if library.BUILTINS[name].takes(count):
            for argument in foreign:
                value(f"{name}({', '.join([argument] * count)})")


@given(st.lists(st.integers(-1000, 1000)))
def test_sorting_and_extremes_agree_with_python(numbers):
    assert feel.compile("sort(n)").evaluate({"n": numbers}) == sorted(numbers)
    assert feel.compile("min(n)").evaluate({"n": numbers}) == min(numbers, default=None)
    assert feel.compile("distinct values(n)").evaluate({"n": numbers}) == list(dict.fromkeys(numbers))


@given(st.text(max_size=30), st.text(max_size=3))
def test_text_functions_agree_with_python(text, part):
    context = {"t": text, "p": part}
    assert feel.compile("string length(t)").evaluate(context) == len(text)
    assert feel.compile("contains(t, p)").evaluate(context) is (part in text)
    assert feel.compile("t + p").evaluate(context) == text + part
