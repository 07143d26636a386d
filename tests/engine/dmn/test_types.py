"""Item definitions: what is of a type, what is converted, what fails."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

import feel
from tests.engine.dmn.drawing import component, decision, examine, given, item, read, tag
from tests.engine.dmn.drawing import feel as literal

PERSON = item("tPersona", "", component("nome", "string"), component("eta", "number"))
PEOPLE = item("tPersone", "tPersona", collection=True)
LEVEL = item("tLivello", "string", allowed='"ALTO","MEDIO","BASSO"')
LEVELS = item("tLivelli", "tLivello", collection=True)
NUMBERS = item("tNumeri", "number", collection=True)


def typed(type_: str, found: Any, *items: str) -> Any:
    """Give a value to an input of a type; return what a decision sees, or the code of the failure."""
    outcome = read(*items, given("x", type_), decision("esito", "x", needs="i:x")).evaluate("esito", {"x": found})
    return outcome.failures[0].code if outcome.failures else outcome.value


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("string", "a", 1),
        ("number", 1, "1"),
        ("boolean", True, 1),
        ("date", date(2026, 3, 8), "2026-03-08"),
        ("time", time(10), date(2026, 3, 8)),
        ("date and time", datetime(2026, 3, 8, tzinfo=UTC), time(10)),
        ("dateTime", datetime(2026, 3, 8, tzinfo=UTC), time(10)),
        ("days and time duration", timedelta(1), feel.YearsMonths(1)),
        ("years and months duration", feel.YearsMonths(1), timedelta(1)),
        ("tLivello", "ALTO", "ALTISSIMO"),
        ("tNumeri", [1, 2], [1, "a"]),
        ("tLivelli", ["ALTO", "BASSO"], ["ALTO", "no"]),
        ("tPersona", {"nome": "a", "eta": 1}, {"nome": 1, "eta": 1}),
        ("tPersone", [{"nome": "a", "eta": 1}], [{"nome": "a", "eta": "1"}]),
    ],
)
def test_a_value_is_of_its_type_or_fails(type_, good, bad) -> None:
    items = PERSON, PEOPLE, LEVEL, LEVELS, NUMBERS

    assert typed(type_, good, *items) == good
    assert typed(type_, bad, *items) == "wrong_type"
    assert typed(type_, None, *items) is None


def test_one_element_becomes_a_list_and_a_list_of_one_its_element() -> None:
    assert typed("tNumeri", 7, NUMBERS) == [7]
    assert typed("number", [7]) == 7
    assert typed("number", [7, 8]) == "wrong_type"
    assert typed("tLivello", ["ALTO"], LEVEL) == "ALTO"


def test_a_date_becomes_its_midnight_in_utc() -> None:
    assert typed("date and time", date(2026, 3, 8)) == datetime(2026, 3, 8, tzinfo=UTC)


def test_what_an_answer_lacks_is_null() -> None:
    assert typed("tPersona", {"nome": "a", "altro": 1}, PERSON) == {"nome": "a", "eta": None, "altro": 1}
    assert typed("tPersone", [{}], PERSON, PEOPLE) == [{"nome": None, "eta": None}]


def test_what_a_decision_makes_has_to_be_complete() -> None:
    made = read(PERSON, decision("esito", '{nome: "a"}', type_="tPersona"))

    assert made.evaluate("esito", {}).failures[0].code == "wrong_type"


def test_the_type_of_a_decision_converts_its_result() -> None:
    made = read(decision("a", "[1]", type_="number"), decision("b", '"x"', type_="number"))

    assert made.evaluate("a", {}).value == 1
    assert made.evaluate("b", {}).failures[0].code == "wrong_type"


def test_components_can_be_structures_and_lists() -> None:
    nested = item("tCaso", "", component("figli", "", component("eta", "number", allowed=">= 0"), collection=True))

    assert typed("tCaso", {"figli": [{"eta": 3}]}, nested) == {"figli": [{"eta": 3}]}
    assert typed("tCaso", {"figli": [{"eta": -3}]}, nested) == "wrong_type"


def test_a_structure_may_hold_itself() -> None:
    tree = item("tNodo", "", component("valore", "number"), component("figli", "tNodo", collection=True))
    small = {"valore": 1, "figli": [{"valore": 2, "figli": []}]}

    assert typed("tNodo", small, tree) == small
    assert typed("tNodo", {"valore": 1, "figli": [{"valore": "x", "figli": []}]}, tree) == "wrong_type"


def test_a_type_that_is_only_itself_is_refused() -> None:
    made = examine(item("a", "b"), item("b", "a"), given("x", "a"), decision("d", "x", needs="i:x"))

    assert made.problems[0].reason.endswith("è definito attraverso sé stesso, o attraverso troppi altri.")


def test_a_type_that_does_not_exist_is_refused() -> None:
    assert examine(given("x", "tNulla")).problems[0].reason == "Il tipo «tNulla» non esiste."


def test_allowed_values_that_are_not_feel_are_refused() -> None:
    assert (
        examine(item("t", "string", allowed="a b ("), given("x", "t"))
        .problems[0]
        .reason.startswith("I valori ammessi non si capiscono")
    )


def test_a_constraint_looks_at_the_whole_list() -> None:
    pair = tag(
        "itemDefinition",
        tag("typeRef", "number"),
        literal("count(?) = 2", "typeConstraint"),
        name="tCoppia",
        isCollection="true",
    )

    assert typed("tCoppia", [1, 2], pair) == [1, 2]
    assert typed("tCoppia", [1, 2, 3], pair) == "wrong_type"


def test_expressions_know_the_types_of_the_model() -> None:
    made = read(
        PERSON,
        LEVEL,
        given("x"),
        decision(
            "esito",
            "[x instance of tPersona, x.nome instance of tLivello, (function(l: tLivello) l)(x.nome), "
            "null instance of tLivello]",
            needs="i:x",
        ),
    )

    assert made.evaluate("esito", {"x": {"nome": "ALTO", "eta": 1}}).value == [True, True, "ALTO", False]
    assert made.evaluate("esito", {"x": {"nome": "a"}}).value == [False, False, None, False]


def test_a_function_is_of_a_function_type() -> None:
    made = read(
        tag("itemDefinition", tag("functionItem", tag("parameters", name="n"), outputTypeRef="number"), name="tF"),
        decision("f", "function(n) n", type_="tF"),
        decision("g", "1", type_="tF"),
    )

    assert made.evaluate("f", {}).failures == ()
    assert made.evaluate("g", {}).failures[0].code == "wrong_type"
