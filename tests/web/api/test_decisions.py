"""Decision tables through the API: they come with the diagram that asks them."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import ANY

from tests.web.api.conftest import Programs
from tests.web.api.program import Program
from tests.web.test_decisions import FIRST
from tests.web.world import World

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


def test_who_confirms_a_proposal_is_told_how_it_came_about(operator: Program, world: World) -> None:
    lanes = dict.fromkeys(("cav", "supervisione"), str(world.agencies["cav"]))
    variables = {"rischio_segnalato": "ALTO"}
    operator.post("/cases", {"definition": "valutazione_rischio", "lanes": lanes, "variables": variables})
    (first,) = operator.get("/tasks").body["items"]
    assert operator.get(f"/tasks/{first['id']}").body["explanation"] is None
    operator.post(f"/tasks/{first['id']}/claim", {})
    done = operator.post(f"/tasks/{first['id']}/complete", {"values": FIRST | {"strangolamento": "si"}})
    assert done.status == 200, done.raw

    (confirm,) = (row for row in done.body["opened"] if row["element_id"] == "conferma_professionale")
    explanation = operator.get(f"/tasks/{confirm['id']}").body["explanation"]
    assert explanation["version"] == 1
    assert explanation["parts"][0]["heading"] == {"it": "Livello proposto: vale il più alto", "en": ANY}
    assert {"it": "Ha tentato di strangolarla o soffocarla", "en": ANY} in [
        remark for part in explanation["parts"] for remark in part["remarks"]
    ]
