"""Sending of webhooks: an event goes out until it is taken, one address's silence holds up no other.

At least once: the attempt is counted and the next one set before the event leaves. An address that has taken nothing
for `DISABLED_AFTER` gets nothing more, and the coordination is told.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.notifications import carriers, notices, posting, texts, webhooks
from engine.notifications.models import Notice
from engine.notifications.notices import Receiver
from engine.notifications.webhook_models import EventStatus, Webhook, WebhookEvent
from engine.participants.models import Language, Role

BATCH = 50
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=3)
DISABLED_AFTER = timedelta(days=5)
"""Of an address that takes nothing: a value of ours."""

KEPT = timedelta(days=30)
DISABLED = "webhook_disabled"
"""Kind of the notice."""

_GONE = 410
_OK = range(200, 300)
_TYPES = {"reminder": "step.reminder", "ladder": "step.late", "other": "notice"}
_log = logging.getLogger("staffetta.sending")


@dataclass(frozen=True, slots=True)
class _Outgoing:
    event_id: UUID
    url: str
    body: bytes
    headers: dict[str, str]


def enqueue(session: Session, notice_ids: list[UUID]) -> None:
    """Write down, in the transaction that takes notices in, that each goes to each address of its network."""
    new = (
        select(
            func.gen_random_uuid(),
            Webhook.id,
            Notice.id,
            literal(EventStatus.WAITING.value),
            literal(0),
            Notice.created_at,
            Notice.created_at,
        )
        .join(Notice, Notice.network_id == Webhook.network_id)
        .where(Notice.id.in_(notice_ids), Notice.case_id.is_not(None), Webhook.disabled_at.is_(None))
    )
    columns = ["id", "webhook_id", "notice_id", "state", "attempts", "next_at", "created_at"]
    session.execute(insert(WebhookEvent).from_select(columns, new))


def send() -> int:
    """Send what waits; return how many events were tried."""
    tried = 0
    while tried < BATCH:
        with db.transaction() as session:
            outgoing = _next(session)
        if outgoing is None:
            break
        tried += 1
        _send(outgoing)
    return tried


def purge(session: Session) -> None:
    """Forget what became of events long ago."""
    old = WebhookEvent.created_at < clock.now() - KEPT
    session.execute(delete(WebhookEvent).where(old, WebhookEvent.state != EventStatus.WAITING))


def _next(session: Session) -> _Outgoing | None:
    """Take the next event: count the attempt, set the next one, and put together what it says."""
    now = clock.now()
    query = (
        select(WebhookEvent, Webhook)
        .join(Webhook, Webhook.id == WebhookEvent.webhook_id)
        .where(
            WebhookEvent.state == EventStatus.WAITING,
            WebhookEvent.next_at <= now,
            Webhook.disabled_at.is_(None),
            or_(Webhook.retry_at.is_(None), Webhook.retry_at <= now),
        )
        .order_by(WebhookEvent.next_at, WebhookEvent.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookEvent)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    event, webhook = row
    event.attempts += 1
    event.next_at = now + _pause(event.attempts)
    body = json.dumps(_content(session, event), ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Staffetta",
        "webhook-id": str(event.id),
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhooks.signature(webhook, event.id, now, body),
    }
    return _Outgoing(event.id, webhook.url, body, headers)


def _content(session: Session, event: WebhookEvent) -> dict[str, Any]:
    """Put together what an event says: the code of its case, a neutral word, a link."""
    if event.notice_id is None:
        return {"type": "test", "timestamp": event.created_at.isoformat(), "data": {}}
    notice = session.get_one(Notice, event.notice_id)
    kind = texts.neutral(notice.kind, by_clock=notice.deadline_id is not None)
    data = {
        "case_code": session.scalar(notices.code_of(notice.id)),
        "label": {language.value: texts.label(language, kind) for language in Language},
        "url": f"{carriers.current().public_url}/avvisi",
    }
    return {"type": _TYPES[kind], "timestamp": notice.created_at.isoformat(), "data": data}


def _pause(attempts: int) -> timedelta:
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _send(outgoing: _Outgoing) -> None:
    status, error = None, None
    try:
        answer = posting.post(outgoing.url, outgoing.body, outgoing.headers, public_only=True)
        status = answer.status
    except posting.Unreachable as unreachable:
        error = unreachable.code
    with db.transaction() as session:
        event = session.get_one(WebhookEvent, outgoing.event_id, with_for_update=True)
        webhook = session.get_one(Webhook, event.webhook_id, with_for_update=True)
        event.status, event.error = status, error
        if status in _OK:
            event.state, event.sent_at = EventStatus.SENT, clock.now()
            webhook.failing_since = webhook.retry_at = None
        else:
            _log.warning("event %s was not taken: %s", event.id, error or status)
            _note_failure(session, webhook, event)


def _note_failure(session: Session, webhook: Webhook, event: WebhookEvent) -> None:
    now = clock.now()
    event.error = event.error or "refused"
    if event.notice_id is None:
        event.state = EventStatus.FAILED  # whoever tries it out looks at what came of it
        return
    webhook.failing_since = webhook.failing_since or now
    # It rests for as long as it has failed, so that it is not asked in vain at each new event; one that is refused
    # for its own sake holds no other up.
    webhook.retry_at = now + min(max(now - webhook.failing_since, FIRST_PAUSE), LONGEST_PAUSE)
    if now - event.created_at > GIVEN_UP_AFTER:
        event.state = EventStatus.FAILED
    if event.status == _GONE or now - webhook.failing_since > DISABLED_AFTER:
        _disable(session, webhook, now)


def _disable(session: Session, webhook: Webhook, now: datetime) -> None:
    """Send nothing more there, forget what waits, and tell the coordination."""
    webhook.disabled_at = now
    webhooks.drop_waiting(session, webhook)
    coordination = Receiver.with_role(Role.COORDINAMENTO)
    notices.notify(session, coordination, DISABLED, network_id=webhook.network_id, case_id=None)
