"""The canary: what is typed into every field of every form, page and address is readable nowhere on disk without keys.

Names, an address, telephone numbers and a fiscal code that exist nowhere else are planted through pages and through the
API, in answers, drafts, files, reasons, notes, searches and refused posts. Then every row of every table, every file of
the database and its write-ahead log as they lie on disk, every log line, and every address and title that was seen are
searched for them, in the encodings in which they could stand there.
"""

from __future__ import annotations

import base64
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from engine import clock, db
from engine.cases import fiscal_codes
from engine.participants.models import User
from tests import database
from tests.engine.cases.test_secrecy import rows_as_text
from tests.web import asking_to_know
from tests.web.api.program import Program, token_for
from tests.web.planting import plant
from tests.web.story import begun, first_answers, start
from tests.web.world import Browser, Page, World

NAME, ADDRESS, NUMBER, CODE = "Zàirabella Qwertini", "via Xilofoni 9173", "329 5550147", "QWRZRB80A41F205N"
FREE = f"{NAME} abita in {ADDRESS}, tel. {NUMBER}, {CODE}"
CANARIES = ("Zàirabella", "Zairabella", "Qwertini", "Xilofoni", "5550147", CODE)
CHOSEN = {"esito_invio": "accetta", "esito_contatto": "fissato", "esito_colloquio": "svolto", "scelta": "percorso"}


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that was asked for or led to, every title that was shown, every header that went out."""
    found: list[str] = []
    plain = Browser.post

    def note(page: Page) -> Page:
        found.extend([page.response.request.full_path, str(page.response.headers)])
        if page.tree is not None:
            found.extend(
                [page.tree.findtext(".//title") or "", *page.tree.xpath("//@href"), *page.tree.xpath("//@action")]
            )
        return page

    def get(self: Browser, path: str, original: Callable[..., Page] = Browser.get) -> Page:
        return note(original(self, path))

    def post(self: Browser, path: str, data: Any = None, **more: Any) -> Page:
        return note(plain(self, path, data, **more))

    monkeypatch.setattr(Browser, "get", get)
    monkeypatch.setattr(Browser, "post", post)
    return found


def everything(page: Page) -> dict[str, object]:
    """Answer a step's form as its page stands: choices by the way that leads on, all texts with canaries."""
    found: dict[str, object] = {**first_answers(page)}
    found |= {key: value for key, value in CHOSEN.items() if page.has(key)}
    for text in page.tree.xpath("//form[@id='modulo']//textarea | //form[@id='modulo']//input[@type='text']"):
        name = text.get("name") or ""
        if name and not name.startswith("_"):
            number = text.get("inputmode") in {"numeric", "decimal"}
            found[name] = "1" if number else FREE[: int(text.get("maxlength") or 2000)]
    dates = "//form[@id='modulo']//input[(@type='date' or @type='datetime-local') and not(starts-with(@name, '_'))]"
    for control in page.tree.xpath(dates):
        soon = f"{clock.host_now() + timedelta(days=3):%Y-%m-%d}"
        whole = control.get("type") == "date"
        found[control.get("name")] = control.get("max") or (soon if whole else f"{soon}T10:15")
    for box in page.tree.xpath("//form[@id='modulo']//input[@type='checkbox' and not(starts-with(@name, '_'))]"):
        found.setdefault(box.get("name"), box.get("value"))
    kept = ("_revisione", "_domande")
    return {name: page.value(name) for name in kept} | {"_motivo": FREE} | found


def work_off(person: Browser) -> int:
    """Take every step that is there: give it back with a reason, draft, be refused, be asked more, complete."""
    done = 0
    while (address := person.get("/attivita?scheda=da-prendere").tree.xpath("string(//ol//h2/a/@href)")) and done < 12:
        person.get(address)
        person.post(f"{address}/presa")
        person.post(f"{address}/cessione", {"_motivo": FREE})
        person.get(address)
        page = person.post(f"{address}/presa")
        for _round in range(4):
            page = person.post(f"{address}/domande", everything(page))
        answer = everything(page)
        assert person.post(f"{address}/bozza", answer).status == 200, person.shown and person.shown.said()
        person.post(f"{address}/conclusione", {**answer, "non_dichiarato": FREE, "_quando": FREE})
        page = person.post(f"{address}/conclusione", answer)
        assert page.status == 200, (answer, page.summary())
        done += 1
    return done


