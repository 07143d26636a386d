"""Event subprocesses: what may happen at any time while a scope is open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.bpmn.diagram import (
    end,
    error,
    escalation,
    flow,
    message,
    of_error,
    of_escalation,
    of_message,
    of_time,
    on_border,
    par,
    process,
    script,
    start,
    sub,
    task,
    throws,
    triggered,
    way,
    xor,
)
from tests.engine.bpmn.play import NOW, Play, one_problem, problems

MSG = message("m", "MSG")
HOUR = timedelta(hours=1)
ESC = escalation("e", "CODICE") + escalation("e2", "ALTRA")


# --- event subprocesses ---


def _watched(definition: str, *, interrupting: bool = True) -> bytes:
    body = (task("evento"), end("ef"), way("su_ev evento ef"))
    watching = triggered("ev", definition, *body, interrupting=interrupting)
    return process(
        start(),
        task("a"),
        task("b"),
        watching,
        end(),
        way("inizio a b fine"),
        top=MSG + ESC + error("err", "E1"),
        variables="esito",
    )


def test_a_message_takes_the_whole_process_over() -> None:
    play = Play(_watched(of_message("m")))
    assert play.waiting == [("MSG", "AAAA")]
    play.deliver("MSG", esito="revoca")
    assert (play.open, play.waiting) == (["evento"], [])
    assert play.seen_at("evento")["esito"] == "revoca"
    assert play.happened("cancelled") == ["a"]
    assert play.do("evento").completed


def test_a_message_joins_in_as_often_as_it_comes() -> None:
    play = Play(_watched(of_message("m"), interrupting=False))
    play.deliver("MSG").deliver("MSG")
    assert play.open == ["a", "evento", "evento"]
    play.do("a").do("b")
    assert play.open == ["evento", "evento"]
    assert len(play.waiting) == 1, "as long as anything in the scope is open"
    play.do("evento").do("evento")
    assert (play.completed, play.waiting) == (True, [])


def test_what_only_watches_does_not_keep_the_process_open() -> None:
    for definition in (of_message("m"), of_time("timeDuration", "PT9H"), of_escalation("e")):
        play = Play(_watched(definition)).do("a").do("b")
        assert (play.completed, play.waiting, play.due) == (True, [], {})


def test_a_time_takes_the_process_over_or_joins_in() -> None:
    play = Play(_watched(of_time("timeDuration", "PT1H")))
    assert play.due == {"ev": NOW + HOUR}
    assert play.at(hours=3) == 1
    assert (play.open, play.due) == (["evento"], {})
    play = Play(_watched(of_time("timeDuration", "PT1H"), interrupting=False))
    assert play.at(hours=3) == 1
    assert (play.open, play.due) == (["a", "evento"], {})
    play = Play(_watched(of_time("timeCycle", "R2/PT1H"), interrupting=False))
    assert (play.at(hours=1), play.at(hours=2), play.at(hours=3)) == (1, 1, 0)
    assert play.open == ["a", "evento", "evento"]


def test_an_error_is_caught_by_the_event_subprocess_of_its_scope() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        task("b"),
        throws("guasto", of_error("err"), tag="endEvent"),
        end(),
        triggered("ev", of_error("err"), task("evento"), end("ef"), way("su_ev evento ef")),
        way("inizio p a guasto"),
        way("p b fine"),
        top=error("err", "E1"),
    )
    play = Play(file).do("a")
    assert (play.open, play.stuck) == (["evento"], [])
    assert play.do("evento").completed


def test_an_error_within_an_event_subprocess_goes_out_of_it() -> None:
    again = triggered(
        "ev",
        of_error("err"),
        task("evento"),
        throws("ancora", of_error("err"), tag="endEvent"),
        way("su_ev evento ancora"),
    )
    inner = (start("si"), throws("guasto", of_error("err"), tag="endEvent"), way("si guasto"), again)
    file = process(
        start(),
        sub("s", *inner),
        on_border("b", "s", of_error("err")),
        task("x"),
        end(),
        way("inizio s fine"),
        way("b x fine"),
        top=error("err", "E1"),
    )
    play = Play(file)
    assert play.open == ["evento"]
    assert play.do("evento").open == ["x"]


def test_an_escalation_that_an_event_subprocess_throws_again_goes_out_of_it() -> None:
    again = triggered(
        "ev",
        of_escalation("e"),
        task("evento"),
        throws("ancora", of_escalation("e"), tag="endEvent"),
        way("su_ev evento ancora"),
        interrupting=False,
    )
    inner = (start("si"), throws("alza", of_escalation("e")), task("a"), end("sf"), way("si alza a sf"), again)
    file = process(
        start(),
        sub("s", *inner),
        on_border("b", "s", of_escalation("e"), interrupting=False),
        task("x"),
        end(),
        way("inizio s fine"),
        way("b x fine"),
        top=ESC,
    )
    play = Play(file)
    assert play.open == ["a", "evento"]
    assert play.do("evento").open == ["a", "x"]


def test_an_event_subprocess_within_a_subprocess_takes_over_only_that() -> None:
    inner = (
        start("si"),
        task("a"),
        end("sf"),
        way("si a sf"),
        triggered("ev", of_message("m"), task("evento"), end("ef"), way("su_ev evento ef")),
    )
    file = process(
        start(),
        par("p"),
        sub("s", *inner),
        task("fuori"),
        task("dopo"),
        end(),
        way("inizio p s dopo fine"),
        way("p fuori fine"),
        top=MSG,
    )
    play = Play(file).deliver("MSG")
    assert play.open == ["evento", "fuori"]
    assert play.do("evento").open == ["dopo", "fuori"]
    assert play.waiting == []


def test_a_join_that_can_never_be_completed_is_said_even_while_something_watches() -> None:
    file = process(
        start(),
        par("j"),
        task("a"),
        xor("x", "x_j"),
        end(),
        way("inizio a x j fine"),
        flow("x", "j", when="=n > 1", key="due"),
        triggered("ev", of_message("m"), task("evento"), end("ef"), way("su_ev evento ef")),
        top=MSG,
        variables="n",
    )
    assert Play(file, n=1).do("a").stuck == [("j", "join_never_completed")]


def test_a_result_of_an_event_subprocess_is_written_around_it() -> None:
    watching = triggered(
        "ev", of_message("m"), script("s", "n + 1", "n"), end("ef"), way("su_ev s ef"), interrupting=False
    )
    file = process(start(), task("a"), watching, end(), way("inizio a fine"), top=MSG, variables="n")
    play = Play(file, n=1).deliver("MSG").deliver("MSG")
    assert play.variables["n"] == 3


@pytest.mark.parametrize(
    ("parts", "element"),
    [
        ((triggered("ev", "", end("ef"), way("su_ev ef")),), "ev"),
        ((triggered("ev", of_error("err"), end("ef"), way("su_ev ef"), interrupting=False),), "ev"),
        ((triggered("ev", of_time("timeCycle", "R/PT1H"), end("ef"), way("su_ev ef")),), "ev"),
        (
            (
                triggered("ev", of_message("m"), end("ef"), way("su_ev ef")),
                triggered("ev2", of_message("m"), end("ef2"), way("su_ev2 ef2")),
            ),
            "ev2",
        ),
        ((triggered("ev", of_message("m"), end("ef"), way("su_ev ef")), flow("a", "ev")), "ev"),
        ((triggered("ev", of_message("m"), start("altro"), end("ef"), way("su_ev ef"), way("altro ef")),), "ev"),
        (
            (
                triggered("ev", of_message("m"), end("ef"), way("su_ev ef")),
                on_border("b", "ev", of_message("m")),
                way("b fine"),
            ),
            "b",
        ),
    ],
)
def test_an_event_subprocess_that_cannot_work_is_refused(parts: tuple[str, ...], element: str) -> None:
    top = MSG + error("err", "E1")
    found = problems(process(start(), task("a"), end(), way("inizio a fine"), *parts, top=top))
    assert element in {problem.element for problem in found}


@pytest.mark.parametrize("definition", [of_time("timeDuration", "PT1H"), of_error("err"), of_escalation("e")])
def test_a_process_and_a_subprocess_do_not_begin_with_what_only_an_event_subprocess_can(definition: str) -> None:
    top = ESC + error("err", "E1")
    other = throws("i2", definition, tag="startEvent")
    assert one_problem(process(start(), task("a"), end(), other, way("inizio a fine"), way("i2 a"), top=top))[0] == "i2"
