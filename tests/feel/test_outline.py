"""What the text of a cell tells about the values that it accepts."""

from __future__ import annotations

from datetime import date

import pytest

import feel
from feel.outline import Outline, constant, outline
from feel.values import Range


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1", Outline((1,), (), (), negated=False)),
        ('"a", "b"', Outline(("a", "b"), (), (), negated=False)),
        ('not("a", "b")', Outline(("a", "b"), (), (), negated=True)),
        ("!= 3", Outline((), (3,), (), negated=False)),
        ("null", Outline((None,), (), (), negated=False)),
        ("1 + 2", Outline((3,), (), (), negated=False)),
        ("-1", Outline((-1,), (), (), negated=False)),
        ("[1..3)", Outline((), (), (Range(1, 3, end_included=False),), negated=False)),
        ("< 5", Outline((), (), (Range(None, 5, start_included=False, end_included=False),), negated=False)),
        (">= 5", Outline((), (), (Range(5, None, end_included=False),), negated=False)),
        ('date("2026-03-08")', Outline((date(2026, 3, 8),), (), (), negated=False)),
    ],
)
def test_constants_and_ranges_are_told(text, found) -> None:
    assert outline(text) == found


@pytest.mark.parametrize(
    "text", ["-", "> x", "? > 5", "[1, 2]", "x", "[1..x]", "not(!= 3)", "f(1)[1]", "{a: 1}", "< null", "> true"]
)
def test_whatever_needs_more_is_not_told(text) -> None:
    assert outline(text, {"x", "f"}) is None


def test_an_outline_lists_the_values_that_it_names() -> None:
    assert outline("1, [2..3], != 4, > 5").values == (1, 4, 2, 3, 5)


def test_a_cell_that_is_not_feel_is_refused() -> None:
    with pytest.raises(feel.FeelSyntaxError):
        outline("1 +")


@pytest.mark.parametrize(("text", "found"), [('"a"', ("a",)), ("1 + 1", (2,)), ("null", (None,)), ("x", None)])
def test_expressions_without_variables_have_a_value(text, found) -> None:
    assert constant(text) == found
