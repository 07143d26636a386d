"""A case goes from agency to agency, on pages and through the API: what each side sees, and what neither can force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from engine import db
from engine.cases.handover_models import Handover
from engine.cases.models import UserTask
from tests.web.api.program import Program, token_for
from tests.web.handing_over import shelters
from tests.web.story import agreed, answers, begun, claim, task_of
from tests.web.world import Browser, World

SECRETS = ("RACCONTO-PASSATO", "TENUTO")


@dataclass
class Two:
    """A centre and a shelter, each with a browser; a case that the centre has to hand over."""

    sender: Browser
    shelter: Browser
    other: Browser
    lead: Browser
    world: World
    shelters: dict[str, UUID]
    case: str

    def agrees(self, shelter: str = "rosa") -> None:
        """She agrees that a shelter be told."""
        with db.transaction() as session:
            agreed(session, self.world, UUID(self.case.rpartition("/")[2]), self.shelters[shelter], "protezione")

    def send(self, shelter: str = "rosa", **more: str) -> Any:
        page = self.sender.get(task_of(self.sender))
        sent = {"_revisione": page.value("_revisione"), "a": str(self.shelters[shelter]), **more}
        return self.sender.post(f"{self.sender.path}/invio", sent)

    def received(self) -> Any:
        return self.shelter.get(task_of(self.shelter))


@pytest.fixture
def two(app: Flask, world: World, someone: Callable[..., Browser], request: pytest.FixtureRequest) -> Iterator[Two]:
    made, protocol = shelters(world), getattr(request, "param", "staffetta")
    sender = someone("operatrice.cav")
    page = sender.get(f"/casi/nuovo?protocollo={protocol}")
    assert not page.has("_ente.rifugio"), "whoever hands over chooses, not whoever begins"
    begun = {"_protocollo": protocol, "_avvio": page.value("_avvio"), "_ente.cav": str(world.agencies["cav"])}
    sender.post("/casi/nuovo", begun)
    case = sender.path
    address = task_of(sender)
    page = claim(sender, address)
    said = {"rischio": "si", "segreto": "si", "racconto": SECRETS[0], "altro_racconto": SECRETS[1]}
    sender.post(f"{address}/conclusione", answers(page, **said))
    yield Two(
        sender,
        someone("casa.rosa"),
        someone("casa.viola"),
        someone("responsabile.cav"),
        world,
        made,
        case,
    )
    for name in ("rosa", "viola"):
        del world.people[f"casa.{name}"]


def test_the_sender_prepares_it_and_reads_what_is_missing(two: Two) -> None:
    page = two.sender.get("/attivita")
    assert "Da passare: Passo ospita" in page.said()
    page = two.sender.get(task_of(two.sender))
    assert two.sender.path.startswith("/passaggi/")
    for words in ("finalità: protezione e ospitalità", "Che cosa vedrà chi lo accoglie", "rischio", "racconto"):
        assert words in page.said()
    assert "altro_racconto" not in page.said()
    assert page.said().count("manca la sua adesione") == 2
    (where,) = [link for link in page.links() if link.endswith("/adesioni")]
    asked = {"scopo": page.value("scopo"), "ente": page.value("ente"), "lingua_testo": "it"}
    assert "da leggerle" in two.sender.post(f"{where}/testo", asked).said(), "from here she is asked"
    two.sender.get(task_of(two.sender))
    page = two.send()
    assert page.status == 409
    assert "Manca ciò che permette di dirlo a questo ente" in page.summary()[0]


def test_who_is_asked_reads_names_of_fields_and_no_value_and_cannot_open_the_case(two: Two) -> None:
    two.agrees()
    assert "si aspetta la risposta" in two.send().said()
    assert "Passaggio da accogliere: Passo ospita" in two.shelter.get("/attivita").said()
    assert "Vi viene passato un caso" in two.shelter.get("/avvisi").said()
    page = two.received()
    for words in ("Passaggio da Centro antiviolenza di prova", "protezione e ospitalità", "racconto"):
        assert words in page.said()
    assert not any(secret in page.text for secret in SECRETS)
    assert two.case not in page.links()
    assert two.shelter.get(two.case).status == 404
    assert two.other.get(two.shelter.path).status == 404


def test_accepted_it_is_a_step_with_what_was_handed_over_and_nothing_else(two: Two) -> None:
    two.agrees()
    two.send()
    page = two.received()
    page = two.shelter.post(f"{two.shelter.path}/accoglienza", {"_revisione": page.value("_revisione")})
    assert "Avete accolto il caso" in page.said()
    assert two.shelter.path.startswith("/attivita/")
    assert "RACCONTO-PASSATO" in page.text
    assert "TENUTO" not in page.text
    assert two.shelter.get(two.case).status == 200
    assert "TENUTO" not in two.shelter.shown.text
    listed = two.sender.get(two.case).said()
    assert "Passaggi" in listed
    assert "Casa rosa" in listed


def test_declined_it_is_prepared_again_with_the_reason_and_the_agency_is_marked(two: Two) -> None:
    two.agrees()
    two.agrees("viola")
    two.send()
    page = two.received()
    address = two.shelter.path
    page = two.shelter.post(f"{address}/rifiuto", {"_revisione": page.value("_revisione")})
    assert page.status == 422
    assert page.summary() == ["Motivo – Scrivere il motivo."]
    page = two.shelter.post(f"{address}/rifiuto", {"_revisione": page.value("_revisione"), "_motivo": "Nessun posto"})
    assert "Avete rifiutato il caso" in page.said()
    assert two.shelter.get(address).status == 404
    page = two.sender.get(task_of(two.sender))
    assert "Nessun posto" in page.said()
    assert "ha rifiutato" in page.said()
    page = two.send("rosa")
    assert page.status == 422
    assert "ha già rifiutato" in page.summary()[0]
    two.send("viola")
    two.other.get(task_of(two.other))
    page = two.other.post(f"{two.other.path}/accoglienza", {"_revisione": two.other.shown.value("_revisione")})
    clocks = page.tree.xpath("//li[@class='orologio']/h2/text()")
    assert sorted(clocks) == ["Conclusione", "Presa in carico"], "not the sender's, nor those of who said no before"
    assert "Prima che fosse ceduta" not in page.said()


def test_one_that_has_declined_is_asked_again_on_purpose_only(two: Two) -> None:
    two.agrees()
    two.send()
    page = two.received()
    two.shelter.post(f"{two.shelter.path}/rifiuto", {"_revisione": page.value("_revisione"), "_motivo": "Nessun posto"})
    assert "si aspetta la risposta" in two.send("rosa", _di_nuovo="si").said()


def test_it_is_asked_back_and_revoked_with_a_reason(two: Two) -> None:
    two.agrees()
    two.send()
    address = two.sender.path
    page = two.sender.get(address)
    page = two.sender.post(f"{address}/richiamo", {"_revisione": page.value("_revisione"), "_motivo": "Ente sbagliato"})
    assert "richiamato" in page.said()
    assert task_of(two.shelter) == ""
    two.send()
    page = two.received()
    address = two.shelter.path
    two.shelter.post(f"{address}/accoglienza", {"_revisione": page.value("_revisione")})
    assert "Revoca" not in two.sender.get(address).said()
    page = two.lead.get(address)
    page = two.lead.post(f"{address}/revoca", {"_revisione": page.value("_revisione"), "_motivo": "Lei non vuole"})
    assert "revocato" in page.said()
    assert two.shelter.get(two.case).status == 404


def test_a_page_that_is_no_longer_current_sends_nothing(two: Two) -> None:
    two.agrees()
    page = two.sender.get(task_of(two.sender))
    address, old = two.sender.path, page.value("_revisione")
    two.send()
    again = {"_revisione": old, "a": str(two.shelters["viola"])}
    assert two.sender.post(f"{address}/invio", again).status == 409


def programs(app: Flask, two: Two) -> dict[str, Program]:
    return {name: Program(app, token_for(two.world, name)) for name in ("operatrice.cav", "casa.rosa", "casa.viola")}


def before(by: dict[str, Program]) -> str:
    """The address of the hand-over that stands before the centre's only step."""
    (task,) = by["operatrice.cav"].get("/tasks").body["items"]
    shown = by["operatrice.cav"].get(f"/tasks/{task['id']}/handover").body
    return f"/handovers/{shown['id']}"


