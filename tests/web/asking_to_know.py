"""Going to the addresses of requests to know what is kept; and what a review of them sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from engine import db
from engine.participants import directory
from engine.participants.models import Role
from tests.web.api.program import Program, token_for
from tests.web.world import Browser, Page, World

ASKED = {"chi": "interessata", "identita": "conosciuta", "raggiunta": "Di persona, il martedì."}


def make_officer_of(world: World, agency: str) -> None:
    """Make the data-protection officer one of an agency too."""
    where = {"network_id": world.network_id, "agency_id": world.agencies[agency]}
    with db.transaction() as session:
        directory.create_membership(session, user_id=world.people["dpo"], role=Role.DPO, **where)


def all_read(page: Page, **withheld: str) -> dict[str, Any]:
    """Say that everything on the page was read, and of some values why they are withheld."""
    names = page.tree.xpath("//select[starts-with(@name, 'v.')]/@name")
    said = {name: withheld.get(name.rpartition(".")[2], "") for name in names}
    return said | {"riletta": page.tree.xpath("//input[@name='riletta']/@value")}


def walk_through(walk: Any, someone: Callable[..., Browser], case: str) -> None:
    """She asks what the centre keeps of a case with a file; it is handed over. A second request is refused."""
    make_officer_of(walk.world, "cav")
    person, lead, officer = someone("operatrice.cav"), someone("responsabile.cav"), someone("dpo")
    asked = {"caso": person.get(case).tree.xpath("string(//h1/span[@class='codice'])"), **ASKED}
    asked["_titolare"] = str(walk.world.agencies["cav"])
    walk.page(person, "data_requests.record", asked)
    address = officer.get("/richieste").tree.xpath("string(//tbody//a/@href)")
    named = {"request_id": UUID(address.rpartition("/")[2])}
    walk.page(officer, "data_requests.show", **named)
    walk.page(officer, "data_requests.extend", {"_motivo": "molte carte"}, **named)
    page = walk.page(officer, "data_requests.contents", {}, **named)
    link = page.tree.xpath("string(//button[contains(@formaction, '/file/')]/@formaction)")
    walk.download("data_requests.file", officer, link, {"_csrf": page.csrf()})
    walk.page(officer, "data_requests.review", all_read(page), **named)
    lead.get(address)
    walk.page(lead, "data_requests.decide", {"_decisione": "si"}, **named)
    page = officer.get(address)
    walk.download(
        "data_requests.make", officer, f"{address}/pacco", {"_csrf": page.csrf(), "frase": page.value("frase")}
    )
    walk.page(officer, "data_requests.deliver", {"consegna": "di_persona"}, **named)
    person.get(case)
    person.post("/richieste/nuova", asked)
    links = officer.get("/richieste").tree.xpath("//tbody//a/@href")
    (second,) = {UUID(link.rpartition("/")[2]) for link in links} - set(named.values())
    walk.page(officer, "data_requests.refuse", {"_motivo": "ritirata"}, request_id=second)
    _walk_by_programs(walk, asked["caso"])


def _walk_by_programs(walk: Any, code: str) -> None:
    """The same way once more, by programs."""
    names = ("operatrice.cav", "responsabile.cav", "dpo")
    person, lead, officer = (Program(walk.app, token_for(walk.world, name)) for name in names)
    body = {"code": code, "agency": str(walk.world.agencies["cav"]), "asked_by": "interessata"}
    body |= {"checked": "conosciuta", "reach": "Di persona."}

    def go(who: Program, verb: str, body: object = None, method: str = "POST", **named: Any) -> Any:
        return walk.api(who, f"api-data-requests.{verb}", body, method=method, **named).body

    def recorded() -> dict[str, Any]:
        return {"request_id": go(person, "record_data_request", body)["id"]}

    one = recorded()
    go(officer, "show_data_request", method="GET", **one)
    go(officer, "extend_data_request", {"reason": "molte carte"}, **one)
    entries = go(officer, "open_data_request", **one)["entries"]
    (file_id,) = {file["id"] for entry in entries for file in entry["files"]}
    go(officer, "open_data_request_file", file_id=file_id, **one)
    read = {entry["key"]: {value["name"]: None for value in entry["values"]} for entry in entries}
    go(officer, "review_data_request", {"entries": read}, **one)
    go(lead, "decide_data_request", {"approve": True}, **one)
    go(officer, "make_data_package", {}, **one)
    go(officer, "deliver_data_package", {"delivery": "di_persona"}, **one)
    go(officer, "refuse_data_request", {"reason": "ritirata"}, **recorded())


def hand_over(someone: Callable[..., Browser], world: World, case: str, said: str) -> tuple[str, str]:
    """The whole way, with this text wherever one is asked for; give the file, and what opened to be reviewed."""
    make_officer_of(world, "cav")
    person, lead, officer = someone("operatrice.cav"), someone("responsabile.cav"), someone("dpo")
    code = person.get(case).tree.xpath("string(//h1/span[@class='codice'])")
    asked = {"caso": code, "_titolare": str(world.agencies["cav"]), **ASKED, "raggiunta": said, "tramite": said[:200]}
    assert person.post("/richieste/nuova", asked).status == 200
    address = officer.get("/richieste").tree.xpath("string(//tbody//a/@href)")
    officer.get(address)
    officer.post(f"{address}/proroga", {"_motivo": said})
    opened = ""
    for decision in ({"_decisione": "no", "_motivo": said}, {"_decisione": "si"}):
        officer.get(address)
        page = officer.post(f"{address}/dati")
        opened = page.said()
        read = officer.post(f"{address}/rilettura", all_read(page))
        assert read.status == 200, read.said()[:3000]
        lead.get(address)
        lead.post(f"{address}/dati")
        done = lead.post(f"{address}/seconda-lettura", decision)
        assert done.status == 200, (decision, done.said()[:1500])
    for why in ("", said):
        phrase = officer.get(address).value("frase")
        made = officer.post(f"{address}/pacco", {"frase": phrase, "_motivo": why})
        assert made.status == 200
    officer.get(address)
    assert officer.post(f"{address}/consegna", {"consegna": "di_persona"}).status == 200
    return made.text, opened
