"""What the linter warns of, and what it does not."""

from __future__ import annotations

import pytest

from engine import errors
from engine.bpmn import advice, parsing, profile
from tests.engine.bpmn.diagram import (
    call,
    caught,
    choice,
    element,
    end,
    error,
    escalation,
    flow,
    fork,
    hears,
    of_escalation,
    par,
    process,
    script,
    sends,
    start,
    sub,
    task,
    throws,
    timer,
    triggered,
    way,
    xor,
)
from tests.engine.bpmn.play import Play, around, read

# Of steps in these diagrams nobody wants deadlines, forms and names.
_OF_PEOPLE = ("scadenze", "modulo", "nome")


def warned(
    *files: bytes, people: bool = False, surroundings: profile.Surroundings | None = None
) -> list[tuple[str, str]]:
    """Element and reason of every warning about files that nothing is held against."""
    processes = read(*files)
    found = [
        warning
        for one in processes.values()
        for warning in (*one.warnings, *advice.check(one, surroundings or around(processes)))
    ]
    assert all(warning.level is errors.Level.WARNING for warning in found)
    assert all(warning.way_out and warning.line is not None for warning in found)
    return [
        (warning.element, warning.reason)
        for warning in found
        if people or not any(word in warning.reason for word in _OF_PEOPLE)
    ]


PLAIN = (start(), task("a"), end(), way("inizio a fine"))


def test_a_plain_diagram_gets_no_warning() -> None:
    assert warned(process(*PLAIN)) == []


# --- ways on, and that they are executed as they are drawn ---


def test_a_gateway_without_default_warns_and_stops_the_case_for_a_person() -> None:
    file = process(
        start(), xor("x"), task("a"), task("b"), end(), way("inizio x"), flow("x", "a", when="=n = 1"),
        flow("x", "b", when="=n = 2"), way("a fine"), way("b fine"), variables="n",
    )  # fmt: skip
    assert [key for key, _ in warned(file)] == ["x"]
    assert Play(file, n=2).open == ["b"]
    stopped = Play(file, n=3)
    assert stopped.stuck == [("x", "no_way_on")]
    assert not stopped.instance.completed


def test_an_inclusive_gateway_without_default_warns_and_stops_too() -> None:
    file = process(
        start(), fork("x"), task("a"), task("b"), end(), way("inizio x"), flow("x", "a", when="=n > 1"),
        flow("x", "b", when="=n > 2"), way("a fine"), way("b fine"), variables="n",
    )  # fmt: skip
    assert [key for key, _ in warned(file)] == ["x"]
    assert Play(file, n=3).open == ["a", "b"]
    assert Play(file, n=0).stuck == [("x", "no_way_on")]


def test_a_condition_on_the_only_way_on_warns_and_counts() -> None:
    file = process(start(), task("a"), end(), way("inizio a"), flow("a", "fine", when="=n = 1"), variables="n")
    assert [key for key, _ in warned(file)] == ["a_fine"]
    assert Play(file, n=1).do("a").instance.completed
    assert Play(file, n=2).do("a").stuck == [("a", "no_way_on")]


@pytest.mark.parametrize("gateway", [xor, fork])
def test_a_gateway_may_have_one_conditional_way_on(gateway) -> None:
    file = process(start(), gateway("x"), end(), way("inizio x"), flow("x", "fine", when="=n = 1"), variables="n")
    assert [key for key, _ in warned(file)] == ["x_fine"]
    assert Play(file, n=1).instance.completed
    assert Play(file, n=2).stuck == [("x", "no_way_on")]


def test_where_no_flow_leaves_the_path_ends() -> None:
    file = process(start(), par("p"), task("a"), task("b"), way("inizio p a"), way("p b"))
    assert [key for key, _ in warned(file)] == ["a", "b"]
    play = Play(file).do("a")
    assert (play.open, play.instance.completed) == (["b"], False)
    assert play.do("b").instance.completed


def test_a_subprocess_whose_paths_just_end_is_over_and_the_case_goes_on() -> None:
    inner = sub("s", start("si"), task("b"), way("si b"))
    file = process(start(), inner, task("c"), end(), way("inizio s c fine"))
    assert [key for key, _ in warned(file)] == ["b"]
    assert Play(file).do("b").open == ["c"]


