"""Nothing that anybody has written runs: every text of a diagram, a form, an agency, a person and an answer attacks.

Every page of the application is opened in a real browser, by everybody whom it lets in, and every form of these pages
that takes a text is sent with one that attacks.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import Browser, Page

from engine import db
from engine.definitions import deployment
from engine.participants import access, directory
from tests import database
from tests.journeys import system
from tests.web.place import Place, furnished
from tests.web.world import PASSWORD, populate
from web import policy
from web.app import create_app
from web.policy import Door

pytestmark = [pytest.mark.journey]

_MARKUP = "\"'><img src=/colpito onerror=alert(1)><svg onload=alert(2)></script><script>alert(3)</script> "
ATTACK = _MARKUP + "{{7*191}} "
_IN_XML = escape(ATTACK, {'"': "&quot;"})
_NAMED = re.compile(
    r"(<bpmn:(?:process|lane|participant|subProcess|callActivity|\w+(?:Task|Event|Gateway))\b[^>]*? name=\")"
)
_TEXTS = {"label", "description", "alt", "dateLabel", "timeLabel"}  # a text with markup in it is refused
_CATALOG = Path(__file__).parents[2] / "forms" / "catalog"

PEOPLE = ("operatrice.cav", "responsabile.cav", "coordinamento", "progettista", "amministratore", "dpo", "casa.rosa")
# These answer with a file or with data; or they are not looked at but for leaving.
NO_PAGE = {
    *("static", "health.live", "metrics.show", "clock.now"),
    *("register.export", "protocols.drawing", "hiding.page", "login.page"),
}
# Who sends the forms of her pages, too.
WRITERS = ("operatrice.cav", "responsabile.cav", "amministratore")

_TEXT_FIELDS = "textarea, input[type=text], input[type=search], input:not([type])"
_FORMS = f"[...document.querySelectorAll('main form[method=post]')].filter(one => one.querySelector('{_TEXT_FIELDS}'))"
_SEND = f"""([number, text]) => {{
  const form = {_FORMS}[number];
  form.querySelectorAll('{_TEXT_FIELDS}').forEach(one => {{ one.value = text; }});
  HTMLFormElement.prototype.submit.call(form);
}}"""
_MARKS = """[...document.querySelectorAll('img[src*=colpito], svg[onload], script:not([src]), [onerror]')]
  .map(one => one.outerHTML.slice(0, 120))"""


class Poisoned:
    """The ways in which texts come in, each of which puts an attack before what it is given."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.really = deployment.deploy
        patch.setattr(deployment, "deploy", self.deploy)
        for verb, argument in (("create_agency", "name"), ("create_user", "display_name"), ("create_network", "name")):
            patch.setattr(directory, verb, self.naming(getattr(directory, verb), argument))

    def naming(self, verb: Any, argument: str) -> Any:
        return lambda *args, **named: verb(*args, **{**named, argument: ATTACK + named[argument]})

    def deploy(self, session: Any, actor: Any, files: dict[str, bytes], *, forms_given: dict[str, bytes]) -> Any:
        asked = set(re.findall(rb'formId="(\w+)"', b"".join(files.values())))
        catalog = {path.stem: path.read_bytes() for path in _CATALOG.glob("*.form") if path.stem.encode() in asked}
        diagrams = {name: drawn(source) for name, source in files.items()}
        given = {key: json.dumps(asking(json.loads(form))).encode() for key, form in (catalog | forms_given).items()}
        return self.really(session, actor, diagrams, forms_given=given)


def drawn(source: bytes) -> bytes:
    text = _NAMED.sub(lambda found: found.group(1) + _IN_XML, source.decode())
    return text.replace("<bpmn:documentation>", f"<bpmn:documentation>{_IN_XML}").encode()


