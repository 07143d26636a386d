"""How a case begins, as people do it on the pages: steps that many stories share."""

from uuid import UUID

from sqlalchemy import select

from engine import clock, db
from engine.cases import handovers
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case
from engine.consent.models import BasisKind, LegalBasis, Manner, RecordedBasis
from engine.participants import directory
from tests.web.world import Browser

START = {"_protocollo": "accoglienza_cav", "rischio_segnalato": "ALTO", "canale": "pronto_soccorso"}


def start(person: Browser, world, *, cav: str = "cav", **changed: str) -> str:
    """Start a case on the page; return its address."""
    page = person.get("/casi/nuovo?protocollo=accoglienza_cav")
    assert page.status == 200
    page = person.post("/casi/nuovo", {**begun(page), "_ente.cav": str(world.agencies[cav]), **changed})
    assert page.status == 200, page.said()
    case = person.path
    passed_on(world, Handover.case_id == UUID(case.rpartition("/")[2]))
    return case


def passed_on(world, *which) -> None:
    """Let her agree to every hand-over that is prepared for an agency, or to those `which`, and send it."""
    with db.transaction() as session:
        prepared = (Handover.state == HandoverState.PREPARE, Handover.to_agency_id.is_not(None))
        for row, opener in session.execute(
            select(Handover, Case.opened_by_id).join(Case, Case.id == Handover.case_id).where(*prepared, *which)
        ).all():
            agreed(session, world, row.case_id, row.to_agency_id, row.purpose)
            actor = directory.actor(session, opener, world.network_id)
            assert actor is not None
            handovers.send(session, actor, row.id)


def agreed(session, world, case_id: UUID, agency_id: UUID, purpose: str) -> None:
    """Let her agree that an agency be told for a purpose."""
    session.add(
        RecordedBasis(
            network_id=world.network_id,
            case_id=case_id,
            kind=BasisKind.ADESIONE,
            purpose=purpose,
            agency_id=agency_id,
            given=True,
            legal_basis=LegalBasis.CONSENSO,
            manner=Manner.A_VOCE,
            asked_by_id=world.people["operatrice.cav"],
            asked_for_id=world.agencies["cav"],
            happened_at=clock.now(),
            key_version=1,
            sealed=b"",
        )
    )
    session.flush()


def begun(page, **values: object) -> dict[str, object]:
    """Return a post of the form that a case is started with: what the page carries, and these answers."""
    return {**START, "_domande": page.value("_domande"), "_avvio": page.value("_avvio"), **values}


def task_of(person: Browser, tab: str = "da-prendere") -> str:
    """Return the address of the first task of a tab."""
    page = person.get(f"/attivita?scheda={tab}")
    return page.tree.xpath("string(//ol//h2/a/@href)")


def claim(person: Browser, address: str):
    person.get(address)
    return person.post(f"{address}/presa")


def answers(page, **values: object) -> dict[str, object]:
    """Return a post of the step's form: what the page carries, and these answers."""
    return {"_revisione": page.value("_revisione"), "_domande": page.value("_domande"), **values}


def first_answers(page) -> dict[str, str]:
    """Return the first option of every choice that the form asks for."""
    radios = page.tree.xpath("//form[@id='modulo']//input[@type='radio' and not(starts-with(@name, '_'))]")
    selects = page.tree.xpath("//form[@id='modulo']//select[not(starts-with(@name, '_'))]")
    ticks = page.tree.xpath("//form[@id='modulo']//input[@type='checkbox' and @required]")
    found = {radio.get("name"): radio.get("value") for radio in reversed(radios)}
    found |= {select.get("name"): select.xpath("option[@value!='']/@value")[0] for select in selects}
    return found | {tick.get("name"): "true" for tick in ticks}
