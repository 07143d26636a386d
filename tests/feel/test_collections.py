"""Lists, contexts, filters and loops."""

from datetime import date

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a[1]", 10),
        ("a[-1]", 30),
        ("a[0]", None),
        ("a[4]", None),
        ("a[1.5]", None),
        ("a[i]", 20),
        ("a[count(a)]", 30),
        ("[][-1]", None),
        ("[][item > 1]", []),
        ("a[item > 10]", [20, 30]),
        ("a[item > 10][item < 25]", [20]),
        ("a[null]", []),
        ("5[item > 1]", [5]),
        ("null[item > 1]", []),
        ("figli[eta < 18].nome", ["B"]),
        ("figli[eta < soglia].nome", ["B"]),
        ("figli[item.eta >= 18].nome", ["A"]),
        ("figli[1].nome", "A"),
        ("figli[nome = nomi[1]].eta", [30]),
        ("figli[altro = null].nome", ["A", "B"]),
        ("{x: 1}[x = 1]", [{"x": 1}]),
    ],
)
def test_filters_select_by_position_or_condition(value, text, expected):
    figli = [{"nome": "A", "eta": 30}, {"nome": "B", "eta": 3}]
    assert value(text, a=[10, 20, 30], i=2, figli=figli, soglia=18, nomi=["A"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for x in [1, 2] return x * 2", [2, 4]),
        ("for x in 1..3 return x", [1, 2, 3]),
        ("for x in 3..1 return x", [3, 2, 1]),
        ("for x in [1..3) return x", [1, 2]),
        ("for x in [1, 2], y in [x, 10] return x * y", [1, 10, 4, 20]),
        ("for x in 0..4 return if x = 0 then 1 else x * partial[-1]", [1, 1, 2, 6, 24]),
        ("for x in [] return x", []),
        ("for x in null return x", None),
        ('for x in "a".."c" return x', None),
        ('for d in @"2026-03-30"..@"2026-04-01" return d.day', [30, 31, 1]),
        ("some x in [1, 2] satisfies x > 1", True),
        ("some x in [1, 2] satisfies x > 2", False),
        ("some x in [1, null] satisfies x > 2", None),
        ("every x in [1, 2] satisfies x > 0", True),
        ("every x in [1, 2], y in [3, 4] satisfies x < y", True),
        ("every x in [] satisfies false", True),
        ("every x in [1, null] satisfies x > 0", None),
        ("some x in null satisfies true", None),
    ],
)
def test_loops_go_through_lists_ranges_and_steps(value, text, expected):
    assert value(text) == expected


def test_a_function_remembers_the_round_of_the_loop_that_made_it(value):
    assert value("for f in (for x in 1..3 return function(y) x * 10 + y) return f(1)") == [11, 21, 31]


def test_loops_inside_loops_do_not_share_what_they_collect(value):
    text = "for x in 1..2 return for y in 1..2 return {x: x, n: count(partial)}.n + count(partial) * 10"
    assert value(text) == [[0, 11], [0, 11]]


def test_an_inner_name_hides_an_outer_one(value):
    assert value("for x in [x] return x + 1", x=1) == [2]
    assert value("{x: 5, y: for x in [1] return x, z: x}") == {"x": 5, "y": [1], "z": 5}


def test_entries_do_not_leak_out_of_their_context(value):
    assert value("[{x: 1}.x, x]") == [1, None]


def test_lists_of_contexts_project_their_fields(value):
    assert value("a.b", a=[{"b": 1}, {"b": 2}, {}]) == [1, 2, None]


def test_evaluation_never_changes_the_context(value):
    numbers, context = [3, 1, 2], {"a": 1}
    value('[sort(n), append(n, 4), reverse(n), remove(n, 1), context put(c, "a", 2)]', n=numbers, c=context)
    assert numbers == [3, 1, 2]
    assert context == {"a": 1}


def test_days_of_a_range_are_dates(value):
    assert value("for d in [a..b] return d", a=date(2026, 1, 1), b=date(2026, 1, 2)) == [
        date(2026, 1, 1),
        date(2026, 1, 2),
    ]
