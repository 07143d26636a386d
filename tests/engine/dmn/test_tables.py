"""Decision tables: what matches, and what each hit policy makes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine import dmn
from tests.engine.dmn.drawing import decision, examine, given, outcome_of, read, table, tag, value

AGES = table("eta:number", "fascia:string", '< 18 | "minore"', '[18..65) | "adulta"', '>= 65 | "anziana"')
SCORES = ('> 0 | "BASSO"', '> 5 | "ALTO"', '> 3 | "MEDIO"')
LEVELS = {"livello": '"ALTO","MEDIO","BASSO"'}


def scored(policy: str, n: int, *rules: str, **options: object) -> object:
    return value(table("n:number", "livello:string", *(rules or SCORES), policy=policy, **options), n=n)


@pytest.mark.parametrize(
    ("age", "band"), [(0, "minore"), (17, "minore"), (18, "adulta"), (Decimal("64.9"), "adulta"), (65, "anziana")]
)
def test_a_table_of_ranges_answers_for_each_of_them(age, band) -> None:
    assert value(AGES, eta=age) == band


def test_a_table_without_a_matching_rule_is_null() -> None:
    assert outcome_of(AGES, eta=None) == dmn.Outcome(
        None, (), (dmn.TableTrace("esito", "tabella", "UNIQUE", {"eta": None}, ()),), {"esito": None}
    )


def test_the_default_answers_when_no_rule_matches() -> None:
    found = outcome_of(table("n:number", "livello:string", '> 5 | "ALTO"', defaults={"livello": '"BASSO"'}), n=1)

    assert found.value == "BASSO"
    assert found.tables[0].by_default


def test_unique_fails_when_two_rules_match() -> None:
    made = examine(given("n"), decision("esito", table("n:number", "x:string", '> 0 | "a"', '> 1 | "b"'), needs="i:n"))
    outcome = made.evaluate("esito", {"n": 2})

    assert outcome.value is None
    assert outcome.failures == (dmn.Failure("tabella", "several_rules", 1),)
    assert [match.number for match in outcome.tables[0].matches] == [1, 2]


def test_unique_is_the_policy_of_a_table_that_names_none() -> None:
    outcome = outcome_of(table("n:number", "x:string", '1 | "a"', policy=None), n=1)

    assert (outcome.value, outcome.tables[0].policy) == ("a", "UNIQUE")


def test_first_takes_the_rule_that_stands_first() -> None:
    assert scored("FIRST", 9, '> 5 | "ALTO"', '> 3 | "MEDIO"', '> 0 | "BASSO"') == "ALTO"


def test_first_does_not_evaluate_results_of_later_rules() -> None:
    outcome = outcome_of(table("n:number", "x:string", '> 0 | "a"', "- | string join([1])", policy="FIRST"), n=1)

    assert (outcome.value, len(outcome.tables[0].matches)) == ("a", 1)


def test_any_takes_what_all_rules_agree_on() -> None:
    assert scored("ANY", 9, '> 5 | "ALTO"', '> 3 | "ALTO"') == "ALTO"


def test_any_fails_when_rules_disagree() -> None:
    made = examine(
        given("n"),
        decision("esito", table("n:number", "x", "> 5 | n", "> 3 | n + 1", policy="ANY"), needs="i:n"),
    )
    outcome = made.evaluate("esito", {"n": 9})

    assert (outcome.value, outcome.failures[0].code) == (None, "different_results")


def test_priority_takes_the_value_listed_first_whatever_the_order_of_rules() -> None:
    assert scored("PRIORITY", 9, allowed=LEVELS) == "ALTO"
    assert scored("PRIORITY", 4, allowed=LEVELS) == "MEDIO"


def test_priority_of_several_columns_compares_them_from_left_to_right() -> None:
    found = value(
        table(
            "n:number",
            "livello:string, passo:number",
            '> 0 | "ALTO" | 2',
            '> 0 | "ALTO" | 1',
            '> 0 | "BASSO" | 1',
            policy="PRIORITY",
            allowed={"livello": '"ALTO","BASSO"', "passo": "1,2"},
        ),
        n=1,
    )

    assert found == {"livello": "ALTO", "passo": 1}


def test_output_order_sorts_by_the_list_of_values() -> None:
    assert scored("OUTPUT ORDER", 9, allowed=LEVELS) == ["ALTO", "MEDIO", "BASSO"]


def test_rule_order_keeps_the_order_of_the_rules() -> None:
    assert scored("RULE ORDER", 9) == ["BASSO", "ALTO", "MEDIO"]


def test_collect_lists_the_results_of_all_rules() -> None:
    assert sorted(scored("COLLECT", 9)) == ["ALTO", "BASSO", "MEDIO"]


def test_collect_is_empty_when_no_rule_matches_and_never_the_same_list_twice() -> None:
    made = read(given("n"), decision("esito", table("n:number", "x", "> 5 | 1", policy="COLLECT"), needs="i:n"))
    made.evaluate("esito", {"n": 0}).value.append("altrui")

    assert made.evaluate("esito", {"n": 0}).value == []


@pytest.mark.parametrize(
    ("aggregation", "n", "total"),
    [
        ("SUM", 9, 16),
        ("MIN", 9, Decimal("2.5")),
        ("MAX", 9, 10),
        ("COUNT", 9, 3),
        ("SUM", 0, None),
        ("MIN", 0, None),
        ("COUNT", 0, 0),
    ],
)
def test_collect_aggregates(aggregation, n, total) -> None:
    rules = ("> 0 | 2.5", "> 1 | 3.5", "> 2 | 10")

    assert value(table("n:number", "x:number", *rules, policy="COLLECT", aggregation=aggregation), n=n) == total


def test_texts_are_not_summed() -> None:
    made = read(
        given("n"),
        decision("esito", table("n", "x", '- | "a"', "- | 1", policy="COLLECT", aggregation="SUM"), needs="i:n"),
    )

    assert made.evaluate("esito", {"n": 1}).failures[0].code == "not_summable"


def test_several_results_make_a_context() -> None:
    found = value(table("n:number", "livello:string, passo:number", '1 | "ALTO" | 7'), n=1)

    assert found == {"livello": "ALTO", "passo": 7}


def test_several_collected_results_make_a_list_of_contexts() -> None:
    found = value(table("n", "a, b", "- | 1 | 2", "- | 3 | 4", policy="COLLECT"), n=1)

    assert found == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def test_a_cell_can_list_negate_and_speak_of_its_value() -> None:
    rules = ('"a", "b" | 1', 'not("a", "b", "lunga") | 2', "string length(?) > 3 | 3")

    assert [value(table("x:string", "n:number", *rules), x=text) for text in ("b", "c", "lunga")] == [1, 2, 3]


def test_a_cell_can_read_other_names() -> None:
    found = outcome_of(table("n:number", "x:string", '> soglia | "sopra"', '<= soglia | "sotto"'), n=5, soglia=3)

    assert found.value == "sopra"


def test_a_list_in_a_cell_is_searched() -> None:
    assert value(table("x", "n", "elenco | 1"), x="b", elenco=["a", "b"]) == 1


def test_an_input_outside_its_values_fails() -> None:
    outcome = outcome_of(table("x:string", "n:number", "- | 1", allowed={"x": '"a","b"'}), x="c")

    assert (outcome.value, outcome.failures[0].code) == (None, "input_not_allowed")


def test_an_unanswered_input_is_not_outside_its_values() -> None:
    assert value(table("x:string", "n:number", "- | 1", allowed={"x": '"a","b"'}), x=None) == 1


def test_an_input_of_another_type_fails() -> None:
    assert outcome_of(AGES, eta="diciotto").failures[0].code == "wrong_type"


def test_a_result_outside_its_values_fails() -> None:
    outcome = outcome_of(table("n", "x:string", "- | n", allowed={"x": '"a","b"'}), n="c")

    assert (outcome.value, outcome.failures[0].code) == (None, "output_not_allowed")


def test_a_result_of_another_type_fails() -> None:
    outcome = outcome_of(table("n", "x:string", "- | n"), n=1)

    assert (outcome.value, outcome.failures[0].code) == (None, "wrong_type")


def test_a_trace_shows_inputs_rules_and_remarks() -> None:
    noted = (
        '<decisionTable id="tabella"><input><inputExpression><text>n</text></inputExpression></input><output/>'
        '<annotation name="perché"/>'
        '<rule id="r1"><description>tre o\n più</description><extensionElements xmlns:s="urn:staffetta:dmn:1">'
        '<s:description lang="en">three</s:description></extensionElements>'
        '<inputEntry><text>1</text></inputEntry><outputEntry><text>"a"</text></outputEntry>'
        "<annotationEntry><text>DPCM 2017</text></annotationEntry></rule></decisionTable>"
    )

    assert outcome_of(noted, n=1).tables == (
        dmn.TableTrace(
            "esito",
            "tabella",
            "UNIQUE",
            {"n": 1},
            (dmn.Match(1, "r1", ("DPCM 2017",), "tre o più", (("en", "three"),)),),
        ),
    )


@pytest.mark.parametrize(
    ("logic", "reason"),
    [
        (table("n", "x", "1 | 2 | 3"), "La riga 1 ha 2 risultati, le colonne sono 1."),
        (table("n, m", "x", "1 | 2"), "La riga 1 ha 0 risultati, le colonne sono 1."),
        (table("n", "", "1"), "La tabella non ha colonne di risultato."),
        (table("n", "a, a", "1 | 2 | 3"), "Con più colonne di risultato ognuna ha bisogno di un nome suo."),
        (table("n", "x", "1 | -"), "«-» non è un risultato."),
        (table("n", "x", "1 | "), "Manca un'espressione."),
        (table("n", "x", "1 | 2", policy="PRIORITY"), "La regola PRIORITY non sa quale risultato viene prima."),
        (table("n", "x", "1 | 2", policy="LAST"), "La regola «LAST» non esiste."),
        (table("n", "x", "1 | 2", policy="COLLECT", aggregation="AVG"), "La regola «COLLECT AVG» non esiste."),
        (
            table("n", "x", "1 | 2", aggregation="SUM"),
            "L'aggregazione SUM vale solo per COLLECT con un solo risultato.",
        ),
        (table("n", "x", "1 + | 2"), "«1 +» non si capisce"),
        (table("n", "x", "1 | altro"), "«altro» usa «altro», che qui non esiste."),
        (table("n", "x", 'duration("PX") | 2'), "Un'espressione non ha mai un valore"),
        (tag("decisionTable", tag("input"), tag("output"), hitPolicy="UNIQUE"), "Manca un'espressione."),
    ],
)
def test_a_table_that_cannot_work_is_refused(logic, reason) -> None:
    made = examine(given("n"), given("m"), decision("esito", logic, needs="i:n, i:m"))

    assert any(problem.reason.startswith(reason) for problem in made.problems), made.problems
    assert all(problem.way_out and problem.element for problem in made.problems)
