"""A case is found by an exact name or number that stands sealed in it, by who wrote it, and by nobody else."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine import blind, clock, errors
from engine.audit import AuditEntry
from engine.blind import BlindEntry
from engine.cases import corrections, erasure, lifecycle, search
from engine.cases.models import Case, FormSubmission
from engine.definitions import deployment
from engine.participants.models import CaseParticipation
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after

LATER = after(hours=1)
INDEXED = {"nome": "nome", "numero": "telefono"}


def _field(key: str, index: str) -> dict[str, object]:
    properties = {"confidentiality": "identita", "index": index}
    return {"type": "textfield", "key": key, "id": key, "label": key, "properties": properties}


FORM = protocols.form("chi", *[_field(key, index) for key, index in INDEXED.items()])
DIAGRAM = protocols.process(
    "chi",
    [protocols.start("inizio"), protocols.task("passo", form="chi"), protocols.task("altro"), protocols.end("fatto")],
    [("inizio", "passo"), ("passo", "altro"), ("altro", "fatto")],
    lanes={"cav": "inizio passo altro fatto"},
)
ANSWER = {"nome": "Nicolò  D'Àmico", "numero": "cell. +39 329 555-0147, dopo le 18"}


@pytest.fixture
def case(world: World) -> Case:
    with world.at(after(minutes=-5)) as session:
        deployment.deploy(session, world.people["progettista"], {"chi.bpmn": DIAGRAM}, forms_given={"chi": FORM})
    case = world.start("chi")
    world.do(after(minutes=1), case, "passo", ANSWER)
    return case


def found(world: World, kind: str, text: str, *, by: str = "collega.cav") -> list[str]:
    with world.at(LATER) as session:
        return [row.code for row in search.find(session, world.people[by], kind, text)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("nome", "Nicolò D'Àmico"),
        ("nome", "damico nicolo".replace("damico", "d amico")),
        ("nome", "D'AMICO, NICOLO'"),
        ("telefono", "3295550147"),
        ("telefono", "0039 329/555 01 47"),
    ],
)
def test_however_it_is_typed_it_is_found(world: World, case: Case, kind: str, text: str) -> None:
    assert found(world, kind, text) == [case.code]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("nome", "Nicolò"),
        ("nome", "3295550147"),
        ("telefono", "329555014"),
        ("telefono", "18"),
    ],
)
def test_a_part_of_it_or_another_kind_finds_nothing(world: World, case: Case, kind: str, text: str) -> None:
    assert found(world, kind, text) == []


def test_a_case_is_found_by_its_code(world: World, case: Case) -> None:
    assert found(world, "codice", case.code.lower()) == [case.code]
    assert found(world, "codice", case.code, by="estranea") == []


def test_who_takes_no_part_or_has_not_written_it_finds_nothing(world: World, case: Case) -> None:
    for name in ("estranea", "supervisora", "operatrice.capofila"):
        assert found(world, "telefono", "3295550147", by=name) == []
    for name in ("coordinatrice", "progettista", "amministratrice"):
        with pytest.raises(errors.Forbidden):
            found(world, "telefono", "3295550147", by=name)


def test_who_takes_part_without_having_written_it_finds_nothing(world: World, case: Case) -> None:
    with world.at(after(minutes=2)) as session:
        part = {"network_id": world.network_id, "case_id": case.id, "lane": "altro", "basis": "avvio"}
        session.add(CaseParticipation(**part, agency_id=world.agencies["estraneo"], since=clock.now()))
    assert found(world, "codice", case.code, by="estranea") == [case.code]
    assert found(world, "telefono", "3295550147", by="estranea") == []


def test_the_rows_hold_no_value_and_differ_from_network_to_network(world: World, case: Case) -> None:
    rows = world.rows(BlindEntry)
    assert sorted(row.kind for row in rows) == ["nome", "telefono"]
    assert all(len(row.digest) == 32 for row in rows)
    other = blind.digests(uuid4(), "telefono", "3295550147")
    assert not {row.digest for row in rows} & set(other)


def test_without_the_key_of_the_index_nothing_is_found(world: World, case: Case) -> None:
    blind.configure(b"another key")
    assert found(world, "telefono", "3295550147") == []


def test_what_a_correction_says_is_found_too(world: World, case: Case) -> None:
    (answer,) = world.rows(FormSubmission)
    with world.at(after(minutes=5)) as session:
        actor = world.people["operatrice.cav"]
        corrections.correct(session, actor, answer.id, {"numero": "340 1234567"}, reason="sbagliato")
    assert found(world, "telefono", "3401234567") == found(world, "telefono", "3295550147") == [case.code]


def test_what_is_erased_is_found_no_more(world: World, case: Case) -> None:
    with world.at(after(minutes=5)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
        erasure.destroy(session, case.id, world.agencies["cav"])
    assert world.rows(BlindEntry) == []
    assert found(world, "telefono", "3295550147") == []


def test_each_search_is_audited_without_what_was_searched(world: World, case: Case) -> None:
    found(world, "telefono", "3295550147")
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "search.done")
    assert (entry.actor_id, entry.details) == (
        world.people["collega.cav"].user_id,
        {"kind": "telefono", "found": 1},
    )


def test_nobody_searches_without_end(world: World, case: Case) -> None:
    for _ in range(search.MOST):
        found(world, "telefono", "3295550147")
    with pytest.raises(errors.InvalidValue, match="too_many"):
        found(world, "telefono", "3295550147")
    assert found(world, "telefono", "3295550147", by="operatrice.cav") == [case.code], "each person for herself"
    with world.at(after(LATER, minutes=61)) as session:
        assert search.find(session, world.people["collega.cav"], "codice", case.code)


@pytest.mark.parametrize(
    ("kind", "text", "field"), [("", "x", "kind"), ("nome", "  ", "text"), ("indirizzo", "x", "kind")]
)
def test_a_search_for_nothing_is_refused(world: World, kind: str, text: str, field: str) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        found(world, kind, text)
    assert caught.value.field == field
    assert timedelta(0) < search.WINDOW
