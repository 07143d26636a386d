"""Starts, ends, user tasks, ids, time, and ends of a bounded world."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from engine import errors
from engine.bpmn import runtime
from tests.engine.bpmn.diagram import end, error, flow, message, process, start, sub, task, way, xor
from tests.engine.bpmn.play import NOW, Play


def test_a_process_runs_from_start_to_end() -> None:
    play = Play(process(start(), task("a"), end(), way("inizio a fine")))
    assert play.open == ["a"]
    assert not play.completed
    play.do("a")
    assert play.open == []
    assert play.completed
    assert play.happened("opened") == ["a"]
    assert play.happened("ended") == ["fine"]


def test_a_process_without_steps_ends_at_once() -> None:
    play = Play(process(start(), end(), way("inizio fine")))
    assert play.completed


def test_the_answers_of_a_task_become_variables() -> None:
    play = Play(process(start(), task("a"), task("b"), end(), way("inizio a b fine")))
    play.do("a", livello="ALTO", quanti=3)
    assert play.seen_at("b") == {"case_code": "AAAA", "livello": "ALTO", "quanti": 3}


def test_output_mappings_choose_what_a_task_gives() -> None:
    play = Play(process(start(), task("a", "< grave = n > 5"), task("b"), end(), way("inizio a b fine"), variables="n"))
    play.do("a", n=6)
    assert play.seen_at("b") == {"case_code": "AAAA", "grave": True}


def test_each_mapping_sees_the_results_of_those_before_it() -> None:
    file = process(
        start(),
        task("a", "> doppio = n * 2", "> quadruplo = doppio * 2", "< x = n + 1", "< y = x + 1"),
        task("b"),
        end(),
        way("inizio a b fine"),
        variables="n",
    )
    play = Play(file, n=1)
    assert (play.seen_at("a")["doppio"], play.seen_at("a")["quadruplo"]) == (2, 4)
    play.do("a")
    assert (play.variables["x"], play.variables["y"]) == (2, 3)


def test_completing_a_task_twice_is_refused() -> None:
    play = Play(process(start(), task("a"), task("b"), end(), way("inizio a b fine")))
    item = play.item("a")
    play.do("a")
    with pytest.raises(errors.TaskNotOpen):
        play.instance.complete(item.id, {})
    assert play.open == ["b"]


@pytest.mark.parametrize("what", ["complete", "deliver", "retry"])
def test_a_token_that_does_not_exist_is_refused(what: str) -> None:
    play = Play(process(start(), task("a"), end(), way("inizio a fine")))
    arguments: tuple[object, ...] = (uuid4(),) if what == "retry" else (uuid4(), {})
    with pytest.raises(errors.Refused):
        getattr(play.instance, what)(*arguments)


def test_a_task_receives_no_message_and_has_no_incident_to_retry() -> None:
    play = Play(process(start(), task("a"), end(), way("inizio a fine")))
    with pytest.raises(errors.NobodyWaits):
        play.instance.deliver(play.item("a").id, {})
    with pytest.raises(errors.NotFound):
        play.instance.retry(play.item("a").id)


def test_the_variables_of_a_token_that_is_gone_are_not_those_of_the_instance() -> None:
    play = Play(process(start(), task("a"), task("b"), end(), way("inizio a b fine")))
    gone = play.item("a").id
    play.do("a")
    with pytest.raises(errors.NotFound):
        play.instance.variables(gone)


# --- starts ---

STARTS = process(
    start("da_messaggio", message="m"),
    start("a_mano"),
    task("a"),
    task("b"),
    end(),
    way("a_mano a fine"),
    way("da_messaggio b fine"),
    top=message("m", "MSG_INVIO"),
)


def test_the_start_without_trigger_is_taken_unless_another_is_named() -> None:
    assert Play(STARTS).open == ["a"]


def test_a_message_start_begins_where_it_stands() -> None:
    play = Play(STARTS, start_event="da_messaggio", canale="pronto_soccorso")
    assert play.open == ["b"]
    assert play.seen_at("b")["canale"] == "pronto_soccorso"


def test_the_start_event_of_a_message_is_found_by_its_name() -> None:
    definition = Play(STARTS).definition
    assert definition.message_start("MSG_INVIO") == "da_messaggio"
    assert definition.message_start("MSG_ALTRO") is None


# --- ends of a bounded world ---


def test_a_loop_without_a_person_in_it_is_stopped_and_can_be_retried() -> None:
    file = process(
        start(),
        xor("a"),
        xor("b", default="b_fine"),
        end(),
        way("inizio a b fine"),
        flow("b", "a", when="=not(basta)"),
        variables="basta",
    )
    play = Play(file, basta=False)
    assert [code for _element, code in play.stuck] == ["endless_loop"]
    assert not play.completed
    element = play.stuck[0][0]
    play.retry(element)
    assert [code for _element, code in play.stuck] == ["endless_loop"]
    play.instance.cancel()
    assert play.completed


def test_1500_automatic_rounds_take_several_tries_and_come_to_their_end() -> None:
    # Nothing but a subprocess can count without a person.
    count = sub("conta", start("si"), end("sf"), way("si sf"), mappings=("< n = n + 1",))
    file = process(
        start(),
        xor("di_nuovo"),
        count,
        xor("basta", default="basta_fine"),
        end(),
        way("inizio di_nuovo conta basta fine"),
        flow("basta", "di_nuovo", when="=n < 1500"),
        variables="n",
    )
    play = Play(file, n=0)
    tries = 1
    while play.stuck:
        assert {code for _element, code in play.stuck} == {"endless_loop"}
        play.retry(play.stuck[0][0])
        tries += 1
    assert play.completed
    assert play.variables["n"] == 1500
    # Six automatic steps a round.
    assert tries == pytest.approx(1500 * 6 / runtime.MAX_STEPS, abs=1)


@pytest.mark.parametrize("name", ["Start", "End", "Root", "start", "typename", "_x", "è_qui"])
def test_any_name_that_is_legal_works_as_an_id(name: str) -> None:
    file = process(start(), task(name), end(), way(f"inizio {name} fine"), key="Root" if name == "Start" else "prova")
    assert Play(file).do(name).completed


@pytest.mark.parametrize("name", ["#start", "flow:1", "a b", "1a", "-a", "a/b"])
def test_an_id_that_xml_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(errors.InvalidProcess) as refused:
        Play(process(start(), task(name), end(), flow("inizio", name, key="f1"), flow(name, "fine", key="f2")))
    assert any(name in problem.element for problem in refused.value.problems)


def test_the_instant_of_a_command_is_what_expressions_see() -> None:
    file = process(
        start(),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        end(),
        way("inizio x"),
        flow("x", "a", when='=now() = date and time("2026-03-02T08:00:00Z") and today() = date("2026-03-02")'),
        way("x b fine"),
        way("a fine"),
        top=error("e", "E1"),
    )
    assert Play(file, now=NOW).open == ["a"]
    assert Play(file, now=NOW + timedelta(days=1)).open == ["b"]


def test_today_is_the_day_in_italy() -> None:
    file = process(start(), task("a", "> oggi = today()", "> ora = now()"), end(), way("inizio a fine"))
    late = datetime.fromisoformat("2026-03-02T23:30:00+00:00")
    seen = Play(file, now=late).seen_at("a")
    assert str(seen["oggi"]) == "2026-03-03"
    assert seen["ora"] == late
