"""Webhooks: signed events without content, at least once, into the open network only, and an end of what fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import clock, db
from engine.errors import Conflict, Forbidden, InvalidValue
from engine.notifications import Receiver, carriers, notices, outbox, posting, webhook_sending, webhooks
from engine.notifications.webhook_models import EventStatus, Webhook, WebhookEvent
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Role
from engine.senders import Senders
from tests.engine.notifications import reaching
from tests.engine.notifications.test_outbox import NIGHT, Desk, desk

__all__ = ["desk"]


@dataclass
class Receiving:
    """A program of the network over real HTTP: what has come, and what it answers."""

    port: int = 0
    status: int = 204
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def verified(self, secret: str) -> list[bool]:
        """Check each as Standard Webhooks says, by that text alone."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        found = []
        for headers, body in self.came:
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
            right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            found.append(right in headers["webhook-signature"].split(" "))
        return found


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiving]:
    made = Receiving()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            pass

    monkeypatch.setattr(webhooks, "_SCHEMES", {"http"})
    with reaching.serving(Handler) as made.port:
        yield made


@pytest.fixture
def coordination(desk: Desk) -> Actor:
    with clock.frozen(NIGHT), db.transaction() as session:
        user = directory.create_user(session, username="c", display_name="C", password="una parola lunga")
        place = {"network_id": desk.network_id, "agency_id": desk.agency_id}
        directory.create_membership(session, **place, user_id=user.id, role=Role.COORDINAMENTO)
        actor = directory.actor(session, user.id, desk.network_id)
    assert actor is not None
    carriers.configure(Senders(None, None, reaching.PUBLIC))
    return actor


def made(actor: Actor, program: Receiving, at: datetime = NIGHT) -> tuple[UUID, str]:
    with clock.frozen(at), db.transaction() as session:
        row, secret = webhooks.create(session, actor, f"http://127.0.0.1:{program.port}/avvisi?rete=1")
        return row.id, secret


def round_(at: datetime) -> int:
    with clock.frozen(at):
        outbox.dispatch()
        return webhook_sending.send()


def events() -> list[WebhookEvent]:
    with clock.frozen(NIGHT), db.transaction(read_only=True) as session:
        return list(session.scalars(select(WebhookEvent).order_by(WebhookEvent.created_at)))


@pytest.fixture
def open_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine stands for the open network."""
    monkeypatch.setattr(posting, "_is_public", lambda _address: True)


@pytest.mark.usefixtures("open_network")
def test_an_event_is_signed_and_says_nothing_of_anybody(desk: Desk, coordination: Actor, program: Receiving) -> None:
    webhook_id, secret = made(coordination, program)
    desk.tell(Receiver.person(desk.people["prima"]), "emergency_opened", at=NIGHT - timedelta(seconds=1))
    desk.tell(Receiver.person(desk.people["prima"]), "breach", urgency="E0")
    assert round_(NIGHT) == 2
    assert program.verified(secret) == [True, True]
    said = [json.loads(body) for _headers, body in program.came]
    assert [one["type"] for one in said] == ["notice", "step.late"]
    assert set(said[0]["data"]) == {"case_code", "label", "url"}
    assert said[0]["data"]["label"] == {"it": "un avviso", "en": "a notice"}
    assert {row.state for row in events()} == {EventStatus.SENT}
    assert round_(NIGHT + timedelta(hours=1)) == 0, "once"
    with clock.frozen(NIGHT), db.transaction() as session:
        _row, new = webhooks.rotate(session, coordination, webhook_id)
        webhooks.test(session, coordination, webhook_id)
    round_(NIGHT)
    desk.tell(Receiver.person(desk.people["prima"]), at=NIGHT + webhooks.OVERLAP)
    round_(NIGHT + webhooks.OVERLAP)
    assert program.verified(new) == [False, False, True, True]
    assert program.verified(secret) == [True, True, True, False], "both sign for a day"
    assert json.loads(program.came[2][1])["type"] == "test"


@pytest.mark.usefixtures("open_network")
def test_what_is_not_taken_comes_again_with_the_same_id_until_the_address_is_given_up(
    desk: Desk, coordination: Actor, program: Receiving
) -> None:
    webhook_id, _secret = made(coordination, program)
    desk.tell(Receiver.person(desk.people["prima"]))
    program.status = 500
    assert round_(NIGHT) == 1
    desk.tell(Receiver.person(desk.people["prima"]), at=NIGHT + timedelta(seconds=1))
    assert round_(NIGHT + timedelta(seconds=14)) == 0, "an address that fails rests, for later events too"
    assert round_(NIGHT + timedelta(seconds=16)) == 1
    assert round_(NIGHT + timedelta(minutes=1)) == 1
    ids = [headers["webhook-id"] for headers, _body in program.came]
    assert (len(ids), len(set(ids))) == (3, 2), "the first comes again by the same name, once the second has been tried"
    at = NIGHT
    while at < NIGHT + webhook_sending.DISABLED_AFTER:
        at += timedelta(hours=12)
        desk.tell(Receiver.person(desk.people["seconda"]), at=at)
        round_(at)
    desk.tell(Receiver.person(desk.people["seconda"]), at=at + timedelta(hours=2))
    round_(at + timedelta(hours=2))
    with clock.frozen(NIGHT), db.transaction(read_only=True) as session:
        assert session.get_one(Webhook, webhook_id).disabled_at is not None
        assert webhook_sending.DISABLED in {one.kind for one in notices.inbox(session, coordination)}
    assert {row.state for row in events()} == {EventStatus.FAILED}
    with pytest.raises(Conflict, match="webhook_off"), clock.frozen(NIGHT), db.transaction() as session:
        webhooks.test(session, coordination, webhook_id)
    with clock.frozen(NIGHT), db.transaction() as session:
        webhooks.switch(session, coordination, webhook_id, on=True)
    program.status = 410
    desk.tell(Receiver.person(desk.people["seconda"]), at=at + timedelta(hours=3))
    round_(at + timedelta(hours=3))
    with clock.frozen(NIGHT), db.transaction(read_only=True) as session:
        assert session.get_one(Webhook, webhook_id).disabled_at is not None, "gone is gone"


def test_nothing_goes_into_the_servers_own_network_and_addresses_are_plain(
    desk: Desk, coordination: Actor, program: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(coordination, program)
    desk.tell(Receiver.person(desk.people["prima"]))
    round_(NIGHT)
    assert (program.came, [row.error for row in events()]) == ([], ["private_address"])
    monkeypatch.undo()
    for url in (
        "http://a.example/",
        "https://u:p@a.example/",
        "ftp://a",
        "https://",
        "https://a b",
        "https://a:0/",
        "",
    ):
        with pytest.raises(InvalidValue), clock.frozen(NIGHT), db.transaction() as session:
            webhooks.create(session, coordination, url)
    with clock.frozen(NIGHT), db.transaction(read_only=True) as session:
        worker = directory.actor(session, desk.people["prima"], desk.network_id)
    assert worker is not None
    with pytest.raises(Forbidden), clock.frozen(NIGHT), db.transaction() as session:
        webhooks.create(session, worker, "https://a.example/")