def asking(part: Any) -> Any:  # forms know no templates, and refuse what looks like one
    if isinstance(part, list):
        return [asking(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _MARKUP + value
        if (key in _TEXTS or (key.endswith(".en") and key != "text.en")) and isinstance(value, str)
        else asking(value)
        for key, value in part.items()
    }


@pytest.fixture(scope="module")
def hostile(
    database_server: database.Server, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The system with a case in it, where every text attacks: its address, and the pages open to people."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    name = f"hostile_{os.getpid()}"
    urls = database_server.create(name, database_template)
    settings = system.secrets_in(data_dir)
    with pytest.MonkeyPatch.context() as patch:
        Poisoned(patch)
        world = populate(urls, settings.keys)
        place = furnished(create_app(dataclasses.replace(settings, database_url=urls.app)), world, said=ATTACK)
        open_to = {username: pages(place, username) for username in PEOPLE}
    db.dispose()
    with system.running(urls, data_dir) as running:
        yield running.address, open_to
    database_server.drop(name)


class Visitor:
    """Somebody in front of a browser, and what went wrong in it."""

    def __init__(self, browser: Browser, address: str, username: str) -> None:
        self.address, self.struck = address, list[str]()
        self.context = browser.new_context()
        self.page: Page = self.context.new_page()
        self.page.on("dialog", self.alarm)
        self.page.on("request", lambda one: self.struck.append(one.url) if "colpito" in one.url else None)
        self.page.on("pageerror", lambda error: self.struck.append(str(error)))
        self.page.on("console", lambda said: self.struck.append(said.text) if "ontent Security" in said.text else None)
        self.go("/accesso")
        self.page.fill("input[name=utente]", username)
        self.page.fill("input[name=parola]", PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("main button").first.click()
        assert self.page.locator("input[name=parola]").count() == 0

    def alarm(self, dialog: Any) -> None:
        self.struck.append(f"dialog at {self.page.url}")
        dialog.dismiss()

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        assert path == "/accesso" or not self.page.url.startswith(f"{self.address}/accesso?"), path
        self.look(path)

    def look(self, path: str) -> None:
        for mark in self.page.evaluate(_MARKS):
            self.struck.append(f"{path}: {mark}")
        if "1337" in self.page.inner_text("body"):
            self.struck.append(f"{path}: a template was filled in")

    def send_all(self, path: str) -> None:
        """Send each form of a page that takes a text, with an attack in it."""
        for number in range(self.page.evaluate(f"{_FORMS}.length")):
            self.page.goto(self.address + path)
            if number < self.page.evaluate(f"{_FORMS}.length"):  # the one before may have taken it away
                with self.page.expect_navigation():
                    self.page.evaluate(_SEND, [number, ATTACK])
                self.look(f"{path} sent {number}")


def pages(place: Place, username: str) -> list[str]:
    """The paths of all pages that let somebody in; to be called while the database can be asked."""
    actor = place.world.actor(username)
    urls = place.app.url_map.bind("127.0.0.1")
    ids = {"token": "inventato", **place.ids}  # what opens a link of a message was never in a page
    found = []
    for rule in place.app.url_map.iter_rules():
        lets_in = policy.RULES[rule.endpoint]
        if "GET" not in rule.methods or rule.endpoint.startswith("api-") or rule.endpoint in NO_PAGE:
            continue
        if isinstance(lets_in, Door) or any(access.may(actor, action) for action in lets_in):
            found.append(urls.build(rule.endpoint, {name: ids[name] for name in rule.arguments}, method="GET"))
    return sorted(set(found))


def test_nothing_that_was_written_runs(browser: Browser, hostile: tuple[str, dict[str, list[str]]]) -> None:
    address, open_to = hostile
    struck: list[str] = []
    for username, paths in open_to.items():
        visitor = Visitor(browser, address, username)
        for path in paths:
            visitor.go(path)
        for path in paths if username in WRITERS else ():
            visitor.send_all(path)
        assert len(paths) > 10
        struck += [f"{username}: {one}" for one in visitor.struck]
        visitor.context.close()
    assert not struck, "\n".join(struck)
