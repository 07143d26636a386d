"""Embedded subprocesses and call activities: running inside, coming back, errors that end them."""

from __future__ import annotations

import pytest

from engine.bpmn import specs
from tests.engine.bpmn.diagram import (
    call,
    catch,
    caught,
    end,
    error,
    flow,
    message,
    par,
    process,
    start,
    sub,
    task,
    way,
    xor,
)
from tests.engine.bpmn.play import Play

ERRORS = error("e1", "RIFIUTO") + error("e2", "ASSENZA")
CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro", variables="x")


def test_a_subprocess_runs_inside_its_step() -> None:
    inner = sub("s", start("si"), task("a"), task("b"), end("sf"), way("si a b sf"))
    play = Play(process(start(), inner, task("dopo"), end(), way("inizio s dopo fine")))
    assert play.open == ["a"]
    assert play.do("a").open == ["b"]
    assert play.do("b").open == ["dopo"]
    assert play.do("dopo").completed


def test_a_subprocess_ends_with_its_last_token() -> None:
    inner = sub("s", start("si"), par("p"), task("a"), task("b"), end("f1"), end("f2"), way("si p a f1"), way("p b f2"))
    play = Play(process(start(), inner, task("dopo"), end(), way("inizio s dopo fine")))
    assert play.do("a").open == ["b"]
    assert play.do("b").open == ["dopo"]


def test_subprocesses_nest() -> None:
    deep = sub("s3", start("i3"), task("a"), end("f3"), way("i3 a f3"))
    middle = sub("s2", start("i2"), deep, end("f2"), way("i2 s3 f2"))
    play = Play(
        process(start(), sub("s1", start("i1"), middle, end("f1"), way("i1 s2 f1")), end(), way("inizio s1 fine"))
    )
    assert play.open == ["a"]
    assert play.do("a").completed


def test_a_called_process_runs_inside_its_step_and_its_tasks_know_whose_they_are() -> None:
    play = Play(process(start(), call("chiama", "altro"), task("dopo"), end(), way("inizio chiama dopo fine")), CALLED)
    assert play.open == ["dentro"]
    assert play.item("dentro").definition_id == play.definition.called["altro"].id
    play.do("dentro")
    assert play.open == ["dopo"]
    assert play.item("dopo").definition_id == play.definition.id


def test_calls_nest() -> None:
    middle = process(start(), call("c2", "altro"), task("m"), end(), way("inizio c2 m fine"), key="medio")
    play = Play(process(start(), call("c1", "medio"), end(), way("inizio c1 fine")), middle, CALLED)
    assert play.open == ["dentro"]
    assert play.do("dentro").open == ["m"]
    assert play.do("m").completed


def test_the_same_process_may_be_called_twice_at_once() -> None:
    file = process(
        start(), par("p"), call("c1", "altro"), call("c2", "altro"), end(), way("inizio p c1 fine"), way("p c2 fine")
    )
    play = Play(file, CALLED)
    assert play.open == ["dentro", "dentro"]
    assert play.do("dentro").open == ["dentro"]
    assert play.do("dentro").completed


def recursive(key: str, other: str) -> bytes:
    """A process that calls another after its task, as long as the answer says so."""
    return process(
        start(f"{key}_i"),
        task(f"{key}_t"),
        xor(f"{key}_x", default=f"{key}_x_{key}_f"),
        call(f"{key}_c", other, "> livello = livello + 1", "< raggiunto = raggiunto"),
        end(f"{key}_f"),
        way(f"{key}_i {key}_t {key}_x"),
        flow(f"{key}_x", f"{key}_c", when="=ancora"),
        way(f"{key}_x {key}_f"),
        way(f"{key}_c {key}_f"),
        key=key,
        variables="livello ancora raggiunto",
    )


def test_two_processes_may_call_each_other() -> None:
    play = Play(recursive("p05", "p06"), recursive("p06", "p05"), livello=0)
    for level in range(6):
        element = "p05_t" if level % 2 == 0 else "p06_t"
        assert play.open == [element]
        assert play.seen_at(element)["livello"] == level
        play.do(element, ancora=level < 5, raggiunto=level)
    assert play.completed
    assert play.variables["raggiunto"] == 5


def test_a_process_may_call_itself() -> None:
    play = Play(recursive("p", "p"), livello=0)
    play.do("p_t", ancora=True).do("p_t", ancora=True)
    assert play.seen_at("p_t")["livello"] == 2
    assert play.do("p_t", ancora=False, raggiunto=2).completed
    assert play.variables["raggiunto"] == 2


