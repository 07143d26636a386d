"""Who is on call, on the pages: what one sees, what is told before it is published, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from engine import clock, db
from engine.roster.models import Shift
from tests.web.world import Browser, Page, World

PAGE = "/reperibilita"
NEW = {"servizio": "cav", "telefono": "099999 0199"}
MONDAY, NIGHT = "2027-03-01T11:00", "2027-03-01T22:00"


@pytest.fixture(autouse=True)
def monday_noon() -> Iterator[None]:
    with at(MONDAY):
        yield


def at(utc: str) -> Any:
    return clock.frozen(datetime.fromisoformat(utc).replace(tzinfo=UTC))


@pytest.fixture
def coordination(someone: Callable[..., Browser]) -> Browser:
    person = someone("coordinamento")
    person.get(PAGE)
    return person


@pytest.fixture
def roster(coordination: Browser) -> str:
    assert "qui si scrivono i turni" in coordination.post(PAGE, NEW).said()
    return coordination.path


def shift(world: World, **said: Any) -> dict[str, Any]:
    cover = {"dalle": "2027-03-01T18:00", "alle": "2027-03-02T09:00", "prima": world.people["operatrice.cav"]}
    return {**cover, "lingue": "ar, FR", "capacita": ["auto"], **said}


def lead(someone: Callable[..., Browser]) -> Browser:
    person = someone("responsabile.cav")
    person.get(PAGE)
    return person


def publish(person: Browser, roster: str, **said: str) -> Page:
    return person.post(f"{roster}/pubblicazione", {"fino_a": "2027-03-07", "settimana": "2027-03-01", **said})


def test_a_lead_writes_a_week_reads_its_gaps_and_publishes_it(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    person = lead(someone)
    page = person.post(f"{roster}/turni", shift(world, ripeti="2027-03-06"))
    assert page.said().count("bozza") >= 6
    assert "auto" in page.text
    assert "Buco: nessuno dalle 09:00 alle 18:00" in page.said()
    assert "Nessuno è reperibile e gli uffici sono chiusi: da 06/03/2027 09:00 a 06/03/2027 18:00" in page.said()
    refused = publish(person, roster)
    assert refused.status == 409
    assert "leggeteli, poi pubblicate" in refused.said()
    assert "Turni pubblicati." in publish(person, roster, letto="si").said()
    with at(NIGHT):
        for who, said in (
            ("operatrice.cav", "operatrice.cav, Centro antiviolenza di prova"),
            ("operatrice.ps", "reperibile, Centro antiviolenza di prova"),
        ):
            page = someone(who).get(PAGE)
            assert said in page.said()
            assert "099999 0199" in page.said()
            assert (roster in page.links()) is (who == "operatrice.cav")
            assert someone(who).get(roster).status == (200 if who == "operatrice.cav" else 404)


def test_at_night_without_anybody_the_page_says_that_the_coordination_answers(
    roster: str, someone: Callable[..., Browser]
) -> None:
    assert "Centro antiviolenza di prova (ufficio aperto)" in someone("operatrice.ps").get(PAGE).said()
    with at(NIGHT):
        said = someone("operatrice.ps").get(PAGE).said()
    assert "Nessuno è reperibile: risponde il coordinamento della rete" in said
    assert "Comune di prova" in said


def test_workers_read_what_is_published_and_write_nothing(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    lead(someone).post(f"{roster}/turni", shift(world))
    worker = someone("operatrice.cav")
    page = worker.get(roster)
    assert "bozza" not in page.said()
    assert not page.has("dalle")
    assert worker.post(f"{roster}/turni", shift(world)).status == 403


def test_a_replacement_holds_at_once_and_can_be_taken_out(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    person = lead(someone)
    person.post(f"{roster}/turni", shift(world))
    publish(person, roster, letto="si")
    page = person.post(f"{roster}/cambi", shift(world, prima=world.people["collega.cav"], _motivo="Malattia"))
    assert "vale da subito" in page.said()
    with at(NIGHT):
        assert "collega.cav" in someone("operatrice.cav").get(PAGE).said()
    ends = page.tree.xpath("//form[contains(@action, '/fine')]/@action")
    assert "Turno tolto." in person.post(ends[-1], {}).said()
    with at(NIGHT):
        assert "collega.cav" not in someone("operatrice.cav").get(PAGE).said()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"dalle": ""}, "Scrivere da quando"),
        ({"alle": "2027-03-01T17:00"}, "finisce prima di cominciare"),
        ({"prima": ""}, "Scegliere chi è prima reperibile"),
        ({"prima": "operatrice.ps"}, "deve lavorare in un ente che offre il servizio"),
        ({"lingue": "arabo"}, "codice di due lettere"),
        ({"ripeti": "2027-05-01"}, "al massimo i turni di un mese"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    world: World, roster: str, coordination: Browser, said: dict[str, str], told: str
) -> None:
    who = {name: world.people[value] for name, value in said.items() if value == "operatrice.ps"}
    page = coordination.post(f"{roster}/turni", shift(world, **{**said, **who}))
    assert page.status == 422
    assert told in page.said()
    assert page.value("lingue") == said.get("lingue", "ar, FR")


def test_a_service_is_not_added_twice(roster: str, coordination: Browser) -> None:
    coordination.get(PAGE)
    page = coordination.post(PAGE, NEW)
    assert page.status == 409
    assert "ha già la sua reperibilità" in page.said()
    assert page.value("telefono") == NEW["telefono"]
    changed = coordination.post(roster, {"telefono": "099999 0200", "serve": ["minori"]})
    assert "099999 0200" in changed.said()


def test_a_colleague_is_asked_for_a_swap_and_accepts_it(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    lead(someone).post(f"{roster}/turni", shift(world))
    publish(lead(someone), roster, letto="si")
    asker, colleague = someone("operatrice.cav"), someone("collega.cav")
    (action,) = asker.get(roster).tree.xpath("//form[contains(@action, '/scambio')]/@action")
    page = asker.post(action, {"scambio": f"persona:{world.people['collega.cav']}"})
    assert "Finché non accetta il turno resta vostro." in page.said()
    assert "Una collega vi chiede uno scambio di turno" in colleague.get("/attivita").said()
    (answer,) = colleague.get(roster).tree.xpath("//form[contains(@action, '/scambi/')]/@action")
    assert "Scambio fatto" in colleague.post(answer, {"risposta": "si"}).said()
    with at(NIGHT):
        assert "collega.cav" in someone("operatrice.cav").get(PAGE).said()
        assert "Di turno ora: CAV 099999 0199" in someone("operatrice.ps").get("/attivita").said()


CSV = """dal;al;prima;seconda;capacita
01/03/2027 18:00;02/03/2027 09:00;operatrice.cav;collega.cav;auto minori
2027-03-02 18:00;2027-03-03 09:00;COLLEGA.CAV;;
"""
WRONG = """dal;al;prima;seconda
01/03/2027 18:00;01/03/2027 17:00;operatrice.cav;
28/03/2027 02:30;29/03/2027 09:00;operatrice.cav;
01/03/2027 18:00;02/03/2027 09:00;operatrice.ps;
01/03/2027 18:00;02/03/2027 09:00;;nessuna
"""


def uploaded(text: str) -> dict[str, Any]:
    return {"turni": FileStorage(BytesIO(text.encode()), "turni.csv")}


def test_a_file_of_shifts_is_shown_first_and_then_written_as_drafts(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    person = lead(someone)
    page = person.post(f"{roster}/importazione", uploaded(CSV))
    assert "Turni da scrivere in bozza: 2." in page.said()
    assert "Nessun turno." in person.get(roster).said()
    person.get(roster)
    page = person.post(f"{roster}/importazione", {"testo": page.value("testo")})
    assert "Turni importati" in page.said()
    assert page.said().count("bozza") >= 3


def test_what_is_wrong_in_a_file_is_told_line_by_line_and_nothing_is_written(
    roster: str, someone: Callable[..., Browser]
) -> None:
    person = lead(someone)
    page = person.post(f"{roster}/importazione", uploaded(WRONG))
    assert page.status == 422
    rows = [row.text_content().split() for row in page.tree.xpath("//*[@role='alert']//tbody/tr")]
    assert [(row[1], row[2]) for row in rows] == [
        *(("2", "al"), ("3", "dal"), ("4", "prima"), ("5", "prima"), ("5", "seconda")),
    ]
    # Whoever sends the text past the first look is told the same.
    assert person.post(f"{roster}/importazione", {"testo": WRONG}).status == 422
    assert person.get(roster).said().count("Nessun turno.") == 7


def test_the_sheet_for_paper_has_who_answers_the_numbers_and_steps_by_code(
    world: World, roster: str, worker: Browser, someone: Callable[..., Browser]
) -> None:
    lead(someone).post(f"{roster}/turni", shift(world))
    publish(lead(someone), roster, letto="si")
    with at(NIGHT):
        said = someone("operatrice.cav").get(f"{PAGE}/foglio").said()
        assert "operatrice.cav, Centro antiviolenza di prova" in said
        assert "099999 0199" in said
        assert "Passi che scadono prima che l'ente riapra (1)" in said
        assert someone("coordinamento").get(f"{PAGE}/foglio").status == 403


def calendar(*events: str) -> str:
    """A calendar as a program writes it."""
    inside = "".join(f"BEGIN:VEVENT\r\nUID:{number}\r\n{one}\r\nEND:VEVENT\r\n" for number, one in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//IT\r\n{inside}END:VCALENDAR\r\n"


def test_a_calendar_is_taken_in_too_through_both_changes_of_the_clocks(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    who = "SUMMARY:operatrice.cav / collega.cav\r\nCATEGORIES:ar,auto"
    text = calendar(
        f"DTSTART;TZID=Europe/Rome:20270327T200000\r\nDTEND;TZID=Europe/Rome:20270328T080000\r\n{who}",
        f"DTSTART:20271031T003000Z\r\nDTEND:20271031T013000Z\r\n{who}",
        "DTSTART:20270401T180000\r\nDURATION:PT14H\r\nSUMMARY:COLLEGA.CAV",
    )
    person = lead(someone)
    page = person.post(f"{roster}/importazione", uploaded(text))
    assert "Turni da scrivere in bozza: 3." in page.said()
    person.post(f"{roster}/importazione", {"testo": page.value("testo")})
    with db.transaction(read_only=True) as session:
        rows = session.scalars(select(Shift).order_by(Shift.starts_at)).all()
    assert [(row.starts_at.isoformat(), row.ends_at - row.starts_at) for row in rows] == [
        ("2027-03-27T19:00:00+00:00", timedelta(hours=11)),
        ("2027-04-01T16:00:00+00:00", timedelta(hours=14)),
        ("2027-10-31T00:30:00+00:00", timedelta(hours=1)),
    ]
    assert (rows[0].languages, rows[0].capabilities, rows[1].second_id) == (["ar"], ["auto"], None)


def test_what_is_wrong_in_a_calendar_is_told_event_by_event(roster: str, someone: Callable[..., Browser]) -> None:
    night = "DTSTART:20270301T180000Z\r\nDTEND:20270302T080000Z"
    who = "SUMMARY:operatrice.cav"
    text = calendar(
        f"{night}\r\n{who}\r\nRRULE:FREQ=DAILY",
        f"{night}\r\n{who}\r\nSTATUS:CANCELLED",
        f"DTSTART;VALUE=DATE:20270301\r\nDTEND;VALUE=DATE:20270302\r\n{who}",
        f"DTSTART;TZID=Europe/Rome:20270328T023000\r\nDTEND;TZID=Europe/Rome:20270328T090000\r\n{who}",
        f"DTSTART:20270301T18\r\nDTEND:20270302T080000Z\r\n{who}",
        f"{night}\r\nSUMMARY:operatrice.ps",
        night,
    )
    page = lead(someone).post(f"{roster}/importazione", uploaded(text))
    rows = [row.text_content().split() for row in page.tree.xpath("//*[@role='alert']//tbody/tr")]
    assert (page.status, [row[1] for row in rows]) == (422, ["4", "11", "18", "18", "24", "30", "30", "36", "42"])
    assert "È un evento che si ripete" in page.said()
    page = lead(someone).post(f"{roster}/importazione", uploaded("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"))
    assert "non è un calendario" in page.said()


def test_who_hands_on_the_steps_of_somebody_ill_sees_her_shifts_too(
    world: World, roster: str, someone: Callable[..., Browser]
) -> None:
    lead(someone).post(f"{roster}/turni", shift(world))
    publish(lead(someone), roster, letto="si")
    with at(NIGHT):
        page = someone("responsabile.cav").get("/attivita/affidamento")
    (leads,) = page.tree.xpath("//section[@aria-labelledby='turni']//a/@href")
    assert "operatrice.cav" in page.said()
    assert leads.startswith(roster)