@pytest.fixture
def disk(database_server: database.Server) -> Callable[[database.Urls], Iterator[tuple[str, bytes]]]:
    """What of a database lies on disk: its files, and the write-ahead log of the whole server."""

    def files(urls: database.Urls) -> Iterator[tuple[str, bytes]]:
        admin = database_server.admin.set(drivername="postgresql", database=make_url(urls.owner).database)
        with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute("CHECKPOINT")
            row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
            assert row is not None
            folders = [f"base/{row[0]}", "pg_wal", "base/pgsql_tmp", "pg_stat_tmp", "log"]
            for folder in folders:
                names = connection.execute("SELECT name FROM pg_ls_dir(%s, true, false) name", (folder,)).fetchall()
                for (name,) in names:
                    path = f"{folder}/{name}"
                    stat = connection.execute("SELECT isdir FROM pg_stat_file(%s, true)", (path,)).fetchone()
                    if stat is None or stat[0] is not False:
                        continue
                    content = connection.execute(
                        "SELECT pg_read_binary_file(%s, 0, %s, true)", (path, 2**28)
                    ).fetchone()
                    yield path, (content[0] if content else None) or b""

    return files


def forms_of(canary: str) -> list[bytes]:
    """How a text could stand somewhere: UTF-8, UTF-16, escaped for JSON or an address, base64, hexadecimal."""
    plain = canary.encode()
    in_base64 = []
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + plain)
        in_base64.append(coded[4 if shift else 0 : len(coded) - 4])
    return [
        plain,
        canary.encode("utf-16-le"),
        canary.encode("unicode_escape"),
        "".join(f"%{byte:02X}" if byte > 127 else chr(byte) for byte in plain).encode(),
        plain.hex().encode(),
        *in_base64,
    ]


PATTERN = re.compile(b"|".join(re.escape(each) for canary in CANARIES for each in forms_of(canary)))


def planted(app: Flask, someone: Callable[..., Browser], world: World) -> None:
    """Plant the canaries everywhere that something can be typed."""
    operator, lead = someone("operatrice.cav"), someone("responsabile.cav")
    someone().log_in(FREE, FREE)
    case = start(operator, world)
    operator.post("/casi/nuovo", {**begun(operator.get("/casi/nuovo?protocollo=accoglienza_cav")), "nota": FREE})
    assert work_off(operator) >= 3
    for link in [link for link in operator.get(case).links() if link.startswith("/moduli/")]:
        page = operator.get(link)
        for kind in page.tree.xpath("//button[@name='_specie']/@value"):
            operator.post(f"{link}/apri", {"_scopo": "colloquio", "_specie": kind})
        operator.post(f"{link}/apri", {"_scopo": FREE, "_specie": FREE})
        page = operator.post(f"{link}/rettifica/apri")
        if page.tree.xpath("//form[@id='modulo']"):
            operator.post(f"{link}/rettifica", {**everything(page), "non_dichiarato": FREE})
            operator.post(f"{link}/rettifica", everything(page))
        operator.post(f"{link}/ritorno/richiesta", {"_motivo": FREE})
    administrator = world.actor("amministratore")
    with db.transaction() as session:
        fiscal_codes.switch_on(session, administrator, world.agencies["cav"], reason="Esenzione")
    for person, act, more in (
        (operator, "", {"_codice": f"{CODE}X"}),
        (operator, "", {"_codice": CODE}),
        (lead, "/apri", {"_scopo": "atto"}),
    ):
        person.get(f"{case}/codice-fiscale")
        page = person.post(f"{case}/codice-fiscale{act}", {"_titolare": str(world.agencies["cav"]), **more})
    assert CODE in page.said()
    lead.post("/cerca", {"_cosa": "codice_fiscale", "_testo": CODE})
    for kind, text in (("nome", NAME), ("telefono", NUMBER), ("codice_fiscale", CODE), ("codice", FREE), (FREE, FREE)):
        operator.get("/cerca")
        operator.post("/cerca", {"_cosa": kind, "_testo": text})
    operator.get("/attivita")
    operator.post("/nascondi", {"_modulo": FREE, "nota": FREE})
    sealed, opened = asking_to_know.hand_over(someone, world, case, FREE)
    assert FREE in opened
    assert not PATTERN.search(sealed.encode())
    other = start(operator, world)
    reached = set()
    for name in ("operatrice.cav", "responsabile.cav", "coordinamento", "dpo"):
        reached |= plant(someone(name), FREE, [other, "/attivita", "/casi", "/ritardi", "/"])
    assert len(reached) >= 19, sorted(reached)
    lead.get(case)
    lead.post(f"{case}/annullamento", {"_motivo": FREE})
    lead.post(f"{case}/cancellazione", {"_perche": FREE, "_titolare": FREE})
    by_program(app, world)


