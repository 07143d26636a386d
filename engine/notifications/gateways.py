"""Gateways for text messages and calls: what is sent to each, and how what comes from it is known to be its own.

| adapter | interface |
|---|---|
| `twilio` | Messages and Calls resources of the REST API of 2010-04-01, TwiML `<Gather>`, `X-Twilio-Signature` |
| `vonage` | SMS API (`/sms/json`) and Voice API (`/v1/calls`, NCCO), signed webhooks (HMAC-SHA256, JWT) |

What comes from a gateway may come twice, late, and from somebody else: an answer counts once, and only with the
signature of the account's secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from engine import clock, db
from engine.notifications import posting, texts, webpush
from engine.notifications.outbox_models import Medium
from engine.notifications.sending import NotSent, Outgoing
from engine.participants.models import Language
from engine.senders import Gateway

_OK = range(200, 300)
_TOO_MANY, _SERVER = 429, 500
_LOGIN = frozenset({401, 403})

# Twilio's codes of numbers that do not exist, take no text message, or want none.
_TWILIO_BROKEN = frozenset({21211, 21214, 21217, 21610, 21614})
_TWILIO_FAILED = frozenset({"failed", "undelivered", "busy", "no-answer", "canceled"})

# Vonage's: throttled, internal; wrong account; barred number.
_VONAGE_AGAIN, _VONAGE_LOGIN, _VONAGE_BROKEN = frozenset({"1", "5"}), frozenset({"4", "14"}), frozenset({"7"})
_VONAGE_FAILED = frozenset(
    {"failed", "rejected", "expired", "busy", "timeout", "unanswered", "cancelled"}  # of messages and of calls
)
_SIGNED_FOR = timedelta(minutes=10)

_VOICES = {Language.IT: "it-IT", Language.EN: "en-GB"}


def carry(gateway: Gateway, public_url: str, outgoing: Outgoing) -> str | None:
    """Hand a text message or a call to the gateway; return what it calls it. Raises NotSent."""
    return _CARRY[gateway.adapter](gateway, public_url, outgoing)


def twilio_signed(gateway: Gateway, url: str, fields: Mapping[str, str], signature: str) -> bool:
    """Tell whether a request to `url` comes from the holder of the account's secret."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    # SHA-1 because the interface says so; as HMAC it holds.
    found = base64.b64encode(hmac.digest(gateway.signature.encode(), text.encode(), hashlib.sha1)).decode()
    return hmac.compare_digest(found.encode(), signature.encode())


def vonage_signed(gateway: Gateway, fields: Mapping[str, str], now: float) -> bool:
    """Tell whether the fields of a request are signed with the account's signature secret, and lately."""
    if not gateway.signature or not fields.get("timestamp", "").isdigit():
        return False
    if abs(now - int(fields["timestamp"])) > _SIGNED_FOR.total_seconds():
        return False
    names = sorted(name for name in fields if name != "sig")
    text = "".join(f"&{name}={fields[name].translate({38: '_', 61: '_'})}" for name in names)
    found = hmac.digest(gateway.signature.encode(), text.encode(), hashlib.sha256).hex()
    return hmac.compare_digest(found.encode(), fields.get("sig", "").lower().encode())


def vonage_sent(gateway: Gateway, authorization: str, body: bytes, now: float) -> bool:
    """Tell whether a request about a call has been sent, lately, by who has the account's signature secret."""
    head, dot, signature = authorization.removeprefix("Bearer ").rpartition(".")
    if not gateway.signature or not dot:
        return False
    try:
        found, (kind, claims) = webpush.unb64(signature), (json.loads(webpush.unb64(part)) for part in head.split("."))
    except ValueError:
        return False
    made = hmac.digest(gateway.signature.encode(), head.encode(), hashlib.sha256)
    if not isinstance(kind, dict) or not isinstance(claims, dict) or not hmac.compare_digest(made, found):
        return False
    at, said_of = claims.get("iat"), claims.get("payload_hash")
    lately = isinstance(at, int | float) and abs(now - at) <= _SIGNED_FOR.total_seconds()
    whole = hmac.compare_digest(str(said_of).encode(), hashlib.sha256(body).hexdigest().encode())
    return kind.get("alg") == "HS256" and lately and whole


