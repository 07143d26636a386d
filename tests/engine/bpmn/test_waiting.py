"""Terminate ends, waits for a time, event-based gateways, cycles."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.engine.bpmn.diagram import (
    call,
    catch,
    end,
    flow,
    message,
    of_time,
    on_border,
    par,
    plain,
    process,
    receive,
    start,
    sub,
    task,
    throws,
    waits,
    way,
    xor,
)
from tests.engine.bpmn.play import NOW, Play, one_problem

MSG = message("m", "MSG")
MSG2 = message("m2", "ALTRO")
HOUR = timedelta(hours=1)
STOP = "<terminateEventDefinition />"


# --- terminate ---


def test_a_terminate_end_closes_everything_in_its_scope() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        sub("s", start("si"), task("b"), end("sf"), way("si b sf")),
        catch("w", "m"),
        throws("stop", STOP, tag="endEvent"),
        end(),
        way("inizio p a stop"),
        way("p s fine"),
        way("p w fine"),
        top=MSG,
    )
    play = Play(file).do("a")
    assert play.completed
    assert (play.open, play.waiting) == ([], [])
    assert sorted(play.happened("cancelled")) == ["b", "s", "w"]


def test_a_terminate_end_closes_nothing_outside_its_scope() -> None:
    inner = (
        start("si"),
        par("q"),
        task("a"),
        task("b"),
        throws("stop", STOP, tag="endEvent"),
        end("sf"),
        way("si q a stop"),
        way("q b sf"),
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
    )
    assert Play(file).do("a").open == ["dopo", "fuori"]


def test_a_terminate_end_of_a_called_process_ends_only_that() -> None:
    outer = process(
        start(),
        par("p"),
        call("k", "altro"),
        task("x"),
        task("dopo"),
        end(),
        way("inizio p k dopo fine"),
        way("p x fine"),
    )
    inner = process(
        start(),
        par("q"),
        task("a"),
        task("b"),
        throws("stop", STOP, tag="endEvent"),
        end(),
        way("inizio q a stop"),
        way("q b fine"),
        key="altro",
    )
    assert Play(outer, inner).do("a").open == ["dopo", "x"]


# --- a wait for a time ---


@pytest.mark.parametrize(
    ("tag", "when", "due"),
    [
        ("timeDuration", "PT2H", 2 * HOUR),
        ("timeDuration", '=param("D03")', 2 * HOUR),
        ("timeDate", (NOW + HOUR).isoformat(), HOUR),
    ],
)
def test_an_intermediate_time_waits_until_it_has_come(tag: str, when: str, due: timedelta) -> None:
    play = Play(process(start(), waits("w", tag, when), task("a"), end(), way("inizio w a fine")))
    assert play.due == {"w": NOW + due}
    assert play.at(instant=NOW + due - timedelta(seconds=1)) == 0
    assert play.open == []
    assert play.at(instant=NOW + due) == 1
    assert (play.open, play.happened("fired")) == (["a"], ["w"])


def test_a_wait_for_a_time_in_a_loop_waits_each_time_anew() -> None:
    file = process(
        start(),
        waits("w", "timeDuration", "PT1H"),
        task("a"),
        xor("x", "x_w"),
        end(),
        way("inizio w a x"),
        flow("x", "w"),
        flow("x", "fine", when="=basta"),
        variables="basta",
    )
    play = Play(file)
    for hour in range(1, 6):
        play.at(hours=hour)
        play.do("a", basta=False)
        assert play.due == {"w": NOW + timedelta(hours=hour + 1)}


# --- event-based gateway ---

RACE = process(
    start(),
    plain("eventBasedGateway", "g"),
    waits("t1", "timeDuration", "PT2H"),
    waits("t2", "timeDuration", "PT1H"),
    catch("c1", "m"),
    receive("c2", "m2"),
    task("a1"),
    task("a2"),
    task("a3"),
    task("a4"),
    end(),
    way("inizio g t1 a1 fine"),
    way("g t2 a2 fine"),
    way("g c1 a3 fine"),
    way("g c2 a4 fine"),
    top=MSG + MSG2,
)


def test_the_first_event_of_several_withdraws_the_others() -> None:
    play = Play(RACE)
    assert play.due == {"t1": NOW + 2 * HOUR, "t2": NOW + HOUR}
    assert sorted(play.waiting) == [("ALTRO", "AAAA"), ("MSG", "AAAA")]
    for events, expected in ((["MSG"], "a3"), (["ALTRO"], "a4")):
        play = Play(RACE).deliver(*events)
        assert (play.open, play.due, play.waiting) == ([expected], {}, [])


def test_of_two_times_that_are_over_the_earlier_one_wins_and_only_that() -> None:
    play = Play(RACE)
    assert play.at(hours=5) == 1
    assert (play.open, play.due, play.waiting) == (["a2"], {}, [])


def test_two_tokens_at_one_gateway_wait_each_for_itself() -> None:
    file = process(
        start(),
        par("p"),
        xor("x"),
        plain("eventBasedGateway", "g"),
        catch("c", "m"),
        waits("t", "timeDuration", "PT1H"),
        task("a"),
        task("b"),
        end(),
        way("inizio p"),
        flow("p", "x", key="f1"),
        flow("p", "x", key="f2"),
        way("x g c a fine"),
        way("g t b fine"),
        top=MSG,
    )
    play = Play(file).deliver("MSG")
    assert play.open == ["a"]
    assert len(play.waiting) == len(play.due) == 1
    play.at(hours=1)
    assert play.open == ["a", "b"]


@pytest.mark.parametrize(
    ("parts", "element"),
    [
        ((task("a"), way("g a fine"), catch("c", "m"), way("g c fine")), "a"),
        ((catch("c", "m"), way("g c fine")), "g"),
        ((catch("c", "m"), catch("d", "m"), way("g c fine"), way("g d fine")), "g"),
        ((catch("c", "m"), catch("d", "m2"), task("x"), way("g c fine"), way("g d x d")), "d"),
        (
            (
                receive("c", "m"),
                catch("d", "m2"),
                on_border("t", "c", of_time("timeDuration", "PT1H")),
                way("g c fine"),
                way("g d fine"),
                way("t fine"),
            ),
            "c",
        ),
    ],
)
def test_an_event_gateway_that_cannot_work_is_refused(parts: tuple[str, ...], element: str) -> None:
    file = process(start(), plain("eventBasedGateway", "g"), end(), way("inizio g"), *parts, top=MSG + MSG2)
    assert one_problem(file)[0] == element


# --- cycles ---


def _repeating(when: str) -> bytes:
    border = on_border("t", "a", of_time("timeCycle", when), interrupting=False)
    return process(start(), task("a"), border, task("ricorda"), end(), way("inizio a fine"), way("t ricorda fine"))


@pytest.mark.parametrize("when", ["R3/PT1H", '=cycle(3, duration("PT1H"))', '="R3/PT1H"'])
def test_a_cycle_fires_as_often_as_it_says(when: str) -> None:
    play = Play(_repeating(when))
    for hour in (1, 2, 3):
        assert play.due == {"t": NOW + timedelta(hours=hour)}
        assert play.at(hours=hour) == 1
        assert play.open.count("ricorda") == hour
    assert play.due == {}
    assert play.at(hours=9) == 0


@pytest.mark.parametrize("when", ["R/PT1H", '=cycle(param("D03") / 2)'])
def test_what_was_missed_of_a_cycle_happens_once(when: str) -> None:
    play = Play(_repeating(when))
    assert play.at(hours=5.5) == 1
    assert play.open == ["a", "ricorda"]
    assert play.due == {"t": NOW + 6 * HOUR}


def test_a_cycle_whose_last_time_was_missed_is_over() -> None:
    play = Play(_repeating("R3/PT1H"))
    assert play.at(hours=2.5) == 1
    assert play.due == {"t": NOW + 3 * HOUR}
    assert play.at(hours=7) == 1
    assert play.due == {}


def test_a_cycle_of_months_goes_by_the_calendar() -> None:
    play = Play(_repeating("R/P1M"))
    due = []
    for _month in range(3):
        due.append(play.due["t"])
        play.at(instant=due[-1])
    assert [instant.month for instant in due] == [4, 5, 6]
    assert {instant.day for instant in due} == {2}


def test_what_was_missed_of_a_cycle_of_months_happens_once() -> None:
    play = Play(_repeating("R/P1M"))
    assert play.at(days=100) == 1
    assert (play.due["t"].month, play.due["t"].day) == (7, 2)


def test_a_cycle_of_seconds_after_ten_years_is_found_at_once() -> None:
    play = Play(_repeating("R/PT1S"))
    assert play.at(days=3_653, hours=0.5) == 1
    assert play.due == {"t": play.now + timedelta(seconds=1)}


def test_the_end_of_a_step_ends_its_cycle_and_leaves_what_the_cycle_opened() -> None:
    play = Play(_repeating("R/PT1H"))
    play.at(hours=1)
    play.do("a")
    assert (play.open, play.due) == (["ricorda"], {})
    assert play.do("ricorda").completed


@pytest.mark.parametrize("when", ["=cycle(n)", "=n", '=cycle(0.5, duration("PT1H"))', '="R/ieri"'])
def test_a_cycle_that_is_none_stops_where_it_is_set(when: str) -> None:
    border = on_border("t", "a", of_time("timeCycle", when), interrupting=False)
    play = Play(process(start(), task("a"), border, end(), way("inizio a fine"), way("t fine"), variables="n"), n=3)
    assert play.stuck == [("t", "not_a_cycle")]
    assert play.open == ["a"]


@pytest.mark.parametrize("when", ["PT1H", "R0/PT1H", "R/PT0S", "R/-PT1H", "R3/2026-03-02T09:00:00Z/PT1H", "R/1", "x"])
def test_a_cycle_that_is_not_understood_is_refused(when: str) -> None:
    assert one_problem(_repeating(when))[0] == "t"


def test_what_can_happen_once_cannot_repeat() -> None:
    once = on_border("t", "a", of_time("timeCycle", "R/PT1H"))
    assert one_problem(process(start(), task("a"), once, end(), way("inizio a fine"), way("t fine")))[0] == "t"
    assert one_problem(process(start(), waits("w", "timeCycle", "R/PT1H"), end(), way("inizio w fine")))[0] == "w"