def test_the_same_life_through_the_api(app: Flask, two: Two) -> None:
    by = programs(app, two)
    two.agrees()
    (task,) = by["operatrice.cav"].get("/tasks").body["items"]
    assert task["handover"] == "prepare"
    shown = by["operatrice.cav"].get(f"/tasks/{task['id']}/handover").body
    assert [one["basis"] for one in shown["recipients"]] == ["adesione", None]
    assert shown["may"] == ["hand_over"]
    address = f"/handovers/{shown['id']}"
    to = {"to_agency": str(two.shelters["rosa"])}
    assert by["operatrice.cav"].send("POST", f"{address}/prepare", to).status == 200
    assert by["operatrice.cav"].send("POST", f"{address}/send", {}).body["state"] == "sent"
    seen = by["casa.rosa"].get(address).body
    assert (seen["case_id"], seen["task_id"], seen["recipients"]) == (None, None, [])
    assert [one["it"] for one in seen["fields"]] == ["rischio", "racconto"]
    assert not any(secret in str(seen) for secret in SECRETS)
    assert by["casa.rosa"].get(f"/tasks/{task['id']}").code == "handover_under_way"
    assert by["casa.rosa"].send("POST", f"{address}/accept", {}).body["state"] == "accepted"
    page = by["casa.rosa"].get(f"/tasks/{task['id']}").body
    assert "TENUTO" not in str(page)
    listed = by["casa.rosa"].get(f"/cases/{seen['case_id'] or task['case_id']}/handovers").body["items"]
    assert [one["state"] for one in listed] == ["accepted"]


