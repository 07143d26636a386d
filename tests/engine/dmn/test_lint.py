"""The linter for tables: overlaps, dead rules, gaps, wrong cells."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

from engine import dmn
from tests.engine.dmn.drawing import decision, examine, given, item, table

YES_NO = {"esito": '"si","no"'}


def linted(inputs: str, *rules: str, items: str = "", **options: object) -> dmn.Model:
    names = [column.partition(":") for column in inputs.split(",")]
    declared = [given(name.strip(), kind.strip() or None) for name, _, kind in names]
    needs = ",".join(f"i:{name.strip()}" for name, _, _ in names)
    outputs = str(options.pop("outputs", "x"))
    return examine(items, *declared, decision("esito", table(inputs, outputs, *rules, **options), needs=needs))


def problems(*arguments: str, **options: object) -> list[str]:
    return [problem.reason for problem in linted(*arguments, **options).problems]


def warnings(*arguments: str, **options: object) -> list[str]:
    return [problem.reason for problem in linted(*arguments, **options).warnings]


OVERLAP = "Le righe 1 e 2 valgono insieme in alcuni casi, ma la regola UNIQUE ne ammette una sola."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("[1..5]", "[5..9]"),
        ("< 5", "> 4"),
        ("<= 5", "5"),
        ("-", "5"),
        ("not(5)", "6"),
        ("!= 5", "6"),
        ("1, 2, 3", "3, 4"),
    ],
)
def test_rules_that_overlap_are_refused_under_unique(first, second) -> None:
    made = linted("n:number", f"{first} | 1", f"{second} | 2")

    assert [problem.reason for problem in made.problems] == [OVERLAP]
    assert made.problems[0].element == "riga 2"


@pytest.mark.parametrize(("first", "second"), [("[1..5)", "[5..9]"), ("< 5", "5"), ("not(5)", "5"), ("1, 2", "3")])
def test_rules_that_only_touch_are_not(first, second) -> None:
    assert problems("n:number", f"{first} | 1", f"{second} | 2") == []


def test_rules_apart_in_one_column_do_not_overlap() -> None:
    assert problems("a:boolean, n:number", "true | > 1 | 1", "false | > 0 | 2") == []


def test_rules_whose_cells_depend_on_other_values_are_not_judged() -> None:
    made = linted("n:number, soglia:number", "> soglia | - | 1", "<= soglia | - | 2")

    assert (made.problems, made.warnings) == ((), ())


def test_rules_may_overlap_under_other_policies() -> None:
    for policy in ("FIRST", "COLLECT", "RULE ORDER"):
        assert problems("n:number", "> 5 | 1", "> 3 | 2", policy=policy) == []


def test_rules_that_overlap_with_other_results_are_refused_under_any() -> None:
    assert problems("n:number", "> 5 | 1", "> 3 | 1", policy="ANY") == []
    assert problems("n:number", "> 5 | 1", "> 3 | 2", policy="ANY") == [
        "Le righe 1 e 2 valgono insieme in alcuni casi con risultati diversi, ma la regola ANY li vuole uguali."
    ]


def test_a_rule_behind_others_that_take_its_cases_is_refused_under_first() -> None:
    dead = "La riga 3 non vale mai: quelle prima prendono tutti i suoi casi."

    assert problems("n:number", "< 5 | 1", ">= 5 | 2", "7 | 3", policy="FIRST") == [dead]
    assert problems("n:number", "< 5 | 1", "> 5 | 2", "- | 3", policy="FIRST") == []


def test_a_rule_that_excludes_all_allowed_values_is_refused() -> None:
    dead = "La riga 1 non può mai valere: una cella esclude tutti i valori ammessi."
    options = {"allowed": {"l": '"ALTO","BASSO"'}}

    assert problems("l:string", '"ATLO" | 1', '"ALTO" | 1', '"BASSO" | 1', **options) == [dead]
    level = item("tLivello", "string", allowed='"ALTO","BASSO"')
    assert problems("l:tLivello", '"ATLO" | 1', "- | 1", items=level) == [dead]
    assert problems("n:number", "[5..3] | 1", "- | 1") == [dead]


@pytest.mark.parametrize(
    ("inputs", "rules", "gaps"),
    [
        ("n:number", ["< 5", "> 5"], ["n = 5"]),
        ("n:number", ["[0..10]", "(10..20)"], ["n < 0 or n >= 20"]),
        ("n:number", ["1", "2"], ["n in (not(1, 2))"]),
        ("a:boolean", ["true"], ["a = false"]),
        ("d:date", ['< date("2026-03-08")'], ["d >= 2026-03-08"]),
        ("l:string", ['"a"', 'not("a", "b")'], ['l = "b"']),
        ("n:number", ["< 5, null", "> 5"], ["n = 5"]),
        ("n:number", ["null", "not(5)"], ["n = 5"]),
        ("n:number", ["-"], []),
        ("n:number", ["not(null)"], ["n = null"]),
    ],
)
def test_gaps_are_warned_of(inputs, rules, gaps) -> None:
    found = warnings(inputs, *(f"{rule} | 1" for rule in rules), policy="FIRST")

    assert found == [f"Nessuna riga vale per: {gap}." for gap in gaps]


def test_gaps_of_several_columns_say_what_is_missing_together() -> None:
    found = warnings("a:boolean, n:number", "true | - | 1", "false | < 5 | 2")

    assert found == ["Nessuna riga vale per: a = false and n >= 5."]


def test_allowed_values_narrow_the_gaps() -> None:
    options = {"allowed": {"l": '"ALTO","MEDIO","BASSO"'}}

    assert warnings("l:string", '"ALTO" | 1', '"MEDIO" | 2', **options) == ['Nessuna riga vale per: l = "BASSO".']
    assert warnings("l:string", '"ALTO" | 1', 'not("ALTO") | 2', **options) == []


def test_tables_with_a_default_or_several_answers_have_no_gaps() -> None:
    assert warnings("n:number", "1 | 1", defaults={"x": "0"}) == []
    assert warnings("n:number", "1 | 1", policy="COLLECT") == []


@pytest.mark.parametrize(
    ("inputs", "cell", "shown"),
    [
        ("n:number", '"5"', "Riga 1: «n» è di tipo number, la cella dice string."),
        ("a:boolean", '"true"', "Riga 1: «a» è di tipo boolean, la cella dice string."),
        ("d:date", '"2026-03-08"', "Riga 1: «d» è di tipo date, la cella dice string."),
        ("l:string", "[1..5]", "Riga 1: «l» è di tipo string, la cella dice number."),
    ],
)
def test_cells_of_another_type_are_refused(inputs, cell, shown) -> None:
    assert problems(inputs, f"{cell} | 1") == [shown]


def test_cells_of_several_types_in_a_column_without_type_are_left_alone() -> None:
    made = linted("n", '1 | "a"', '"1" | "b"')

    assert (made.problems, made.warnings) == ((), ())


def test_results_of_another_type_or_value_are_refused() -> None:
    assert problems("n:number", "- | 1", outputs="esito:string") == [
        "Riga 1: il risultato non è del tipo «string» o dei suoi valori ammessi."
    ]
    assert problems("n:number", '- | "forse"', outputs="esito:string", allowed=YES_NO) == [
        "Riga 1: il risultato non è fra i valori ammessi della colonna."
    ]
    assert problems("n:number", '- | "si"', outputs="esito:string", allowed=YES_NO) == []


def test_a_table_too_large_to_look_at_is_warned_of() -> None:
    rules = [f"{n} | {n % 7} | {n % 11} | {n}" for n in range(1500)]

    assert warnings("a:number, b:number, c:number", *rules, policy="FIRST") == [
        "La tabella è troppo grande per cercare sovrapposizioni e buchi."
    ]


CELLS = st.sampled_from(["-", "1", "2", "< 2", ">= 2", "[1..3)", "(1..3]", "not(2)", "!= 1", "1, 3", "not(< 2)"])
BOOLS = st.sampled_from(["-", "true", "false", "not(true)"])
NUMBERS = (0, 1, 1.5, 2, 2.5, 3, 4)


@settings(max_examples=60, deadline=None)
@hypothesis_given(st.lists(st.tuples(CELLS, CELLS, BOOLS), min_size=1, max_size=5))
def test_the_linter_agrees_with_trying_everything(cells) -> None:
    rules = [" | ".join([*row, str(number)]) for number, row in enumerate(cells, 1)]
    table_of = {"policy": "RULE ORDER"}
    tried = linted("n:number, m:number, a:boolean", *rules, **table_of)
    hits = [
        [match.number for match in tried.evaluate("esito", {"n": _n(n), "m": _n(m), "a": a}).tables[0].matches]
        for n, m, a in product(NUMBERS, NUMBERS, (True, False))
    ]

    overlapping = any(len(found) > 1 for found in hits)
    assert any("UNIQUE" in reason for reason in problems("n:number, m:number, a:boolean", *rules)) == overlapping
    gaps = warnings("n:number, m:number, a:boolean", *rules, policy="FIRST")
    assert bool(gaps) == any(not found for found in hits)
    dead = {number for number in range(1, len(cells) + 1) if all(found[:1] != [number] for found in hits)}
    reasons = problems("n:number, m:number, a:boolean", *rules, policy="FIRST")
    assert {int(reason.split()[2]) for reason in reasons if "non vale mai" in reason or "non può" in reason} == dead


def _n(number: float) -> object:
    from decimal import Decimal

    return Decimal(str(number))
