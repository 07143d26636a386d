"""What the instances of an activity throw when they are done (BPMN 2.0.2, table 10.29: behavior)."""

from __future__ import annotations

import pytest

from tests.engine.bpmn.diagram import (
    catch,
    end,
    escalation,
    flow,
    many,
    message,
    of_escalation,
    of_signal,
    on_border,
    par,
    process,
    script,
    signal,
    start,
    task,
    triggered,
    way,
)
from tests.engine.bpmn.play import Play, one_problem

ASKED = "ente in =enti"
TOP = (
    signal("s", "FATTA")
    + escalation("e", "DETTO")
    + message("m", "M")
    + '<signalEventDefinition id="segnala" signalRef="s" />'
    + '<escalationEventDefinition id="avvisa" escalationRef="e" />'
    + '<messageEventDefinition id="manda" messageRef="m" />'
)


def throwing(step: str, behavior: str, what: str) -> str:
    name = {"One": "oneBehaviorEventRef", "None": "noneBehaviorEventRef"}[behavior]
    return step.replace("<multiInstanceLoop", "<multiInstanceLoop", 1).replace(
        "isSequential=", f'behavior="{behavior}" {name}="{what}" isSequential=', 1
    )


def drawn(step: str, *, what: str = "segnala", behavior: str = "None", interrupting: bool = False) -> bytes:
    definition = of_signal("s") if what == "segnala" else of_escalation("e")
    border = on_border("b", "a", definition, interrupting=interrupting)
    parts = (start(), throwing(step, behavior, what), border, task("saputo"), end())
    return process(*parts, way("inizio a fine"), way("b saputo fine"), variables="enti", top=TOP)


@pytest.mark.parametrize("what", ["segnala", "avvisa"])
@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize(("behavior", "times"), [("One", 1), ("None", 3)])
def test_the_first_that_is_done_throws_or_each(behavior: str, times: int, what: str, sequential: bool) -> None:  # noqa: FBT001
    play = Play(drawn(many(task("a"), ASKED, sequential=sequential), what=what, behavior=behavior), enti=[1, 2, 3])
    for done in (1, 2, 3):
        play.do("a")
        assert play.open.count("saputo") == min(done, times)
    assert play.open == ["saputo"] * times


@pytest.mark.parametrize("what", ["segnala", "avvisa"])
@pytest.mark.parametrize("behavior", ["One", "None"])
def test_that_one_instance_ends_the_others_is_said_by_a_condition(behavior: str, what: str) -> None:
    found = one_problem(drawn(many(task("a"), ASKED), what=what, behavior=behavior, interrupting=True))
    assert found == ("b", "La prima istanza che è fatta interromperebbe tutte le altre.")


def test_automatic_steps_throw_as_well() -> None:
    play = Play(drawn(many(script("a", "ente", "x"), ASKED)), enti=[1, 2, 3])
    assert play.open == ["saputo"] * 3


def test_a_signal_reaches_the_whole_case_and_who_comes_to_wait_in_the_same_step() -> None:
    watcher = triggered("guarda", of_signal("s"), task("annota"), end("gf"), way("su_guarda annota gf"))
    step = throwing(many(script("a", "1", "x"), "1"), "One", "segnala")
    waits = on_border("aspetta", "b", of_signal("s"))
    parts = (start(), par("p"), step, task("b"), waits, task("c"), end(), watcher)
    file = process(*parts, way("inizio p a fine"), way("p b fine"), way("aspetta c fine"), top=TOP)
    assert Play(file).open == ["annota"], "it takes the process over"
    assert Play(file.replace(b'isInterrupting="true"', b'isInterrupting="false"')).open == ["annota", "c"]


def test_an_escalation_that_nobody_catches_changes_nothing() -> None:
    step = throwing(many(task("a"), "2"), "None", "avvisa")
    play = Play(process(start(), step, end(), way("inizio a fine"), top=TOP))
    assert play.do("a").do("a").completed


def test_when_it_is_enough_the_last_that_counts_still_throws() -> None:
    play = Play(drawn(many(task("a"), ASKED, until="=numberOfCompletedInstances = 2")), enti=[1, 2, 3])
    assert play.do("a").do("a").open == ["saputo", "saputo"]


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ('behavior="One"', "non dice che cosa lancia"),
        ('behavior="One" oneBehaviorEventRef="altro"', "non dice che cosa lancia"),
        ('behavior="None" noneBehaviorEventRef="manda"', "non dice che cosa lancia"),
        ('behavior="All" oneBehaviorEventRef="segnala"', "«oneBehaviorEventRef» non vale"),
        ('noneBehaviorEventRef="segnala"', "«noneBehaviorEventRef» non vale"),
    ],
)
def test_what_is_thrown_must_be_said(attributes: str, reason: str) -> None:
    step = many(task("a"), "2").replace("isSequential=", f"{attributes} isSequential=", 1)
    assert reason in one_problem(process(start(), step, end(), way("inizio a fine"), top=TOP))[1]


def test_a_step_that_throws_nothing_has_nothing_to_catch_on_its_border() -> None:
    for definition in (of_escalation("e"), "<errorEventDefinition />"):
        border = on_border("b", "a", definition)
        parts = (start(), many(task("a"), "2"), border, end(), way("inizio a fine"), way("b fine"))
        assert one_problem(process(*parts, top=TOP))[0] == "b"


def test_times_and_messages_can_come_while_automatic_steps_are_repeated() -> None:
    """They cannot, for it all happens at once; but a signal of another branch can."""
    border = on_border("b", "a", of_signal("s"))
    ways = way("inizio p a fine") + way("b fine") + flow("p", "c") + way("c fine")
    step = many(script("a", "1", "x"), "3", sequential=True)
    play = Play(process(start(), par("p"), step, border, catch("c", "m"), end(), ways, top=TOP))
    assert play.waiting == [("M", "AAAA")]
    assert play.happened("completed").count("a") == 4