@pytest.mark.parametrize(
    "extra",
    [
        {"basis": "adesione"},
        {"basis_id": "00000000-0000-0000-0000-000000000000"},
        {"needs": "compito"},
        {"purpose": "supervisione"},
        {"fields": ["segreto"]},
        {"consent": True},
        {"again": "true"},
        {"to_agency": "x"},
    ],
)
def test_no_field_of_a_request_stands_for_a_basis(app: Flask, two: Two, extra: dict[str, Any]) -> None:
    by = programs(app, two)
    address = before(by)
    body = {"to_agency": str(two.shelters["rosa"]), **extra}
    assert by["operatrice.cav"].send("POST", f"{address}/send", body).status == 422
    plain = {"to_agency": str(two.shelters["rosa"])}
    assert by["operatrice.cav"].send("POST", f"{address}/send", plain).code == "basis_missing"
    page = two.send(**{f"_{name}": str(value) for name, value in extra.items()}, basis="adesione")
    assert page.status == 409


def test_forged_and_replayed_answers_are_refused(app: Flask, two: Two) -> None:
    by = programs(app, two)
    two.agrees()
    address = before(by)
    to = {"to_agency": str(two.shelters["rosa"])}
    for verb, body in (("accept", {}), ("decline", {"reason": "no"})):
        assert by["casa.rosa"].send("POST", f"{address}/{verb}", body).status == 404, "not sent yet"
    by["operatrice.cav"].send("POST", f"{address}/send", to)
    for verb, body in (
        ("accept", {}),
        ("decline", {"reason": "no"}),
        ("ask_back", {"reason": "no"}),
        ("send", to),
    ):
        assert by["casa.viola"].send("POST", f"{address}/{verb}", body).status == 404, verb
    assert by["casa.viola"].send("POST", f"{address}/revoke", {"reason": "no"}).status == 403
    behalf = {"on_behalf_of": str(two.shelters["rosa"])}
    assert by["operatrice.cav"].send("POST", f"{address}/accept", behalf).status == 422
    assert by["operatrice.cav"].send("POST", f"{address}/accept", {}).status == 403
    assert by["casa.rosa"].send("POST", f"{address}/accept", {"fields": ["segreto"]}).status == 422
    assert by["casa.rosa"].send("POST", f"{address}/decline", {"reason": "Nessun posto"}).status == 200
    for verb, body in (("accept", {}), ("decline", {"reason": "no"})):
        assert by["casa.rosa"].send("POST", f"{address}/{verb}", body).status == 404, "answered already"
    assert by["operatrice.cav"].send("POST", f"{address}/send", to).code == "handover_not_here"


