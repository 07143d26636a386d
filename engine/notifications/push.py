"""Messages on people's devices (Web Push): each opts in by itself, and a device that is gone is forgotten and told of.

A message passes through the service of the browser's maker: encrypted, and without content all the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engine import audit, blind, clock, crypto, db
from engine.crypto import Brief
from engine.errors import Conflict, InvalidValue, NotFound
from engine.notifications import carriers, notices, posting, texts, webpush
from engine.notifications.notices import Receiver
from engine.notifications.outbox_models import ContactPoint, Medium, Message
from engine.notifications.push_models import PushDevice
from engine.notifications.sending import NotSent, Outgoing
from engine.participants.access import Actor

MOST = 5
"""Devices of one person."""

KEPT_FOR = 12 * 3600
"""Seconds for which the service keeps a message for a device that is off."""

DEVICE_GONE = "push_device_gone"
"""Kind of the notice."""

_SCHEMES = frozenset({"https"})
_LONGEST_URL, _LONGEST_NAME = 1000, 60
_GONE = frozenset({404, 410})
_OK = range(200, 300)
_MARK = "push"


def public_key() -> str:
    """Give what a browser has to know to take messages of this installation."""
    return webpush.b64(webpush.point(_server_key()))


def mine(session: Session, actor: Actor) -> list[PushDevice]:
    """Give the actor's devices, the oldest first."""
    query = select(PushDevice).where(PushDevice.user_id == actor.user_id)
    return list(session.scalars(query.order_by(PushDevice.created_at, PushDevice.id)))


def add(session: Session, actor: Actor, *, endpoint: str, p256dh: str, auth: str, name: str) -> PushDevice:
    """Let a device of the actor's take messages; one that asks again is written anew. Raises InvalidValue, Conflict."""
    if actor.user_id is None or Medium.PUSH not in carriers.media():
        raise Conflict("no_push")
    parts = urlsplit(endpoint)
    if parts.scheme not in _SCHEMES or not parts.hostname or "@" in parts.netloc or len(endpoint) > _LONGEST_URL:
        raise InvalidValue("device", "invalid_device")
    try:
        webpush.read_keys(p256dh, auth)
    except ValueError:
        raise InvalidValue("device", "invalid_device") from None
    for row in session.scalars(select(PushDevice).where(PushDevice.digest == _digest(endpoint))).all():
        _forget(session, row)  # whoever asks on a device has it from now on
    if len(mine(session, actor)) >= MOST:
        raise Conflict("too_many_devices")
    row = PushDevice(id=db.new_id(), user_id=actor.user_id, name=name.strip()[:_LONGEST_NAME] or "?")
    row.digest = _digest(endpoint)
    _seal(row, json.dumps([endpoint, p256dh, auth]))
    session.add(row)
    _mark(session, actor.user_id)
    audit.record(session, actor, "push.device_added", "user", actor.user_id)
    return row


def remove(session: Session, actor: Actor, device_id: UUID) -> None:
    """Forget a device of one's own. Raises NotFound."""
    row = session.scalars(
        select(PushDevice).where(PushDevice.id == device_id, PushDevice.user_id == actor.user_id)
    ).one_or_none()
    if row is None:
        raise NotFound("device_not_found", device=device_id)
    _forget(session, row)
    audit.record(session, actor, "push.device_removed", "user", actor.user_id)


def carry(public_url: str, outgoing: Outgoing) -> str | None:
    """Leave a message for each device of its person; one that takes it is enough. Raises NotSent."""
    with db.transaction(read_only=True) as session:
        user_id = session.get_one(Message, outgoing.id).user_id
        devices = [(row.id, *_open(row)) for row in session.scalars(_of(user_id))]
    taken, gone = 0, []
    for device_id, endpoint, p256dh, auth in devices:
        status = _post(public_url, outgoing, endpoint, webpush.read_keys(p256dh, auth))
        taken += status in _OK
        if status in _GONE:
            gone.append(device_id)
    if gone:
        _forget_gone(outgoing.id, gone)
    if taken:
        return None
    if len(gone) == len(devices):
        raise NotSent("devices_gone", lasting=True)
    raise NotSent("push_failed")


