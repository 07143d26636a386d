"""Decision tables through the API: they come with the diagram that asks them."""

from __future__ import annotations

from pathlib import Path

from tests.web.api.conftest import Programs

FOLDER = Path(__file__).parents[3] / "processes" / "valutazione_rischio"
DIAGRAM = ("valutazione_rischio.bpmn", (FOLDER / "valutazione_rischio.bpmn").read_bytes())
TABLES = (FOLDER / "rischio.dmn").read_bytes()


def test_tables_are_deployed_with_their_diagram(program: Programs) -> None:
    changed = TABLES.replace("Due risposte sì: medio".encode(), "Due risposte sì: livello medio".encode())
    (new,) = program("progettista").upload([DIAGRAM, ("rischio.dmn", changed)]).body["definitions"]
    (same,) = program("progettista").upload([DIAGRAM]).body["definitions"]

    assert (new["key"], new["is_new"]) == ("valutazione_rischio", True)
    assert same == {**new, "is_new": False}


def test_tables_with_an_overlap_are_refused_with_file_and_row(program: Programs) -> None:
    reply = program("progettista").upload([DIAGRAM, ("rischio.dmn", TABLES.replace(b"&gt;= 3", b"&gt;= 2", 1))])

    assert (reply.status, reply.code) == (422, "invalid_process")
    assert "bra_da5_due_grave" in {problem["element"] for problem in reply.body["problems"]}