def twiml(outgoing: Outgoing, public_url: str) -> str:
    """Give what is said in a call, and where the digit goes that is pressed."""
    content = outgoing.content
    voice = f'language="{escape(_VOICES[content.language])}"'
    said = f"<Say {voice}>{escape(texts.spoken(content))}</Say>"
    if content.answer_url is None:
        return f"<Response>{said}</Response>"
    action = escape(f"{public_url}/gateway/twilio/voce/{outgoing.token}")
    gather = f'<Gather numDigits="1" timeout="10" method="POST" action="{action}">{said}{said}</Gather>'
    return f"<Response>{gather}<Say {voice}>{escape(texts.silence(content.language))}</Say></Response>"


def ncco(outgoing: Outgoing, public_url: str) -> list[dict[str, Any]]:
    """Give what is said in a call to Vonage, and where the digit goes that is pressed."""
    content = outgoing.content
    language = _VOICES[content.language]
    said = {"action": "talk", "language": language, "text": texts.spoken(content)}
    if content.answer_url is None:
        return [said]
    action = f"{public_url}/gateway/vonage/voce/{outgoing.token}"
    pressed = {"type": ["dtmf"], "dtmf": {"maxDigits": 1, "timeOut": 10}, "eventUrl": [action]}
    silence = {"action": "talk", "language": language, "text": texts.silence(content.language)}
    return [{**said, "bargeIn": True, "loop": 2}, {"action": "input", **pressed}, silence]


def digit(fields: Mapping[str, Any]) -> str:
    """Give what was pressed in a call."""
    pressed = fields.get("dtmf")
    found = pressed.get("digits") if isinstance(pressed, dict) else fields.get("Digits")
    return found if isinstance(found, str) else ""