def by_program(app: Flask, world: World) -> None:
    """The same through the API, with keys that make answers be kept for a repetition."""
    program = Program(app, token_for(world, "operatrice.cav"))
    lanes = {"cav": str(world.agencies["cav"])}
    intake = {"canale": "da_sola", "rischio_segnalato": "ALTO"}
    case = program.post("/cases", {"definition": "accoglienza_cav", "lanes": lanes, "variables": intake}).body
    (task,) = [row for row in program.get("/tasks").body["items"] if row["case_id"] == case["id"]]
    path = f"/tasks/{task['id']}"
    program.post(f"{path}/claim", {})
    assert program.put(f"{path}/draft", {"values": {"nota": FREE}}, key="bozza-1").status in {200, 204}
    program.post(f"{path}/release", {"reason": FREE}, key="cedo-1")
    program.post(f"{path}/claim", {})
    program.post(f"{path}/complete", {"values": {FREE: FREE, "nota": FREE}}, key="sbagliato-1")
    done = program.post(f"{path}/complete", {"values": {"esito_invio": "accetta", "nota": FREE}}, key="faccio-1")
    assert done.status == 200, done.raw
    answers = program.get(f"/cases/{case['id']}").body["submissions"]
    for answer in answers:
        opening = {"kinds": ["libero"], "purpose": "atti"}
        opened = program.post(f"/submissions/{answer['id']}/open", opening, key=f"apro-{answer['id']}")
        assert opened.status == 200
    (given,) = [answer for answer in answers if answer["task_name"]]
    new = {"values": {"esito_invio": "accetta", "nota": FREE + "!"}, "reason": FREE}
    assert program.post(f"/submissions/{given['id']}/correct", new, key="rettifico-1").status == 201
    program.post("/messages", {"name": FREE[:40], "correlation": case["code"], "values": {"a": FREE}}, key="mando-1")
    program.upload([(f"{NAME}.txt", FREE.encode())], to=f"{path}/files", key="file-1")
    program.get("/tasks", cursor=FREE)


def test_what_is_typed_is_readable_nowhere(
    app: Flask,
    urls: database.Urls,
    someone: Callable[..., Browser],
    world: World,
    seen: list[str],
    disk: Callable[[database.Urls], Iterator[tuple[str, bytes]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    before = set(Path(tempfile.gettempdir()).iterdir())
    planted(app, someone, world)
    tables = rows_as_text(urls)
    assert len(tables["form_submission"]) > 1000
    assert {name for name, rows in tables.items() if PATTERN.search(rows.encode())} == set()
    assert {path for path, content in disk(urls) if PATTERN.search(content)} == set()
    assert not PATTERN.search(caplog.text.encode())
    asked_for = [text for text in seen if PATTERN.search(text.encode())]
    assert asked_for == []
    new = [path for path in Path(tempfile.gettempdir()).iterdir() if path not in before and path.is_file()]
    assert not [path for path in new if PATTERN.search(path.read_bytes())]


def test_the_search_of_the_disk_would_find_what_is_there(
    app: Flask, urls: database.Urls, world: World, disk: Callable[[database.Urls], Iterator[tuple[str, bytes]]]
) -> None:
    with db.transaction() as session:
        session.get_one(User, world.people["collega.cav"]).display_name = FREE
    found = {path.partition("/")[0] for path, content in disk(urls) if PATTERN.search(content)}
    assert found == {"base", "pg_wal"}
    assert PATTERN.search(base64.b64encode(b"x" + FREE.encode()))
