"""What the linter says of expressions and events."""

from __future__ import annotations

import pytest

from engine import errors
from engine.bpmn import parsing, profile
from tests.engine.bpmn.diagram import (
    catch,
    caught,
    choice,
    dated,
    element,
    end,
    error,
    flow,
    message,
    process,
    start,
    sub,
    task,
    timer,
    way,
    xor,
)
from tests.engine.bpmn.play import Play, one_problem, problems, read

PLAIN = (start(), task("a"), end(), way("inizio a fine"))
CALLED = process(start(), task("dentro"), end(), way("inizio dentro fine"), key="altro", variables="x")


# --- expressions ---


@pytest.mark.parametrize(
    "condition",
    ["n > 5", "${n > 5}", "#{n}", "__import__('os').popen('id')", "lambda: 1", "", "true", "==", "= ", "=n >", "=1 +"],
)
def test_a_condition_that_is_not_feel_is_refused(condition: str) -> None:
    file = choice(flow("x", "a", when=condition or " "), flow("x", "b"), default="x_b")
    found = problems(file)
    assert found[0].element == "x_a"
    assert "FEEL" in found[0].reason


@pytest.mark.parametrize("script", ["=__import__('os')", "=open('/etc/passwd')", "=[x for x in y]", "=n.__class__"])
def test_python_behind_the_equals_sign_does_nothing(script: str) -> None:
    file = choice(flow("x", "a", when=script), flow("x", "b"), default="x_b")
    try:
        play = Play(file, n=1)
    except errors.InvalidProcess:
        return
    assert play.stuck == [("x", "condition_not_boolean")]


def test_a_name_that_nobody_writes_is_refused() -> None:
    key, reason = one_problem(choice(flow("x", "a", when="=livelo > 1"), flow("x", "b"), default="x_b"))
    assert key == "x_a"
    assert "«livelo»" in reason


def test_names_come_from_forms_mappings_messages_and_the_case() -> None:
    with_form = process(
        start(),
        task("a", "< mappato = campo").replace(
            "<extensionElements>", '<extensionElements><zeebe:formDefinition formId="modulo" />'
        ),
        xor("x", "x_fine"),
        end(),
        end("f2"),
        way("inizio a x fine"),
        flow("x", "f2", when='=campo = 1 and mappato = 2 and case_code = "A" and dichiarato = 3'),
        variables="dichiarato",
    )
    assert set(read(with_form)) == {"prova"}


def form(form_id: str) -> str:
    return f'<extensionElements><zeebe:formDefinition formId="{form_id}" /></extensionElements>'


def test_a_form_that_does_not_exist_is_refused() -> None:
    key, reason = one_problem(
        process(start(), element("userTask", "a", form("ignoto"), name="A"), end(), way("inizio a fine"))
    )
    assert key == "a"
    assert "«ignoto»" in reason


@pytest.mark.parametrize("where", ["message start", "subprocess", "sealed fields"])
def test_a_form_that_nobody_could_fill_in_at_the_start_is_refused(where: str) -> None:
    inner = sub("s", element("startEvent", "si", form("modulo")), task("b"), end("sf"), way("si b sf"))
    by_message = element("startEvent", "i2", form("solo") + '<messageEventDefinition messageRef="m" />')
    parts = {
        "message start": (*PLAIN, by_message, end("f2"), way("i2 f2")),
        "subprocess": (start(), inner, end(), way("inizio s fine")),
        "sealed fields": (element("startEvent", "inizio", form("modulo")), end(), way("inizio fine")),
    }[where]
    found = parsing.read(process(*parts, top=message("m", "MSG")), "prova.bpmn")
    forms = {
        "modulo": profile.FormKeys(frozenset({"campo"}), frozenset({"testo"})),
        "solo": profile.FormKeys(frozenset({"campo"}), frozenset()),
    }
    said = profile.check(found, profile.Surroundings(forms, (), {}, ("cav",)))
    assert said
    assert {problem.element for problem in said} == {
        {"message start": "i2", "subprocess": "si", "sealed fields": "inizio"}[where]
    }


@pytest.mark.parametrize("target", ["case_code", "a b", "1a", "", "a-b", "a.b", "x" * 101])
def test_a_mapping_writes_to_a_simple_name(target: str) -> None:
    key, reason = one_problem(process(start(), task("a", f"< {target} = 1"), end(), way("inizio a fine")))
    assert key == "a"
    assert target in reason


@pytest.mark.parametrize("name", ["case_code", "a b", ""])
def test_a_declared_variable_has_a_simple_name(name: str) -> None:
    declared = f'<extensionElements><staffetta:variable name="{name}" type="string" /></extensionElements><laneSet>'
    key, reason = one_problem(process(*PLAIN).replace(b"<laneSet>", declared.encode()))
    assert key == "prova"
    assert f"«{name}»" in reason


