"""Browser and server answer alike: our values beside those of feelin, which evaluates forms in bpmn-io's editors.

`golden/feelin.json` was written by `golden/feelin.mjs` from `golden/expressions.json`: what our forms, diagrams and
tables say, on several answers each (`golden/collect.py`), and the functions and operators that a designer may try.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import feel
from tests.feel.golden import collect

GOLDEN = Path(__file__).parent / "golden"
RESULTS = json.loads((GOLDEN / "feelin.json").read_text(encoding="utf-8"), parse_float=Decimal)["results"]

COMPARISON = "values of two kinds have no order: null, not false"
LISTS = "a list of one is unpacked for a function, not for an operator"
FLOATS = "feelin calculates in binary floating point"

DIFFERENCES = {
    'not(esito_richiamo in ("ci_pensa", "non_raggiunta")) or esito_richiamo = null or richiami >= 2': COMPARISON,
    "richiami < 3": COMPARISON,
    '1 < "a"': COMPARISON,
    "x > 1": COMPARISON,
    "true > false": "truth values have no order: null, not an error",
    'if "x" then 1 else 2': "only true takes the first branch",
    "[1] = 1": LISTS,
    'x = "a"': LISTS,
    "count([null, null][item = null])": "a filter's item that is null is not seen",
    "0.1 + 0.2": FLOATS,
    "0.1 + 0.2 = 0.3": FLOATS,
    "9007199254740993 + 0": FLOATS,
    "stddev([1, 3])": FLOATS,
    "1e3": "feelin does not read exponents",
    'trim(" a ")': "not a function of the standard: refused when it is compiled, null in feelin",
}


def ours(text: str, context: dict[str, Any]) -> Any:
    try:
        return feel.compile(text, context).evaluate(context)
    except feel.FeelSyntaxError:
        return "refused"


def is_same(left: Any, right: Any) -> bool:
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def test_every_expression_of_forms_diagrams_and_tables_is_compared() -> None:
    assert collect.used() <= {result["text"] for result in RESULTS}, collect.__doc__


@pytest.mark.parametrize("text", sorted({result["text"] for result in RESULTS} - DIFFERENCES.keys()))
def test_browser_and_server_answer_alike(text) -> None:
    for result in RESULTS:
        if result["text"] == text:
            assert is_same(ours(text, result["context"]), result["value"]), result


@pytest.mark.parametrize("text", DIFFERENCES)
def test_the_differences_are_those_that_are_listed(text) -> None:
    found = [result for result in RESULTS if result["text"] == text]

    assert not all(is_same(ours(text, result["context"]), result.get("value", "error")) for result in found)
