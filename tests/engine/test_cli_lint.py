"""What the command line says of protocols that are not in order."""

from __future__ import annotations

import json
from pathlib import Path

from engine import protocol_files
from tests.engine.command_line import Run

WITHOUT_DEADLINE = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:prova">
<process id="senza_tempo" name="Senza tempo" isExecutable="true">
<laneSet id="corsie"><lane id="cav" name="CAV"><flowNodeRef>passo</flowNodeRef></lane></laneSet>
<startEvent id="inizio" name="Inizio" /><sequenceFlow id="a" sourceRef="inizio" targetRef="passo" />
<userTask id="passo" name="Passo" /><sequenceFlow id="b" sourceRef="passo" targetRef="fine" />
<endEvent id="fine" name="Fine" /></process></definitions>"""


def test_protocols_with_problems_are_refused_with_all_of_them(initialised: Run, tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text("not xml")
    (tmp_path / "b.bpmn").write_text("<!DOCTYPE x><x/>")
    for command in ("lint", "deploy"):
        ran = initialised(command, str(tmp_path))
        assert ran.code == 1
        assert len(ran.err.splitlines()) >= 2


def test_the_linter_speaks_both_languages_and_json(initialised: Run, tmp_path: Path) -> None:
    (tmp_path / "a.bpmn").write_text("not xml")
    english, italian = (initialised("lint", "--lang", one, str(tmp_path)) for one in ("en", "it"))
    assert "The file is not well-formed XML. Export the file again from the editor." in english.err
    assert "Il file non è XML ben formato. Esportare di nuovo il file dall'editor." in italian.err
    spoken = initialised("lint", "--lang", "en", "--json", str(tmp_path))
    assert (spoken.code, spoken.err) == (1, "")
    assert json.loads(spoken.out)["problems"] == [
        {
            "element": "a.bpmn",
            "reason": "The file is not well-formed XML.",
            "way_out": "Export the file again from the editor.",
            "line": 1,
            "file": "a.bpmn",
            "level": "refusal",
            "name": None,
        }
    ]


def test_warnings_are_said_and_stop_nothing(initialised: Run, tmp_path: Path) -> None:
    initialised("agency", "add", "Centro", "--service", "cav", "--new-service")
    (tmp_path / "senza_tempo.bpmn").write_text(WITHOUT_DEADLINE, encoding="utf-8")
    linted = initialised("lint", "--lang", "it", str(tmp_path))
    assert (linted.code, linted.out) == (0, "1 diagrammi e tabelle: 3 avvertimenti\n")
    assert linted.err.startswith("senza_tempo.bpmn: passo:")
    assert "avvertimento: Il passo non ha scadenze" in linted.err
    deployed = initialised("deploy", str(tmp_path))
    assert (deployed.code, deployed.out) == (0, "senza_tempo version 1: in force\n")
    assert "passo" in deployed.err


def test_a_problem_is_told_with_its_file_and_element(initialised: Run, tmp_path: Path) -> None:
    initialised("agency", "add", "Tutti", *(f"--service={one}" for one in ("cav", "capofila", "supervisione")))
    folder = protocol_files.shipped()
    for path in folder.rglob("*"):
        if path.suffix in {".bpmn", ".dmn"}:
            text_ = path.read_text(encoding="utf-8").replace('formId="accetta_invio"', 'formId="inesistente"')
            (tmp_path / path.name).write_text(text_, encoding="utf-8")
    (tmp_path / "rotto.bpmn").write_text("non è XML", encoding="utf-8")
    ran = initialised("lint", str(tmp_path))
    lines = ran.err.splitlines()
    assert ran.code == 1
    assert [line for line in lines if line.startswith("accoglienza_cav.bpmn: accetta_invio:")], lines
    assert [line for line in lines if line.startswith("rotto.bpmn:1: The file is not well-formed XML")], lines


def test_an_installation_tells_what_the_files_beside_cannot(initialised: Run, tmp_path: Path) -> None:
    (tmp_path / "senza_tempo.bpmn").write_text(WITHOUT_DEADLINE, encoding="utf-8")
    linted = initialised("lint", str(tmp_path))
    assert "No agency of the network plays the service “cav”" in linted.err
    assert "not checked" not in linted.err
