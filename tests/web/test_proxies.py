"""Steps of an agency without computers, which another one records for it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.web.story import answers, start, task_of
from tests.web.world import Browser, World

WITH_HER = {"operatrice.cav", "collega.cav", "responsabile.cav"}
OTHERS = ("operatrice.ps", "operatrice.comune", "coordinamento", "dpo")


def test_what_an_agency_did_by_telephone_is_recorded_for_it(someone: Callable[..., Browser], world: World) -> None:
    person = someone("operatrice.cav")
    start(person, world, cav="telefono")
    address = task_of(person)
    script = person.get(f"{address}/telefonata").said()
    assert "vorremmo passarvi un caso" in script
    assert "a che fine: accoglienza e presa in carico" in script
    assert "Accogliete il caso?" in script
    assert "Rischio segnalato" not in script
    page = person.get(address)
    handover = person.path
    sent = {"_revisione": page.value("_revisione")}
    page = person.post(f"{handover}/accoglienza", sent)
    assert (page.status, page.summary()[0][:14]) == (422, "Per conto di –"), page.summary()
    assert "si raggiunge per telefono" in page.said()
    page = person.post(f"{handover}/accoglienza", {**sent, "_per_conto": page.value("_per_conto")})
    assert "Avete accolto il caso" in page.said()
    script = person.get(f"{address}/telefonata").said()
    assert "Chiamo dalla rete antiviolenza" in script
    assert "Non si dicono il nome della donna" in script
    assert script.index("3. Chiedere") < script.index("Registrare"), "the questions, in their order"
    page = person.get(address)
    assert "Si registra per conto di Centro che si chiama per telefono." in page.said()
    page = person.post(f"{address}/conclusione", answers(page, esito_invio="accetta"))
    assert "per conto di Centro che si chiama per telefono" in page.said()


@pytest.mark.parametrize("accepted", [False, True])
def test_its_step_is_there_for_the_agency_that_records_it_and_for_nobody_else(
    someone: Callable[..., Browser], world: World, *, accepted: bool
) -> None:
    person = someone("operatrice.cav")
    start(person, world, cav="telefono")
    address = task_of(person)
    if accepted:
        page = person.get(address)
        sent = {"_revisione": page.value("_revisione"), "_per_conto": page.value("_per_conto")}
        person.post(f"{person.path}/accoglienza", sent)
    for name in WITH_HER:
        assert [someone(name).get(f"{address}{page}").status for page in ("", "/telefonata")] == [200, 200], name
    nothing = f"/attivita/{uuid4()}"
    for name in OTHERS:
        stranger = someone(name)
        for page in ("", "/telefonata"):
            assert stranger.get(address + page).status == stranger.get(nothing + page).status == 404, (name, page)
        forged = {**answers(person.get(address), esito_invio="accetta"), "_per_conto": str(world.agencies["telefono"])}
        for act in ("presa", "conclusione", "accoglienza"):
            told, absent = (stranger.post(f"{at}/{act}", dict(forged)).status for at in (address, nothing))
            assert told == absent, (name, act)
    assert person.get(address).status == 200
