"""The register of accesses: who sees what of it, what it says, and its file."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest

from engine import db
from engine.cases.history import EventKind
from engine.oversight import register
from engine.participants import directory
from engine.participants.models import Exclusion, Role
from tests.web.story import claim, start, task_of
from tests.web.world import Browser, World
from web import downloads, register_words

ROOT = Path(__file__).parents[2]


@pytest.fixture
def case(someone: Callable[..., Browser], world: World) -> tuple[str, str]:
    """A case that an operator has opened and a colleague has read: its address and its code."""
    person = someone("operatrice.cav")
    address = start(person, world)
    claim(person, task_of(person))
    page = someone("collega.cav").get(address)
    return address, page.tree.xpath("string(//h1/span[@class='codice'])")


def test_the_coordination_sees_who_read_and_changed_a_case_and_in_which_capacity(someone, case, world) -> None:
    _, code = case
    page = someone("coordinamento").get(f"/registro?caso={code.lower()}")
    rows = [" ".join(row.text_content().split()) for row in page.tree.xpath("//tbody/tr")]
    read = next(row for row in rows if "collega.cav" in row)
    assert "Centro antiviolenza di prova" in read
    assert "Caso aperto in lettura" in read
    assert "apertura" in read
    assert any("operatrice.cav" in row and "Preso in carico" in row for row in rows)
    assert "Accetta l'invio" not in page.text
    assert "coordinamento" in someone("dpo").get(f"/registro?caso={code}").said(), (
        "who looked is seen by who looks next"
    )


def test_the_coordination_is_asked_for_a_case_and_may_not_ask_for_a_person(someone, case, world) -> None:
    coordination = someone("coordinamento")
    page = coordination.get("/registro")
    assert page.status == 200
    assert not page.tree.xpath("//table")
    assert not page.has("persona")
    person = world.people["operatrice.cav"]
    assert coordination.get(f"/registro?persona={person}").status == 403
    assert coordination.get(f"/registro?caso={case[1]}&persona={person}").status == 403
    assert coordination.get("/registro/csv").status == 403


@pytest.mark.parametrize("username", ["operatrice.cav", "responsabile.cav", "progettista", "amministratore"])
def test_colleagues_do_not_see_each_other(someone, case, username: str) -> None:
    person = someone(username)
    address, code = case
    assert person.get(f"/registro?caso={code}").status == 403
    assert person.get(f"/registro/csv?caso={code}").status == 403
    assert not any("/registro" in link for link in person.get("/attivita").links())
    if username.endswith(".cav"):
        assert not any("/registro" in link for link in person.get(address).links())


def test_the_data_protection_officer_sees_all_of_it_by_person_by_day_and_by_what(someone, case, world) -> None:
    officer = someone("dpo")
    assert "Caso aperto" in officer.get("/registro").said()
    page = officer.get(f"/registro?persona={world.people['collega.cav']}&che=letture")
    people = set(page.tree.xpath("//tbody/tr/td[2]/text()"))
    assert people == {"collega.cav"}
    assert "Nessuna voce." in officer.get("/registro?che=letture&al=2020-01-01").said()
    assert officer.get("/registro?dal=ieri").status == 422
    assert officer.get("/registro?persona=x").status == 404
    assert officer.get("/registro?che=x").status == 404
    assert "Nessun caso con questo codice." in officer.get("/registro?caso=2345-67").said()


def test_the_data_protection_officer_opens_no_case(someone, case) -> None:
    officer = someone("dpo")
    assert officer.get(case[0]).status == 404
    assert case[1] not in officer.get("/casi").text


def test_nobody_sees_the_register_of_a_case_that_keeps_her_out(someone, case, world) -> None:
    address, code = case
    with db.transaction() as session:
        for username in ("dpo", "coordinamento"):
            row = Exclusion(
                network_id=world.network_id,
                case_id=UUID(address.rpartition("/")[2]),
                user_id=world.people[username],
                put_by_id=world.people["responsabile.cav"],
                controller_id=world.agencies["cav"],
            )
            session.add(row)
    for username in ("dpo", "coordinamento"):
        page = someone(username).get(f"/registro?caso={code}")
        assert "Nessun caso con questo codice." in page.said()
    assert code not in someone("dpo").get("/registro").text


def test_pages_go_on_behind_the_last_line(someone, case, monkeypatch) -> None:
    monkeypatch.setattr(register, "LIMIT", 2)
    officer, seen, path = someone("dpo"), [], f"/registro?caso={case[1]}&che=modifiche"
    for _ in range(10):
        page = officer.get(path)
        seen += page.tree.xpath("//tbody/tr/td[4]/text()")
        more = [link for link in page.links() if "prima=" in link]
        if not more:
            break
        (path,) = more
    assert "Caso aperto" in seen[-1] or "Protocollo avviato" in seen[-1]
    assert len(seen) > 2


def test_the_file_says_what_the_page_says_and_holds_no_formula(someone, case, world) -> None:
    with db.transaction() as session:
        user = directory.create_user(session, username="altra", display_name="=HYPERLINK(1)", password="x" * 20)
        directory.create_membership(
            session,
            network_id=world.network_id,
            user_id=user.id,
            agency_id=world.agencies["cav"],
            role=Role.OPERATRICE,
        )
    stranger = someone()
    stranger.be(user.id, world.network_id)
    stranger.get(case[0])
    answer = someone("coordinamento").client.get(f"/registro/csv?caso={case[1]}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="registro.csv"'
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][2:7] == ["Chi", "Per quale ente", "Per conto di", "Che cosa", "Caso"]
    assert "'=HYPERLINK(1)" in {row[2] for row in rows}
    assert {row[6] for row in rows[1:]} == {case[1]}


@pytest.mark.parametrize("cell", ["=1+1", "+39", "-1", "@x", "\tx", "\rx", "\nx"])
def test_a_cell_that_begins_like_a_formula_is_text(cell: str) -> None:
    (row,) = csv.reader(StringIO(downloads.table("x", [cell], []).data.decode("utf-8-sig"), newline=""), delimiter=";")
    assert row == [f"'{cell}"]


RECORDERS = {"record", "record_in_case", "note", "note_task", "_record", "_note"}


def acts(path: Path) -> set[str]:
    """Give the names of acts that a module records: the dotted constants in calls of what records."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in RECORDERS:
            constants = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
            found |= {one for one in constants if isinstance(one, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", one)}
    return found


def test_every_act_that_is_recorded_has_its_words() -> None:
    recorded = set().union(*map(acts, (ROOT / "engine").rglob("*.py")))
    kinds = {kind.value.replace("_", ".", 1) for kind in EventKind}
    assert {"case.read", "erasure.done", "login.failed", "user.created"} <= recorded
    assert recorded - set(register_words.ACTIONS) - kinds == set()
    assert all(str(register_words.action(one)) for one in kinds | set(register_words.ACTIONS))
