"""Random histories against the same list on paper, read by what leaves the house: pages, API, search, counts, exports.

Everybody goes to every address that can be asked for something, for all that there is of the case, and opens whatever
opens. What was written nowhere else is looked for in all that she got.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from engine import clock, db
from engine.cases.handover_models import Handover
from engine.cases.models import Case, FormSubmission, UserTask
from engine.participants import directory, tokens
from engine.participants.models import Role
from engine.participants.token_models import TokenScope
from forms import secrecy
from tests import database
from tests.engine.cases import conftest as engine_conftest
from tests.engine.cases.conftest import PASSWORD, START, World, moment
from tests.engine.cases.handing_over import FORMS, Relay
from tests.engine.cases.on_paper import (
    HISTORY,
    HURRIED,
    KEPT,
    NOTE,
    OF_SHELTERS,
    QUESTION,
    READERS,
    STORY,
    WHY,
    Act,
    Paper,
    play,
)
from tests.engine.cases.protocols import field
from tests.engine.cases.test_handover_histories import shelters_of
from tests.web.api.program import API, Program
from tests.web.world import Browser, app_of

world_template, world_urls, world = (
    engine_conftest.world_template,
    engine_conftest.world_urls,
    engine_conftest.world,
)

OFFICER = "dpo"
SIGNS = {
    STORY: {"answer: racconto", "handed over: racconto"},
    KEPT: {"answer: altro_racconto"},
    QUESTION: {"the question"},
    WHY: {"why"},
    NOTE: {"answer: nota"},
    # One text of each kind of secret, all of them kept by the centre.
    **{f"SEGRETO-{kind.upper()}": {"answer: altro_racconto"} for kind in secrecy.KINDS},
}
SECRETS = {f"dato_{kind}": f"SEGRETO-{kind.upper()}" for kind in secrecy.KINDS}
_ASKED = json.loads(FORMS["ascolto"])
_ASKED["components"] += [
    field("textfield", f"dato_{kind}", properties={"confidentiality": kind}) for kind in secrecy.KINDS
]
LISTENING = json.dumps(_ASKED).encode()
# They have never had to do with it: not even its code is to be found by them.
NEVER_TOLD = {"supervisora", "forestiera"}
# What an address names, and what stands in others: the rest of the addresses is the network's, or the person's own.
NAMES = ("case_id", "task_id", "step_id", "submission_id", "handover_id")
ELSEWHERE = {"static", "login.leave", "login.page", "login.where", "hiding.page", "api-docs.openapi_json"}
TABS = ("da-prendere", "mie", "altri")
COUNTS = re.compile(r"(?:Da prendere|Mie|In attesa di altri) \((\d+)\)")


@pytest.fixture
def app(world: World, world_urls: database.Urls) -> Iterator[Flask]:
    """The application on the network of the engine's tests, which has an officer too."""
    made = app_of(world_urls)
    with world.at(START) as session:
        user = directory.create_user(session, username=OFFICER, display_name=OFFICER, password=PASSWORD)
        agency = world.agencies["capofila"]
        directory.create_membership(
            session, network_id=world.network_id, user_id=user.id, agency_id=agency, role=Role.DPO
        )
        actor = directory.actor(session, user.id, world.network_id)
        assert actor is not None
        world.people[OFFICER] = actor
    yield made
    db.dispose()


