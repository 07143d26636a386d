"""What the program around an expression adds: functions, fields, types, and one allowance for many expressions."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

import feel
from feel.limits import Budget


def evaluated(text: str, host: feel.Host, **variables: object) -> object:
    return feel.compile(text, variables, host=host).evaluate(variables)


def test_fields_that_are_no_single_word_are_read_behind_a_dot() -> None:
    host = feel.Host(fields=["pre-score", "eta anni"])

    assert evaluated("p.pre-score - 1", host, p={"pre-score": 5}) == 4
    assert evaluated("p.eta anni + 1", host, p={"eta anni": 5}) == 6
    assert evaluated("p.pre-score", feel.Host(), p={"pre": 5}) is None


def test_fields_are_read_in_filters_only_there() -> None:
    host = feel.Host(fields=["pre-score"])

    assert evaluated("p[pre-score > 3].pre-score", host, p=[{"pre-score": 5}, {"pre-score": 1}]) == [5]
    assert evaluated("pre-score", host, pre=5, score=3) == 2


def test_types_of_the_host_are_asked_of_values() -> None:
    host = feel.Host(types={"tLivello": lambda value, _: value in ["ALTO", "BASSO"], "ente.tCodice": lambda *_: True})

    assert evaluated("x instance of tLivello", host, x="ALTO") is True
    assert evaluated("x instance of tLivello", host, x="altro") is False
    assert evaluated("x instance of list<tLivello>", host, x=["ALTO", "BASSO"]) is True
    assert evaluated("x instance of ente.tCodice", host, x=1) is True
    assert evaluated("(function(l: tLivello) l)(x)", host, x="altro") is None


def test_types_without_the_host_are_unknown() -> None:
    with pytest.raises(feel.FeelSyntaxError, match="unknown type `tLivello`"):
        feel.compile("x instance of tLivello")


def test_functions_of_the_host_take_names_with_blanks_for_underscores() -> None:
    host = feel.Host({"scadenza": lambda giorni, *, solo_feriali=False: (giorni, solo_feriali)[solo_feriali]})

    assert evaluated("scadenza(giorni: 3, solo feriali: false)", host) == 3
    with pytest.raises(feel.FeelSyntaxError, match="`scadenza` does not take the arguments ore"):
        feel.compile("scadenza(ore: 3)", host=host)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(function(x: number) x)([7])", 7),
        ("(function(x: list<number>) x)(7)", [7]),
        ("(function(x: list) x)(7)", [7]),
        ("(function(x: number) x)([7, 8])", None),
        ("(function(x: number) x = null)(null)", True),
        ("(function(x: number) 1)(true)", None),
        ('(function(x: date and time) x)(date("2026-03-08"))', datetime(2026, 3, 8, tzinfo=UTC)),
        ('(function(x: date) x)(date("2026-03-08"))', date(2026, 3, 8)),
    ],
)
def test_arguments_are_converted_to_the_types_of_parameters(text, value) -> None:
    assert feel.compile(text).evaluate({}) == value


def test_equal_hosts_share_compiled_expressions_and_others_do_not() -> None:
    def one() -> int:
        return 1

    first = feel.compile("f()", host=feel.Host({"f": one}))

    assert feel.compile("f()", host=feel.Host({"f": one})) is first
    assert feel.compile("f()", host=feel.Host({"f": lambda: 2})) is not first


def test_expressions_share_an_allowance() -> None:
    expression = feel.compile("count(for i in 1..1000 return i)")
    budget = Budget(10_000)

    with pytest.raises(feel.FeelLimitError, match="more than 10000 steps"):
        for _ in range(100):
            expression.spend({}, budget)
    assert expression.evaluate({}) == 1000


def test_even_the_smallest_expression_costs_something() -> None:
    expression, budget = feel.compile("1"), Budget(10)

    with pytest.raises(feel.FeelLimitError):
        for _ in range(11):
            expression.spend({}, budget)


def test_tests_are_compiled_one_by_one_in_their_order() -> None:
    tests = feel.compile_tests('"ALTO", "MEDIO", < 3')

    assert [[test.evaluate({"?": value}) is True for test in tests] for value in ("ALTO", "MEDIO", 2, "x")] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
        [False, False, False],
    ]
    assert len(feel.compile_tests('not("a", "b")')) == 1
