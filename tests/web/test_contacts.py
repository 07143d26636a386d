"""One's own addresses on the page: proved by a code, seen by nobody else; quiet hours; what an administrator may."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, text

from engine import db
from engine.notifications import carriers, contacts, rounds
from engine.notifications.outbox_models import ContactPoint, Medium, QuietHours
from engine.senders import Senders
from tests.engine.notifications import reaching
from tests.web.world import Browser, World

PAGE = "/recapiti"


@pytest.fixture
def postbox(world: World) -> Iterator[reaching.Postbox]:
    with reaching.postbox() as box, reaching.provider() as provider:
        reaching.carried(mail=box.port, gateway_at=provider.port)
        yield box
    carriers.configure(Senders(None, None, ""))


def test_an_address_counts_from_when_its_code_has_come_back_and_only_she_sees_it(
    world: World, someone: Callable[..., Browser], postbox: reaching.Postbox
) -> None:
    person = someone("operatrice.cav")
    assert "Recapiti" in person.get(PAGE).said()
    page = person.post(PAGE, {"mezzo": "email", "recapito": "persona@example.it"})
    assert "Non ancora confermato" in page.said()
    rounds.deliver(Medium.EMAIL)
    (letter,) = postbox.letters
    code = letter.get_content().split()[-1]
    wrong = "000000" if code != "000000" else "111111"
    page = person.post(f"{PAGE}/conferma", {"mezzo": "email", "codice_ricevuto": wrong})
    assert (page.status, "Il codice non è questo" in page.said()) == (422, True)
    page = person.post(f"{PAGE}/conferma", {"mezzo": "email", "codice_ricevuto": f" {code[:3]} {code[3:]}"})
    assert "Recapito confermato." in page.said()
    other = someone("collega.cav")
    assert "persona@example.it" not in other.get(PAGE).said()
    administrator = someone("amministratore")
    shown = administrator.get(f"/amministrazione/persone/{world.people['operatrice.cav']}").said()
    assert "Posta elettronica: confermato" in shown
    assert "persona@example.it" not in shown
    with db.transaction(read_only=True) as session:
        (row,) = session.execute(text("SELECT * FROM contact_point")).all()
        assert b"persona" not in bytes(row.sealed)
    assert "Recapito tolto." in person.post(f"{PAGE}/togli", {"mezzo": "email"}).said()


def test_a_code_is_tried_a_few_times_only_and_another_is_not_sent_at_once(
    world: World, someone: Callable[..., Browser], postbox: reaching.Postbox
) -> None:
    person = someone("operatrice.cav")
    person.get(PAGE)
    person.post(PAGE, {"mezzo": "sms", "recapito": "333 1234567"})
    with db.transaction(read_only=True) as session:
        code = contacts.code(session, world.people["operatrice.cav"], Medium.SMS)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(contacts.TRIES):
        person.post(f"{PAGE}/conferma", {"mezzo": "sms", "codice_ricevuto": wrong})
    page = person.post(f"{PAGE}/conferma", {"mezzo": "sms", "codice_ricevuto": code})
    assert "non vale più" in page.said()
    assert person.post(f"{PAGE}/codice", {"mezzo": "sms"}).status == 409
    with db.transaction(read_only=True) as session:
        row = session.scalars(select(ContactPoint)).one()
        assert (row.verified_at, contacts.address(row)) == (None, "+393331234567")


def test_an_administrator_writes_an_address_that_only_the_person_proves(
    world: World, someone: Callable[..., Browser], postbox: reaching.Postbox
) -> None:
    administrator = someone("amministratore")
    address = f"/amministrazione/persone/{world.people['operatrice.cav']}"
    administrator.get(address)
    page = administrator.post(f"{address}/recapiti", {"mezzo": "voice", "recapito": "non è un numero"})
    assert (page.status, "numero di telefono" in page.said()) == (422, True)
    page = administrator.post(f"{address}/recapiti", {"mezzo": "voice", "recapito": "02 1234567"})
    assert "Chiamata al telefono: non ancora confermato" in page.said()
    with db.transaction(read_only=True) as session:
        person = world.people["operatrice.cav"]
        assert contacts.missing(session, [person]) == {person: contacts.Lack.UNPROVED}
        code = contacts.code(session, person, Medium.VOICE)
    assert administrator.post(f"{PAGE}/conferma", {"mezzo": "voice", "codice_ricevuto": code}).status == 409


def test_quiet_hours_are_two_hours_of_the_day_or_none(world: World, someone: Callable[..., Browser]) -> None:
    person = someone("operatrice.cav")
    assert "nessuno porta messaggi" in person.get(PAGE).said(), "nobody carries anything here"
    for since, until in (("22:00", ""), ("25:00", "07:00"), ("07:00", "07:00")):
        page = person.post(f"{PAGE}/quiete", {"quiete_dalle": since, "quiete_alle": until})
        assert (page.status, "da che ora a che ora" in page.said()) == (422, True)
    person.post(f"{PAGE}/quiete", {"quiete_dalle": "22:00", "quiete_alle": "07:00"})
    with db.transaction(read_only=True) as session:
        row = session.scalars(select(QuietHours)).one()
        assert (row.since, row.until) == (22 * 60, 7 * 60)
    person.post(f"{PAGE}/quiete", {"quiete_dalle": "", "quiete_alle": ""})
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(QuietHours)).one_or_none() is None
