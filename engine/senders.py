"""Who carries what is told outside the pages: a mail server, a gateway for telephones. Each is one address.

    smtp://user:password@mail.example.it:587?from=staffetta@example.it        STARTTLS; smtps:// for TLS from the start
    twilio://account:token@api.twilio.com?from=%2B39021234567                 text messages and calls
    vonage://key:secret@rest.nexmo.com?from=390212345&signature=...           text messages; with
        &application=ID&key_file=/etc/staffetta/vonage.pem                    calls too

`twilio+http` and `vonage+http` are for a gateway on this machine only; so is mail without TLS.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ADAPTERS = frozenset({"twilio", "vonage"})
"""The gateways that are known."""

# Vonage takes text messages and calls at two places.
_CALLS_AT = {"https://rest.nexmo.com": "https://api.nexmo.com"}

_MAIL_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes e-mail on. `implicit_tls`: from the start; else by STARTTLS, but on this machine."""

    host: str
    port: int
    implicit_tls: bool
    username: str
    password: str = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """A provider's interface over HTTP for text messages and calls; `url` without path.

    `application`: in whose name Vonage is asked for calls, with its private key (PEM).
    """

    adapter: str
    url: str
    account: str
    secret: str = field(repr=False)
    sender: str
    signature: str = field(repr=False)
    application: str = ""
    application_key: bytes = field(default=b"", repr=False)

    @property
    def carries(self) -> frozenset[str]:
        """The media that it has."""
        calls = self.adapter == "twilio" or bool(self.application)
        return frozenset({"sms", "voice"} if calls else {"sms"})

    @property
    def calls_url(self) -> str:
        """Where calls are asked for, without path."""
        return _CALLS_AT.get(self.url, self.url)


@dataclass(frozen=True, slots=True)
class Senders:
    """Who carries what; without one, that medium is not there. `public_url` is where the pages are."""

    mail: MailServer | None
    gateway: Gateway | None
    public_url: str

    @property
    def media(self) -> frozenset[str]:
        """What people can be told over."""
        mail = frozenset({"email"}) if self.mail else frozenset()
        # Browsers take messages from pages over TLS only, or of this machine.
        parts = urlsplit(self.public_url)
        safe = parts.scheme == "https" or is_loopback(parts.hostname or "")
        mail |= frozenset({"push"}) if safe else frozenset()
        return mail | (self.gateway.carries if self.gateway else frozenset())


def read_mail(url: str) -> MailServer:
    """Read the address of a mail server. ValueError says what is wrong, and what to do."""
    parts = urlsplit(url)
    if parts.scheme not in _MAIL_PORTS or not parts.hostname:
        raise ValueError("must begin with smtp:// or smtps:// and name a server")
    if bool(parts.username) != bool(parts.password):
        raise ValueError("has a user without a password, or a password without a user")
    sender = _option(parts, "from")
    if "@" not in sender:
        raise ValueError("must say from whom messages come: ?from=staffetta@example.it")
    return MailServer(
        host=parts.hostname,
        port=parts.port or _MAIL_PORTS[parts.scheme],
        implicit_tls=parts.scheme == "smtps",
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
    )


def read_gateway(url: str) -> Gateway:
    """Read the address of a gateway. ValueError says what is wrong, and what to do."""
    parts = urlsplit(url)
    adapter, _plus, scheme = parts.scheme.partition("+")
    if adapter not in ADAPTERS or scheme not in {"", "http"} or not parts.hostname:
        raise ValueError(
            f"must begin with one of {', '.join(f'{name}://' for name in sorted(ADAPTERS))} and name a server"
        )
    if scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("is without TLS, which is for a gateway on this machine only")
    if not parts.username or not parts.password:
        raise ValueError(f"must name account and secret: {adapter}://account:secret@...")
    sender = _option(parts, "from")
    if not sender:
        raise ValueError("must say from which number messages come: ?from=%2B39...")
    port = f":{parts.port}" if parts.port else ""
    account, secret = unquote(parts.username), unquote(parts.password)
    return Gateway(
        adapter=adapter,
        url=f"{scheme or 'https'}://{parts.hostname}{port}",
        account=account,
        secret=secret,
        sender=sender,
        # What answers are signed with; Twilio takes the account's own secret.
        signature=_option(parts, "signature") or (secret if adapter == "twilio" else ""),
        application=_option(parts, "application"),
        application_key=_application_key(parts),
    )


def _application_key(parts: SplitResult) -> bytes:
    if not _option(parts, "application"):
        return b""
    if not _option(parts, "signature"):
        raise ValueError("must say with what answers to calls are signed: &signature=...")
    problem = ValueError("must name the application's private key: &key_file=/etc/staffetta/vonage.pem")
    try:
        content = Path(_option(parts, "key_file")).read_bytes()
        key = load_pem_private_key(content, password=None)
    except (OSError, ValueError, TypeError):
        raise problem from None
    if not isinstance(key, RSAPrivateKey):
        raise problem
    return content


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _option(parts: SplitResult, name: str) -> str:
    return parse_qs(parts.query).get(name, [""])[0].strip()
