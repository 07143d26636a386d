"""What is secret in an answer is opened kind by kind, for a purpose, by who may, and always audited."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from engine import crypto, errors, packing
from engine.audit import AuditEntry
from engine.cases import openings, submission_page
from engine.cases.models import Case, FormSubmission
from engine.definitions import deployment
from engine.participants.access import Actor
from engine.participants.models import Role
from forms import secrecy
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after

KINDS = {"chi": "identita", "referto": "clinico", "querela": "giudiziario", "dove": "luogo", "nota": "libero"}
ANSWER = {key: f"CÀNARY-{kind}" for key, kind in KINDS.items()}


def _field(key: str, kind: str) -> dict[str, object]:
    return {"type": "textfield", "key": key, "id": key, "label": key, "properties": {"confidentiality": kind}}


FORM = protocols.form("specie", *[_field(key, kind) for key, kind in KINDS.items()])
DIAGRAM = protocols.process(
    "specie",
    [protocols.start("inizio"), protocols.task("passo", form="specie"), protocols.end("fatto")],
    [("inizio", "passo"), ("passo", "fatto")],
    lanes={"cav": "inizio passo fatto"},
)


@pytest.fixture
def case(world: World) -> Case:
    with world.at(after(minutes=-5)) as session:
        deployment.deploy(session, world.people["progettista"], {"specie.bpmn": DIAGRAM}, forms_given={"specie": FORM})
    return world.start("specie")


@pytest.fixture
def answer(world: World, case: Case) -> FormSubmission:
    world.do(after(minutes=1), case, "passo", ANSWER)
    (row,) = world.rows(FormSubmission)
    return row


def read(world: World, answer_id: UUID, *kinds: str, by: str = "collega.cav") -> submission_page.SubmissionPage:
    opening = openings.opening("colloquio", kinds) if kinds else None
    with world.at(after(minutes=9)) as session:
        return submission_page.submission(session, world.people[by], answer_id, opening=opening)


def test_everything_secret_is_closed_until_it_is_opened(world: World, answer: FormSubmission) -> None:
    page = read(world, answer.id)
    assert (page.values, page.opened, page.openable) == ({}, (), True)
    assert page.closed == ("identita", "clinico", "giudiziario", "luogo", "libero")
    assert not world.rows(AuditEntry, AuditEntry.action == "answer.opened")


def test_a_kind_is_opened_whole_and_no_other_with_it(world: World, answer: FormSubmission) -> None:
    page = read(world, answer.id, "identita", "luogo")
    assert page.values == {"chi": ANSWER["chi"], "dove": ANSWER["dove"]}
    assert (page.opened, page.closed) == (("identita", "luogo"), ("clinico", "giudiziario", "libero"))


def test_one_kind_cannot_be_read_with_the_seal_of_another(world: World, answer: FormSubmission) -> None:
    assert set(answer.sealed_kinds) == set(KINDS.values())
    with world.at(after(minutes=9)) as session:
        row = session.get_one(FormSubmission, answer.id)
        row.sealed_kinds = {**row.sealed_kinds, "libero": row.sealed_kinds["identita"]}
        with session.no_autoflush, pytest.raises(errors.SealBroken):
            openings.opened(session, world.people["collega.cav"], row, openings.opening("atti", ["libero"]))
        session.expire(row)


def test_nothing_of_a_kind_stands_in_what_is_sealed_for_all(world: World, answer: FormSubmission) -> None:
    with world.at(after(minutes=9)) as session:
        row = session.get_one(FormSubmission, answer.id)
        where = {"case_id": row.case_id, "controller_id": row.controller_id, "key_version": row.key_version}
        field = f"values:{row.id}"
        plain = crypto.open_(session, row.sealed, **where, table="form_submission", field=field)
        assert b"CANARY" not in plain.replace("À".encode(), b"A")
        for kind, sealed in row.sealed_kinds.items():
            blob = base64.b64decode(sealed)
            part = crypto.open_(session, blob, **where, table="form_submission", field=f"{field}:{kind}")
            assert list(packing.loads(part).values()) == [f"CÀNARY-{kind}"]


def test_each_opening_is_audited_with_agency_case_kind_and_purpose(
    world: World, case: Case, answer: FormSubmission
) -> None:
    read(world, answer.id, "identita", "libero")
    entries = world.rows(AuditEntry, AuditEntry.action == "answer.opened")
    assert [entry.details["kind"] for entry in entries] == ["identita", "libero"]
    for entry in entries:
        assert (entry.actor_id, entry.subject_id) == (world.people["collega.cav"].user_id, str(answer.id))
        assert (entry.case_id, entry.agency_id) == (case.id, world.agencies["cav"])
        assert entry.details["purpose"] == "colloquio"


@pytest.mark.parametrize(
    ("purpose", "kinds", "field"),
    [
        ("", ["libero"], "purpose"),
        ("curiosita", ["libero"], "purpose"),
        ("atti", [], "kinds"),
        ("atti", ["x"], "kinds"),
    ],
)
def test_an_opening_without_a_purpose_or_of_nothing_is_refused(purpose: str, kinds: list[str], field: str) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        openings.opening(purpose, kinds)
    assert caught.value.field == field


def test_the_coordination_of_the_same_agency_opens_nothing(world: World, case: Case, answer: FormSubmission) -> None:
    person = world.people["collega.cav"]
    coordinating = Actor(person.user_id, person.network_id, ((world.agencies["cav"], Role.COORDINAMENTO),), "x")
    with world.at(after(minutes=9)) as session:
        page = submission_page.submission(session, coordinating, answer.id)
        assert (page.values, page.openable) == ({}, False)
        with pytest.raises(errors.Forbidden):
            submission_page.submission(session, coordinating, answer.id, opening=openings.opening("atti", ["libero"]))
    assert not world.rows(AuditEntry, AuditEntry.action == "answer.opened")


def test_who_may_not_read_an_answer_opens_nothing_of_it(world: World, answer: FormSubmission) -> None:
    for name in ("estranea", "supervisora", "operatrice.capofila", "coordinatrice"):
        with pytest.raises(errors.NotFound):
            read(world, answer.id, "identita", by=name)


def test_an_answer_from_before_the_kinds_is_opened_in_the_same_way(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(secrecy, "split", lambda _form, values: {secrecy.ORDINARY: dict(values)})
        world.do(after(minutes=1), case, "passo", ANSWER)
    (row,) = world.rows(FormSubmission)
    assert row.sealed_kinds == {}
    page = read(world, row.id)
    assert (page.values, len(page.closed)) == ({}, 5)
    assert read(world, row.id, "luogo").values == {"dove": ANSWER["dove"]}
