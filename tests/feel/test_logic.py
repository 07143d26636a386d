"""Three-valued logic, comparison, ranges and `in`."""

from itertools import product

import pytest

import feel

_WORDS = {True: "true", False: "false", None: "null"}


def _and(left, right):
    return False if left is False or right is False else (True if left is True and right is True else None)


@pytest.mark.parametrize(("left", "right"), list(product(_WORDS, repeat=2)))
def test_and_and_or_follow_the_three_valued_tables(value, left, right):
    assert value(f"{_WORDS[left]} and {_WORDS[right]}") is _and(left, right)
    opposite = {True: False, False: True, None: None}
    assert value(f"{_WORDS[left]} or {_WORDS[right]}") is opposite[_and(opposite[left], opposite[right])]
    assert value(f"a and {_WORDS[right]} and b", a=left, b=True) is _and(left, right)


@pytest.mark.parametrize("other", ['"true"', "1", "[]", "{}"])
def test_what_is_no_truth_value_counts_as_unknown(value, other):
    assert value(f"{other} and true") is None
    assert value(f"{other} and false") is False
    assert value(f"{other} or true") is True
    assert value(f"not({other})") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", True),
        ('"a" != "b"', True),
        ("null = null", True),
        ("1 = null", False),
        ("1 != null", True),
        ("null < 1", None),
        ('1 = "1"', None),
        ('1 < "2"', None),
        ("true < false", None),
        ("[1, 2] = [1, 2]", True),
        ("[1, 2] = [2, 1]", False),
        ("{a: 1, b: 2} = {b: 2, a: 1}", True),
        ("{a: 1} = {a: 2}", False),
        ("[1..2] = [1..2]", True),
        ("[1..2] = [1..2)", False),
        ('"a" < "b"', True),
        ('@"2026-03-08" < @"2026-03-09"', True),
        ('@"2026-03-08" = @"2026-03-08T00:00:00"', None),
        ('@"PT24H" = @"P1D"', True),
        ('@"P1Y" = @"P12M"', True),
        ('@"P1Y" = @"P365D"', None),
        ('@"10:00:00Z" = @"11:00:00+01:00"', True),
        ('@"2026-03-08T10:00:00Z" = @"2026-03-08T11:00:00+01:00"', True),
        ('@"2026-03-08T10:00:00" < @"2026-03-08T11:00:00Z"', None),
        ("2 between 1 and 3", True),
        ("4 between 1 and 3", False),
        ("null between 1 and 3", None),
        ("4 between 1 and null", None),
        ("0 between 1 and null", False),
    ],
)
def test_comparison_gives_true_false_or_null(value, text, expected):
    assert value(text) is expected


def test_comparison_with_a_constant_agrees_with_comparison_of_variables(value):
    for operator, left, right in product(("=", "!=", "<", "<=", ">", ">="), (1, 2, "a", "b", None, True), (1, "a")):
        literal = f'"{right}"' if isinstance(right, str) else right
        assert value(f"a {operator} {literal}", a=left) is value(f"a {operator} b", a=left, b=right)


def test_in_a_night_with_two_hours_of_the_same_name_the_earlier_one_is_earlier(value):
    first, second = '@"2026-10-25T02:30:00+02:00"', '@"2026-10-25T02:15:00+01:00"'
    assert value(f"{first} < {second}") is True
    zone = '"Europe/Rome"'
    assert value(f"date and time({first}, {zone}) < date and time({second}, {zone})") is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 in (1, 5)", True),
        ("5 in (1, [3..7])", True),
        ("5 in (> 7, < 2)", False),
        ("5 in > 4", True),
        ("5 in (5..7)", False),
        ("5 in ]5..7]", False),
        ("5 in [1..5[", False),
        ("5 in [1..5]", True),
        ("5 in [1, 2, 5]", True),
        ("5 in [[1..2], [4..6]]", True),
        ("5 in a", True),
        ("5 in != 5", False),
        ('"ALTO" in ("ALTO", "GRAVISSIMO")', True),
        ("5 in [null..10]", None),
        ("null in [1..10]", None),
        ("[1] in [[1], [2]]", True),
    ],
)
def test_in_tests_values_lists_ranges_and_unary_tests(value, text, expected):
    assert value(text, a=[4, 5]) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True),
        ('"a" instance of number', False),
        ("null instance of number", False),
        ("[1, 2] instance of list<number>", True),
        ('[1, "a"] instance of list<number>', False),
        ("{a: 1} instance of context<a: number>", True),
        ('@"PT1H" instance of days and time duration', True),
        ('@"P1M" instance of days and time duration', False),
        ('@"2026-03-08T10:00:00" instance of date and time', True),
        ('@"2026-03-08T10:00:00" instance of date', False),
        ("[1..2] instance of range<number>", True),
        ("(function(a) a) instance of function<Any> -> Any", True),
    ],
)
def test_instance_of_tells_types(value, text, expected):
    assert value(text) is expected


def test_ranges_have_readable_ends(value):
    assert value("[1..5).start") == 1
    assert value("[1..5).end included") is False
    assert value("(> 5).start") == 5
    assert value("6 in (a)", a=feel.Range(5, None, start_included=False)) is True