def seal_anew(session: Session, *, limit: int = 500) -> int:
    """Seal up to `limit` devices under the current key-encryption key; return how many."""
    older = select(PushDevice).where(PushDevice.key_id != crypto.current_key_id())
    rows = session.scalars(older.limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        _seal(row, json.dumps(_open(row)))
    session.flush()
    return len(rows)


def sealed_otherwise(session: Session) -> int:
    """Count the devices that are sealed under another key-encryption key than the current one."""
    query = select(func.count()).where(PushDevice.key_id != crypto.current_key_id())
    return session.scalar(query.select_from(PushDevice)) or 0


def _post(public_url: str, outgoing: Outgoing, endpoint: str, keys: webpush.Keys) -> int | None:
    """Leave a message for one device; give what its service answers, None where nobody does."""
    content = outgoing.content
    said = {
        "title": texts.subject(content),
        "body": texts.lines(content),
        "url": content.open_url or public_url,
        "tag": str(outgoing.id),
    }
    headers = {
        "Authorization": webpush.authorization(_server_key(), endpoint, public_url, clock.host_now()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_FOR),
        "Urgency": "high" if content.urgent else "normal",
        # What is sent again takes the place of what the device has not fetched yet (RFC 8030, 5.4).
        "Topic": webpush.b64(outgoing.id.bytes),
    }
    try:
        body = webpush.encrypt(json.dumps(said, ensure_ascii=False).encode(), keys)
        return posting.post(endpoint, body, headers, public_only=True).status
    except posting.Unreachable:
        return None


def _forget_gone(message_id: UUID, device_ids: list[UUID]) -> None:
    """Forget devices that take nothing any more, and tell their person."""
    with db.transaction() as session:
        message = session.get_one(Message, message_id)
        for row in session.scalars(_of(message.user_id).where(PushDevice.id.in_(device_ids))).all():
            _forget(session, row)
        if message.network_id is not None:
            her = Receiver.person(message.user_id)
            notices.notify(session, her, DEVICE_GONE, network_id=message.network_id, case_id=None)


def _of(user_id: UUID) -> Any:
    return select(PushDevice).where(PushDevice.user_id == user_id).order_by(PushDevice.created_at, PushDevice.id)


def _digest(endpoint: str) -> bytes:
    """Give what finds a device by its address, which stands sealed."""
    return hashlib.sha256(endpoint.encode()).digest()


def _forget(session: Session, row: PushDevice) -> None:
    session.delete(row)
    session.flush()
    if session.scalar(select(PushDevice.id).where(PushDevice.user_id == row.user_id).limit(1)) is None:
        hers = (ContactPoint.user_id == row.user_id, ContactPoint.medium == Medium.PUSH)
        session.execute(delete(ContactPoint).where(*hers))


def _mark(session: Session, user_id: UUID) -> None:
    """Say among the ways to reach somebody that there is a device: she has proved it by asking from it."""
    hers = (ContactPoint.user_id == user_id, ContactPoint.medium == Medium.PUSH)
    if session.scalar(select(ContactPoint.id).where(*hers)) is not None:
        return
    row = ContactPoint(id=db.new_id(), user_id=user_id, medium=Medium.PUSH, verified_at=clock.now())
    sealed = crypto.seal_briefly(_MARK.encode(), table=ContactPoint.__tablename__, row_id=row.id, owner_id=user_id)
    row.key_id, row.sealed, row.set_by_id = sealed.key_id, sealed.blob, user_id
    session.add(row)
    session.flush()


def _seal(row: PushDevice, text: str) -> None:
    sealed = crypto.seal_briefly(text.encode(), table=PushDevice.__tablename__, row_id=row.id, owner_id=row.user_id)
    row.key_id, row.sealed = sealed.key_id, sealed.blob


def _open(row: PushDevice) -> tuple[str, str, str]:
    brief = Brief(row.key_id, row.sealed)
    opened = crypto.open_brief(brief, table=PushDevice.__tablename__, row_id=row.id, owner_id=row.user_id)
    endpoint, p256dh, auth = json.loads(opened)
    return endpoint, p256dh, auth


def _server_key() -> Any:
    return webpush.server_key(blind.token("vapid", "key"))
