"""Activities with several instances: how many, all at once or one by one, what each sees, what comes of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.bpmn import loops
from tests.engine.bpmn.diagram import (
    call,
    caught,
    end,
    error,
    flow,
    many,
    message,
    par,
    process,
    receive,
    rule,
    script,
    service,
    start,
    sub,
    task,
    timer,
    way,
    xor,
)
from tests.engine.bpmn.play import Play

ASKED = "ente in =enti"
ANSWERS = "esiti = esito"
WAYS = [False, True]


def one(step: str, *more: str, variables: str = "enti", top: str = "") -> bytes:
    return process(start(), step, end(), way("inizio a fine"), *more, variables=variables, top=top)


def asked(*mappings: str, until: str = "", sequential: bool = False) -> bytes:
    return one(many(task("a", *mappings), ASKED, ANSWERS, until, sequential=sequential))


# --- how many ---


def test_parallel_instances_are_all_open_at_once() -> None:
    play = Play(asked(), enti=["cav", "ps", "rifugio"])
    assert play.open == ["a", "a", "a"]
    assert [play.instance.variables(item.id)["ente"] for item in play.instance.work_items] == ["cav", "ps", "rifugio"]


def test_sequential_instances_are_open_one_after_the_other() -> None:
    play = Play(asked(sequential=True), enti=["cav", "ps", "rifugio"])
    seen = []
    while not play.completed:
        assert play.open == ["a"]
        seen.append((play.seen_at("a")["ente"], play.seen_at("a")["loopCounter"]))
        play.do("a", esito="sì")
    assert seen == [("cav", 1), ("ps", 2), ("rifugio", 3)]


@pytest.mark.parametrize("sequential", WAYS)
@pytest.mark.parametrize("count", ["3", "=3", "=quante", "=count(enti)"])
def test_instances_can_be_counted(count: str, sequential: bool) -> None:  # noqa: FBT001 - a parameter of the test
    file = one(many(task("a"), count, "volte = loopCounter", sequential=sequential), variables="enti quante")
    play = Play(file, enti=[7, 7, 7], quante=Decimal(3))
    for _time in range(3):
        assert play.open
        play.do("a")
    assert play.completed
    assert play.variables["volte"] == [1, 2, 3]


@pytest.mark.parametrize("sequential", WAYS)
def test_without_items_the_case_passes_on(sequential: bool) -> None:  # noqa: FBT001
    border = (timer("t", "a", "PT1H"), way("t fine"))
    file = one(many(task("a"), ASKED, ANSWERS, sequential=sequential), *border)
    play = Play(file, enti=[])
    assert play.completed
    assert play.variables["esiti"] == []
    assert play.happened("opened") == []
    assert Play(one(many(task("a"), "0", sequential=sequential))).completed


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "collection_not_a_list"),
        ("cav", "collection_not_a_list"),
        ({"a": 1}, "collection_not_a_list"),
        (list(range(loops.MAX_INSTANCES + 1)), "too_many_instances"),
    ],
)
def test_what_is_no_list_or_too_long_stops_the_case_until_it_is_right(given: Any, code: str) -> None:
    file = process(
        start(),
        par("p"),
        many(task("a"), ASKED, ANSWERS),
        task("b"),
        end(),
        way("inizio p a fine"),
        way("p b fine"),
        variables="enti",
    )
    play = Play(file, enti=given)
    assert play.stuck == [("a", code)]
    assert play.open == ["b"]
    play.do("b", enti=["cav"]).retry("a")
    assert play.stuck == []
    assert play.do("a").completed


@pytest.mark.parametrize("count", [None, -1, Decimal("1.5"), True, "tre", 10**30])
def test_a_count_that_is_none_stops_the_case(count: Any) -> None:
    play = Play(one(many(task("a"), "=quante"), variables="quante"), quante=count)
    expected = "too_many_instances" if count == 10**30 else "cardinality_not_a_number"
    assert play.stuck == [("a", expected)]


def test_as_many_instances_as_allowed_can_be_done() -> None:
    file = one(many(script("a", "loopCounter * 2", "doppio"), f"{loops.MAX_INSTANCES}", "doppi = doppio"))
    play = Play(file)
    assert play.completed
    assert play.variables["doppi"] == [2 * number for number in range(1, loops.MAX_INSTANCES + 1)]


# --- what each sees and gives ---


def test_results_stand_in_the_order_of_the_instances_not_of_the_answers() -> None:
    play = Play(asked(), enti=["cav", "ps", "rifugio"])
    for item in reversed(play.instance.work_items):
        play.instance.complete(item.id, {"esito": play.instance.variables(item.id)["ente"].upper()})
        play.sleep()
    assert play.variables == {"case_code": "AAAA", "enti": ["cav", "ps", "rifugio"], "esiti": ["CAV", "PS", "RIFUGIO"]}


@pytest.mark.parametrize("sequential", WAYS)
def test_the_answers_of_an_instance_are_its_own(sequential: bool) -> None:  # noqa: FBT001
    play = Play(asked(sequential=sequential), enti=[1, 2], esito="di prima", nota="di prima")
    play.do("a", esito="sì", nota="letta")
    assert (play.seen_at("a")["esito"], play.seen_at("a")["nota"]) == (None, "di prima")
    play.do("a", esito="no")
    assert (play.variables["esito"], play.variables["nota"]) == ("di prima", "di prima")
    assert play.variables["esiti"] == ["sì", "no"]


def test_the_instances_can_be_counted_in_expressions() -> None:
    play = Play(asked(sequential=True), enti=[1, 2, 3])
    names = ("numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances")
    assert [play.seen_at("a")[name] for name in names] == [3, 1, 0]
    play.do("a")
    assert [play.seen_at("a")[name] for name in names] == [3, 1, 1]
    play = Play(asked(), enti=[1, 2, 3]).do("a")
    assert [play.seen_at("a")[name] for name in names] == [3, 2, 1]
    assert play.seen_at("a")["numberOfTerminatedInstances"] == 0


def test_inputs_are_read_in_each_instance() -> None:
    play = Play(asked("> domanda = ente + loopCounter"), enti=[10, 20])
    found = [play.instance.variables(item.id)["domanda"] for item in play.instance.work_items]
    assert found == [11, 22]


def test_an_answer_with_the_name_of_an_input_is_the_result() -> None:
    assert Play(asked("> esito = 0"), enti=[1]).do("a", esito=5).variables["esiti"] == [5]


def test_outputs_give_what_the_result_is_made_of() -> None:
    file = one(many(task("a", "< somma = voto + ente"), ASKED, "somme = somma"), variables="enti voto")
    play = Play(file, enti=[10, 20]).do("a", voto=1).do("a", voto=2)
    assert play.variables == {"case_code": "AAAA", "enti": [10, 20], "somme": [11, 22]}


def test_a_list_that_changes_meanwhile_changes_nothing() -> None:
    file = process(
        start(),
        par("p"),
        many(task("a"), ASKED, ANSWERS, sequential=True),
        task("b"),
        end(),
        way("inizio p a fine"),
        way("p b fine"),
        variables="enti",
    )
    play = Play(file, enti=[1, 2]).do("b", enti=[9]).do("a", esito=1)
    assert play.seen_at("a")["ente"] == 2


def test_a_step_that_counts_on_counts_for_all() -> None:
    file = one(many(script("a", "n + ente", "n"), ASKED), variables="enti n")
    assert Play(file, enti=[1, 2, 3], n=10).variables["n"] == 16


def test_a_result_that_cannot_be_read_stops_the_instance_until_it_can() -> None:
    play = Play(one(many(task("a"), "2", "lunghezze = x", "=y > 0"), variables="x y"), y="?").do("a")
    assert play.stuck == [("a", "condition_not_boolean")]
    assert play.open == ["a"]
    play.do("a")
    assert [code for _element, code in play.stuck] == ["condition_not_boolean"] * 2


# --- kinds of activity ---


@pytest.mark.parametrize("sequential", WAYS)
def test_a_rule_is_asked_for_each(sequential: bool) -> None:  # noqa: FBT001
    file = one(many(rule("a", "esito", "grado", "> eta = ente"), ASKED, "gradi = grado", sequential=sequential))
    assert Play(file, enti=[17, 44]).variables["gradi"] == ["minore", "adulta"]


def test_messages_are_waited_for_by_each_under_its_own_key() -> None:
    top = message("m", "RISPOSTA", '=case_code + "/" + ente')
    file = one(many(receive("a", "m", "< esito = valore"), ASKED, ANSWERS), variables="enti valore", top=top)
    play = Play(file, enti=["cav", "ps"])
    assert play.waiting == [("RISPOSTA", "AAAA/cav"), ("RISPOSTA", "AAAA/ps")]
    second = play.instance.subscriptions[1]
    play.instance.deliver(second.id, {"valore": "sì"})
    play.sleep()
    assert play.deliver("RISPOSTA", valore="no").variables["esiti"] == ["no", "sì"]


@pytest.mark.parametrize("sequential", WAYS)
def test_a_process_is_called_for_each(sequential: bool) -> None:  # noqa: FBT001
    called = process(start(), task("t"), end(), way("inizio t fine"), key="altro", variables="chi risposta")
    step = many(call("a", "altro", "> chi = ente", "< esito = risposta"), ASKED, ANSWERS, sequential=sequential)
    play = Play(one(step), called, enti=["cav", "ps"])
    while not play.completed:
        play.do("t", risposta=play.seen_at("t")["chi"] + "!")
    assert play.variables["esiti"] == ["cav!", "ps!"]


BOX = (
    start("si"),
    task("chiedi"),
    xor("x", "x_poi"),
    task("poi"),
    task("insisti"),
    end("sf"),
    way("si chiedi x poi sf"),
    flow("x", "insisti", '=risposta = "no"'),
    way("insisti sf"),
)


@pytest.mark.parametrize("sequential", WAYS)
def test_a_subprocess_goes_its_own_way_in_each_instance(sequential: bool) -> None:  # noqa: FBT001
    file = one(many(sub("a", *BOX), ASKED, "esiti = risposta", sequential=sequential), variables="enti risposta")
    play = Play(file, enti=["cav", "ps"], risposta="no")
    play.do("chiedi", risposta="sì")
    if sequential:
        assert play.open == ["poi"]
        play.do("poi")
    play.do("chiedi", risposta="no")
    assert play.open == (["insisti"] if sequential else ["insisti", "poi"])
    while play.open:
        play.do(play.open[0])
    assert play.variables == {"case_code": "AAAA", "enti": ["cav", "ps"], "risposta": "no", "esiti": ["sì", "no"]}


def test_what_a_subprocess_was_given_can_be_its_result() -> None:
    box = sub("a", start("si"), script("s", "x + 1", "x"), end("sf"), way("si s sf"), mappings=("> x = ente",))
    assert Play(one(many(box, ASKED, "esiti = x")), enti=[1, 2]).variables["esiti"] == [2, 3]


def test_repetitions_within_repetitions() -> None:
    inner = many(task("t"), "voce in =riga", "fatte = fatta", sequential=True)
    box = sub("a", start("si"), inner, end("sf"), way("si t sf"))
    play = Play(one(many(box, "riga in =righe", "tutte = fatte"), variables="righe"), righe=[[1, 2], [], [3]])
    assert play.open == ["t", "t"]
    while play.open:
        play.do("t", fatta=play.seen_at("t")["voce"] * 10)
    assert play.variables["tutte"] == [[10, 20], [], [30]]


def test_a_repetition_within_a_loop_begins_anew_each_time() -> None:
    file = process(
        start(),
        xor("m"),
        many(task("a"), ASKED, ANSWERS),
        xor("x", "x_fine"),
        end(),
        way("inizio m a x fine"),
        flow("x", "m", '="ancora" in esiti'),
        variables="enti",
    )
    play = Play(file, enti=[1, 2]).do("a", esito="ancora").do("a", esito="sì")
    assert play.open == ["a", "a"]
    assert play.seen_at("a")["esito"] is None
    play.do("a", esito="a").do("a", esito="b")
    assert play.completed
    assert play.variables["esiti"] == ["a", "b"]


# --- when it is enough ---


@pytest.mark.parametrize("sequential", WAYS)
def test_when_it_is_enough_the_others_are_not_done_any_more(sequential: bool) -> None:  # noqa: FBT001
    play = Play(asked(until='=esito = "sì"', sequential=sequential), enti=["cav", "ps", "rifugio"])
    play.do("a", esito="no").do("a", esito="sì")
    assert play.completed
    assert play.variables["esiti"] == ["no", "sì", None]
    assert play.happened("cancelled") == ([] if sequential else ["a"])


@pytest.mark.parametrize("until", ["=numberOfCompletedInstances = 2", "=count(esiti[item != null]) = 2"])
def test_enough_is_judged_with_the_instance_that_is_just_done(until: str) -> None:
    play = Play(asked(until=until), enti=[1, 2, 3]).do("a", esito=1)
    assert play.open == ["a", "a"]
    assert play.do("a", esito=2).completed


def test_what_is_within_the_others_ends_with_them() -> None:
    box = sub(
        "a", start("si"), task("t"), timer("ora", "t", "PT1H"), task("u"), end("sf"), way("si t sf"), way("ora u sf")
    )
    play = Play(one(many(box, ASKED, ANSWERS, '=esito = "sì"')), enti=[1, 2, 3])
    assert len(play.instance.timers) == 3
    play.do("t", esito="sì")
    assert (play.completed, play.due) == (True, {})


def test_a_function_is_called_for_each_and_its_error_ends_all() -> None:
    called = many(service("a", "somma", "> n = ente", "< esito = totale"), ASKED, ANSWERS)
    border = caught("b", "a", "e1") + task("guasto") + way("b guasto fine")
    play = Play(one(called, border, top=error("e1", "OCCUPATO")), enti=[1, 2])
    assert [job.inputs for job in play.instance.jobs] == [{"n": 1}, {"n": 2}]
    play.instance.finish_job(play.instance.jobs[1].id, {"totale": 20})
    play.sleep()
    failing = Play(one(called, border, top=error("e1", "OCCUPATO")), enti=[1, 2])
    failing.instance.fail_job(failing.instance.jobs[0].id, "OCCUPATO")
    failing.sleep()
    assert (failing.open, failing.instance.jobs) == (["guasto"], [])
    play.instance.finish_job(play.instance.jobs[0].id, {"totale": 10})
    assert play.variables["esiti"] == [10, 20]
