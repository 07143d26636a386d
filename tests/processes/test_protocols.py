"""What every protocol of the networks must hold, whatever it prescribes."""

import re
import tomllib

import pytest

import forms
from engine.bpmn import model
from engine.calendars import lengths
from engine.cases import agreements, asking, misfiling, referring, retention
from tests.processes import drawing

STAFFETTA = "{urn:staffetta:bpmn:1}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
PARAMETERS = tomllib.loads((drawing.ROOT / "processes" / "parameters.toml").read_text("utf-8"))
FORMS = {path.stem: forms.parse(path.read_bytes()) for path in (drawing.ROOT / "forms" / "catalog").glob("*.form")}


@pytest.fixture(params=drawing.PROCESSES, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def protocol(path):
    return drawing.read(path)


def test_folder_file_and_process_have_one_name(path, protocol):
    executable = [process.get("id") for process in protocol.of_kind("process") if process.get("isExecutable") == "true"]
    assert executable == [path.stem] == [path.parent.name]


def test_each_protocol_explains_itself_to_coordinators(path):
    text = (path.parent / "README.md").read_text("utf-8")
    for heading in ("## A che cosa serve", "## Le scadenze", "## Che cosa adattare"):
        assert heading in text


def test_the_table_of_deadlines_names_every_parameter_that_the_diagram_reads(path, protocol):
    text = (path.parent / "README.md").read_text("utf-8")
    for name in _read_parameters(protocol):
        assert f"`{name}`" in text, name


def test_the_table_of_deadlines_says_the_same_as_the_parameters(path):
    rows = re.findall(
        r"^\| `([^`]+)` \|.*\| ([^|]+) \| ([^|]+) \|$", (path.parent / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert rows
    for name, length, escalation in rows:
        if name in PARAMETERS:
            assert (PARAMETERS[name]["clock"] == "GC") == length.endswith(" di calendario"), name
            said = length.replace(" giorni di calendario", "D").replace(" min", "M").replace(" h", "H")
            assert PARAMETERS[name]["length"] == ("P" if said.endswith("D") else "PT") + said, name
            assert PARAMETERS[name].get("class", "–") == escalation, name


def test_every_step_says_why_and_who(protocol):
    for task in protocol.of_kind("userTask"):
        text = task.findtext("bpmn:documentation", "", drawing.NS)
        assert re.search(r"\[[SVKD]\]", text), f"{task.get('id')} has no source"
        assert len(text) > 80, task.get("id")


def test_ids_are_plain_words_and_every_task_and_event_has_a_name(protocol):
    for element in protocol.of_kind(*drawing.FLOW_NODES):
        assert re.fullmatch(r"[a-z][a-z0-9_]*", str(element.get("id")))
        if not str(element.tag).endswith("Gateway"):
            assert element.get("name"), element.get("id")


def test_a_choice_has_a_question_named_answers_and_a_way_out_when_no_condition_holds(protocol):
    flows = {str(flow.get("id")): flow for flow in protocol.of_kind("sequenceFlow")}
    for gateway in protocol.of_kind("exclusiveGateway"):
        ways = [flow for flow in flows.values() if flow.get("sourceRef") == gateway.get("id")]
        if len(ways) == 1:
            continue
        assert (gateway.get("name") or "").endswith("?"), gateway.get("id")
        assert gateway.get("default") in flows, gateway.get("id")
        for flow in ways:
            assert flow.get("name"), flow.get("id")
            conditional = flow.find("bpmn:conditionExpression", drawing.NS) is not None
            assert conditional != (flow.get("id") == gateway.get("default")), flow.get("id")


def test_no_length_of_time_is_written_in_a_diagram(path):
    assert not re.search(r"\bP(T\d|\d+[YMWD])|\d\s?(h|ore|minuti|giorni)\b", path.read_text("utf-8"))


def test_deadlines_name_a_parameter_and_repeat_its_class_and_nature(protocol):
    for deadline in protocol.root.iter(f"{STAFFETTA}deadline"):
        parameter = PARAMETERS[str(deadline.get("parameter"))]
        assert deadline.get("class") == parameter["class"], deadline.get("parameter")
        assert deadline.get("nature") == parameter["nature"], deadline.get("parameter")


def test_every_step_has_a_clock_whose_last_deadline_holds_in_any_case(protocol):
    for task in protocol.of_kind("userTask"):
        clocks: dict[str, list] = {"reception": [], "conclusion": []}
        for deadline in task.iter(f"{STAFFETTA}deadline"):
            clocks[str(deadline.get("clock"))].append(deadline.get("condition"))
        assert clocks["conclusion"], task.get("id")
        for conditions in clocks.values():
            assert all(condition is None for condition in conditions[-1:])
            assert all(condition is not None for condition in conditions[:-1])


def test_every_step_names_a_form_of_the_catalogue(protocol):
    for task in protocol.of_kind("userTask"):
        form = task.find(f".//{ZEEBE}formDefinition", drawing.NS)
        assert form is not None
        assert form.get("formId") in FORMS


def test_every_parameter_is_used_and_well_formed():
    used = set().union(*(_read_parameters(drawing.read(path)) for path in drawing.PROCESSES))
    # These the engine asks for itself: how long a message waits, a vital interest lasts, what is written is kept, and a
    # breach may wait to be judged, and how long a question and a referral for their answer.
    own = {
        model.KEPT_FOR,
        agreements.VITAL_PARAMETER,
        retention.CONTACT,
        retention.PATH,
        misfiling.PARAMETER,
        asking.TIME[0],
        referring.TIME[0],
    }
    assert used | own == set(PARAMETERS)
    for name, parameter in PARAMETERS.items():
        if "value" in parameter:
            assert parameter["value"] is False, f"{name} counts before anybody has approved it"
        else:
            assert lengths.Length.read(parameter["length"], lengths.Clock(parameter["clock"])), name
        assert parameter.get("class") in {"E0", "E1", "E2", "E3", None}
        assert parameter["nature"] in {"legge", "protocollo", "interno"}
        assert parameter["tag"] in {"S", "V", "K", "D"}
        assert set(parameter["title"]) == {"it", "en"}


def _read_parameters(protocol: drawing.Drawing) -> set[str]:
    named = {str(deadline.get("parameter")) for deadline in protocol.root.iter(f"{STAFFETTA}deadline")}
    timers = " ".join("".join(timer.itertext()) for timer in protocol.of_kind("timerEventDefinition"))
    inputs = " ".join(str(line.get("source")) for line in protocol.root.iter(f"{ZEEBE}input"))
    return named | set(re.findall(r'param\("([^"]+)"\)', timers + inputs))
