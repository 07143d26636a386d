"""A small network in a real database, and a browser without a screen: what the tests of pages act with."""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine import blind, crypto, db, parameters, protocol_files
from engine.audit import sealing
from engine.definitions import deployment
from engine.ladders import versions as ladders
from engine.participants import directory, sessions
from engine.participants.access import Actor
from engine.participants.models import Channel, Role
from engine.settings import KeyEncryptionKey, Settings
from tests.database import Urls
from tests.ladders import THREE
from web.app import create_app

PROCESSES = Path(__file__).parents[2] / "processes"
PASSWORD = "una parola lunga di prova"
_INDEX_KEY = secrets.token_bytes(32)
_KEYS = (KeyEncryptionKey("prova", secrets.token_bytes(32)),)

# user name: agency and roles
PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "operatrice.cav": ("cav", (Role.OPERATRICE,)),
    "collega.cav": ("cav", (Role.OPERATRICE,)),
    "responsabile.cav": ("cav", (Role.RESPONSABILE,)),
    "operatrice.ps": ("ps", (Role.OPERATRICE,)),
    "operatrice.comune": ("comune", (Role.OPERATRICE,)),
    "coordinamento": ("comune", (Role.COORDINAMENTO,)),
    "progettista": ("comune", (Role.PROGETTISTA,)),
    "amministratore": ("comune", (Role.AMMINISTRATORE,)),
    "dpo": ("comune", (Role.DPO,)),
}


@dataclass(slots=True)
class World:
    """A network with its agencies and people, and the protocols of the repository in force."""

    network_id: UUID
    agencies: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)

    def actor(self, username: str) -> Actor:
        """Return a person as the engine knows her."""
        return self.actor_in(username, self.network_id)

    def actor_in(self, username: str, network_id: UUID) -> Actor:
        """Return a person as the engine knows her in a network."""
        with db.transaction() as session:
            found = directory.actor(session, self.people[username], network_id)
        assert found is not None
        return found


def settings(urls: Urls, *, public_url: str = "http://127.0.0.1:8000") -> Settings:
    """Return settings for a test database; keys and secrets last as long as the test run."""
    return Settings(
        data_dir=Path("/nonexistent"),
        database_url=urls.app,
        database_owner_url=None,
        secret_key=b"only-for-tests-" + b"0123456789abcdefghij",
        keys=_KEYS,
        audit_key_file=Path("/nonexistent"),
        audit_heads_file=Path("/nonexistent"),
        erasures_file=Path("/nonexistent"),
        index_key=_INDEX_KEY,
        host="127.0.0.1",
        port=8000,
        public_url=public_url,
        trusted_proxies=0,
    )


def populate(urls: Urls, keys: tuple[KeyEncryptionKey, ...] = _KEYS) -> World:
    """Make the network, its people, its parameters, and deploy the protocols."""
    db.configure(urls.app)
    crypto.configure(keys)
    blind.configure(_INDEX_KEY)
    with db.transaction() as session:
        world = World(directory.create_network(session, key="prova", name="Rete di prova").id)
        for key, name, services, channel in (
            ("cav", "Centro antiviolenza di prova", ["cav", "supervisione"], Channel.PORTALE),
            ("cav2", "Secondo centro di prova", ["cav"], Channel.PORTALE),
            ("comune", "Comune di prova", ["capofila"], Channel.PORTALE),
            ("ps", "Pronto soccorso di prova", ["pronto_soccorso"], Channel.PORTALE),
            ("telefono", "Centro che si chiama per telefono", ["cav"], Channel.TELEFONO),
        ):
            agency = directory.create_agency(session, world.network_id, name=name, services=services, channel=channel)
            world.agencies[key] = agency.id
        for username, (agency_key, roles) in PEOPLE.items():
            user = directory.create_user(session, username=username, display_name=username, password=PASSWORD)
            world.people[username] = user.id
            for role in roles:
                directory.create_membership(
                    session,
                    network_id=world.network_id,
                    user_id=user.id,
                    agency_id=world.agencies[agency_key],
                    role=role,
                )
        parameters.load_defaults(session, world.network_id, (PROCESSES / "parameters.toml").read_bytes())
        ladders.load_defaults(session, world.network_id, THREE)
    designer = world.actor("progettista")
    with db.transaction() as session:
        deployment.deploy(session, designer, diagrams(), forms_given={})
    with tempfile.TemporaryDirectory() as folder:
        # As a worker would have: otherwise a copy made a minute later says that nobody seals.
        sealing.run(sealing.Signer(Ed25519PrivateKey.generate(), Path(folder) / "heads"))
    db.dispose()
    return world


def diagrams() -> dict[str, bytes]:
    """Return the protocols of the repository, as files by name."""
    return protocol_files.read([PROCESSES]).diagrams


class Page:
    """An answer, and what it shows."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.text = response.text
        self.tree = html.document_fromstring(response.text) if response.text.strip() else None

    def said(self) -> str:
        """Return the words of the page's content."""
        main = self.tree.find(".//main")
        return " ".join((self.tree if main is None else main).text_content().split())

    def title(self) -> str:
        """Return the title."""
        return self.tree.findtext(".//title")

    def csrf(self) -> str:
        """Return the form token."""
        return self.tree.xpath("string(//input[@name='_csrf']/@value)")

    def value(self, name: str) -> str:
        """Return the value of a hidden field or control."""
        return self.tree.xpath("string(//*[@name=$name]/@value)", name=name)

    def has(self, name: str) -> bool:
        """Tell whether a control of this name is shown."""
        return bool(self.tree.xpath("//*[@name=$name]", name=name))

    def links(self) -> list[str]:
        """Return where the content links to."""
        return self.tree.xpath("//main//a/@href")

    def summary(self) -> list[str]:
        """Return the entries of the error summary."""
        return [" ".join(entry.text_content().split()) for entry in self.tree.xpath("//*[@role='alert']//li")]


class Browser:
    """A person's browser: keeps cookies, sends the token and the hidden fields of the page that it shows."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.shown: Page | None = None
        self.path = "/"

    def get(self, path: str) -> Page:
        """Open a page; redirects are followed."""
        response = self.client.get(path, follow_redirects=True)
        self.path = response.request.path
        self.shown = Page(response)
        return self.shown

    def post(self, path: str, data: dict[str, object] | None = None, *, follow: bool = True, **headers: str) -> Page:
        """Send a form with the token of the page that is shown; without one, of the first that is."""
        sent = MultiDict(data or {})
        if self.shown is None:
            self.get("/attivita")
        if "_csrf" not in sent:
            sent["_csrf"] = self.shown.csrf()
        response = self.client.post(path, data=sent, headers=headers)
        if follow and response.status_code in {302, 303}:
            location = urlsplit(response.headers["Location"])
            return self.get(location.path + (f"?{location.query}" if location.query else ""))
        self.path = path
        page = Page(response)
        if page.tree is not None and page.csrf():
            self.shown = page
        return page

    def be(self, user_id: UUID, network_id: UUID) -> None:
        """Become somebody without the log-in form, whose password takes its time on purpose."""
        with db.transaction() as session:
            token = sessions.open(session, user_id, network_id=network_id)
        self.client.set_cookie("staffetta", token)

    def log_in(self, username: str, password: str = PASSWORD) -> Page:
        """Log in as a person."""
        self.get("/accesso")
        return self.post("/accesso", {"utente": username, "parola": password})


def app_of(urls: Urls, **options: str) -> Flask:
    """Return the application on a test database."""
    return create_app(settings(urls, **options))
