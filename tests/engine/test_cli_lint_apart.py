"""The linter on a machine without an installation: what it finds beside the files, and what it says it cannot see."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import protocol_files
from tests.engine.bpmn.diagram import call, end, process, service, start, task, way
from tests.engine.cases.protocols import PARAMETERS

ROOT = Path(__file__).parents[2]
CALLING = process(start(), call("chiama", "chiamato"), end(), way("inizio chiama fine"), key="chiamante")
CALLED = process(start(), task("passo"), end(), way("inizio passo fine"), key="chiamato")


def lint(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it in an environment in which nothing of an installation is named."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **variables}
    command = [sys.executable, "-m", "engine.cli", "lint", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A designer's copy of the protocols and forms that come with the product."""
    shutil.copytree(protocol_files.shipped(), tmp_path / "processes")
    shutil.copytree(ROOT / "forms/catalog", tmp_path / "forms/catalog")
    return tmp_path


def test_what_a_protocol_names_is_found_beside_it(project: Path) -> None:
    folder = project / "processes/valutazione_rischio"
    text_ = (folder / "valutazione_rischio.bpmn").read_text(encoding="utf-8")
    assert 'formId="raccogli_fattori"' in text_
    (folder / "valutazione_rischio.bpmn").write_text(
        text_.replace('formId="raccogli_fattori"', 'formId="mio"'), encoding="utf-8"
    )
    refused = lint(folder / "valutazione_rischio.bpmn")
    assert (refused.returncode, "Il modulo «mio» non esiste." in refused.stderr) == (1, True)
    for place in (folder / "mio.form", project / "forms/catalog/mio.form", project / "altrove/mio.form"):
        place.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "forms/catalog/raccogli_fattori.form", place)
        ran = lint(folder / "valutazione_rischio.bpmn", "--forms", place.parent)
        assert (ran.returncode, ran.stdout) == (0, "1 diagrammi e tabelle: niente da obiettare\n"), ran.stderr
        place.unlink()


def test_a_form_beside_the_diagram_stands_for_the_shared_one_of_its_name(project: Path) -> None:
    folder = project / "processes/valutazione_rischio"
    (folder / "raccogli_fattori.form").write_text("{}", encoding="utf-8")
    ran = lint(folder / "valutazione_rischio.bpmn")
    assert (ran.returncode, "raccogli_fattori.form" in ran.stderr) == (1, True)


def test_what_a_diagram_calls_is_found_beside_it_or_given_with_it(tmp_path: Path) -> None:
    (tmp_path / "altrove").mkdir()
    for name, source in (("chiamante.bpmn", CALLING), ("altrove/chiamato.bpmn", CALLED)):
        (tmp_path / name).write_bytes(source)
    alone = lint(tmp_path / "chiamante.bpmn")
    assert (alone.returncode, "Il processo chiamato «chiamato» non esiste." in alone.stderr) == (1, True)
    assert lint(tmp_path / "chiamante.bpmn", tmp_path / "altrove/chiamato.bpmn").returncode == 0
    (tmp_path / "rotto.bpmn").write_text("non è XML", encoding="utf-8")
    broken = lint(tmp_path / "chiamante.bpmn")
    assert "non controllato: rotto.bpmn: Il file è accanto e non si legge" in broken.stderr
    shutil.copy(tmp_path / "altrove/chiamato.bpmn", tmp_path)
    assert lint(tmp_path / "chiamante.bpmn").returncode == 0


def test_the_parameters_are_those_of_the_project_and_else_of_the_product(project: Path) -> None:
    diagram = project / "processes/accoglienza_cav/accoglienza_cav.bpmn"
    assert "processes/parameters.toml" in lint(diagram).stderr
    (project / "processes/parameters.toml").write_text(PARAMETERS, encoding="utf-8")
    other = lint(diagram, "--lang", "en")
    assert (other.returncode, "The deadline uses the unknown parameter “D03.alto”." in other.stderr) == (1, True)
    (project / "processes/parameters.toml").write_text("[[", encoding="utf-8")
    broken = lint(diagram)
    assert (broken.returncode, "i parametri non sono un file TOML" in broken.stderr) == (1, True)
    for name in ("valutazione_rischio.bpmn", "rischio.dmn"):
        shutil.copy(project / "processes/valutazione_rischio" / name, project)
    alone = lint(project / "valutazione_rischio.bpmn")
    assert (alone.returncode, "I parametri sono quelli di Staffetta" in alone.stderr) == (0, True)


def test_what_only_an_installation_can_tell_is_said_to_be_unchecked(tmp_path: Path) -> None:
    drawn = process(
        start(), service("chiama", "mai_vista", "> n = 1", "< esito = ignoto"), task("passo"), end(),
        way("inizio chiama passo fine"),
    )  # fmt: skip
    (tmp_path / "prova.bpmn").write_bytes(drawn)
    ran = lint(tmp_path / "prova.bpmn", "--json", "--lang", "en")
    said = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr, {one["level"] for one in said["problems"]}) == (0, "", {"warning"})
    assert [(one["element"], one["reason"]) for one in said["unchecked"]] == [
        ("", "Which agencies play the lanes has not been looked at."),
        ("", "The parameters are those of Staffetta: the network may have others."),
        ("chiama", "The function “mai_vista” is not installed here: nobody has looked whether it is there."),
    ]


def test_an_installation_that_is_named_is_needed(project: Path, tmp_path: Path) -> None:
    ran = lint(project / "processes", STAFFETTA_DATA_DIR=str(tmp_path / "nessuna"))
    assert (ran.returncode, "`staffetta init` makes it" in ran.stderr) == (3, True)


def test_the_command_is_called_in_the_right_way_or_says_how(tmp_path: Path) -> None:
    assert lint(tmp_path / "non_c_e.bpmn").returncode == 2
    assert lint(tmp_path).returncode == 3