def test_a_condition_of_a_form_cannot_be_used_to_find_out_what_was_not_handed_over(app: Flask, two: Two) -> None:
    by = programs(app, two)
    two.agrees()
    two.send()
    page = two.received()
    two.shelter.post(f"{two.shelter.path}/accoglienza", {"_revisione": page.value("_revisione")})
    (task,) = by["casa.rosa"].get("/tasks").body["items"]
    answer = {"values": {"esito": "si", "segreto": "no"}}
    assert by["casa.rosa"].send("POST", f"/tasks/{task['id']}/complete", answer).status == 422
    shown = by["casa.rosa"].get(f"/tasks/{task['id']}").body
    assert "context" not in shown
    assert "segreto" not in str({key: shown[key] for key in shown if key != "form"})


@pytest.mark.parametrize("two", ["proposta"], indirect=True)
def test_offered_to_all_it_is_the_first_ones_and_the_other_reads_that_it_is_gone(two: Two) -> None:
    page = two.sender.get(task_of(two.sender))
    assert "A tutti quelli a cui si può" in page.said()
    page = two.sender.post(f"{two.sender.path}/invio", {"_revisione": page.value("_revisione"), "a": "tutti"})
    assert "Il caso è stato proposto" in page.said()
    assert "Proposto a: Casa rosa, Casa viola" in page.said()
    pages = []
    for shelter in (two.shelter, two.other):
        notice = shelter.get("/attivita")
        assert "Un caso è proposto al vostro ente e ad altri" in notice.said()
        (link,) = [link for link in notice.links() if link.startswith("/attivita/") and len(link) > 40]
        pages.append(shelter.get(link))
        assert "Passaggio da Centro antiviolenza di prova" in pages[-1].said()
        assert "È proposto anche ad altri enti" in pages[-1].said()
        assert not any(secret in pages[-1].text for secret in SECRETS)
        assert "Casa" not in pages[-1].said(), "nobody reads to whom else it is offered"
    first, second = (page.value("_revisione") for page in pages)
    page = two.shelter.post(f"{two.shelter.path}/accoglienza", {"_revisione": first})
    assert "Avete accolto il caso" in page.said()
    page = two.other.post(f"{two.other.path}/accoglienza", {"_revisione": second})
    assert (page.status, "Il caso lo ha già accolto un altro ente" in page.said()) == (409, True)
    assert "lo ha accolto un altro ente" in two.other.get("/avvisi").said()
    assert two.other.get(two.case).status == 404


@pytest.mark.parametrize("two", ["proposta"], indirect=True)
def test_a_program_offers_it_and_another_one_takes_it(two: Two, app: Flask) -> None:
    two.sender.get(task_of(two.sender))
    handover = two.sender.path.rpartition("/")[2]
    names = ("operatrice.cav", "casa.rosa", "casa.viola")
    sender, rosa, viola = (Program(app, token_for(two.world, name)) for name in names)
    assert rosa.post(f"/handovers/{handover}/accept", {}).status == 404
    assert sender.post(f"/handovers/{handover}/send", {"to_all": True}).status == 200
    assert rosa.get(f"/handovers/{handover}").body["may"] == ["answer_handover"]
    (offered,) = rosa.get("/offers").body["items"]
    assert (offered["id"], offered["step_name"], offered["purpose"]) == (handover, "Passo ospita", "protezione")
    assert not any(secret in str(offered) for secret in SECRETS)
    assert sender.get("/offers").body["items"] == []
    assert viola.post(f"/handovers/{handover}/accept", {}).body["state"] == "accepted"
    assert (rosa.post(f"/handovers/{handover}/accept", {}).status, rosa.get("/tasks").body["items"]) == (409, [])
    assert rosa.get("/offers").body["items"] == []


