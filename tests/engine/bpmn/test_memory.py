"""The engine used without a database, as docs/engine.md says."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine import errors
from engine.bpmn import memory
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from tests.engine.bpmn.diagram import call, element, end, process, start, way

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_the_examples_of_the_page_about_the_engine_give_what_they_say() -> None:
    page = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(page, {}, "engine.md", "docs/engine.md", 0)
    said: list[str] = []
    result = doctest.DocTestRunner().run(examples, out=said.append)
    assert result.failed == 0, "".join(said)
    assert result.attempted > 15


def test_the_protocols_run_in_memory_with_their_forms_and_tables() -> None:
    given = [*ROOT.glob("processes/*/*.bpmn"), *ROOT.glob("processes/*/*.dmn"), *ROOT.glob("forms/catalog/*.form")]
    files = {path.name: path.read_bytes() for path in given}
    found = memory.load(files, parameters=_Any())
    assert {"accoglienza_cav", "valutazione_rischio"} <= found.keys()
    instance = Instance.start(found["accoglienza_cav"], {"case_code": "AAAA"}, Host(NOW, _Any()))
    assert [item.node.id for item in instance.work_items] == ["accetta_invio"]


def test_files_that_call_one_another_are_bound_to_one_another() -> None:
    one = process(start(), call("c", "due"), end(), way("inizio c fine"), key="uno")
    two = process(start(), call("c", "uno"), end(), way("inizio c fine"), key="due")
    found = memory.load({"uno.bpmn": one, "due.bpmn": two})
    assert found["uno"].called["due"].called["uno"] is found["uno"]
    assert memory.load({"uno.bpmn": one, "due.bpmn": two})["uno"].id == found["uno"].id


def test_everything_that_is_wrong_is_said_at_once_and_with_its_file() -> None:
    good = process(start(), end(), way("inizio fine"))
    bad = process(start(), element("sendTask", "x"), end(), way("inizio fine"), key="altro")
    files = {"a.bpmn": good, "b.bpmn": bad, "c.bpmn": good, "d.form": b"{}", "e.dmn": b"<x/>"}
    with pytest.raises(errors.InvalidProcess) as refused:
        memory.load(files)
    assert {problem.file for problem in refused.value.problems} == {"b.bpmn", "c.bpmn", "d.form", "e.dmn"}


class _Any(dict[str, timedelta]):
    """Every parameter that the protocols name, an hour each."""

    def __init__(self) -> None:
        import tomllib

        known = tomllib.loads((ROOT / "processes/parameters.toml").read_text())
        super().__init__({name: entry.get("value", timedelta(hours=1)) for name, entry in known.items()})
