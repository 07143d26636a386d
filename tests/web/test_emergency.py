"""Break-glass on the pages: one person reads one case for a short time, everybody who answers for it knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.audit import AuditEntry
from engine.cases import emergencies
from engine.notifications.models import Notice
from engine.participants.models import EmergencyAccess, Exclusion
from tests.web.story import claim, start, task_of
from tests.web.world import Browser, World

WHY = "è in pericolo, al pronto soccorso"


@pytest.fixture
def case(someone: Callable[..., Browser], world: World) -> tuple[str, str]:
    """A case of the centre: its address and its code."""
    person = someone("operatrice.cav")
    address = start(person, world)
    claim(person, task_of(person))
    return address, person.get(address).tree.xpath("string(//h1/span[@class='codice'])")


def opened(person: Browser, code: str, reason: str = WHY):
    person.get("/accesso-emergenza")
    return person.post("/accesso-emergenza", {"caso": code, "_motivo": reason})


def test_one_person_reads_the_whole_case_for_an_hour_and_nothing_else(someone, case, world) -> None:
    address, code = case
    stranger = someone("operatrice.ps")
    assert stranger.get(address).status == 404
    page = opened(stranger, code)
    assert (page.status, stranger.path) == (200, address)
    assert "sola lettura" in page.said()
    assert "Accetta l'invio" in page.said()
    assert stranger.get(task_of(someone("operatrice.cav"), "mie")).status == 200
    form = next(link for link in page.links() if link.startswith("/moduli/"))
    assert stranger.get(form).status == 200
    assert code not in stranger.get("/casi").text
    assert someone("operatrice.comune").get(address).status == 404
    with db.transaction(read_only=True):
        now = clock.now()
    with clock.frozen(now + emergencies.LIMIT + timedelta(minutes=1)):
        # A session of then; the one of now has lapsed by then, too.
        assert someone("operatrice.ps").get(address).status == 404


def test_it_changes_nothing_in_the_case(someone, case, world) -> None:
    address, code = case
    stranger = someone("operatrice.ps")
    opened(stranger, code)
    task = task_of(someone("operatrice.cav"), "mie")
    form = next(link for link in stranger.get(address).links() if link.startswith("/moduli/"))
    for path, data in (
        (f"{task}/presa", {}),
        (f"{task}/bozza", {}),
        (f"{task}/conclusione", {"esito_invio": "accetta"}),
        (f"{task}/ritorno", {"_motivo": "x"}),
        (f"{form}/rettifica", {"_motivo": "x", "canale": "altro"}),
        (f"{address}/annullamento", {"_motivo": "x"}),
    ):
        assert stranger.post(path, data).status in {403, 404, 422}, path
    assert "Annulla il caso" not in stranger.get(address).text
    coordination = someone("coordinamento")
    opened(coordination, code)
    assert coordination.post(f"{address}/annullamento", {"_motivo": "x"}).status == 404
    assert "Annulla il caso" not in coordination.get(address).text


def test_who_answers_for_it_is_told_at_once_and_reads_why(someone, case, world) -> None:
    _, code = case
    opened(someone("operatrice.ps"), code)
    for username in ("coordinamento", "dpo", "responsabile.cav"):
        person = someone(username)
        assert "Accesso di emergenza: una persona di un altro ente ha aperto un caso" in person.get("/avvisi").said()
        said = person.get("/accesso-emergenza").said()
        assert WHY in said
        assert "operatrice.ps" in said
    for username in ("collega.cav", "operatrice.comune"):
        assert WHY not in someone(username).get("/accesso-emergenza").text
    assert someone("progettista").get("/accesso-emergenza").status == 403


def test_a_lead_of_the_agency_that_holds_the_case_judges_it_once(someone, case, world) -> None:
    opened(someone("operatrice.ps"), case[1])
    lead = someone("responsabile.cav")
    form = lead.get("/accesso-emergenza").tree.xpath("string(//form[contains(@action, '/esame')]/@action)")
    coordination = someone("coordinamento")
    coordination.get("/accesso-emergenza")
    assert coordination.post(form, {"esito": "giustificato"}).status == 403
    assert "non giustificato" in lead.post(form, {"esito": "ingiustificato"}).said()
    assert lead.post(form, {"esito": "giustificato"}).status == 409
    assert "responsabile.cav" in coordination.get("/accesso-emergenza").said()


def test_what_is_read_this_way_is_recorded_as_such(someone, case, world) -> None:
    stranger = someone("operatrice.ps")
    opened(stranger, case[1])
    with Session(db.engine()) as session:
        query = select(AuditEntry).where(
            AuditEntry.actor_id == world.people["operatrice.ps"], AuditEntry.action == "case.read"
        )
        entry = session.scalars(query).one()
    assert (entry.purpose, entry.basis, entry.agency_id) == (
        "accesso_emergenza",
        "accesso_emergenza",
        world.agencies["ps"],
    )


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_whom_a_case_keeps_out_does_not_get_in_and_hears_what_is_told_of_no_case(someone, case, world, when) -> None:
    address, code = case
    stranger = someone("operatrice.ps")
    if when == "meanwhile":
        assert opened(stranger, code).status == 200
    with db.transaction() as session:
        row = Exclusion(
            network_id=world.network_id,
            case_id=UUID(address.rpartition("/")[2]),
            agency_id=world.agencies["ps"],
            put_by_id=world.people["responsabile.cav"],
            controller_id=world.agencies["cav"],
        )
        session.add(row)
    refused, unknown = opened(stranger, code), opened(stranger, "2345-67")
    assert (refused.status, refused.summary()) == (unknown.status, unknown.summary())
    assert refused.summary() == ["Codice del caso – Nessun caso con questo codice."]
    assert stranger.get(address).status == 404
    with Session(db.engine()) as session:
        tried = session.scalars(select(AuditEntry.case_id).where(AuditEntry.action == "emergency.refused")).all()
    assert tried == [UUID(address.rpartition("/")[2]), None]


def test_a_reason_and_a_case_that_is_not_ones_own_are_needed(someone, case, world) -> None:
    stranger = someone("operatrice.ps")
    assert opened(stranger, case[1], "").summary() == ["Motivo – Scrivere il motivo."]
    assert "già aprirlo" in opened(someone("operatrice.cav"), case[1]).summary()[0]
    assert someone("dpo").get("/accesso-emergenza").status == 200
    assert not someone("dpo").get("/accesso-emergenza").has("caso")


def test_the_review_is_asked_for_on_the_next_working_day_and_told_upwards_when_it_is_not_done(
    someone, case, world
) -> None:
    opened(someone("operatrice.ps"), case[1])
    with Session(db.engine()) as session:
        row = session.scalars(select(EmergencyAccess)).one()

    def told(at) -> list[tuple[str, str]]:
        with clock.frozen(at), db.transaction() as session:
            emergencies.remind(session)
            emergencies.remind(session)
        with Session(db.engine()) as session:
            kinds = ("emergency_review", "emergency_unreviewed")
            query = (
                select(Notice.kind, Notice.role).where(Notice.kind.in_(kinds)).order_by(Notice.created_at, Notice.role)
            )
            return [(kind, role.value) for kind, role in session.execute(query)]

    assert row.review_from > row.since
    assert told(row.review_from - timedelta(minutes=1)) == []
    assert told(row.review_from) == [("emergency_review", "responsabile")]
    assert told(row.review_until) == [
        ("emergency_review", "responsabile"),
        ("emergency_unreviewed", "coordinamento"),
        ("emergency_unreviewed", "dpo"),
    ]
