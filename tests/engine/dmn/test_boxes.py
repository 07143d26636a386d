"""Boxed expressions: contexts, lists, relations, invocations, functions, conditionals, filters, iterators."""

from __future__ import annotations

import pytest

from tests.engine.dmn.drawing import (
    bkm,
    component,
    decision,
    examine,
    feel,
    function,
    given,
    item,
    outcome_of,
    tag,
    value,
)


def entry(logic: str, name: str = "", type_: str | None = None) -> str:
    variable = tag("variable", name=name, typeRef=type_) if name else ""
    return tag("contextEntry", variable, logic if logic.startswith("<") else feel(logic))


def part(name: str, logic: str) -> str:
    return tag(name, logic if logic.startswith("<") else feel(logic))


def iterator(kind: str, source: str, body: str, variable: str = "x") -> str:
    inner = part("return" if kind == "for" else "satisfies", body)
    return tag(kind, part("in", source), inner, iteratorVariable=variable)


def binding(name: str, logic: str) -> str:
    return tag("binding", tag("parameter", name=name), feel(logic))


def test_a_context_gives_its_entries_and_each_sees_those_before() -> None:
    assert value(tag("context", entry("n", "a"), entry("a + 1", "b c")), n=1) == {"a": 1, "b c": 2}


def test_the_entry_without_a_name_is_the_result() -> None:
    assert value(tag("context", entry("n", "a b"), entry("a b * 2")), n=4) == 8


def test_an_entry_hides_a_variable_of_the_same_name_only_inside() -> None:
    boxed = tag("list", tag("context", entry("2", "n"), entry("n")), feel("n"))

    assert value(boxed, n=1) == [2, 1]


def test_an_entry_of_another_type_fails() -> None:
    outcome = outcome_of(tag("context", entry("n", "a", "number")), n="uno")

    assert (outcome.value, outcome.failures[0].code) == ({"a": None}, "wrong_type")


def test_contexts_nest() -> None:
    inner = tag("context", entry("n", "x"), entry("x + 1", "y"))

    assert value(tag("context", entry(inner, "a"), entry("a.x + a.y")), n=1) == 3


def test_a_list_holds_boxes_of_any_kind() -> None:
    assert value(tag("list", feel("n"), tag("list", feel("n + 1")), tag("context", entry("1", "a"))), n=1) == [
        1,
        [2],
        {"a": 1},
    ]


def test_a_relation_is_a_list_of_contexts() -> None:
    columns = tag("column", name="ente"), tag("column", name="ore", typeRef="number")
    rows = tag("row", feel('"CAV"'), feel("n")), tag("row", feel('"PS"'), feel("n * 2"))

    assert value(tag("relation", *columns, *rows), n=24) == [{"ente": "CAV", "ore": 24}, {"ente": "PS", "ore": 48}]


def test_a_row_of_a_relation_has_a_cell_for_each_column() -> None:
    made = examine(decision("esito", tag("relation", tag("column", name="a"), tag("row", feel("1"), feel("2")))))

    assert made.problems[0].reason == "Una riga ha 2 celle, le colonne sono 1."


def test_an_invocation_calls_a_knowledge_model_by_name() -> None:
    called = tag("invocation", feel("doppio di"), binding("n", "n + 1"))

    assert value(called, bkm("doppio di", "n:number", "n * 2"), uses="doppio di", n=3) == 8


def test_an_invocation_calls_functions_of_the_language() -> None:
    called = tag("invocation", feel("substring"), binding("start position", "2"), binding("string", "s"))

    assert value(called, s="abc") == "bc"


def test_an_invocation_with_other_names_fails() -> None:
    called = tag("invocation", feel("doppio"), binding("m", "1"))
    outcome = outcome_of(called, bkm("doppio", "n", "n * 2"), uses="doppio", n=3)

    assert (outcome.value, outcome.failures[0].code) == (None, "wrong_arguments")


def test_an_invocation_of_no_function_fails() -> None:
    assert outcome_of(tag("invocation", feel("n")), n=3).failures[0].code == "no_function"


def test_a_function_definition_is_a_value_that_sees_its_surroundings() -> None:
    boxed = tag("context", entry(function("a:number, b:number", "a * b + n"), "f"), entry("f(2, 3) + f(b: 1, a: 1)"))

    assert value(boxed, n=10) == 27


