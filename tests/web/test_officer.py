"""What waits for the data-protection officer, and the erasures that he may be the second person for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.asking_to_know import make_officer_of
from tests.web.story import start
from tests.web.world import Browser, Page, World

PAGE = "/protezione-dati"


def counted(page: Page) -> dict[str, str]:
    rows = page.tree.xpath("//tbody/tr")
    return {row.xpath("string(td[1]//a/@href)"): row.xpath("normalize-space(td[2])") for row in rows}


@pytest.mark.parametrize("username", ["operatrice.cav", "responsabile.cav", "coordinamento", "amministratore"])
def test_what_waits_for_the_officer_is_nobody_else_s(someone: Callable[..., Browser], username: str) -> None:
    person = someone(username)
    assert person.get(PAGE).status == 403
    assert PAGE not in person.get("/attivita").tree.xpath("//a/@href")


def test_the_officer_of_a_body_decides_what_its_lead_has_asked_for_and_asks_for_nothing(
    someone: Callable[..., Browser], worker: Browser, world: World
) -> None:
    case = start(worker, world)
    lead, officer = someone("responsabile.cav"), someone("dpo")
    lead.get(case)
    lead.post(f"{case}/annullamento", {"_motivo": "aperto per errore"})
    asked = {"_titolare": str(world.agencies["cav"]), "_perche": "richiesta"}
    lead.get(f"{case}/cancellazione")
    assert "chiesta" in lead.post(f"{case}/cancellazione", asked).said().lower()

    # He is the officer of the municipality: of what the centre keeps he decides nothing.
    assert counted(officer.get(PAGE))["/da-cancellare"] == "nessuna"
    make_officer_of(world, "cav")
    officer = someone("dpo")
    assert counted(officer.get(PAGE))["/da-cancellare"] == "1"
    assert "(1 da guardare)" in officer.get("/attivita").said()
    assert f"{case}/cancellazione" in officer.get("/da-cancellare").links()
    page = officer.get(f"{case}/cancellazione")
    assert (page.has("_perche"), page.has("_autorita"), page.has("_decisione")) == (False, False, True)
    for address, sent in ((f"{case}/cancellazione", asked), (f"{case}/blocco", {"_autorita": "tribunale"})):
        assert officer.post(address, sent).status == 403
    officer.get(f"{case}/cancellazione")
    (decide,) = page.tree.xpath("//form[.//button[@name='_decisione']]/@action")
    assert "Cancellato" in officer.post(decide, {"_decisione": "si"}).said()
    assert counted(officer.get(PAGE))["/da-cancellare"] == "nessuna"