def test_a_declared_variable_has_a_known_type() -> None:
    file = process(*PLAIN, variables="x").replace(b'type="string"', b'type="str"')
    assert "«str»" in one_problem(file)[1]


@pytest.mark.parametrize(
    ("text", "piece"), [('=param("D99")', "«D99»"), ("=param(quale)", "calcolato"), ('=param("D" + "03")', "calcolato")]
)
def test_a_parameter_is_named_and_exists(text: str, piece: str) -> None:
    file = process(*PLAIN, timer("t", "a", text), way("t fine"), variables="quale")
    key, reason = one_problem(file)
    assert key == "t"
    assert piece in reason


# --- events ---


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("timeDuration", "PT1X"),
        ("timeDuration", "-PT1H"),
        ("timeDuration", "-P1M"),
        ("timeDuration", "1h"),
        ("timeDuration", ""),
        ("timeDuration", "R3/PT1H"),
        ("timeDuration", "timedelta(hours=1)"),
        ("timeDuration", "2026-03-02T09:00:00Z"),
        ("timeDate", "2026-03-02T09:00:00"),
        ("timeDate", "2026-03-02"),
        ("timeDate", "2026-02-30T09:00:00Z"),
        ("timeDate", "domani"),
        ("timeDate", "PT1H"),
    ],
)
def test_a_timer_that_says_no_instant_is_refused(tag: str, text: str) -> None:
    key, reason = one_problem(process(*PLAIN, dated("t", "a", tag, text), way("t fine")))
    assert key == "t"
    assert "timer" in reason


@pytest.mark.parametrize("inner", ["", "<timeDuration>PT1H</timeDuration><timeDate>2026-03-02T09:00:00Z</timeDate>"])
def test_a_timer_has_one_time(inner: str) -> None:
    event = element("boundaryEvent", "t", f"<timerEventDefinition>{inner}</timerEventDefinition>", attachedToRef="a")
    found = problems(process(*PLAIN, event, way("t fine")))
    assert found[0].element == "t"


@pytest.mark.parametrize(
    ("event", "piece"),
    [
        (element("boundaryEvent", "e", attachedToRef="a"), "non aspetta nulla"),
        (timer("e", "inesistente", "PT1H"), "non sta su un'attività"),
        (timer("e", "fine", "PT1H"), "non sta su un'attività"),
        (timer("e", "b", "PT1H"), "non sta su un'attività"),
        (caught("e", "a", "e1"), "non solleva errori"),
        (caught("e", "s", "e1").replace("attachedToRef", 'cancelActivity="false" attachedToRef'), "interrompe sempre"),
        (caught("e", "s", "ignoto"), "quale errore"),
        (caught("e0", "s", "e1") + way("e0 fine") + caught("e", "s", "e1"), "già preso"),
        (caught("e0", "s") + way("e0 fine") + caught("e", "s"), "già preso"),
    ],
)
def test_an_event_on_a_border_must_be_able_to_happen(event: str, piece: str) -> None:
    inner = sub("s", start("si"), task("b"), end("sf"), way("si b sf"))
    parts = (start(), task("a"), inner, end(), way("inizio a s fine"), event, way("e fine"))
    found = problems(process(*parts, top=error("e1", "RIFIUTO")))
    assert any(problem.element == "e" and piece in problem.reason for problem in found), found


def test_an_error_end_names_its_error() -> None:
    parts = (start(), element("endEvent", "fine", "<errorEventDefinition />"), way("inizio fine"))
    assert one_problem(process(*parts)) == ("fine", "L'evento di errore non dice quale errore.")


def test_an_error_has_a_code_and_a_message_a_name() -> None:
    assert one_problem(process(*PLAIN, top=error("e1", " ")))[0] == "e1"
    assert one_problem(process(*PLAIN, top=message("m", " ")))[0] == "m"


@pytest.mark.parametrize(
    ("event", "top"),
    [
        (element("intermediateCatchEvent", "e"), ""),
        (catch("e", "ignoto"), ""),
        (catch("e", "m"), element("message", "m", name="MSG")),
        (catch("e", "m", "> x = 1"), message("m", "MSG")),
        (catch("e", "m"), message("m", "MSG", "=ignota")),
        (catch("e", "m"), message("m", "MSG", "case_code")),
    ],
    ids=["nothing", "unknown message", "no key", "inputs", "unknown name", "no feel"],
)
def test_an_event_that_waits_must_say_for_what(event: str, top: str) -> None:
    found = problems(process(start(), event, end(), way("inizio e fine"), top=top))
    assert {problem.element for problem in found} <= {"e", "m"}


def test_a_start_by_message_names_its_message() -> None:
    found = problems(process(*PLAIN, start("i2", message="ignoto"), way("i2 a")))
    assert found[0].element == "i2"
