"""People who can be reached: their addresses proved, and servers on this machine that take what is sent."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy.orm import Session as Database

from engine import clock, db
from engine.notifications import carriers, contacts
from engine.notifications.outbox_models import ContactPoint, Medium
from engine.senders import Gateway, MailServer, Senders

PUBLIC = "https://staffetta.example"
ADDRESSES = {Medium.EMAIL: "{}@example.it", Medium.SMS: "+3933300000{:02d}", Medium.VOICE: "+3902000000{:02d}"}


@dataclass
class Postbox:
    """A real mail server: what has come, and what it says to whom."""

    letters: list[EmailMessage] = field(default_factory=list)
    refusing: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@contextmanager
def postbox() -> Iterator[Postbox]:
    """Run a mail server."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    # With port 0 the controller would ask itself whether it answers at port 0.
    controller._trigger_server = lambda: socket.create_connection(controller.server.sockets[0].getsockname(), 5).close()
    controller.start()
    box.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Provider:
    """A gateway over real HTTP: what was asked of it, and what it answers next."""

    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    hanging: threading.Event | None = None
    port: int = 0

    def answer(self, status: int, content: Any = None, **headers: str) -> None:
        """Let the next answer be this one."""
        self.answers.append((status, headers, content or {}))


@contextmanager
def provider() -> Iterator[Provider]:
    """Run a gateway that takes everything on, unless it is told otherwise."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            plain = "json" not in self.headers["Content-Type"]
            fields = dict(parse_qsl(body)) if plain else json.loads(body)
            made.asked.append((self.path, fields, dict(self.headers.items())))
            if made.hanging is not None:
                made.hanging.wait(20)
            number = len(made.asked)
            taken = {"sid": f"SM{number}", "messages": [{"status": "0", "message-id": f"M{number}"}]}
            taken["uuid"] = f"C{number}"
            status, headers, content = made.answers.pop(0) if made.answers else (201, {}, taken)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            pass

    with serving(Handler) as made.port:
        yield made


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Run a server on this machine; give its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def mail_server(port: int) -> MailServer:
    return MailServer("127.0.0.1", port, implicit_tls=False, username="", password="", sender="avvisi@example.it")


@cache
def application_key() -> bytes:
    """The private key of an application, as a provider hands it out."""
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def gateway(port: int, adapter: str = "twilio") -> Gateway:
    """A gateway on this machine; `vonage` with calls is `vonage_voice`."""
    plain = Gateway(adapter, f"http://127.0.0.1:{port}", "AC1", "segreto", "+39021111111", "firma")
    if adapter != "vonage_voice":
        return plain
    return replace(plain, adapter="vonage", application="app-1", application_key=application_key())


def carried(*, mail: int | None = None, gateway_at: int | None = None, adapter: str = "twilio") -> Senders:
    """Let this process send by these servers."""
    senders = Senders(mail_server(mail) if mail else None, gateway(gateway_at, adapter) if gateway_at else None, PUBLIC)
    carriers.configure(senders)
    return senders


def reached(session: Database, user_id: UUID, *media: Medium, number: int = 1) -> None:
    """Let somebody have proved addresses."""
    for medium in media:
        row = ContactPoint(id=db.new_id(), user_id=user_id, medium=medium, verified_at=clock.now())
        text = ADDRESSES[medium].format(f"persona{number}" if medium is Medium.EMAIL else number)
        contacts._seal(row, text)
        row.digest = contacts.digest(text) if medium in contacts.URGENT else None
        session.add(row)
    session.flush()


def basic(headers: dict[str, str]) -> str:
    """Give account and secret of a request."""
    return base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
