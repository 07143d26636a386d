"""Art. 4 L. 300/1970: how long a person takes is shown nowhere, but for one figure where an agreement is on file."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engine import clock, db, errors
from engine.audit import AuditEntry
from engine.oversight import worker_times
from engine.oversight.worker_times import Agreement
from tests.web.api.program import API, Program, token_for
from tests.web.story import claim, start
from tests.web.world import PEOPLE, Browser, World
from web import clocks

FIGURES, SWITCH = "/ritardi/persone", "/amministrazione/tempi"
WAITED = timedelta(minutes=7)  # before any clock of the step tells anybody
GIVEN = {
    "numero": "12/2026",
    "firmato_il": "2026-01-15",
    "firmato_da": "RSU e Comune capofila",
    "impronta": "ab" * 32,
    "_motivo": "Turni da rivedere.",
}
# The record of who read what, for the data-protection officer and, of one case, the coordination.
RECORD = {"register.page", "register.export"}


@pytest.fixture
def switch(someone: Callable[..., Browser]) -> Browser:
    administrator = someone("amministratore")
    administrator.get(SWITCH)
    return administrator


def taken(someone: Callable[..., Browser], world: World, times: int) -> set[str]:
    """Somebody takes steps, each so long after it came; give the instants as pages would write them."""
    with db.transaction(read_only=True):
        now = clock.now()
    stamps = set()
    for number in range(times):
        at = now + timedelta(hours=number)
        with clock.frozen(at):
            person = someone("operatrice.cav")
            start(person, world)
            (address,) = person.get("/attivita?scheda=da-prendere").tree.xpath("//ol//h2/a/@href")
        with clock.frozen(at + WAITED):
            claim(someone("operatrice.cav"), address)
        stamps |= {f"{(at + WAITED).astimezone(clocks.ROME):%d/%m/%Y %H:%M}", (at + WAITED).isoformat()[:16]}
    return stamps


def test_no_list_no_file_and_no_attribute_tells_when_a_person_took_what(
    app: Flask, someone: Callable[..., Browser], world: World
) -> None:
    stamps = taken(someone, world, 3)
    with db.transaction(read_only=True):
        later = clock.now() + timedelta(hours=5)
    told, walked = set(), 0
    with clock.frozen(later), app.test_request_context():
        for name in PEOPLE:
            person, program = someone(name), Program(app, token_for(world, name))
            for rule in app.url_map.iter_rules():
                if "GET" not in rule.methods or rule.arguments or rule.endpoint in RECORD:
                    continue
                if rule.rule.startswith(API):
                    text = program.get(rule.rule.removeprefix(API)).raw.decode()
                else:
                    text = person.client.get(rule.rule).text
                walked += 1
                told |= {rule.endpoint for stamp in stamps if stamp in text}
        worker = someone("operatrice.cav")
        links = {link for link in worker.get("/casi").links() if re.fullmatch(r"/casi/[0-9a-f-]{36}", link)}
        record = [worker.get(link).text for link in links]
    assert walked > 300
    assert told == set()
    assert all(any(stamp in text for stamp in stamps) for text in record), "the record of a case says it"
    document = json.dumps(Program(app, None).get("/openapi.json").body)
    names = set(re.findall(r'"([a-z_]+)": \{', document))
    assert {"assignee_name", "due_at"} <= names
    assert not {name for name in names if re.search(r"claimed|taken_at|elapsed|duration|minutes|per_person", name)}


def test_off_is_how_it_is_and_says_the_same_as_an_address_that_is_not(
    someone: Callable[..., Browser], world: World
) -> None:
    taken(someone, world, 3)
    lead = someone("responsabile.cav")
    assert lead.get(FIGURES).status == 404
    assert FIGURES not in lead.get("/ritardi").links()
    for name in set(PEOPLE) - {"responsabile.cav"}:
        assert someone(name).get(FIGURES).status == 403, name
        if name != "amministratore":
            assert someone(name).get(SWITCH).status == 403, name


def test_on_it_shows_one_figure_to_the_lead_of_who_took_the_steps_since(
    someone: Callable[..., Browser], switch: Browser, world: World
) -> None:
    assert "le responsabili vedono" in switch.post(f"{SWITCH}/acceso", GIVEN).said()
    lead = someone("responsabile.cav")
    assert FIGURES in lead.get("/ritardi").links()
    taken(someone, world, 2)
    with db.transaction(read_only=True):
        later = clock.now() + timedelta(hours=4)
    with clock.frozen(later):
        assert "troppo pochi" in someone("responsabile.cav").get(FIGURES).said()
        taken(someone, world, 1)
    with clock.frozen(later + timedelta(hours=1)):
        page = someone("responsabile.cav").get(FIGURES)
    (row,) = page.tree.xpath("//tbody/tr")
    cells = [cell.text_content().strip() for cell in row.xpath("td")]
    assert (cells[0], cells[2:]) == ("operatrice.cav", ["3", "7"])
    assert "12/2026" in page.said()
    switch.get(SWITCH)
    assert "Spento" in switch.post(f"{SWITCH}/spento", {"_motivo": "Accordo finito."}).said()
    assert lead.get(FIGURES).status == 404
    with db.transaction() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.startswith("worker_times")).order_by(AuditEntry.id)
        ).all()
    assert actions == [f"worker_times.{word}" for word in ("switched_on", "read", "read", "switched_off")]


def test_what_came_before_it_was_switched_on_does_not_count(
    someone: Callable[..., Browser], switch: Browser, world: World
) -> None:
    taken(someone, world, 3)
    with db.transaction(read_only=True):
        later = clock.now() + timedelta(hours=4)
    administrator = world.actor("amministratore")
    with clock.frozen(later):
        with db.transaction() as session:
            worker_times.switch_on(session, administrator, agreement())
        assert "troppo pochi" in someone("responsabile.cav").get(FIGURES).said()


def agreement() -> Agreement:
    signed = clocks.parse_day(GIVEN["firmato_il"])
    return Agreement(GIVEN["numero"], signed, GIVEN["firmato_da"], GIVEN["impronta"], GIVEN["_motivo"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("numero", ""),
        ("firmato_il", "mai"),
        ("firmato_il", "2099-01-01"),
        ("firmato_da", ""),
        ("impronta", "ab" * 31),
        ("impronta", "<script>"),
        ("_motivo", " "),
    ],
)
def test_without_an_agreement_it_stays_off(
    switch: Browser, someone: Callable[..., Browser], field: str, value: str
) -> None:
    refused = switch.post(f"{SWITCH}/acceso", {**GIVEN, field: value})
    assert refused.status == 422
    assert someone("responsabile.cav").get(FIGURES).status == 404


def test_of_two_who_switch_it_on_at_once_one_does(app: Flask, world: World) -> None:
    outcomes: list[str] = []
    administrator = world.actor("amministratore")
    together = threading.Barrier(2)

    def run() -> None:
        together.wait()
        try:
            with db.transaction() as session:
                worker_times.switch_on(session, administrator, agreement())
            outcomes.append("on")
        except errors.Conflict as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["on", "timing_on"]
