"""What has been done several times is undone as often, each time with what was its own, the last first."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    again,
    element,
    end,
    many,
    of_compensation,
    on_border,
    process,
    start,
    sub,
    task,
    throws,
    timer,
    triggered,
    undoing,
    undone,
    way,
)
from tests.engine.bpmn.play import Play, one_problem

ASKED, ANSWERS = "ente in =enti", "posti = posto"
ALL = throws("annulla", of_compensation())


def booked(step: str, *more: str, name: str = "a", variables: str = "enti posto n") -> bytes:
    parts = (start(), step, ALL, task("dopo"), end(), *more)
    return process(*parts, way(f"inizio {name} annulla dopo fine"), variables=variables)


def handled(*mappings: str) -> str:
    return undone("a", "via") + undoing(task("via", *mappings))


@pytest.mark.parametrize("sequential", [False, True])
def test_every_instance_is_undone_with_its_own_values(sequential: bool) -> None:  # noqa: FBT001
    play = Play(booked(many(task("a"), ASKED, ANSWERS, sequential=sequential), handled()), enti=["x", "y", "z"])
    for place in (1, 2, 3):
        play.do("a", posto=place)
    seen = []
    while play.open == ["via"]:
        at = play.seen_at("via")
        seen.append((at["ente"], at["posto"], at["loopCounter"]))
        play.do("via")
    assert seen == [("z", 3, 3), ("y", 2, 2), ("x", 1, 1)]
    assert play.open == ["dopo"]
    assert play.variables == {"case_code": "AAAA", "enti": ["x", "y", "z"], "posti": [1, 2, 3]}
    assert play.do("dopo").completed


def test_what_was_given_up_is_not_undone() -> None:
    play = Play(booked(many(task("a"), ASKED, ANSWERS, "=posto = 7"), handled()), enti=["x", "y", "z"])
    play.do("a", posto=1).do("a", posto=7)
    assert play.open == ["via"]
    assert play.do("via").do("via").open == ["dopo"]


def test_without_any_instance_there_is_nothing_to_undo() -> None:
    assert Play(booked(many(task("a"), ASKED, ANSWERS), handled()), enti=[]).open == ["dopo"]


def test_what_undoes_can_itself_be_done_several_times() -> None:
    again_twice = undone("a", "via") + undoing(many(task("via"), "2"))
    play = Play(booked(many(task("a"), ASKED), again_twice), enti=["x", "y"]).do("a").do("a")
    for ente in ("y", "x"):
        assert play.open == ["via", "via"]
        assert play.seen_at("via")["ente"] == ente
        play.do("via").do("via")
    assert play.open == ["dopo"]


def test_each_time_of_a_loop_is_undone() -> None:
    play = Play(booked(again(task("a"), "=n < 3"), handled())).do("a", n=1).do("a", n=3)
    counted = []
    while play.open == ["via"]:
        counted.append(play.seen_at("via")["loopCounter"])
        play.do("via")
    assert (counted, play.open) == ([2, 1], ["dopo"])


def inside(*more: str) -> str:
    own = (start("si"), task("t"), undone("t", "via_t"), undoing(task("via_t")), end("sf"), *more)
    return sub("a", *own)


@pytest.mark.parametrize("sequential", [False, True])
def test_what_was_done_in_each_instance_of_a_subprocess_is_undone(sequential: bool) -> None:  # noqa: FBT001
    step = many(inside(way("si t sf")), ASKED, ANSWERS, sequential=sequential)
    play = Play(booked(step), enti=["x", "y"]).do("t", posto=1).do("t", posto=2)
    seen = []
    while play.open == ["via_t"]:
        seen.append((play.seen_at("via_t")["ente"], play.seen_at("via_t")["posto"]))
        play.do("via_t")
    assert (seen, play.open) == ([("y", 2), ("x", 1)], ["dopo"])


def test_an_instance_that_undoes_does_not_touch_the_others() -> None:
    throw = throws("annulla_qui", of_compensation())
    play = Play(booked(many(inside(throw, way("si t annulla_qui sf")), ASKED)), enti=["x", "y"]).do("t")
    assert play.open == ["t", "via_t"]
    assert play.seen_at("via_t")["ente"] == "x"
    play.do("via_t").do("t").do("via_t")
    assert play.open == ["dopo"]


def test_what_watches_over_an_instance_undoes_it() -> None:
    watcher = triggered("guarda", of_compensation(), task("ripara"), end("gf"), way("su_guarda ripara gf"))
    play = Play(booked(many(sub("a", start("si"), task("t"), end("sf"), way("si t sf"), watcher), ASKED)), enti=[1, 2])
    play.do("t").do("t")
    seen = []
    while play.open == ["ripara"]:
        seen.append(play.seen_at("ripara")["ente"])
        play.do("ripara")
    assert (seen, play.open) == ([2, 1], ["dopo"])


def test_what_was_interrupted_is_not_undone() -> None:
    border = timer("tardi", "a", "PT1H") + way("tardi annulla")
    play = Play(booked(many(task("a"), ASKED), handled(), border), enti=[1, 2]).do("a")
    play.at(hours=2)
    assert play.open == ["dopo"]


def test_only_the_one_that_is_undone_knows_what_was_its_own() -> None:
    assert (
        one_problem(booked(many(task("a"), ASKED), handled(), task("b", "> x = ente") + way("dopo b fine")))[0] == "b"
    )
    known = booked(many(task("a"), ASKED), handled("> x = ente"))
    assert Play(known, enti=[5]).do("a").seen_at("via")["x"] == 5


def test_what_undoes_would_overwrite_as_any_instance_would() -> None:
    via = undone("a", "via") + undoing(task("via", "< n = posto"))
    assert one_problem(booked(many(task("a"), ASKED), via)) == (
        "via",
        "Ogni istanza scriverebbe la stessa variabile «n», che c'è anche fuori.",
    )


def transaction(content: str, *border: str) -> str:
    return element("transaction", "a", content) + "".join(border)


def test_a_transaction_that_is_repeated_is_not_cancelled_but_one_within_a_repeated_subprocess_is() -> None:
    gone = throws("gone", "<cancelEventDefinition />", tag="endEvent")
    content = start("ti") + task("t") + undone("t", "via_t") + undoing(task("via_t")) + gone + way("ti t gone")
    border = on_border("b", "a", "<cancelEventDefinition />") + way("b dopo")
    repeated = many(element("transaction", "a", content), ASKED) + border
    assert one_problem(booked(repeated)) == ("a", "Di ciò che si fa più volte non si può annullare una volta sola.")
    inner = transaction(
        content, on_border("b", "a", "<cancelEventDefinition />"), end("sf"), way("si a sf"), way("b sf")
    )
    play = Play(booked(many(sub("giro", start("si"), inner), ASKED), name="giro"), enti=["x", "y"]).do("t")
    assert play.open == ["t", "via_t"]
    assert play.seen_at("via_t")["ente"] == "x"
    assert play.do("via_t").do("t").do("via_t").open == ["dopo"]