# Not made smaller: each example is some seconds.
@settings(
    max_examples=int(os.environ.get("EXAMPLES", "2")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(history=HISTORY)
def test_what_leaves_the_house_is_as_it_is_noted_on_paper(
    app: Flask, world: World, history: list[tuple[list[Act], int]]
) -> None:
    relay, paper, now = Relay(world, shelters_of(world, FORMS | {"ascolto": LISTENING})), Paper(), moment(START)
    case = relay.listened(**SECRETS)
    for scene, minutes in history:
        for what, whom in scene:
            now = play(relay, case, paper, what, whom, now + timedelta(minutes=minutes))
    for person in (*READERS, OFFICER):
        got = "\n".join(everything(app, world, case, person, now))
        readable = paper.readable(person, now) if person != OFFICER else set()
        found = {sign for sign in SIGNS if (f"{sign} {case.code}" if sign == QUESTION else sign) in got}
        assert found == {sign for sign, ways in SIGNS.items() if ways & readable}, (person, history)
        if "the case" in readable:
            assert case.code in got, (person, history)
        if paper.is_kept_out(person) or person in NEVER_TOLD:
            assert case.code not in got, (person, history)
        if person in {*OF_SHELTERS, HURRIED}:
            in_hand = paper.sent_to == paper.of(person) and not paper.is_kept_out(person)
            assert counted(app, world, case, person, now) == in_hand, (person, history)


def everything(app: Flask, world: World, case: Case, person: str, now: datetime) -> Iterator[str]:
    """Give the text of every answer that somebody can get, but for what she has sent herself."""
    browser, program = arrived(app, world, person, now)
    with clock.frozen(now):
        for path in addresses(app, world, case):
            if path.startswith(API):
                yield program.get(path.removeprefix(API)).raw.decode()
            else:
                yield browser.client.get(f"{path}?caso={case.code}" if path.startswith("/registro") else path).text
        yield from opened(browser, program, world, case)


def counted(app: Flask, world: World, case: Case, person: str, now: datetime) -> bool:
    """Whether her inbox has a step of the case; what it says that there are is as much as it shows."""
    browser, _program = arrived(app, world, person, now)
    with clock.frozen(now):
        pages = [browser.get(f"/attivita?scheda={tab}") for tab in TABS]
    for number, page in enumerate(pages):
        assert int(COUNTS.findall(page.said())[number]) == len(page.tree.xpath("//ol//h2/a"))
    return any(case.code in page.said() for page in pages)


def arrived(app: Flask, world: World, person: str, now: datetime) -> tuple[Browser, Program]:
    """Somebody logged in, and a program of hers."""
    actor = world.people[person]
    assert actor.user_id is not None
    browser = Browser(app)
    with clock.frozen(now):
        browser.be(actor.user_id, actor.network_id)
        with db.transaction() as session:
            who = {"user_id": actor.user_id, "network_id": actor.network_id, "name": "prova"}
            _row, token = tokens.create(session, **who, scopes=tuple(TokenScope), life=timedelta(days=1))
        browser.get("/avvisi")
    return browser, Program(app, token)


def addresses(app: Flask, world: World, case: Case) -> list[str]:
    """Every address that can be asked for something, for all that there is of the case."""
    of_case = {name: [row.id for row in world.rows(kind, kind.case_id == case.id)] for name, kind in KINDS.items()}
    ids = {"case_id": [case.id], **of_case, "step_id": of_case["task_id"]}
    urls, found = app.url_map.bind("127.0.0.1"), []
    for rule in app.url_map.iter_rules():
        names = sorted(rule.arguments)
        if "GET" not in (rule.methods or ()) or rule.endpoint in ELSEWHERE or not set(names) <= set(NAMES):
            continue
        found += [
            urls.build(rule.endpoint, dict(zip(names, chosen, strict=True)), method="GET")
            for chosen in product(*(ids[name] for name in names))
        ]
    return [*found, *(f"/attivita?{urlencode({'scheda': tab})}" for tab in TABS)]


KINDS = {"task_id": UserTask, "submission_id": FormSubmission, "handover_id": Handover}


def opened(browser: Browser, program: Program, world: World, case: Case) -> Iterator[str]:
    """What is asked for by sending something: a search, and what is secret in each answer."""
    token = browser.shown.csrf() if browser.shown else ""
    asked = {"_csrf": token, "_cosa": "codice", "_testo": case.code}
    found = browser.client.post("/cerca", data=asked).text
    # The page shows again what was searched for; found is what it leads to.
    yield case.code if f"/casi/{case.id}" in found else ""
    for row in world.rows(FormSubmission, FormSubmission.case_id == case.id):
        kinds = {"_csrf": token, "_scopo": "atti", "_specie": list(secrecy.KINDS)}
        yield browser.client.post(f"/moduli/{row.id}/apri", data=kinds).text
        body = {"purpose": "atti", "kinds": list(secrecy.KINDS)}
        yield program.post(f"/submissions/{row.id}/open", body).raw.decode()