def test_processes_that_call_each_other_for_ever_are_stopped_and_can_be_ended() -> None:
    def endless(key: str, other: str) -> bytes:
        return process(start(), call("c", other), end(), way("inizio c fine"), key=key)

    play = Play(endless("p", "q"), endless("q", "p"))
    assert play.stuck == [("c", "nested_too_deep")]
    assert play.retry("c").stuck == [("c", "nested_too_deep")]
    play.instance.cancel()
    assert play.completed
    assert len(play.instance.take_journal()) > specs.MAX_DEPTH


# --- errors ---


def test_an_error_ends_the_subprocess_and_goes_on_where_it_is_caught() -> None:
    inner = sub(
        "s", start("si"), par("p"), task("a"), task("b"), end("ee", "e1"), end("sf"), way("si p a ee"), way("p b sf")
    )
    file = process(
        start(), inner, caught("preso", "s", "e1"), task("rimedio"), task("dopo"), end(),
        way("inizio s dopo fine"), way("preso rimedio fine"), top=ERRORS,
    )  # fmt: skip
    play = Play(file).do("a")
    assert play.open == ["rimedio"]
    assert sorted(play.happened("cancelled")) == ["b", "s"]
    assert play.happened("ended") == ["ee"]
    assert play.happened("fired") == ["preso"]
    assert play.do("rimedio").completed


def test_an_error_of_a_called_process_is_caught_at_the_call() -> None:
    thrower = process(start(), task("a"), end("ee", "e1"), way("inizio a ee"), key="altro", top=ERRORS)
    file = process(
        start(), call("c", "altro"), caught("preso", "c", "e1"), task("rimedio"), end(),
        way("inizio c fine"), way("preso rimedio fine"), top=ERRORS,
    )  # fmt: skip
    assert Play(file, thrower).do("a").open == ["rimedio"]


def test_an_error_climbs_until_somebody_catches_it() -> None:
    thrower = process(start(), task("a"), end("ee", "e1"), way("inizio a ee"), key="altro", top=ERRORS)
    inner = sub("s", start("si"), call("c", "altro"), task("t"), end("sf"), way("si c t sf"))
    file = process(
        start(), inner, caught("preso", "s", "e1"), task("rimedio"), end(),
        way("inizio s fine"), way("preso rimedio fine"), top=ERRORS,
    )  # fmt: skip
    play = Play(file, thrower).do("a")
    assert play.open == ["rimedio"]
    assert play.do("rimedio").completed


def test_the_nearest_catcher_wins() -> None:
    deep = sub("s2", start("i2"), task("a"), end("ee", "e1"), way("i2 a ee"))
    inner = sub(
        "s1", start("i1"), deep, caught("vicino", "s2", "e1"), task("t"), end("f1"), way("i1 s2 f1"), way("vicino t f1")
    )
    file = process(
        start(), inner, caught("lontano", "s1", "e1"), task("u"), end(), way("inizio s1 fine"), way("lontano u fine"),
        top=ERRORS,
    )  # fmt: skip
    assert Play(file).do("a").open == ["t"]


def catching(thrown: str) -> bytes:
    inner = sub("s", start("si"), task("a"), end("ee", thrown), way("si a ee"))
    return process(
        start(), inner, caught("tutti", "s"), caught("preciso", "s", "e1"), task("t"), task("u"), end(),
        way("inizio s fine"), way("tutti t fine"), way("preciso u fine"), top=ERRORS,
    )  # fmt: skip


def test_a_catcher_of_the_very_code_goes_before_one_of_all_codes() -> None:
    assert Play(catching("e1")).do("a").open == ["u"]
    assert Play(catching("e2")).do("a").open == ["t"]


def test_a_catcher_of_another_code_does_not_catch() -> None:
    inner = sub("s", start("si"), task("a"), end("ee", "e2"), way("si a ee"))
    file = process(
        start(),
        inner,
        caught("preso", "s", "e1"),
        task("t"),
        end(),
        way("inizio s fine"),
        way("preso t fine"),
        top=ERRORS,
    )
    assert Play(file).do("a").stuck == [("ee", "uncaught_error")]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_an_error_that_nobody_catches_is_an_incident_and_never_a_completion(depth: int) -> None:
    step, body = "a", task("a")
    for level in range(depth):
        last = end(f"f{level}", "" if level else "e1")
        body = sub(f"s{level}", start(f"i{level}"), body, last, way(f"i{level} {step} f{level}"))
        step = f"s{level}"
    file = process(start(), body, end("ultima", "" if depth else "e1"), way(f"inizio {step} ultima"), top=ERRORS)
    play = Play(file).do("a")
    assert not play.completed
    assert [code for _element, code in play.stuck] == ["uncaught_error"]
    assert play.retry(play.stuck[0][0]).stuck != []
    assert not play.completed
    play.instance.cancel()
    assert play.completed


