"""Answers from outside by a link, a text message, a digit: once, in time, from who was asked. And the test of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.cases import answering, timers
from engine.deadlines.models import Acknowledgement, Rung
from engine.notifications import carriers, notices, outbox, rounds, sending, webpush
from engine.notifications.outbox_models import ADDRESSED, Medium, Message, MessageStatus, Purpose
from engine.roster import reaching
from engine.roster.models import Roster, Shift
from engine.senders import Senders
from tests.engine.notifications import reaching as servers
from tests.web.story import start
from tests.web.world import Browser, World


@pytest.fixture
def provider(world: World) -> Iterator[servers.Provider]:
    with servers.provider() as made:
        servers.carried(gateway_at=made.port)
        yield made
    carriers.configure(Senders(None, None, ""))


@pytest.fixture
def tested(world: World, someone: Callable[..., Browser], provider: servers.Provider) -> dict[Medium, UUID]:
    """Somebody on call whom the coordination tests: the messages that went to her."""
    her = world.people["operatrice.cav"]
    with db.transaction() as session:
        session.add(Roster(network_id=world.network_id, service="cav"))
        session.flush()
        for first in (her, world.people["collega.cav"]):
            on_call(session, first, clock.now() + timedelta(days=2))
        servers.reached(session, her, Medium.SMS, Medium.VOICE)
    coordination = someone("coordinamento")
    page = coordination.get("/reperibilita/prova")
    assert "no: nessun numero" in page.said(), "her colleague has none"
    assert "La prova è partita" in coordination.post("/reperibilita/prova", {}).said()
    assert coordination.post("/reperibilita/prova", {}).status == 409
    for medium in ADDRESSED:
        rounds.deliver(medium)
    with db.transaction(read_only=True) as session:
        return {one.medium: one.id for one in session.scalars(select(Message))}


def on_call(session: Session, first: UUID, begins: datetime) -> None:
    """Give somebody a shift."""
    roster = session.scalars(select(Roster)).one()
    shift = Shift(network_id=roster.network_id, roster_id=roster.id, first_id=first)
    shift.starts_at, shift.ends_at = begins, begins + timedelta(hours=12)
    session.add(shift)
    session.flush()


def message(message_id: UUID) -> Message:
    with db.transaction(read_only=True) as session:
        return session.get_one(Message, message_id)


def test_a_link_answers_by_its_button_only_once_and_shows_nothing(
    app: Flask, tested: dict[Medium, UUID], someone: Callable[..., Browser]
) -> None:
    browser = Browser(app)
    path = f"/r/{sending.token(tested[Medium.SMS])}"
    page = browser.get(path)
    assert "Me ne occupo io" in page.said()
    assert message(tested[Medium.SMS]).answered_at is None, "whoever looks at a link has not answered"
    assert browser.client.post(path).status_code == 400, "without the form's token"
    assert "Registrato" in browser.post(path, {}).said()
    assert {message(one).answered_by for one in tested.values()} == {"link"}, "and is asked no more over the other"
    assert "Registrato" in browser.post(path, {}).said()
    assert "ha risposto" in someone("coordinamento").get("/reperibilita/prova").said()
    with db.transaction(read_only=True):
        late = clock.now() + answering.ANSWER_FOR
    with clock.frozen(late), db.transaction() as session:
        session.get_one(Message, tested[Medium.SMS]).answered_at = None
    with clock.frozen(late):
        assert "non vale più" in browser.post(path, {}).said()


def test_whoever_guesses_tokens_is_told_to_wait(app: Flask, tested: dict[Medium, UUID]) -> None:
    browser = Browser(app)
    assert {browser.get(f"/r/{number}").status for number in range(20)} == {404}
    assert browser.get("/r/21").status == 429
    assert browser.get(f"/r/{sending.token(tested[Medium.SMS])}").status == 429


def twilio(client: FlaskClient, path: str, fields: dict[str, str], *, key: str = "firma") -> int:
    text = f"{servers.PUBLIC}{path}" + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    signature = base64.b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha1)).decode()
    return client.post(path, data=fields, headers={"X-Twilio-Signature": signature}).status_code


def test_a_reply_counts_with_the_gateways_signature_only(app: Flask, tested: dict[Medium, UUID]) -> None:
    client, yes = app.test_client(), {"From": servers.ADDRESSES[Medium.SMS].format(1), "Body": "Ok!"}
    assert twilio(client, "/gateway/twilio/sms", yes, key="altra") == 404
    assert client.post("/gateway/twilio/sms", data=yes).status_code == 404
    assert client.post("/gateway/vonage/sms", data=yes).status_code == 404
    assert twilio(client, "/gateway/twilio/sms", {**yes, "Body": "chi siete?"}) == 200
    assert twilio(client, "/gateway/twilio/sms", {**yes, "From": "+390699999999"}) == 200
    assert message(tested[Medium.SMS]).answered_at is None
    assert twilio(client, "/gateway/twilio/sms", yes) == 200
    at = message(tested[Medium.SMS]).answered_at
    assert at is not None
    assert twilio(client, "/gateway/twilio/sms", yes) == 200
    assert message(tested[Medium.SMS]).answered_at == at, "twice is once"


def test_a_digit_in_a_call_answers_where_the_call_said_it_would(
    app: Flask, tested: dict[Medium, UUID], provider: servers.Provider
) -> None:
    (call,) = [fields for path, fields, _headers in provider.asked if path.endswith("Calls.json")]
    action = html.fromstring(call["Twiml"].encode()).xpath("//gather/@action")[0]
    path = action.removeprefix(servers.PUBLIC)
    client = app.test_client()
    assert twilio(client, path, {"Digits": "7", "CallSid": "CA1"}) == 200
    assert message(tested[Medium.VOICE]).answered_at is None
    assert twilio(client, path, {"Digits": "1", "CallSid": "CA1"}) == 200
    assert message(tested[Medium.VOICE]).answered_by == "reply"


@pytest.fixture
def calling(world: World, someone: Callable[..., Browser]) -> Iterator[tuple[servers.Provider, UUID]]:
    """Vonage has called somebody on call for a test: what it was asked, and the message."""
    with servers.provider() as made:
        servers.carried(gateway_at=made.port, adapter="vonage_voice")
        with db.transaction() as session:
            session.add(Roster(network_id=world.network_id, service="cav"))
            session.flush()
            on_call(session, world.people["operatrice.cav"], clock.now() + timedelta(days=2))
            servers.reached(session, world.people["operatrice.cav"], Medium.VOICE)
        assert someone("coordinamento").post("/reperibilita/prova", {}).status in {200, 303}
        rounds.deliver(Medium.VOICE)
        with db.transaction(read_only=True) as session:
            message_id = session.scalars(select(Message.id)).one()
        yield made, message_id
    carriers.configure(Senders(None, None, ""))


def vonage(
    client: FlaskClient, path: str, content: object, *, key: str = "firma", **wrong: object
) -> tuple[int, bytes]:
    """Send what Vonage sends of a call, signed as a JSON web token."""
    body = json.dumps(content).encode()
    claims = {"iat": int(time.time()), "iss": "Vonage", "payload_hash": hashlib.sha256(body).hexdigest()}
    parts = ({"alg": wrong.pop("alg", "HS256"), "typ": "JWT"}, {**claims, **wrong})
    said = ".".join(webpush.b64(json.dumps(part).encode()) for part in parts)
    token = f"{said}.{webpush.b64(hmac.digest(key.encode(), said.encode(), hashlib.sha256))}"
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(path, data=body, content_type="application/json", headers=headers)
    return answer.status_code, answer.data


def test_vonage_is_asked_for_a_call_in_the_name_of_its_application(
    calling: tuple[servers.Provider, UUID],
) -> None:
    ((path, asked, headers),) = calling[0].asked
    assert path == "/v1/calls"
    assert (asked["to"], asked["from"]) == (
        [{"type": "phone", "number": "390200000001"}],
        {"type": "phone", "number": "39021111111"},
    )
    said, _dot, signature = headers["Authorization"].removeprefix("Bearer ").rpartition(".")
    key = load_pem_private_key(servers.application_key(), password=None).public_key()
    key.verify(webpush.unb64(signature), said.encode(), PKCS1v15(), SHA256())  # raises when it is another's
    kind, claims = (json.loads(webpush.unb64(part)) for part in said.split("."))
    assert (kind["alg"], claims["application_id"]) == ("RS256", "app-1")
    assert claims["exp"] > time.time()
    spoken, pressed, _silence = asked["ncco"]
    assert (spoken["action"], pressed["action"]) == ("talk", "input")
    assert message(calling[1]).provider_id == "C1"


def test_a_digit_in_a_call_of_vonage_answers_with_its_signature_only(
    app: Flask, calling: tuple[servers.Provider, UUID]
) -> None:
    ((_path, asked, _headers),) = calling[0].asked
    path = asked["ncco"][1]["eventUrl"][0].removeprefix(servers.PUBLIC)
    client, one = app.test_client(), {"dtmf": {"digits": "1", "timed_out": False}, "uuid": "C1"}
    for wrong in (
        {"key": "altra"},
        {"alg": "none"},
        {"iat": int(time.time()) - 3600},
        {"payload_hash": hashlib.sha256(b"{}").hexdigest()},
    ):
        assert vonage(client, path, one, **wrong)[0] == 404, wrong
    assert client.post(path, json=one, headers={"Authorization": "Bearer a.b"}).status_code == 404
    assert vonage(client, path, {**one, "dtmf": {"digits": "", "timed_out": True}})[0] == 204
    assert message(calling[1]).answered_at is None
    status, answer = vonage(client, path, one)
    assert (status, json.loads(answer)[0]["action"]) == (200, "talk")
    assert message(calling[1]).answered_by == "reply"


def test_vonage_reports_that_nobody_has_picked_up(app: Flask, calling: tuple[servers.Provider, UUID]) -> None:
    path, client = f"/gateway/vonage/esito/{calling[1]}", app.test_client()
    assert vonage(client, path, {"status": "ringing"})[0] == 204
    assert message(calling[1]).state is MessageStatus.SENT
    assert vonage(client, path, {"status": "unanswered"})[0] == 204
    assert message(calling[1]).state is not MessageStatus.SENT


def test_a_gateway_reports_what_became_of_a_message(app: Flask, tested: dict[Medium, UUID]) -> None:
    client = app.test_client()
    sms, call = (f"/gateway/twilio/esito/{tested[medium]}" for medium in (Medium.SMS, Medium.VOICE))
    assert twilio(client, sms, {"MessageStatus": "sent"}) == 200
    assert message(tested[Medium.SMS]).arrived_at is None
    assert twilio(client, sms, {"MessageStatus": "delivered"}) == 200
    assert twilio(client, sms, {"MessageStatus": "undelivered"}) == 200
    assert message(tested[Medium.SMS]).state is MessageStatus.SENT, "what has arrived has arrived"
    assert twilio(client, call, {"CallStatus": "no-answer"}) == 200
    assert (message(tested[Medium.VOICE]).state, message(tested[Medium.VOICE]).error) == ("failed", "not_arrived")


def test_vonage_signs_its_own_way_and_not_for_ever(app: Flask, tested: dict[Medium, UUID]) -> None:
    servers.carried(gateway_at=9, adapter="vonage")
    client, number = app.test_client(), servers.ADDRESSES[Medium.SMS].format(1).removeprefix("+")

    def say(text: str, *, at: float, key: str = "firma") -> int:
        fields = {"msisdn": number, "text": text, "timestamp": str(int(at)), "nonce": "a&b=c"}
        told = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
        sig = hmac.digest(key.encode(), told.encode(), hashlib.sha256).hex().upper()
        return client.post("/gateway/vonage/sms", data={**fields, "sig": sig}).status_code

    assert say("1", at=time.time(), key="altra") == 404
    assert say("1", at=time.time() - 3600) == 404
    assert message(tested[Medium.SMS]).answered_at is None
    assert say("1", at=time.time()) == 204
    assert message(tested[Medium.SMS]).answered_by == "reply"


def test_who_does_not_answer_a_test_is_told_of_once_and_a_month_has_one(
    world: World, someone: Callable[..., Browser], tested: dict[Medium, UUID]
) -> None:
    with db.transaction(read_only=True):
        later = clock.now() + reaching.ANSWERED_WITHIN + timedelta(minutes=1)
    for _hour in range(2):
        with clock.frozen(later), db.transaction() as session:
            reaching.month(session)
    coordination = world.actor("coordinamento")
    with clock.frozen(later), db.transaction(read_only=True) as session:
        assert [one.kind for one in notices.inbox(session, coordination)] == [reaching.UNANSWERED]
    next_month = (later.replace(day=1) + timedelta(days=32)).replace(day=1, hour=10)
    while next_month.weekday() > 4:
        next_month += timedelta(days=1)
    with clock.frozen(next_month), db.transaction() as session:
        on_call(session, world.people["operatrice.cav"], next_month + timedelta(days=3))
        for _hour in range(2):
            reaching.month(session)
        made = session.scalars(select(Message).where(Message.purpose == Purpose.TEST)).all()
    assert len(made) == 4


def test_a_link_stops_the_climb_of_a_late_step_and_opens_nothing(
    app: Flask, world: World, someone: Callable[..., Browser]
) -> None:
    person = someone("operatrice.cav")
    start(person, world)
    with db.transaction() as session:
        servers.reached(session, world.people["operatrice.cav"], Medium.EMAIL)
        late = clock.now() + timedelta(minutes=35)
    with servers.postbox() as box:
        servers.carried(mail=box.port)
        with clock.frozen(late):
            for case_id in timers.due(limit=9).case_ids:
                timers.fire(case_id)
            outbox.dispatch()
        with clock.frozen(late + outbox.TOGETHER):
            rounds.deliver(Medium.EMAIL)
    carriers.configure(Senders(None, None, ""))
    path = box.letters[0].get_content().split()[-1].removeprefix(servers.PUBLIC)
    stranger = Browser(app)
    with clock.frozen(late + timedelta(minutes=3)):
        stranger.get(path)
        assert "Registrato" in stranger.post(path, {}).said()
        assert stranger.get("/attivita").status != 200 or "Password" in stranger.get("/attivita").said()
    with db.transaction(read_only=True) as session:
        (said,) = session.scalars(select(Acknowledgement)).all()
        assert (said.user_id, said.how) == (world.people["operatrice.cav"], "link")
        told = Rung.deadline_id == said.deadline_id
        climbing = session.scalars(select(Rung).where(Rung.state == "waiting", told)).all()
        assert climbing
        assert all(rung.due_at >= said.until for rung in climbing)
