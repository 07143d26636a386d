"""Starts, ends, user tasks, exclusive and parallel gateways, loops."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

import pytest

from engine import errors
from engine.bpmn import runtime
from tests.engine.bpmn.diagram import end, error, flow, message, par, process, start, sub, task, way, xor
from tests.engine.bpmn.play import NOW, Play

CHOICE = process(
    start(),
    task("chiedi"),
    xor("scelta", default="scelta_c"),
    task("a"),
    task("b"),
    task("c"),
    end(),
    # The order of these three lines is the order in which the conditions are tried.
    way("inizio chiedi scelta"),
    flow("scelta", "b", when="=n > 10"),
    flow("scelta", "a", when="=n > 5"),
    flow("scelta", "c"),
    way("a fine"),
    way("b fine"),
    way("c fine"),
    variables="n",
)


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


# --- exclusive gateway ---


@pytest.mark.parametrize(("n", "expected"), [(11, "b"), (10, "a"), (6, "a"), (5, "c"), (-1, "c")])
def test_the_first_true_condition_in_document_order_decides(n: int, expected: str) -> None:
    assert Play(CHOICE).do("chiedi", n=n).open == [expected]


@pytest.mark.parametrize("value", [None, "12", [1], "ALTO"])
def test_a_condition_that_is_neither_true_nor_false_never_means_no(value: object) -> None:
    play = Play(CHOICE).do("chiedi", n=value)
    assert play.open == []
    assert play.stuck == [("scelta", "condition_not_boolean")]
    assert not play.completed
    assert play.happened("stuck") == ["scelta"]


def test_a_condition_over_an_answer_that_nobody_gave_never_means_no() -> None:
    assert Play(CHOICE).do("chiedi").stuck == [("scelta", "condition_not_boolean")]


def test_a_null_condition_behind_a_true_one_does_no_harm() -> None:
    file = process(
        start(),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        end(),
        way("inizio x"),
        flow("x", "a", when="=true"),
        flow("x", "b"),
        flow("x", "fine", when="=assente = 1"),
        way("a fine"),
        way("b fine"),
        variables="assente",
    )
    assert Play(file).open == ["a"]


def test_a_stuck_gateway_goes_on_when_it_is_retried_and_can() -> None:
    file = process(
        start(),
        par("p"),
        task("tardi"),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        end(),
        way("inizio p tardi fine"),
        way("p x"),
        flow("x", "a", when="=n > 5"),
        flow("x", "b"),
        way("a fine"),
        way("b fine"),
        variables="n",
    )
    play = Play(file)
    assert play.open == ["tardi"]
    assert play.stuck == [("x", "condition_not_boolean")]
    play.do("tardi", n=6)
    assert play.open == []
    play.retry("x")
    assert play.open == ["a"]
    assert play.stuck == []
    assert play.happened("resumed") == ["x"]


def test_retrying_what_is_still_wrong_is_stuck_again() -> None:
    play = Play(CHOICE).do("chiedi")
    play.retry("scelta")
    assert play.stuck == [("scelta", "condition_not_boolean")]
    assert play.happened("stuck") == ["scelta", "scelta"]


def test_two_flows_between_the_same_nodes_are_two_ways() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        end(),
        way("inizio p"),
        flow("p", "a", key="prima"),
        flow("p", "a", key="seconda"),
        way("a fine"),
    )
    play = Play(file)
    assert play.open == ["a", "a"]
    assert not play.do("a").completed
    assert play.do("a").completed


@pytest.mark.parametrize("breaks", ["\n", ""], ids=["on lines of their own", "on one line"])
def test_sequence_flows_without_id_are_executed(breaks: str) -> None:
    without = '<sequenceFlow sourceRef="{}" targetRef="{}" />' + breaks
    ends = [("inizio", "p"), ("p", "a"), ("p", "a"), ("p", "b"), ("a", "fine"), ("b", "fine")]
    file = process(start(), par("p"), task("a"), task("b"), end(), *[without.format(*pair) for pair in ends])
    assert Play(file).open == ["a", "a", "b"]


# --- parallel gateway ---

FORK = process(
    start(),
    par("apri"),
    task("a"),
    task("b"),
    task("c"),
    par("chiudi"),
    task("dopo"),
    end(),
    way("inizio apri a chiudi dopo fine"),
    way("apri b chiudi"),
    way("apri c chiudi"),
)


def test_a_parallel_join_waits_for_all_its_ways() -> None:
    play = Play(FORK)
    assert play.open == ["a", "b", "c"]
    assert play.do("c").open == ["a", "b"]
    assert play.do("a").open == ["b"]
    assert play.do("b").open == ["dopo"]
    assert play.do("dopo").completed


def test_a_process_ends_with_its_last_token() -> None:
    file = process(start(), par("p"), task("a"), task("b"), end("f1"), end("f2"), way("inizio p a f1"), way("p b f2"))
    play = Play(file).do("a")
    assert not play.completed
    assert play.do("b").completed
    assert play.happened("ended") == ["f1", "f2"]


def test_a_gateway_may_join_and_split_at_once() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        par("q"),
        task("c"),
        task("d"),
        end(),
        way("inizio p a q c fine"),
        way("p b q d fine"),
    )
    assert Play(file).do("a").do("b").open == ["c", "d"]


def test_a_token_in_excess_waits_for_the_next_round_of_a_join() -> None:
    # Two tokens come over `a`; only one may be used up by the one that comes over `b`.
    file = process(
        start(),
        par("p"),
        xor("m"),
        task("a"),
        task("b"),
        par("j"),
        task("dopo"),
        end(),
        way("inizio p m a j dopo fine"),
        flow("p", "m", key="ancora"),
        way("p b j"),
    )
    play = Play(file)
    assert play.open == ["a", "a", "b"]
    play.do("a").do("a")
    assert play.open == ["b"]
    play.do("b")
    assert play.open == ["dopo"]
    play.do("dopo")
    assert not play.completed, "one token still waits at the join"


def test_a_join_that_nothing_can_complete_any_more_is_an_incident() -> None:
    file = process(
        start(),
        xor("x", default="x_b"),
        task("a"),
        task("b"),
        par("j"),
        end(),
        way("inizio x"),
        flow("x", "a", when="=false"),
        way("x b j fine"),
        way("a j"),
    )
    play = Play(file).do("b")
    assert not play.completed
    assert play.stuck == [("j", "join_never_completed")]
    assert play.retry("j").stuck == [("j", "join_never_completed")]
    play.instance.cancel()
    assert play.completed


def test_a_join_that_others_may_still_complete_is_no_incident() -> None:
    assert Play(FORK).do("a").stuck == []


def test_a_dead_join_in_a_subprocess_is_an_incident_though_others_work_outside() -> None:
    inner = sub(
        "s",
        start("si"),
        par("sp"),
        xor("sx", default="sx_sj"),
        end("sf"),
        par("sj"),
        way("si sx"),
        flow("sx", "sp", when="=false"),
        way("sx sj sf"),
        way("sp sj"),
    )
    file = process(start(), par("p"), task("a"), inner, end(), way("inizio p a fine"), way("p s fine"))
    play = Play(file)
    assert play.open == ["a"]
    assert play.stuck == [("sj", "join_never_completed")]


LOOP = process(
    start(),
    xor("di_nuovo"),
    par("apri"),
    task("a"),
    task("b"),
    task("c"),
    par("chiudi"),
    xor("basta", default="basta_fine"),
    end(),
    way("inizio di_nuovo apri a chiudi basta fine"),
    way("apri b chiudi"),
    way("apri c chiudi"),
    flow("basta", "di_nuovo", when="=ancora"),
    variables="ancora",
)


@pytest.mark.parametrize("seed", range(20))
def test_a_join_inside_a_loop_waits_for_all_its_ways_in_every_round(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - an order of steps, not a secret
    play = Play(LOOP)
    rounds = random.randint(2, 9)
    for number in range(1, rounds + 1):
        order = random.sample(["a", "b", "c"], 3)
        for done, element in enumerate(order):
            assert play.open == sorted(order[done:])
            play.do(element, ancora=number < rounds)
    assert play.completed
    assert play.happened("completed").count("chiudi") == rounds


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


def test_cancelling_ends_everything_that_is_open() -> None:
    play = Play(FORK)
    play.instance.cancel()
    play.journal += play.instance.take_journal()
    assert play.completed
    assert play.open == []
    assert sorted(play.happened("cancelled")) == ["a", "b", "c"]


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
