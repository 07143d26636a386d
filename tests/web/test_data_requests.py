"""Somebody asks what is kept about her: from the desk to a sealed file in her hands, on the pages."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from tests.web.asking_to_know import ASKED, all_read, make_officer_of
from tests.web.story import answers, claim, start, task_of
from tests.web.world import Browser, Page, World

NOTE = "Ne parla <b>la sorella</b>, che abita con lui."


def opened(sealed: str, phrase: str) -> dict[str, object]:
    """Open a package as its own page does."""
    found = re.search(r'id="busta" data-iterations="(\d+)" data-salt="([^"]+)" data-nonce="([^"]+)">([^<]+)<', sealed)
    assert found is not None
    salt, nonce, content = (base64.b64decode(one) for one in found.groups()[1:])
    key = PBKDF2HMAC(SHA256(), 32, salt, int(found[1])).derive(phrase.encode())
    return json.loads(AESGCM(key).decrypt(nonce, content, None))


def asked(person: Browser, case: str, **other: str) -> Page:
    """Record a request from the page of the case."""
    (link,) = [one for one in person.get(case).links() if one.startswith("/richieste/nuova")]
    page = person.get(link)
    (controller,) = page.tree.xpath("//select[@name='_titolare']/option[@value!='']/@value")[:1]
    return person.post("/richieste/nuova", {"caso": page.value("caso"), "_titolare": controller, **ASKED, **other})


@pytest.fixture
def case(worker: Browser, world: World) -> str:
    address = start(worker, world)
    step = task_of(worker)
    case = worker.get(step).tree.xpath("string(//p[@class='percorso']/a[@class='codice']/@href)")
    page = claim(worker, step)
    assert worker.post(f"{step}/conclusione", answers(page, esito_invio="accetta", nota=NOTE)).status == 200
    return case or address


@pytest.fixture
def officer(someone: Callable[..., Browser], world: World) -> Browser:
    make_officer_of(world, "cav")
    return someone("dpo")


def review(officer: Browser, address: str, **withheld: str) -> Page:
    """Read everything, and withhold of it what is named."""
    officer.get(address)
    page = officer.post(f"{address}/dati")
    return officer.post(f"{address}/rilettura", all_read(page, **withheld))


def test_from_the_desk_to_a_file_that_only_the_phrase_opens(
    case: str, worker: Browser, officer: Browser, someone: Callable[..., Browser]
) -> None:
    assert "ha un mese" in asked(worker, case).said()
    page = officer.get("/richieste")
    (address,) = page.tree.xpath("//tbody//a/@href")
    page = officer.get(address)
    assert "Di persona, il martedì." in page.said()
    assert NOTE not in page.said(), "an address that is opened shows nothing of her"
    page = officer.post(f"{address}/dati")
    assert NOTE in page.said()
    assert not page.tree.xpath("//dd//b"), "and what was typed is no markup"
    assert "seconda persona" in review(officer, address).said()

    lead = someone("responsabile.cav")
    assert officer.get(address).tree.xpath("//form[contains(@action, '/dati')]") == []
    lead.get(address)
    assert NOTE in lead.post(f"{address}/dati").said()
    assert "Registrato: si può consegnare" in lead.post(f"{address}/seconda-lettura", {"_decisione": "si"}).said()

    page = officer.get(address)
    phrase = page.value("frase")
    assert phrase in page.said()
    weak = officer.post(f"{address}/pacco", {"frase": "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa"})
    assert (weak.status, "com'è" in weak.said()) == (422, True)
    made = officer.post(f"{address}/pacco", {"frase": phrase})
    headers = made.response.headers
    assert headers["Content-Disposition"] == 'attachment; filename="documento.html"'
    assert "no-store" in headers["Cache-Control"]
    assert "sorella" not in made.text
    letter = str(opened(made.text, phrase)["page"])
    assert "Ne parla &lt;b&gt;la sorella" in letter
    assert "Non è stato trattenuto nulla" in letter
    with pytest.raises(InvalidTag):
        opened(made.text, phrase[:-1] + ("a" if phrase[-1] != "a" else "b"))

    page = officer.get(address)
    assert officer.post(f"{address}/pacco", {"frase": page.value("frase")}).status == 422, "once, or with a reason"
    wrong = officer.post(f"{address}/consegna", {"consegna": "posta"})
    assert (wrong.status, "Scegliere come" in wrong.said()) == (422, True)
    assert "Consegna registrata" in officer.post(f"{address}/consegna", {"consegna": "di_persona"}).said()
    assert officer.post(f"{address}/dati").status == 409


def test_what_is_withheld_is_counted_and_named_and_not_in_the_file(
    case: str, worker: Browser, officer: Browser, someone: Callable[..., Browser]
) -> None:
    asked(worker, case)
    (address,) = officer.get("/richieste").tree.xpath("//tbody//a/@href")
    review(officer, address, nota="altri")
    lead = someone("responsabile.cav")
    lead.get(address)
    assert "si trattiene: riguarda altre persone" in lead.post(f"{address}/dati").said()
    lead.post(f"{address}/seconda-lettura", {"_decisione": "si"})
    phrase = officer.get(address).value("frase")
    letter = str(opened(officer.post(f"{address}/pacco", {"frase": phrase}).text, phrase)["page"])
    assert "sorella" not in letter
    assert "GDPR): quante 1" in letter


def test_forged_posts_review_nothing(case: str, worker: Browser, officer: Browser) -> None:
    asked(worker, case)
    (address,) = officer.get("/richieste").tree.xpath("//tbody//a/@href")
    officer.get(address)
    key = officer.post(f"{address}/dati").tree.xpath("//input[@name='riletta']/@value")[0]
    unknown = {"riletta": "answer:x", "v.answer:x.nota": ""}
    for sent in (unknown, {"riletta": key, f"v.{key}.altro": ""}, {"riletta": key}):
        officer.get(address)
        assert officer.post(f"{address}/rilettura", sent).status == 422
    for path, sent in (("rilettura", {}), ("seconda-lettura", {"_decisione": "si"}), ("pacco", {})):
        worker.get(case)
        assert worker.post(f"{address}/{path}", sent).status == 403


def test_all_that_is_wrong_is_said_at_once(case: str, worker: Browser) -> None:
    empty = dict.fromkeys(("caso", "_titolare", "chi", "identita", "raggiunta"), "")
    page = asked(worker, case, **empty, tramite="x" * 2001, _quando="2099-01-01T10:00")
    assert (page.status, len(page.summary())) == (422, 7)
    assert "Il momento indicato è nel futuro." in page.summary()
    unreadable = asked(worker, case, raggiunta="", _quando="ieri")
    assert (unreadable.status, len(unreadable.summary())) == (422, 2)
    assert asked(worker, case, caso="2345-67").summary() == [
        "Non c'è un caso con questo codice di cui questo ente conservi qualcosa."
    ]
    assert asked(worker, case).status == 200
    assert asked(worker, case).status == 409
