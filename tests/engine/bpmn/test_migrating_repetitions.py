"""A running instance with repetitions goes over to another version only if they are repeated there in the same way."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import again, end, many, process, start, sub, task, timer, way
from tests.engine.bpmn.play import NOW, Play
from tests.engine.bpmn.test_migration import go_over, obstacles

ASKED, ANSWERS = "ente in =enti", "esiti = esito"


def drawn(step: str, *more: str, key: str = "a") -> bytes:
    parts = (start(), step, end(), way(f"inizio {key} fine"), *more)
    return process(*parts, variables="enti n")


def test_instances_go_on_with_what_was_theirs_and_what_is_new_on_the_border_begins() -> None:
    play = Play(drawn(many(task("a"), ASKED, ANSWERS)), enti=["x", "y", "z"]).do("a", esito=1)
    border = timer("t", "b", "PT2H") + way("t fine")
    go_over(play, drawn(many(task("b", "> per = ente"), ASKED, ANSWERS), border, key="b"), a="b")
    assert play.open == ["b", "b"]
    assert play.seen_at("b")["ente"] == "y"
    assert play.due == {"t": NOW.replace(hour=10)}
    assert play.do("b", esito=2).do("b", esito=3).variables["esiti"] == [1, 2, 3]


@pytest.mark.parametrize(
    "other",
    [
        task("a"),
        many(task("a"), ASKED, ANSWERS, sequential=True),
        many(task("a"), ASKED, ANSWERS, "=esito = 1"),
        many(task("a"), "3", ANSWERS),
        again(task("a"), most="3"),
        many(sub("a", start("si"), task("t"), end("sf"), way("si t sf")), ASKED, ANSWERS),
    ],
)
def test_instances_stay_where_they_would_be_repeated_otherwise(other: str) -> None:
    play = Play(drawn(many(task("a"), ASKED, ANSWERS)), enti=["x", "y"]).do("a", esito=1)
    assert "a" in {element for element, _code in obstacles(play, drawn(other))}


def test_a_loop_goes_on_with_its_count() -> None:
    play = Play(drawn(again(task("a"), "=n < 3"))).do("a", n=1)
    go_over(play, drawn(again(task("a"), "=n < 3"), timer("t", "a", "PT2H"), way("t fine")))
    assert play.seen_at("a")["loopCounter"] == 2
    assert play.do("a", n=3).completed


def test_a_step_that_has_some_of_the_tokens_that_it_needs_needs_as_many_afterwards() -> None:
    def needing(count: str) -> bytes:
        return drawn(task("a").replace(">", f' startQuantity="{count}">', 1))

    play = Play(needing("2"))
    assert play.stuck == [("a", "step_never_begun")]
    assert obstacles(play, needing("3")) == [("a", "repetition_changed")]