def test_an_event_on_a_border_and_a_throw_may_end_a_path() -> None:
    file = process(*PLAIN, timer("t", "a", "PT1H"))
    assert [key for key, _ in warned(file)] == ["t"]
    thrown = process(start(), throws("via"), way("inizio via"))
    assert [key for key, _ in warned(thrown)] == ["via"]
    assert Play(thrown).instance.completed


def test_a_parallel_gateway_passes_over_conditions() -> None:
    file = process(
        start(), par("p"), task("a"), task("b"), end(), way("inizio p"), flow("p", "a", when="=n = 1"),
        flow("p", "b", when="=n = 2"), way("a fine"), way("b fine"), variables="n",
    )  # fmt: skip
    assert [key for key, _ in warned(file)] == ["p_a", "p_b"]
    assert Play(file, n=1).open == ["a", "b"]


def test_two_flows_with_the_same_condition_warn_at_the_second() -> None:
    file = choice(flow("x", "a", when="=true"), flow("x", "b", when="=  true"))
    assert [key for key, reason in warned(file) if "stessa" in reason] == ["x_b"]


# --- what people need ---


def test_a_step_without_deadline_and_form_warns() -> None:
    reasons = [reason for key, reason in warned(process(*PLAIN), people=True) if key == "a"]
    assert ["scadenze" in reasons[0], "modulo" in reasons[1]] == [True, True]


def test_a_deadline_that_tells_nobody_warns() -> None:
    line = '<staffetta:deadline clock="reception" parameter="D03" nature="interno" />'
    silent = process(*PLAIN).replace(
        b'name="Fare a">', b'name="Fare a"><extensionElements>' + line.encode() + b"</extensionElements>"
    )
    assert [reason for _, reason in warned(silent, people=True) if "D03" in reason and "classe" in reason]


def test_a_lane_that_nobody_plays_warns() -> None:
    processes = read(process(*PLAIN))
    nobody = profile.Surroundings({}, (), processes, ())
    assert ("cav", True) in [
        (key, "Nessun ente" in reason) for key, reason in warned(process(*PLAIN), surroundings=nobody)
    ]


def test_what_people_read_has_a_name() -> None:
    nameless = process(
        start(), element("subProcess", "s", start("si") + end("sf") + way("si sf")), end(), way("inizio s fine")
    )
    assert [key for key, reason in warned(nameless, people=True) if "non ha un nome" in reason] == ["s"]


# --- who throws and who catches ---


def test_an_error_that_nobody_catches_warns() -> None:
    file = process(start(), task("a"), end("fine", error="e"), way("inizio a fine"), top=error("e", "E1"))
    assert [(key, "«E1»" in reason) for key, reason in warned(file)] == [("fine", True)]


@pytest.mark.parametrize("code", ["e", ""])
def test_an_error_that_is_caught_around_does_not_warn(code: str) -> None:
    inner = sub("s", start("si"), task("b"), end("sf", error="e"), way("si b sf"))
    file = process(
        start(),
        inner,
        caught("c", "s", code),
        task("d"),
        end(),
        way("inizio s fine"),
        way("c d fine"),
        top=error("e", "E1"),
    )
    assert warned(file) == []


def test_an_error_that_nobody_throws_warns_where_it_is_caught() -> None:
    inner = sub("s", start("si"), task("b"), end("sf"), way("si b sf"))
    file = process(
        start(),
        inner,
        caught("c", "s", "e"),
        task("d"),
        end(),
        way("inizio s fine"),
        way("c d fine"),
        top=error("e", "E1"),
    )
    assert [(key, "«E1»" in reason) for key, reason in warned(file)] == [("c", True)]


def test_an_event_subprocess_does_not_catch_what_comes_out_of_itself() -> None:
    handler = triggered("h", of_escalation("x"), throws("via", of_escalation("x")), end("hf"), way("su_h via hf"))
    file = process(*PLAIN, handler, top=escalation("x", "E1"))
    assert sorted(key for key, reason in warned(file) if "«E1»" in reason) == ["h", "via"]


def test_a_caller_catches_what_its_process_throws() -> None:
    inner = process(start(), end("fine", error="e"), way("inizio fine"), key="altro", top=error("e", "E1"))
    outer = process(
        start(),
        call("c", "altro"),
        caught("k", "c", "e"),
        end(),
        way("inizio c fine"),
        way("k fine"),
        top=error("e", "E1"),
    )
    assert warned(outer, inner) == []
    assert [key for key, _ in warned(inner)] == ["fine"]


