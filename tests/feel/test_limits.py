"""Hostile texts end in FeelLimitError (or a value), never in anything else, and soon."""

import sys
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feel
from feel import limits


def _doubling(step: str, rounds: int = 60) -> str:
    entries = ", ".join(f"a{round_ + 1}: {step.format(f'a{round_}')}" for round_ in range(rounds))
    return f'{{a0: "xxxxxxxxxx", {entries}}}'


_HOSTILE = {
    "power of powers": "9 ** (9 ** 9)",
    "endless loop": "for i in 1..10**9 return i",
    "endless nested loop": "for i in 1..10**9, j in 1..10**9 return i * j",
    "endless loop over nothing": "for i in 1..10**9, j in [] return i",
    "endless search": "some i in 1..10**9 satisfies i < 0",
    "endless powers": "for i in 1..10**9 return 1.0000001 ** 1234567.891",
    "endless logarithms": "for i in 1..10**9 return log(1.23456789)",
    "endless regress": "(function(f) f(f))(function(f) f(f))",
    "fibonacci": "{f: function(f, n) if n < 2 then n else f(f, n - 1) + f(f, n - 2), r: f(f, 35)}",
    "doubling texts": _doubling("{0} + {0}"),
    "doubling lists": _doubling("concatenate({0}, {0})"),
    "lists that are long only on paper": _doubling("[{0}, {0}]"),
    "long only when written": f"string length(string({_doubling('[{0}, {0}]')}.a60))",
    "long only when compared": f"{_doubling('[{0}, {0}]')}.a60 = {_doubling('[{0}, {0}]')}.a60",
    "long only when flat": f"count(flatten({_doubling('[{0}, {0}]')}.a60))",
    "quadratic list": "for i in 1..10**9 return partial",
    "quadratic text": "for i in 1..10**9 return string(partial)",
    "distinct values": "distinct values(for i in 1..9000 return i)",
    "brackets": "(" * 9999,
    "lists": "[" * 9999,
    "contexts": "{a:" * 3000,
    "signs": "-" * 9999,
    "conditions": "if " * 3000,
    "path": "a" + ".a" * 4990,
    "sum": "1" + "+1" * 4990,
    "filters": "a" + "[1]" * 3300,
    "functions": "function() " * 900,
    "ranges": "[1..3[" * 1600,
    "types": "1 instance of " + "list<" * 1900,
    "too long": "1" * 10_001,
    "large number": "1e999999999",
}


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_what_costs_too_much_is_stopped(text):
    tracemalloc.start()
    try:
        with pytest.raises(feel.FeelLimitError):
            feel.compile(text).evaluate({})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000


def test_left_associative_powers_are_large_but_finite():
    assert feel.compile("9 ** 9 ** 9").evaluate({}) == Decimal("1.966270504755529136180759085269121e77")


def test_deep_texts_are_stopped_even_when_the_caller_is_deep_already():
    def at_depth(depth):
        if depth:
            return at_depth(depth - 1)
        with pytest.raises(feel.FeelLimitError):
            feel.compile("(" * 500 + "1" + ")" * 500)
        return True

    assert at_depth(sys.getrecursionlimit() // 3)


def test_the_deepest_allowed_text_is_evaluated():
    depth = limits.MAX_DEPTH - 4
    assert feel.compile("(" * depth + "1" + ")" * depth).evaluate({}) == 1
    assert feel.compile("-(" * (depth // 2) + "1" + ")" * (depth // 2)).evaluate({}) in (1, -1)
    assert feel.compile(" or ".join(["a"] * 2000)).evaluate({"a": False}) is False


def test_each_evaluation_has_its_own_allowance():
    expression = feel.compile("for i in 1..5000 return i + 1")
    assert all(len(expression.evaluate({})) == 5000 for _ in range(10))


@settings(max_examples=300)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_any_text_is_an_expression_or_a_feel_error(text):
    try:
        feel.compile(text).evaluate({})
    except feel.FeelError:
        return


_WORDS = "true null a b-c and or not in between if then else for return some every satisfies function instance of item"
_SIGNS = '1 2.5 + - * / ** = != < >= ( ) [ ] { } , : .. . sum( string( ? x y // /* */ \' ` @"P1D" "a"'
_FRAGMENTS = st.sampled_from(f'{_WORDS} {_SIGNS} number list partial date @"2026-03-08" \\'.split())


@settings(max_examples=1000)
@given(st.lists(_FRAGMENTS, max_size=25).map(" ".join))
def test_any_mixture_of_fragments_is_an_expression_or_a_feel_error(text):
    try:
        feel.compile(text, {"a", "b-c", "x"}).evaluate({"a": [1, {"x": 2}], "b-c": "text", "x": None})
    except feel.FeelError:
        return
