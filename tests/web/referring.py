"""A second network that receives referrals, and a woman who has agreed to go there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from engine import db
from engine.cases import receptions
from engine.participants import directory
from engine.participants.models import Role
from tests.web import second_network
from tests.web.api.program import Program, token_for
from tests.web.story import agreed, start
from tests.web.world import Browser, World

NAME = "Rete del mare"
INTAKE = {"rischio_segnalato": "ALTO", "canale": "servizio_sociale"}


def make(world: World, worker: str = "operatrice.ps") -> dict[str, UUID]:
    """Make the second network, at work there a person of the first one, and let it receive."""
    made = second_network.make(world, worker)
    network_id, agency_id = UUID(str(made["network"])), UUID(str(made["agency"]))
    with db.transaction() as session:
        user_id = world.people["amministratore"]
        directory.create_membership(
            session, network_id=network_id, user_id=user_id, agency_id=agency_id, role=Role.AMMINISTRATORE
        )
    return {"network": network_id, "agency": agency_id}


def receive(world: World, made: dict[str, UUID]) -> None:
    """Let the second network receive, as its administrator does on a page."""
    with db.transaction() as session:
        admin = directory.actor(session, world.people["amministratore"], made["network"])
        assert admin is not None
        receptions.open_(session, admin, name=NAME, agency_id=made["agency"], process="accoglienza_cav")


def agree(world: World, made: dict[str, UUID], case_id: UUID, purpose: str = "presa_in_carico") -> None:
    """Write down that she agrees to the other network's agency."""
    with db.transaction() as session:
        agreed(session, world, case_id, made["agency"], purpose)


def refer(person: Browser, made: dict[str, UUID], case: str, **changed: object) -> object:
    """Send the referral from its page."""
    address = f"/rinvii/casi/{case.split('/')[2]}"
    person.get(f"{address}?rete={made['network']}")
    fields = {"_rete": str(made["network"]), "_scopo": "presa_in_carico", "_domande": " ".join(INTAKE), **INTAKE}
    return person.post(address, {**fields, **changed})


def there(someone: object, world: World, made: dict[str, UUID], worker: str = "operatrice.ps") -> Browser:
    """The browser of who works in the second network, logged in there."""
    browser: Browser = someone()  # type: ignore[operator]
    browser.be(world.people[worker], made["network"])
    return browser


def walk_through(walk: Any, someone: Any, api: Program) -> None:
    """Go to each address of it, for the test of the audit."""
    world, person = walk.world, someone("operatrice.cav")
    made = make(world)
    receive(world, made)
    other = there(someone, world, made)
    theirs = Program(walk.app, token_for(world, "operatrice.ps", network_id=made["network"]))
    case = start(person, world)
    case_id = UUID(case.split("/")[2])
    agree(world, made, case_id)
    body = {"to_network": str(made["network"]), "purpose": "presa_in_carico", "values": INTAKE}
    fields = {"_rete": str(made["network"]), "_scopo": "presa_in_carico", "_domande": " ".join(INTAKE), **INTAKE}

    def sent() -> UUID:
        return UUID(api.post(f"/cases/{case_id}/referrals", body).body["id"])

    def on_page(who: Browser, endpoint: str, row: UUID, data: dict[str, str] | None = None) -> None:
        who.get("/rinvii")
        walk.page(who, endpoint, data, referral_id=row)

    walk.page(person, "referrals.prepare", case_id=case_id)
    walk.page(person, "referrals.send", fields, case_id=case_id)
    (address,) = [link for link in other.get("/rinvii").links() if link.startswith("/rinvii/")]
    on_page(other, "referrals.show", UUID(address.rpartition("/")[2]))
    on_page(other, "referrals.accept", UUID(address.rpartition("/")[2]), {})
    on_page(person, "referrals.ask_back", sent(), {})
    row = sent()
    on_page(other, "referrals.decline", row, {"_motivo": "Nessun posto."})
    on_page(person, "referrals.settle", row, {})
    walk.api(api, "api-referrals.prepare_referral", case_id=case_id)
    made_now = walk.api(api, "api-referrals.send_referral", body, method="POST", case_id=case_id).body["id"]
    walk.api(api, "api-referrals.ask_referral_back", method="POST", referral_id=made_now)
    row = sent()
    walk.api(theirs, "api-referrals.show_received_referral", referral_id=row)
    walk.api(theirs, "api-referrals.decline_referral", {"reason": "no"}, method="POST", referral_id=row)
    walk.api(api, "api-referrals.settle_referral", method="POST", referral_id=row)
    walk.api(theirs, "api-referrals.accept_referral", {}, method="POST", referral_id=sent())