def test_a_case_that_is_not_to_be_offered_is_not_however_it_is_asked(two: Two) -> None:
    two.agrees()
    page = two.sender.get(task_of(two.sender))
    assert "A tutti" not in page.said()
    page = two.sender.post(f"{two.sender.path}/invio", {"_revisione": page.value("_revisione"), "a": "tutti"})
    assert page.status == 422
    assert "proposto" not in two.shelter.get("/avvisi").said()


# Whose each act is, by phase: of the sender's worker and lead, the shelter that is asked, and another one.
TURNS = {
    "prepare": {("sender", "invio"), ("lead", "invio")},
    "sent": {("sender", "richiamo"), ("lead", "richiamo"), ("shelter", "accoglienza"), ("shelter", "rifiuto")},
    "accepted": {("lead", "revoca")},
    "revoked": set[tuple[str, str]](),
}


def test_on_the_pages_too_nobody_acts_out_of_her_turn_or_twice(two: Two) -> None:
    """Each act of a hand-over by each of four people in each phase; only those that are hers then change anything."""
    two.agrees()
    two.sender.get(task_of(two.sender))
    address = two.sender.path
    for phase, who, act in (("prepare", "sender", "invio"), ("sent", "shelter", "accoglienza")):
        act_out_of_turn(two, address, phase)
        assert post(two, address, who, act) == 200
    step = two.shelter.path
    act_out_of_turn(two, address, "accepted")
    assert post(two, address, "lead", "revoca") == 200
    act_out_of_turn(two, address, "revoked")
    for act in ("presa-in-carico", "bozza", "conclusione", "cessione"):
        assert two.shelter.post(f"{step}/{act}", {"_revisione": "1", "esito": "si", "_motivo": "x"}).status == 404
    assert two.shelter.get(step).status == 404
    assert standing(address)[0] == "revoked"


def act_out_of_turn(two: Two, address: str, phase: str) -> None:
    before = standing(address)
    assert before[0] == phase
    for name in ("sender", "lead", "shelter", "other"):
        for act in ("invio", "accoglienza", "rifiuto", "richiamo", "revoca"):
            if (name, act) not in TURNS[phase]:
                assert post(two, address, name, act) in {403, 404, 409}, (phase, name, act)
    assert standing(address) == before


def post(two: Two, address: str, name: str, act: str) -> int:
    """Post as a page would that shows how things stand now, with a word about the basis besides."""
    posted = {"_revisione": str(standing(address)[-1]), "a": str(two.shelters["rosa"]), "_motivo": "prova"}
    posted |= {"basis": "obbligo", "_base": "obbligo"}
    return getattr(two, name).post(f"{address}/{act}", posted).status


def standing(address: str) -> tuple[Any, ...]:
    """How a hand-over stands: phase, to whom, on which basis, whose the step is, and its revision."""
    columns = (Handover.state, Handover.to_agency_id, Handover.basis_id, UserTask.agency_id, UserTask.revision)
    with db.transaction() as session:
        found = session.execute(select(*columns).join(UserTask).where(Handover.id == UUID(address[-36:]))).one()
    return (found.state.value, *found[1:])


def test_the_coordination_reads_whose_turn_it_is_and_begins_nothing_that_it_cannot_hand_over(someone, world) -> None:
    worker, coordination = someone("operatrice.comune"), someone("coordinamento")
    page = worker.get("/casi/nuovo?protocollo=accoglienza_cav")
    worker.post("/casi/nuovo", {**begun(page), "_ente.cav": str(world.agencies["cav"])})
    worker.get(task_of(worker))
    page = coordination.get(worker.path)
    assert "A passarlo, o a richiamarlo, è chi lavora con i casi nel vostro ente" in page.said()
    assert not page.tree.xpath("//main//form[contains(@action, '/passaggi/')]")
    assert coordination.get("/casi/nuovo").status == 403
    assert "Avvia un caso" not in coordination.get("/casi").said()
