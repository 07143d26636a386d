"""Messages and escalations on borders."""

from __future__ import annotations

from datetime import timedelta

from tests.engine.bpmn.diagram import (
    call,
    catch,
    end,
    escalation,
    message,
    of_escalation,
    of_message,
    on_border,
    par,
    process,
    start,
    sub,
    task,
    throws,
    way,
    xor,
)
from tests.engine.bpmn.play import Play, one_problem

MSG = message("m", "MSG")
MSG2 = message("m2", "ALTRO")


# --- messages on borders ---


def test_a_message_on_a_border_interrupts_its_step() -> None:
    file = process(
        start(),
        task("a"),
        on_border("b", "a", of_message("m")),
        task("x"),
        end(),
        way("inizio a fine"),
        way("b x fine"),
        top=MSG,
        variables="esito",
    )
    play = Play(file).deliver("MSG", esito="via")
    assert (play.open, play.waiting, play.variables["esito"]) == (["x"], [], "via")
    assert play.happened("cancelled") == ["a"]
    assert Play(file).do("a").waiting == []


def test_a_message_beside_a_step_comes_as_often_as_it_comes() -> None:
    file = process(
        start(),
        task("a"),
        on_border("b", "a", of_message("m"), "< ultimo = esito", interrupting=False),
        task("x"),
        end(),
        way("inizio a fine"),
        way("b x fine"),
        top=MSG,
        variables="esito ultimo",
    )
    play = Play(file)
    for number in (1, 2, 3):
        play.deliver("MSG", esito=number)
        assert play.open == ["a", *["x"] * number]
        assert play.variables["ultimo"] == number
        assert len(play.waiting) == 1
    play.do("a")
    assert (play.open, play.waiting) == (["x"] * 3, [])
    assert not play.completed


def test_a_message_on_the_border_of_a_subprocess_takes_all_of_it_away() -> None:
    inner = (start("si"), par("q"), task("a"), catch("c", "m2"), end("sf"), way("si q a sf"), way("q c sf"))
    file = process(
        start(),
        sub("s", *inner),
        on_border("b", "s", of_message("m")),
        task("x"),
        end(),
        way("inizio s fine"),
        way("b x fine"),
        top=MSG + MSG2,
    )
    play = Play(file).deliver("MSG")
    assert (play.open, play.waiting) == (["x"], [])


def test_a_message_whose_results_cannot_be_written_has_come_all_the_same() -> None:
    file = process(
        start(),
        task("a"),
        on_border("b", "a", of_message("m"), "< r = [1..n]"),
        task("x"),
        end(),
        way("inizio a fine"),
        way("b x fine"),
        top=MSG,
        variables="n",
    )
    play = Play(file, n=3).deliver("MSG")
    assert (play.open, play.stuck) == ([], [("b", "value_unusable")])
    assert play.retry("b").stuck == [("b", "value_unusable")]
    assert not play.completed


# --- escalations ---

ESC = escalation("e", "CODICE") + escalation("e2", "ALTRA")


def _escalating(border: str, *, tag: str = "intermediateThrowEvent") -> bytes:
    thrown = throws("alza", of_escalation("e"), tag=tag)
    rest = (task("dentro"), end("sf"), way("si alza dentro sf")) if tag != "endEvent" else (way("si alza"),)
    return process(
        start(),
        sub("s", start("si"), thrown, *rest),
        border,
        task("preso"),
        task("dopo"),
        end(),
        way("inizio s dopo fine"),
        way("b preso fine"),
        top=ESC,
    )


def test_an_escalation_beside_its_scope_lets_both_go_on() -> None:
    for caught in ("e", ""):
        border = on_border("b", "s", of_escalation(caught), interrupting=False)
        assert Play(_escalating(border)).open == ["dentro", "preso"]
        assert Play(_escalating(border, tag="endEvent")).open == ["dopo", "preso"]


def test_an_escalation_without_a_code_catches_every_one_and_cannot_be_thrown() -> None:
    top = ESC + '<escalation id="ogni" name="ogni" />'
    border = on_border("b", "s", of_escalation("ogni"), interrupting=False)
    assert Play(_escalating(border).replace(ESC.encode(), top.encode())).open == ["dentro", "preso"]
    file = process(start(), throws("alza", of_escalation("ogni")), end(), way("inizio alza fine"), top=top)
    assert one_problem(file) == ("alza", "L'evento non dice quale escalation.")


def test_a_definition_at_the_top_of_the_file_serves_several_events() -> None:
    shared = '<timerEventDefinition id="un_ora"><timeDuration>PT1H</timeDuration></timerEventDefinition>'
    refers = "<eventDefinitionRef>un_ora</eventDefinitionRef>"
    file = process(
        start(),
        task("a"),
        on_border("t", "a", refers),
        throws("w", refers, tag="intermediateCatchEvent"),
        end(),
        way("inizio a fine"),
        way("t w fine"),
        top=shared,
    )
    play = Play(file)
    assert play.at(hours=1) == 1
    assert play.due == {"w": play.now + timedelta(hours=1)}
    for wrong in (refers.replace("un_ora", "altro"), "<eventDefinitionRef />"):
        assert one_problem(file.replace(refers.encode(), wrong.encode(), 1))[0] == "t"
    assert one_problem(process(start(), throws("f", refers, tag="endEvent"), way("inizio f"), top=shared))[0] == "f"


def test_an_escalation_that_interrupts_takes_its_scope_away() -> None:
    border = on_border("b", "s", of_escalation("e"))
    assert Play(_escalating(border)).open == ["preso"]
    assert Play(_escalating(border, tag="endEvent")).open == ["preso"]


def test_an_escalation_that_nobody_catches_changes_nothing() -> None:
    border = on_border("b", "s", of_escalation("e2"))
    assert Play(_escalating(border)).open == ["dentro"]
    file = process(start(), throws("alza", of_escalation("e")), task("a"), end(), way("inizio alza a fine"), top=ESC)
    assert Play(file).open == ["a"]


def test_the_innermost_catches_and_its_own_code_before_every_code() -> None:
    inner = sub("s2", start("s2i"), throws("alza", of_escalation("e")), end("s2f"), way("s2i alza s2f"))
    file = process(
        start(),
        sub(
            "s",
            start("si"),
            inner,
            on_border("tutte", "s2", of_escalation(), interrupting=False),
            on_border("questa", "s2", of_escalation("e"), interrupting=False),
            task("a"),
            task("b"),
            end("sf"),
            way("si s2 sf"),
            way("tutte a sf"),
            way("questa b sf"),
        ),
        on_border("fuori", "s", of_escalation("e"), interrupting=False),
        task("c"),
        end(),
        way("inizio s fine"),
        way("fuori c fine"),
        top=ESC,
    )
    assert Play(file).open == ["b"]


def test_an_escalation_comes_again_as_often_as_it_is_thrown() -> None:
    inner = (start("si"), xor("giro"), throws("alza", of_escalation("e")), task("a"), way("si giro alza a giro"))
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
    for number in range(1, 4):
        assert play.open == ["a", *["x"] * number]
        play.do("a")


def test_an_escalation_leaves_a_called_process() -> None:
    outer = process(
        start(),
        call("k", "altro"),
        on_border("b", "k", of_escalation("e")),
        task("x"),
        end(),
        way("inizio k fine"),
        way("b x fine"),
        top=ESC,
    )
    inner = process(
        start(), throws("alza", of_escalation("e")), task("a"), end(), way("inizio alza a fine"), key="altro", top=ESC
    )
    assert Play(outer, inner).open == ["x"]