def test_a_function_converts_its_arguments_and_refuses_others() -> None:
    boxed = tag("context", entry(function("a:number", "a = null"), "f"), entry("[f([7]), f(null), f(1, 2)]"))
    outcome = outcome_of(boxed, n=1)

    assert (outcome.value, [failure.code for failure in outcome.failures]) == ([False, True, None], ["wrong_arguments"])


@pytest.mark.parametrize("kind", ["Java", "PMML"])
def test_functions_in_other_languages_are_refused(kind) -> None:
    made = examine(decision("esito", function("a", "1", kind=kind)))

    assert [problem.reason for problem in made.problems] == [f"Le funzioni di tipo {kind} non vengono eseguite."]
    assert made.evaluate("esito", {}).value.call(1) is None


@pytest.mark.parametrize(("n", "found"), [(9, "alto"), (1, "basso"), (None, "basso")])
def test_a_conditional_chooses(n, found) -> None:
    assert value(tag("conditional", part("if", "n > 5"), part("then", '"alto"'), part("else", '"basso"')), n=n) == found


def test_a_condition_that_is_no_truth_value_fails() -> None:
    outcome = outcome_of(tag("conditional", part("if", "n"), part("then", "1"), part("else", "2")), n=3)

    assert (outcome.value, outcome.failures[0].code) == (None, "not_boolean")


def test_a_filter_sees_the_fields_of_the_element_and_the_element() -> None:
    people = [{"eta anni": 3, "nome": "a"}, {"eta anni": 20, "nome": "b"}]
    of_type = item("tPersona", "", component("eta anni", "number"), component("nome", "string"))

    assert value(tag("filter", part("in", "p"), part("match", "eta anni > n")), of_type, p=people, n=18) == people[1:]
    assert value(tag("filter", part("in", "p"), part("match", "item > n")), p=[1, 5], n=3) == [5]


def test_a_filter_by_number_takes_the_element_at_that_place() -> None:
    assert value(tag("filter", part("in", "p"), part("match", "n")), p=[1, 5], n=-1) == 5


def test_a_filter_of_one_value_is_a_filter_of_a_list() -> None:
    assert value(tag("filter", part("in", "p"), part("match", "item = 1")), p=1) == [1]
    assert value(tag("filter", part("in", "p"), part("match", "item = 1")), p=None) == []


def test_a_filter_that_gives_texts_fails() -> None:
    outcome = outcome_of(tag("filter", part("in", "p"), part("match", '"x"')), p=[1])

    assert (outcome.value, outcome.failures[0].code) == (None, "not_boolean")


def test_for_gives_a_result_for_each_element() -> None:
    assert value(iterator("for", "p", "x * n"), p=[1, 2], n=10) == [10, 20]
    assert value(iterator("for", "[1..4]", "x"), n=0) == [1, 2, 3, 4]
    assert value(iterator("for", "p", "x"), p=7) == [7]


def test_for_sees_the_results_so_far() -> None:
    assert value(iterator("for", "[1..5]", "if count(partial) < 2 then 1 else partial[-1] + partial[-2]")) == [
        1,
        1,
        2,
        3,
        5,
    ]


def test_for_over_nothing_fails() -> None:
    assert outcome_of(iterator("for", "p", "x"), p=None).failures[0].code == "not_a_list"


@pytest.mark.parametrize(
    ("kind", "elements", "found"),
    [
        ("some", [1, 9], True),
        ("some", [1], False),
        ("some", [], False),
        ("some", [None, 9], True),
        ("some", [None, 1], None),
        ("every", [9, 8], True),
        ("every", [1, 9], False),
        ("every", [], True),
        ("every", [9, None], None),
    ],
)
def test_some_and_every_follow_the_logic_of_three_values(kind, elements, found) -> None:
    assert value(iterator(kind, "p", "x > 5"), p=elements) is found


def test_some_of_what_is_no_truth_value_fails() -> None:
    outcome = outcome_of(iterator("some", "p", 'if x = 2 then true else "no"'), p=[1, 2])

    assert (outcome.value, outcome.failures[0].code) == (None, "not_boolean")


def test_a_missing_part_is_a_problem_and_null() -> None:
    made = examine(given("n"), decision("esito", tag("conditional", part("if", "true")), needs="i:n"))

    assert [problem.reason for problem in made.problems] == ["Manca un'espressione."] * 2
    assert made.evaluate("esito", {}).value is None
