"""Several start events without a trigger: whoever starts the process says at which one it begins."""

from __future__ import annotations

import pytest

from engine import errors
from tests.engine.bpmn.diagram import call, end, process, start, task, way
from tests.engine.bpmn.play import Play, one_problem, problems

TWO = process(
    start("telefono", name="Ha telefonato"),
    start("sportello", name="È venuta"),
    task("a"),
    task("b"),
    end(),
    way("telefono a fine"),
    way("sportello b fine"),
)


@pytest.mark.parametrize(("begins", "open_then"), [("telefono", ["a"]), ("sportello", ["b"])])
def test_the_named_start_is_the_one_that_happens(begins: str, open_then: list[str]) -> None:
    play = Play(TWO, start_event=begins)
    assert play.open == open_then
    play.do(open_then[0])
    assert play.completed


def test_none_is_taken_when_nobody_says_which() -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        Play(TWO)
    assert (refused.value.field, refused.value.code) == ("start", "required")


@pytest.mark.parametrize("names", [("", "È venuta"), ("È venuta", "È venuta")])
def test_people_have_to_be_able_to_tell_them_apart(names: tuple[str, str]) -> None:
    first, second = (start(key, name=name) for key, name in zip(("telefono", "sportello"), names, strict=True))
    found = problems(process(first, second, task("a"), end(), way("telefono a fine"), way("sportello a")))
    assert {problem.element for problem in found} <= {"telefono", "sportello"}
    assert all("chi avvia il protocollo" in problem.reason for problem in found)


def test_a_call_cannot_choose_one_of_several() -> None:
    caller = process(start(), call("chiama", "chiamato"), end(), way("inizio chiama fine"))
    called = TWO.replace(b'id="prova"', b'id="chiamato"')
    element, reason = one_problem(caller, called)
    assert element == "chiama"
    assert "più inizi semplici" in reason
