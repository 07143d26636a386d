"""Which tokens an inclusive join waits for: one that can also come where a token is already does not hold it up."""

from __future__ import annotations

from tests.engine.bpmn.diagram import (
    catch,
    end,
    fork,
    message,
    of_time,
    on_border,
    par,
    plain,
    process,
    start,
    task,
    waits,
    way,
    xor,
)
from tests.engine.bpmn.play import Play


def test_an_event_on_a_border_speaks_through_its_activity() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        on_border("t", "a", of_time("timeDuration", "PT1H")),
        task("c"),
        xor("m"),
        fork("j"),
        task("poi"),
        end(),
        way("inizio p a m j poi fine"),
        way("p c m"),
        way("t j"),
    )
    play = Play(file).do("c")
    assert play.open == ["a", "poi"]
    assert play.do("a").open == ["poi", "poi"]
    play = Play(file)
    play.at(hours=1)
    assert play.open == ["c"], "now c is the only one that can still come, and only where nothing is"
    assert play.do("c").open == ["poi"]


def test_the_events_of_one_gateway_stand_for_one_token() -> None:
    file = process(
        start(),
        par("p"),
        plain("eventBasedGateway", "g"),
        catch("uno", "m1"),
        waits("due", "timeDuration", "PT1H"),
        task("c"),
        xor("m"),
        fork("j"),
        task("poi"),
        end(),
        way("inizio p g uno m j poi fine"),
        way("g due j"),
        way("p c m"),
        top=message("m1", "MSG"),
    )
    play = Play(file).do("c")
    assert play.open == ["poi"]
    play.deliver("MSG")
    assert play.open == ["poi", "poi"]
    play = Play(file)
    play.at(hours=1)
    assert play.open == ["c"]
    assert play.do("c").open == ["poi"]


def test_a_join_waits_for_what_may_come_only_over_a_border() -> None:
    file = process(
        start(),
        par("p"),
        task("a"),
        on_border("t", "a", of_time("timeDuration", "PT1H")),
        task("b"),
        fork("j"),
        task("poi"),
        end(),
        way("inizio p a fine"),
        way("p b j poi fine"),
        way("t j"),
    )
    play = Play(file).do("b")
    assert play.open == ["a"], "the time may still come"
    assert play.do("a").open == ["poi"]
    play = Play(file).do("b")
    play.at(hours=1)
    assert play.open == ["poi"]
    assert play.do("poi").completed