# --- where values come from ---


def test_a_value_that_only_a_later_step_writes_warns() -> None:
    file = process(
        start(), xor("x", "x_b"), script("b", "1", "n"), end(), way("inizio x"), flow("x", "fine", when="=n = 1"),
        flow("x", "b"), way("b fine"),
    )  # fmt: skip
    assert [(key, "«n»" in reason) for key, reason in warned(file)] == [("x_fine", True)]


def test_a_value_that_an_earlier_round_of_a_loop_has_written_may_be_there() -> None:
    file = process(
        start(), xor("m"), xor("x", "x_b"), script("b", "1", "n"), end(), way("inizio m x"),
        flow("x", "fine", when="=n = 1"), flow("x", "b"), way("b m"),
    )  # fmt: skip
    assert warned(file) == []


def test_a_value_of_a_parallel_branch_may_not_be_there_yet() -> None:
    file = process(
        start(), par("p"), script("b", "1", "n"), script("c", "n + 1", "m"), par("j"), end(),
        way("inizio p b j fine"), way("p c j"),
    )  # fmt: skip
    assert [key for key, _ in warned(file)] == ["c"]


def test_a_value_from_inside_a_subprocess_is_there_behind_it_and_not_before() -> None:
    inner = sub("s", start("si"), script("b", "1", "n"), end("sf"), way("si b sf"))
    file = process(start(), inner, script("c", "n", "m"), end(), way("inizio s c fine"))
    assert warned(file) == []
    before = process(start(), script("c", "n", "m"), inner, end(), way("inizio c s fine"))
    assert [key for key, _ in warned(before)] == ["c"]


def test_a_condition_on_an_answer_that_may_be_left_out_warns_unless_it_says_so() -> None:
    keys = profile.FormKeys(frozenset({"campo"}), frozenset(), frozenset({"campo"}))
    plain = process(
        start(),
        task("a"),
        xor("x", "x_b"),
        task("b"),
        end(),
        way("inizio a x"),
        flow("x", "fine", when="=campo = 1"),
        flow("x", "b"),
        way("b fine"),
    ).replace(
        b'name="Fare a">',
        b'name="Fare a"><extensionElements><zeebe:formDefinition formId="modulo"/></extensionElements>',
    )
    optional = profile.Surroundings({"modulo": keys}, (), {}, ("cav",))
    assert [key for key, reason in warned(plain, surroundings=optional) if "«campo»" in reason] == ["x_fine"]
    careful = plain.replace(b"=campo = 1", b"=campo != null and campo = 1")
    assert warned(careful, surroundings=optional) == []
    assert parsing.read(careful, "prova.bpmn").id == "prova"


def test_signals_and_messages_that_only_one_side_knows_warn() -> None:
    signal = '<signal id="s" name="SEGNALE" /><message id="m" name="MSG" />'
    thrown = throws("via", '<signalEventDefinition signalRef="s" />')
    sent = throws("manda", sends("m"))
    alone = process(start(), thrown, sent, end(), way("inizio via manda fine"), top=signal)
    assert [key for key, reason in warned(alone) if "aspetta" in reason] == ["via", "manda"]
    caught_too = process(
        start(), par("p"), thrown, hears("ode", '<signalEventDefinition signalRef="s" />'), end(), end("f2"),
        way("inizio p via fine"), way("p ode f2"), top=signal,
    )  # fmt: skip
    assert [reason for _, reason in warned(caught_too) if "SEGNALE" in reason] == []
    only_caught = process(
        start(), hears("ode", '<signalEventDefinition signalRef="s" />'), end(), way("inizio ode fine"), top=signal
    )
    assert [key for key, reason in warned(only_caught) if "lancia il segnale «SEGNALE»" in reason] == ["ode"]


def test_an_error_on_the_border_of_a_function_does_not_warn() -> None:
    service = element(
        "serviceTask", "f", '<extensionElements><zeebe:taskDefinition type="FUNZIONE" /></extensionElements>'
    )
    file = process(
        start(), service, caught("c", "f", "e"), end(), way("inizio f fine"), way("c fine"), top=error("e", "E1")
    ).decode()
    scope = parsing.read(file.replace("FUNZIONE", "prova").encode(), "prova.bpmn")
    assert [one.element for one in advice.check(scope, around()) if "Nessuno lancia" in one.reason] == []
