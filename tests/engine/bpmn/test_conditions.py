"""Conditional events: they happen when their condition becomes true, wherever they wait."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    catch,
    end,
    message,
    of_condition,
    on_border,
    par,
    plain,
    process,
    script,
    start,
    sub,
    task,
    throws,
    triggered,
    way,
)
from tests.engine.bpmn.play import Play, one_problem

ALTO = of_condition('=livello = "ALTO"')


def _beside(*, interrupting: bool) -> Play:
    border = on_border("c", "s", ALTO, interrupting=interrupting)
    inner = (start("si"), par("q"), task("a"), task("b"), end("sf"), way("si q a b a"), way("q sf"))
    file = process(
        start(), sub("s", *inner), border, task("x"), end(), way("inizio s fine"), way("c x fine"), variables="livello"
    )
    return Play(file)


def test_a_condition_that_becomes_true_interrupts() -> None:
    play = _beside(interrupting=True).do("a", livello="BASSO")
    assert play.open == ["b"]
    assert play.do("b", livello="ALTO").open == ["x"]
    assert play.happened("fired") == ["c"]


def test_of_several_conditions_that_become_true_at_once_the_first_drawn_happens_first() -> None:
    borders = [
        on_border(key, "a", of_condition(f"=n > {limit}")) for key, limit in (("uno", 2), ("due", 1), ("tre", 0))
    ]
    parts = (start(), par("p"), task("a"), task("b"), *borders, task("x"), task("y"), task("z"), end())
    ways = (way("inizio p a fine"), way("p b fine"), way("uno x fine"), way("due y fine"), way("tre z fine"))
    play = Play(process(*parts, *ways, variables="n"), n=0).do("b", n=5)
    assert (play.open, play.happened("fired")) == (["x"], ["uno"])


def test_beside_a_step_a_condition_happens_each_time_that_it_becomes_true_anew() -> None:
    play = _beside(interrupting=False)
    for livello, times in (("ALTO", 1), ("ALTO", 1), ("BASSO", 1), ("ALTO", 2), ("BASSO", 2), ("ALTO", 3)):
        play.do("a" if "a" in play.open else "b", livello=livello)
        assert play.open.count("x") == times


def test_a_condition_that_is_true_already_happens_at_once_and_one_that_knows_nothing_waits() -> None:
    wait = throws("c", ALTO, tag="intermediateCatchEvent")
    file = process(
        start(),
        par("p"),
        wait,
        task("a"),
        task("x"),
        end(),
        way("inizio p c x fine"),
        way("p a fine"),
        variables="livello",
    )
    assert Play(file, livello="ALTO").open == ["a", "x"]
    play = Play(file)
    assert play.open == ["a"]
    assert play.do("a", livello="ALTO").open == ["x"]


def test_what_a_script_writes_is_seen_before_anything_else_moves() -> None:
    watching = triggered("ev", of_condition("=n > 1"), task("evento"), end("ef"), way("su_ev evento ef"))
    file = process(
        start(),
        script("uno", "n + 1", "n"),
        script("due", "n + 1", "n"),
        script("tre", "n + 1", "n"),
        end(),
        way("inizio uno due tre fine"),
        watching,
        variables="n",
    )
    play = Play(file, n=0)
    assert (play.open, play.variables["n"]) == (["evento"], 2)
    assert play.do("evento").completed


def test_a_condition_takes_part_in_a_race() -> None:
    file = process(
        start(),
        par("p"),
        plain("eventBasedGateway", "g"),
        throws("c", ALTO, tag="intermediateCatchEvent"),
        catch("w", "m"),
        task("x"),
        task("y"),
        task("a"),
        end(),
        way("inizio p g c x fine"),
        way("g w y fine"),
        way("p a fine"),
        top=message("m", "MSG"),
        variables="livello",
    )
    play = Play(file).do("a", livello="ALTO")
    assert (play.open, play.waiting) == (["x"], [])
    assert Play(file).deliver("MSG").do("a", livello="ALTO").open == ["y"]


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_that_can_be_tried_again() -> None:
    wait = throws("c", of_condition("=livello"), tag="intermediateCatchEvent")
    file = process(
        start(),
        par("p"),
        wait,
        task("a"),
        task("b"),
        task("x"),
        end(),
        way("inizio p c x fine"),
        way("p a b fine"),
        variables="livello",
    )
    play = Play(file).do("a", livello="ALTO")
    assert play.stuck == [("c", "condition_not_boolean")]
    assert play.retry("c").stuck == [("c", "condition_not_boolean")]
    assert play.do("b", livello=True).retry("c").open == ["x"]


@pytest.mark.parametrize("text", ["=now() > x", "=today ( ) > x", "x > 1", ""])
def test_a_condition_that_nobody_could_look_at_is_refused(text: str) -> None:
    wait = throws("c", of_condition(text), tag="intermediateCatchEvent")
    file = process(start(), wait, end(), way("inizio c fine"), variables="x")
    assert one_problem(file)[0] == "c"


def test_what_a_condition_has_begun_is_not_begun_again_by_it() -> None:
    steps = (task("b1"), task("b2"), task("b3"), end("ef"), way("su_e b1 b2 b3 ef"))
    taking = triggered("e", of_condition("=n > 1"), *steps)
    file = process(start(), par("p"), task("a"), task("w"), end(), end("f2"), way("inizio p a fine"), way("p w f2"),
                   taking, variables="n")  # fmt: skip
    play = Play(file, n=0).do("w", n=2)
    assert play.open == ["b1"]
    assert play.do("b1", n=0).do("b2", n=5).open == ["b3"]
    assert play.do("b3").completed
