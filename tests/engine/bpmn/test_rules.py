"""Business rule tasks: a decision of the bundle is made in the same step, and whoever needs its reasons finds them."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    element,
    end,
    explaining,
    flow,
    io,
    process,
    rule,
    start,
    sub,
    task,
    timer,
    way,
    xor,
)
from tests.engine.bpmn.play import DECISIONS, LIBRARY, Play, one_problem

LEVEL = (start(), rule("r", "esito", "esito"), task("a"), end(), way("inizio r a fine"))


def deciding(*mappings: str, decision: str = "esito") -> bytes:
    parts = (start(), rule("r", decision, "risultato", *mappings), explaining("a", "r"), end(), way("inizio r a fine"))
    return process(*parts, variables="eta risultato")


def test_a_library_without_fault_gives_its_decisions() -> None:
    assert LIBRARY.problems == []
    assert set(DECISIONS) == {"esito", "somma", "funzione"}


def test_a_decision_is_made_in_the_same_step_and_its_result_goes_on() -> None:
    play = Play(deciding(), eta=17)

    assert (play.open, play.stuck) == (["a"], [])
    assert play.variables["risultato"] == "minore"
    assert play.happened("decided") == ["r"]
    assert play.happened("completed") == ["inizio", "r"]


def test_the_journal_holds_inputs_result_and_the_rules_that_matched() -> None:
    made = next(line.made for line in Play(deciding(), eta=17).journal if line.made)

    assert made.rule.decision.file == "prova.dmn"
    assert len(made.rule.decision.digest) == 64
    assert made.inputs == {"eta": 17}
    assert made.outcome.value == "minore"
    assert [match.rule for table in made.outcome.tables for match in table.matches] == ["minore"]


def test_input_mappings_give_the_decision_what_it_reads_and_are_gone_afterwards() -> None:
    play = Play(deciding("> eta = eta - 10"), eta=20)

    assert play.variables["risultato"] == "minore"
    assert play.variables["eta"] == 20


def test_output_mappings_see_the_result_and_only_they_go_out() -> None:
    parts = (start(), rule("r", "esito", "risultato", '< e_minore = risultato = "minore"'), task("a"), end())
    play = Play(process(*parts, way("inizio r a fine"), variables="eta"), eta=30)

    assert play.variables["e_minore"] is False
    assert "risultato" not in play.variables


@pytest.mark.parametrize(
    ("decision", "variables", "code"),
    [
        ("esito", {"eta": 200}, "decision_input_not_allowed"),
        ("esito", {"eta": "molti"}, "decision_wrong_type"),
        ("esito", {}, "decision_without_result"),
        ("somma", {}, "decision_without_result"),
        ("funzione", {}, "value_unusable"),
    ],
)
def test_a_decision_without_a_usable_answer_stops_the_case_and_can_be_tried_again(decision, variables, code) -> None:
    play = Play(deciding(decision=decision), **variables)

    assert (play.open, play.stuck) == ([], [("r", code)])
    assert not play.completed
    assert play.retry("r").stuck == [("r", code)]
    assert play.happened("decided") == []


def test_a_stopped_decision_goes_on_when_its_inputs_are_right() -> None:
    given = (start(), rule("r", "esito", "risultato", '> eta = if param("acceso") then 18 else 999'), task("a"), end())
    play = Play(process(*given, way("inizio r a fine")), parameters={"acceso": False})
    assert play.stuck == [("r", "decision_input_not_allowed")]

    play.parameters["acceso"] = True
    assert play.retry("r").open == ["a"]


def test_a_person_sees_the_reasons_of_the_latest_decision_also_across_a_subprocess() -> None:
    inner = sub("s", start("si"), rule("r", "esito", "risultato"), end("sf"), way("si r sf"))
    parts = (start(), xor("torna"), inner, explaining("a", "r"), xor("ancora", "ancora_fine"), end())
    ways = (way("inizio torna s a ancora fine"), flow("ancora", "torna", when="=di_nuovo"))
    play = Play(process(*parts, *ways, variables="eta di_nuovo risultato"), eta=17, di_nuovo=True)
    first = play.item("a").explains

    second = play.do("a", eta=18).item("a").explains

    decided = [line.token_id for line in play.journal if line.made]
    assert [first, second] == decided
    assert first != second


def test_who_asks_for_no_reasons_is_given_none() -> None:
    assert Play(process(*LEVEL, variables="eta"), eta=1).item("a").explains is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((rule("r", "assente", "x"),), ("r", "La decisione «assente» non esiste")),
        ((rule("r", "esito", ""),), ("r", "non può essere la variabile")),
        ((rule("r", "esito", "case_code"),), ("r", "non può essere la variabile")),
        ((rule("r", "=quale", "x"),), ("r", "è un'espressione")),
        ((element("businessRuleTask", "r", name="Decidere"),), ("r", "non dice quale decisione")),
        ((element("businessRuleTask", "r", io(extra='<zeebe:calledDecision decisionId="esito" '
            'resultVariable="x" />')),), ("r", "non ha un nome")),
        ((rule("r", "esito", "x"), timer("t", "r", "PT1H"), way("t fine")), ("t", "finisce subito")),
        ((rule("r", "esito", "x", "< y = z"),), ("r", "«z»")),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_followed_is_refused(parts: tuple[str, ...], expected: tuple[str, str]) -> None:
    key, reason = one_problem(process(start(), *parts, end(), way("inizio r fine"), variables="eta"))

    assert key == expected[0]
    assert expected[1] in reason


def test_an_input_that_nobody_writes_is_refused() -> None:
    key, reason = one_problem(process(*LEVEL))

    assert key == "r"
    assert "legge «eta»" in reason


def test_reasons_can_only_be_those_of_a_rule_of_this_process() -> None:
    key, reason = one_problem(process(start(), task("b"), explaining("a", "b"), end(), way("inizio b a fine")))

    assert key == "a"
    assert "«b» non è una business rule task" in reason


def test_a_switch_is_no_length_of_time() -> None:
    parts = (start(), task("a"), timer("t", "a", '=param("acceso")'), end(), way("inizio a fine"), way("t fine"))
    key, reason = one_problem(process(*parts))

    assert key == "t"
    assert "sì o no" in reason