def said(adapter: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """Give from which number a text message has come, and what it says."""
    if adapter == "twilio":
        return fields.get("From", ""), fields.get("Body", "")
    return f"+{fields.get('msisdn', '')}", fields.get("text", "")


def thanks_ncco(language: Language) -> list[dict[str, str]]:
    """Give what is said in a call to Vonage in which the digit was pressed."""
    return [{"action": "talk", "language": _VOICES[language], "text": texts.thanks(language)}]


def spoken_thanks(language: Language) -> str:
    """Give what is said in a call in which the digit was pressed."""
    return f'<Response><Say language="{escape(_VOICES[language])}">{escape(texts.thanks(language))}</Say></Response>'


def outcome(adapter: str, fields: Mapping[str, str]) -> bool | None:
    """Say what a report of the gateway says of a message: it has arrived, it has not, or nothing yet."""
    status = fields.get("MessageStatus") or fields.get("CallStatus") or fields.get("status") or ""
    if status in {"delivered", "completed"}:
        return True
    failed = _TWILIO_FAILED if adapter == "twilio" else _VONAGE_FAILED
    return False if status in failed else None


def _twilio(gateway: Gateway, public_url: str, outgoing: Outgoing) -> str | None:
    fields = {"To": outgoing.address, "From": gateway.sender}
    fields["StatusCallback"] = f"{public_url}/gateway/twilio/esito/{outgoing.id}"
    if outgoing.medium is Medium.VOICE:
        kind, fields["Twiml"], fields["Timeout"] = "Calls", twiml(outgoing, public_url), "40"
    else:
        kind, fields["Body"] = "Messages", texts.short(outgoing.content)
    login = base64.b64encode(f"{gateway.account}:{gateway.secret}".encode()).decode()
    url = f"{gateway.url}/2010-04-01/Accounts/{gateway.account}/{kind}.json"
    answer = _post(url, fields, outgoing, {"Authorization": f"Basic {login}"})
    if answer.status not in _OK:
        code = _json(answer).get("code")
        raise NotSent("number_refused", lasting=True, broken=code in _TWILIO_BROKEN)
    return _text(_json(answer).get("sid"))


def _vonage(gateway: Gateway, public_url: str, outgoing: Outgoing) -> str | None:
    return (_vonage_call if outgoing.medium is Medium.VOICE else _vonage_text)(gateway, public_url, outgoing)


def _vonage_call(gateway: Gateway, public_url: str, outgoing: Outgoing) -> str | None:
    content = {
        "to": [{"type": "phone", "number": outgoing.address.removeprefix("+")}],
        "from": {"type": "phone", "number": gateway.sender.removeprefix("+")},
        "ncco": ncco(outgoing, public_url),
        "event_url": [f"{public_url}/gateway/vonage/esito/{outgoing.id}"],
        "event_method": "POST",
        "ringing_timer": 40,
    }
    answer = _post(f"{gateway.calls_url}/v1/calls", content, outgoing, {"Authorization": f"Bearer {_jwt(gateway)}"})
    if answer.status not in _OK:
        raise NotSent("number_refused", lasting=True)
    return _text(_json(answer).get("uuid"))


def _jwt(gateway: Gateway) -> str:
    """Prove in whose name Vonage is asked, for a quarter of an hour (RFC 7519, RS256)."""
    with db.transaction(read_only=True):
        at = int(clock.now().timestamp())
    claims = {"application_id": gateway.application, "iat": at, "exp": at + 900, "jti": str(uuid4())}
    said = ".".join(webpush.b64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "RS256"}, claims))
    key = load_pem_private_key(gateway.application_key, password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("looked at when the settings were read")
    return f"{said}.{webpush.b64(key.sign(said.encode(), PKCS1v15(), SHA256()))}"


def _vonage_text(gateway: Gateway, public_url: str, outgoing: Outgoing) -> str | None:
    text = texts.short(outgoing.content)
    fields = {
        "api_key": gateway.account,
        "api_secret": gateway.secret,
        "from": gateway.sender,
        "to": outgoing.address.removeprefix("+"),
        "text": text,
        "type": "text" if text.isascii() else "unicode",
        "client-ref": str(outgoing.id),
        "callback": f"{public_url}/gateway/vonage/esito/{outgoing.id}",
    }
    answer = _post(f"{gateway.url}/sms/json", fields, outgoing, {})
    parts = _json(answer).get("messages")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else {}
    status = _text(first.get("status")) or ""
    if answer.status in _OK and status == "0":
        return _text(first.get("message-id"))
    if status in _VONAGE_LOGIN:
        raise NotSent("gateway_login_refused")
    if status in _VONAGE_AGAIN or not status:
        raise NotSent("gateway_failed")
    raise NotSent("number_refused", lasting=True, broken=status in _VONAGE_BROKEN)


_CARRY = {"twilio": _twilio, "vonage": _vonage}


def _post(url: str, fields: Mapping[str, Any], outgoing: Outgoing, headers: Mapping[str, str]) -> posting.Answer:
    """Post a form, or JSON where values have parts; NotSent where the gateway itself is at fault: tried again then."""
    plain = all(isinstance(value, str) for value in fields.values())
    kind = "application/x-www-form-urlencoded" if plain else "application/json"
    sent = {"Content-Type": kind, "Idempotency-Key": str(outgoing.id), **headers}
    try:
        answer = posting.post(url, (urlencode(fields) if plain else json.dumps(fields)).encode(), sent)
    except posting.Unreachable as error:
        raise NotSent(f"gateway_{error.code}") from None
    if answer.status == _TOO_MANY:
        raise NotSent("gateway_busy", after=_after(answer))
    if answer.status in _LOGIN:
        raise NotSent("gateway_login_refused")
    if answer.status >= _SERVER:
        raise NotSent("gateway_failed")
    return answer


def _after(answer: posting.Answer) -> timedelta | None:
    text = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004 - a day at most


def _json(answer: posting.Answer) -> dict[str, Any]:
    try:
        content = json.loads(answer.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) else None
