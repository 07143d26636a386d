"""Webhooks: programs of a network are told what its people are told, signed as Standard Webhooks has it.

    webhook-id: the event's id, the same however often it is sent
    webhook-timestamp: seconds since 1970, of this attempt
    webhook-signature: v1,<HMAC-SHA256 of "id.timestamp.body" in base64>, one for each secret that counts now

An event holds a case's code, a neutral word and a link, as messages do; whoever wants more asks for it as somebody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select, update

from engine import audit, blind, clock
from engine.errors import Conflict, InvalidValue, NotFound
from engine.notifications.webhook_models import EventStatus, Webhook, WebhookEvent
from engine.participants import access
from engine.participants.access import Action

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

OVERLAP = timedelta(hours=24)
"""For so long after a rotation the secret before signs too, so that a receiver can change over."""

MOST = 10
"""Addresses of a network."""

LISTED = 50
_LONGEST_URL = 2000
_SCHEMES = frozenset({"https"})


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """An address and how it fares: what waits, and its last events, the newest first."""

    webhook: Webhook
    waiting: int
    events: tuple[WebhookEvent, ...]


def listed(session: Session, actor: Actor) -> list[WebhookRow]:
    """List the webhooks of the network with their last events. Raises Forbidden."""
    access.require(actor, Action.KEEP_WEBHOOKS)
    rows = session.scalars(select(Webhook).where(Webhook.network_id == actor.network_id).order_by(Webhook.created_at))
    return [_row(session, row) for row in rows.all()]


def create(session: Session, actor: Actor, url: str) -> tuple[Webhook, str]:
    """Set an address up; give it with its secret, shown this once. Raises Forbidden, InvalidValue, Conflict."""
    access.require(actor, Action.KEEP_WEBHOOKS)
    there = select(func.count()).where(Webhook.network_id == actor.network_id).select_from(Webhook)
    if (session.scalar(there) or 0) >= MOST:
        raise Conflict("too_many_webhooks")
    row = Webhook(network_id=actor.network_id, url=_valid(url), created_by_id=actor.user_id)
    session.add(row)
    session.flush()
    audit.record(session, actor, "webhook.created", "webhook", row.id)
    return row, secret(row)


def rotate(session: Session, actor: Actor, webhook_id: UUID) -> tuple[Webhook, str]:
    """Give an address a new secret, shown this once; the one before signs too for `OVERLAP`. NotFound, Forbidden."""
    row = _own(session, actor, webhook_id)
    row.secret_version, row.rotated_at = row.secret_version + 1, clock.now()
    audit.record(session, actor, "webhook.rotated", "webhook", row.id)
    return row, secret(row)


def switch(session: Session, actor: Actor, webhook_id: UUID, *, on: bool) -> Webhook:
    """Send there, or nothing any more; what happens meanwhile is told to nobody later. Raises NotFound, Forbidden."""
    row = _own(session, actor, webhook_id)
    row.disabled_at = None if on else row.disabled_at or clock.now()
    row.failing_since = row.retry_at = None
    drop_waiting(session, row)
    audit.record(session, actor, "webhook.switched_on" if on else "webhook.switched_off", "webhook", row.id)
    return row


def test(session: Session, actor: Actor, webhook_id: UUID) -> WebhookEvent:
    """Send an event that says nothing. Raises NotFound, Forbidden; Conflict `webhook_off`."""
    row = _own(session, actor, webhook_id)
    if row.disabled_at is not None:
        raise Conflict("webhook_off", webhook=webhook_id)
    row.retry_at = None
    event = WebhookEvent(webhook_id=row.id, next_at=clock.now())
    session.add(event)
    session.flush()
    audit.record(session, actor, "webhook.tested", "webhook", row.id)
    return event


def drop_waiting(session: Session, row: Webhook) -> None:
    """Give up what waits for an address."""
    waiting = (WebhookEvent.webhook_id == row.id, WebhookEvent.state == EventStatus.WAITING)
    session.execute(update(WebhookEvent).where(*waiting).values(state=EventStatus.FAILED, error="disabled"))


def secret(row: Webhook, version: int | None = None) -> str:
    """Work out a secret of an address: it stands nowhere."""
    return "whsec_" + base64.b64encode(_key(row, version or row.secret_version)).decode()


def signature(row: Webhook, event_id: UUID, at: datetime, body: bytes) -> str:
    """Sign an event with each secret that counts at an instant."""
    versions = [row.secret_version]
    if row.rotated_at is not None and at < row.rotated_at + OVERLAP:
        versions.append(row.secret_version - 1)
    signed = f"{event_id}.{int(at.timestamp())}.".encode() + body
    made = (hmac.digest(_key(row, version), signed, hashlib.sha256) for version in versions)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made)


def _key(row: Webhook, version: int) -> bytes:
    return blind.token("webhook", f"{row.id.hex}:{version}")


def _own(session: Session, actor: Actor, webhook_id: UUID) -> Webhook:
    access.require(actor, Action.KEEP_WEBHOOKS)
    query = select(Webhook).where(Webhook.id == webhook_id, Webhook.network_id == actor.network_id)
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound("webhook_not_found", webhook_id=webhook_id)
    return row


def _row(session: Session, row: Webhook) -> WebhookRow:
    of_it = WebhookEvent.webhook_id == row.id
    waiting = select(func.count()).select_from(WebhookEvent).where(of_it, WebhookEvent.state == EventStatus.WAITING)
    last = select(WebhookEvent).where(of_it).order_by(WebhookEvent.created_at.desc(), WebhookEvent.id).limit(LISTED)
    return WebhookRow(row, session.scalar(waiting) or 0, tuple(session.scalars(last)))


def _valid(url: str) -> str:
    """Take an address in the open network over TLS; where it leads is looked at when something is sent."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        raise InvalidValue("url", "invalid_url") from None
    plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LONGEST_URL
    if not plain or not port_is_one or parts.scheme not in _SCHEMES or not parts.hostname or "@" in parts.netloc:
        raise InvalidValue("url", "invalid_url")
    return text