def test_an_error_in_one_branch_leaves_the_branches_outside_alone() -> None:
    inner = sub("s", start("si"), task("a"), end("ee", "e1"), way("si a ee"))
    file = process(
        start(), par("p"), inner, task("accanto"), caught("preso", "s"), task("t"), end(),
        way("inizio p s fine"), way("p accanto fine"), way("preso t fine"), top=ERRORS,
    )  # fmt: skip
    assert Play(file).do("a").open == ["accanto", "t"]


def test_an_error_ends_what_is_nested_in_the_activity_too() -> None:
    deep = sub("s2", start("i2"), task("fondo"), catch("c", "m"), end("f2"), way("i2 fondo c f2"))
    inner = sub(
        "s", start("si"), par("p"), deep, task("a"), end("ee", "e1"), end("sf"), way("si p s2 sf"), way("p a ee")
    )
    file = process(
        start(), inner, caught("preso", "s"), task("t"), end(), way("inizio s fine"), way("preso t fine"),
        top=ERRORS + message("m", "MSG"),
    )  # fmt: skip
    play = Play(file)
    play.do("fondo")
    assert play.waiting == [("MSG", "AAAA")]
    play.do("a")
    assert play.open == ["t"]
    assert play.waiting == []
    assert play.do("t").completed


def test_an_activity_may_be_entered_again_after_an_error() -> None:
    inner = sub("s", start("si"), task("a"), end("ee", "e1"), way("si a ee"))
    file = process(
        start(), xor("m"), inner, caught("preso", "s"), task("t"), end(), way("inizio m s fine"), way("preso t m"),
        top=ERRORS,
    )  # fmt: skip
    play = Play(file)
    for _round in range(5):
        play.do("a").do("t")
    assert play.open == ["a"]


# --- messages ---


def test_a_message_moves_the_token_that_waits_for_it() -> None:
    file = process(
        start(), catch("attesa", "m"), task("a"), end(), way("inizio attesa a fine"), top=message("m", "ESITO")
    )
    play = Play(file)
    assert play.open == []
    assert play.waiting == [("ESITO", "AAAA")]
    item = play.instance.subscriptions[0]
    play.deliver("ESITO", livello="ALTO")
    assert play.open == ["a"]
    assert play.waiting == []
    assert play.variables["livello"] == "ALTO"
    assert item.id not in {other.id for other in play.instance.subscriptions}


def test_a_message_is_mapped_like_the_answers_of_a_task() -> None:
    file = process(
        start(), catch("attesa", "m", "< grave = n > 5"), task("a"), end(), way("inizio attesa a fine"),
        top=message("m", "ESITO"), variables="n",
    )  # fmt: skip
    play = Play(file).deliver("ESITO", n=7)
    assert play.variables == {"case_code": "AAAA", "grave": True}


def test_the_correlation_key_is_that_of_the_arrival() -> None:
    file = process(
        start(), par("p"), catch("attesa", "m"), task("a"), end(), way("inizio p attesa fine"), way("p a fine"),
        top=message("m", "ESITO", '=case_code + "/" + richiesta'), variables="richiesta",
    )  # fmt: skip
    play = Play(file, richiesta="7")
    play.do("a", richiesta="8")
    assert play.waiting == [("ESITO", "AAAA/7")]


@pytest.mark.parametrize("key", [None, "", 7, ["x"]])
def test_a_message_without_a_key_waits_for_nobody_and_is_an_incident(key: object) -> None:
    file = process(
        start(), catch("attesa", "m"), end(), way("inizio attesa fine"),
        top=message("m", "ESITO", "=chiave"), variables="chiave",
    )  # fmt: skip
    play = Play(file, chiave=key)
    assert play.waiting == []
    assert play.stuck == [("attesa", "no_correlation_key")]


def test_a_called_process_may_wait_for_a_message_of_its_case() -> None:
    called = process(
        start(), catch("attesa", "m"), end(), way("inizio attesa fine"), key="altro", top=message("m", "ESITO")
    )
    play = Play(process(start(), call("c", "altro"), end(), way("inizio c fine")), called)
    assert play.waiting == [("ESITO", "AAAA")]
    assert play.instance.subscriptions[0].definition_id == play.definition.called["altro"].id
    assert play.deliver("ESITO").completed


def test_a_message_whose_values_cannot_be_mapped_is_an_incident_and_waits_no_more() -> None:
    file = process(
        start(), catch("attesa", "m", "< x = count(for i in 1..n return i)"), end(), way("inizio attesa fine"),
        top=message("m", "ESITO"), variables="n",
    )  # fmt: skip
    play = Play(file).deliver("ESITO", n=10**9)
    assert play.stuck == [("attesa", "expression_limit")]
    assert play.waiting == []
    assert play.retry("attesa").stuck == [("attesa", "expression_limit")]
    assert not play.completed
