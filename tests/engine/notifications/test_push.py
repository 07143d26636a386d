"""Messages on devices: encrypted as RFC 8291 has it, without content, and no device that is gone is tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from engine import clock, db
from engine.errors import Conflict, InvalidValue, NotFound
from engine.notifications import Receiver, carriers, notices, outbox, posting, push, rounds, webpush
from engine.notifications.outbox_models import ContactPoint, Medium, Message, MessageStatus
from engine.notifications.push_models import PushDevice
from engine.participants import directory
from engine.participants.access import Actor
from engine.senders import Senders
from tests.engine.notifications import reaching
from tests.engine.notifications.test_outbox import NIGHT, Desk, desk

__all__ = ["desk"]

# The example of RFC 8291, section 5.
_OWN = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
_THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
_SALT, _AUTH = "DGv6ra1nlYgDCS1FRnbzlw", "BTBZMqHH6r4Tts7J_aSIgg"
_SENT = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_a_message_is_encrypted_as_in_the_example_of_the_standard() -> None:
    own = ec.derive_private_key(int.from_bytes(webpush.unb64(_OWN)), ec.SECP256R1())
    keys = webpush.read_keys(_THEIRS, _AUTH)
    made = webpush.encrypt(b"When I grow up, I want to be a watermelon", keys, own=own, salt=webpush.unb64(_SALT))
    assert webpush.b64(made) == _SENT


@dataclass
class Phone:
    """A browser with its keys, and the service at which messages are left for it; it reads by the standard."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    port: int = 0
    status: int = 201
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def subscription(self, path: str = "/p/1") -> dict[str, str]:
        point = webpush.b64(webpush.point(self.key))
        return {"endpoint": f"http://127.0.0.1:{self.port}{path}", "p256dh": point, "auth": webpush.b64(self.auth)}

    def read(self, body: bytes) -> dict[str, str]:
        salt, theirs, sealed = body[:16], body[21:86], body[86:]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        info = b"WebPush: info\0" + webpush.point(self.key) + theirs + b"\1"
        secret = _hmac(_hmac(self.auth, shared), info)
        drawn = _hmac(salt, secret)
        key, nonce = (_hmac(drawn, b"Content-Encoding: " + name + b"\0\1") for name in (b"aes128gcm", b"nonce"))
        text = AESGCM(key[:16]).decrypt(nonce[:12], sealed, None)
        assert text.endswith(b"\x02")
        return json.loads(text[:-1])


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    made = Phone()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(404 if self.path.endswith("/gone") else made.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            pass

    monkeypatch.setattr(push, "_SCHEMES", {"http"})
    monkeypatch.setattr(posting, "_is_public", lambda _address: True)
    with reaching.serving(Handler) as made.port:
        carriers.configure(Senders(None, None, reaching.PUBLIC))
        yield made


def added(desk: Desk, phone: Phone, path: str = "/p/1", name: str = "prima") -> None:
    with clock.frozen(NIGHT), db.transaction() as session:
        push.add(session, actor_of(session, desk, name), name="telefono", **phone.subscription(path))


def actor_of(session, desk: Desk, name: str) -> Actor:
    found = directory.actor(session, desk.people[name], desk.network_id)
    assert found is not None
    return found


def round_(at: datetime = NIGHT) -> None:
    with clock.frozen(at):
        outbox.dispatch()
        rounds.deliver(Medium.PUSH)


def messages() -> list[Message]:
    with db.transaction(read_only=True) as session:
        return list(session.scalars(select(Message).where(Message.medium == Medium.PUSH)))


def test_a_device_is_told_without_content_and_by_whom(desk: Desk, phone: Phone) -> None:
    added(desk, phone)
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E0")
    round_()
    ((headers, body),) = phone.came
    said = phone.read(body)
    assert said["title"] == "Staffetta: avviso urgente"
    assert said["body"] == "caso 7K3M-2P: un passo in ritardo"
    assert (said["url"], said["tag"]) == (f"{reaching.PUBLIC}/avvisi", str(messages()[0].id))
    assert (headers["urgency"], headers["content-encoding"], headers["ttl"]) == ("high", "aes128gcm", "43200")
    token, key = (part.partition("=")[2] for part in headers["authorization"].removeprefix("vapid ").split(", "))
    assert key == push.public_key()
    text, _dot, signature = token.rpartition(".")
    halves = webpush.unb64(signature)
    signed = encode_dss_signature(int.from_bytes(halves[:32]), int.from_bytes(halves[32:]))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.unb64(key))
    public.verify(signed, text.encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(webpush.unb64(text.partition(".")[2]))
    assert (claims["aud"], claims["sub"]) == (f"http://127.0.0.1:{phone.port}", reaching.PUBLIC)
    assert {row.state for row in messages()} == {MessageStatus.SENT}


def test_a_device_that_is_gone_is_forgotten_and_its_person_told(desk: Desk, phone: Phone) -> None:
    added(desk, phone, "/p/gone")
    added(desk, phone)
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E0")
    round_()
    assert {row.state for row in messages()} == {MessageStatus.SENT}, "the other one has it"
    with db.transaction(read_only=True) as session:
        assert len(session.scalars(select(PushDevice)).all()) == 1
    with clock.frozen(NIGHT), db.transaction(read_only=True) as session:
        assert push.DEVICE_GONE in {one.kind for one in notices.inbox(session, actor_of(session, desk, "prima"))}
    phone.status = 503
    desk.tell(Receiver.person(desk.people["prima"]), urgency="E0", at=NIGHT + timedelta(minutes=1))
    round_(NIGHT + timedelta(minutes=1))
    assert {row.state for row in messages()} == {MessageStatus.SENT, MessageStatus.WAITING}
    phone.status = 410
    round_(NIGHT + timedelta(minutes=5))
    with db.transaction(read_only=True) as session:
        assert session.scalars(select(PushDevice)).all() == []
        hers = (ContactPoint.user_id == desk.people["prima"], ContactPoint.medium == Medium.PUSH)
        assert session.scalars(select(ContactPoint).where(*hers)).all() == [], "no way to reach her any more"


def test_a_device_is_its_persons_own_and_not_any_address(
    desk: Desk, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(desk, phone)
    added(desk, phone, name="seconda")
    with clock.frozen(NIGHT), db.transaction() as session:
        first, second = (actor_of(session, desk, name) for name in ("prima", "seconda"))
        assert push.mine(session, first) == [], "who logs in on the same device has it now"
        (device,) = push.mine(session, second)
        with pytest.raises(NotFound):
            push.remove(session, first, device.id)
        push.remove(session, second, device.id)
        monkeypatch.setattr(push, "_SCHEMES", {"https"})
        right = phone.subscription() | {"endpoint": "https://push.example/1"}
        for name, wrong in (
            ("endpoint", "http://push.example/1"),
            ("endpoint", "https://u@push.example/1"),
            ("p256dh", "AAAA"),
            ("auth", "è"),
            ("p256dh", webpush.b64(b"\4" + bytes(64))),
        ):
            with pytest.raises(InvalidValue):
                push.add(session, first, name="", **{**right, name: wrong})
        for number in range(push.MOST):
            push.add(session, first, name="", **{**right, "endpoint": f"https://push.example/{number}"})
        with pytest.raises(Conflict, match="too_many_devices"):
            push.add(session, first, name="", **{**right, "endpoint": "https://push.example/n"})
