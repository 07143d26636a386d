"""Sending: what waits for the same person over the same medium becomes one message, and that is sent until it is taken.

At least once: an attempt is counted and the next one set before the message leaves, and its id is the key by which the
carrier knows a repetition. What is settled meanwhile is not sent; a number that does not exist is not tried again.
"""

from __future__ import annotations

import hashlib
import logging
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, exists, select, update
from sqlalchemy.orm import Session, aliased

from engine import blind, clock, db
from engine.notifications import carriers, contacts, notices
from engine.notifications.models import Notice
from engine.notifications.outbox import URGENT
from engine.notifications.outbox_models import (
    ContactPoint,
    Delivery,
    Medium,
    Message,
    MessageStatus,
    Purpose,
)
from engine.notifications.texts import Content, Told
from engine.participants.models import User

BATCH = 50
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=15)
GIVEN_UP_AFTER = timedelta(hours=24)
"""A message that could not be sent for so long is given up: by then the ladder has told others."""

_TOKEN_BYTES = 12  # 96 bits: nobody guesses one in the hours for which it counts

_log = logging.getLogger("staffetta.sending")


class NotSent(Exception):
    """A message was not taken. `lasting`: it never will be; `broken`: because of its address. `code` says why."""

    def __init__(
        self, code: str, *, lasting: bool = False, broken: bool = False, after: timedelta | None = None
    ) -> None:
        self.code, self.lasting, self.broken, self.after = code, lasting, broken, after
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it leaves. `id` stays the same however often it is sent; `token` is for who answers by a call."""

    id: UUID
    medium: Medium
    address: str
    content: Content
    token: str


Carry = Callable[[Outgoing], str | None]
"""Hands a message to who carries it; returns what it is called there. Raises NotSent."""


def bundle(medium: Medium) -> int:
    """Make a message for each person to whom something is to be told over a medium now; return how many."""
    with db.transaction() as session:
        now = clock.now()
        due = and_(
            Delivery.medium == medium,
            Delivery.message_id.is_(None),
            Delivery.dropped_at.is_(None),
            Delivery.not_before <= now,
        )
        query = select(Delivery).where(due).order_by(Delivery.not_before).limit(BATCH)
        rows = session.scalars(query.with_for_update(skip_locked=True)).all()
        wanted = _wanted(session, [row.notice_id for row in rows])
        made: dict[UUID, Message] = {}
        for row in rows:
            if row.notice_id not in wanted:
                row.dropped_at = now
                continue
            message = made.setdefault(row.user_id, _message(row, wanted[row.notice_id].network_id))
            message.urgency = min(message.urgency, row.urgency)
            if wanted[row.notice_id].deadline_id is not None:
                message.answer = hashed(token(message.id))
        session.add_all(made.values())
        session.flush()
        for row in rows:
            if row.dropped_at is None:
                row.message_id = made[row.user_id].id
    return len(made)


def send(medium: Medium, carry: Carry) -> int:
    """Send what waits for a medium; return how many messages were tried. Ends early when the carrier is out of reach.

    Each in transactions of its own: nobody waits for a gateway with a row locked.
    """
    tried = 0
    while tried < BATCH:
        with db.transaction() as session:
            found, outgoing = _next(session, medium)
        if not found:
            break
        tried += 1
        if outgoing is not None and not _sent(outgoing, carry):
            break
    return tried


def token(message_id: UUID) -> str:
    """Work out what acknowledges a message: it stands nowhere, and is the same whenever it is sent."""
    return urlsafe_b64encode(blind.token("acknowledge", message_id.hex)[:_TOKEN_BYTES]).decode("ascii")


def hashed(text: str) -> bytes:
    """Give what a token is found by."""
    return hashlib.sha256(text.encode()).digest()


def _message(row: Delivery, network_id: UUID) -> Message:
    return Message(
        id=db.new_id(),
        network_id=network_id,
        user_id=row.user_id,
        medium=row.medium,
        purpose=Purpose.NOTICES,
        urgency=row.urgency,
        next_at=clock.now(),
    )


def _wanted(session: Session, notice_ids: list[UUID]) -> dict[UUID, Notice]:
    """Give those of the notices that nobody has read and that are not settled."""
    query = notices.waiting().where(Notice.id.in_(notice_ids))
    return {row.id: row for row in session.scalars(query)}


def _next(session: Session, medium: Medium) -> tuple[bool, Outgoing | None]:
    """Take the next message: count the attempt, set the next one, and put together what it says; or end it.

    Nothing to be taken: (False, None); taken, but there is nothing to send any more: (True, None).
    """
    now = clock.now()
    query = (
        select(Message, User, ContactPoint)
        .join(User, User.id == Message.user_id)
        .outerjoin(ContactPoint, and_(ContactPoint.user_id == User.id, ContactPoint.medium == Message.medium))
        .where(Message.medium == medium, Message.state == MessageStatus.WAITING, Message.next_at <= now)
        .order_by(Message.urgency, Message.next_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Message)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return False, None
    message, user = row[0], row[1]
    point: ContactPoint | None = row[2]
    content = _content(session, message, user) if _reaches(message, user, point) else None
    if point is None or content is None:
        message.state = MessageStatus.NEEDLESS
        return True, None
    if now - message.created_at > GIVEN_UP_AFTER:
        message.state, message.error = MessageStatus.FAILED, message.error or "given_up"
        return True, None
    message.attempts += 1
    message.next_at = now + _pause(message.attempts)
    return True, Outgoing(message.id, medium, contacts.address(point), content, token(message.id))


def _reaches(message: Message, user: User, point: ContactPoint | None) -> bool:
    """Tell whether there is an address for it: one that is proved, but for the message that proves it."""
    proved = point is not None and (message.purpose is Purpose.CODE or point.verified_at is not None)
    return proved and user.disabled_at is None


def _content(session: Session, message: Message, user: User) -> Content | None:
    """Put together what a message says now; None when there is nothing to say any more."""
    public, answer = carriers.current().public_url, None
    if message.answer is not None:
        answer = f"{public}/r/{token(message.id)}"
    if message.purpose is Purpose.CODE:
        code = contacts.code(session, user.id, message.medium)
        return Content(user.language, "code", code=code) if code is not None else None
    if message.purpose is Purpose.TEST:
        return Content(user.language, "test", answer_url=answer)
    told = _told(session, message)
    if not told:
        return None
    urgent = message.urgency in URGENT
    return Content(user.language, "notices", urgent, told, open_url=f"{public}/avvisi", answer_url=answer)


def _told(session: Session, message: Message) -> list[Told]:
    """Give what of a message is still to be told: not what is settled, nor what she has answered elsewhere."""
    other, elsewhere = aliased(Delivery), aliased(Message)
    answered = exists().where(
        other.notice_id == Notice.id,
        other.user_id == message.user_id,
        elsewhere.id == other.message_id,
        elsewhere.answered_at.is_not(None),
    )
    query = (
        notices.waiting()
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(Delivery.message_id == message.id, ~answered)
        .add_columns(notices.case_code())
        .order_by(Delivery.urgency, Notice.created_at)
    )
    said = [Told(code, row.kind, row.deadline_id is not None) for row, code in session.execute(query)]
    return list(dict.fromkeys(said))


def _pause(attempts: int) -> timedelta:
    doubled: int = 2 ** min(attempts - 1, 10)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _sent(outgoing: Outgoing, carry: Carry) -> bool:
    """Hand one message over and note what came of it; False when the carrier itself is out of reach."""
    try:
        provider_id = carry(outgoing)
    except NotSent as refusal:
        # The code is ours; what the carrier wrote may repeat the address.
        _log.warning("message %s was not taken: %s", outgoing.id, refusal.code)
        with db.transaction() as session:
            _note_failure(session, outgoing, refusal)
        return refusal.lasting
    with db.transaction() as session:
        done = {"state": MessageStatus.SENT, "sent_at": clock.now(), "provider_id": provider_id, "error": None}
        session.execute(update(Message).where(Message.id == outgoing.id).values(done))
    return True


def _note_failure(session: Session, outgoing: Outgoing, refusal: NotSent) -> None:
    message = session.get_one(Message, outgoing.id, with_for_update=True)
    message.error = refusal.code
    if refusal.lasting:
        message.state = MessageStatus.FAILED
    elif refusal.after is not None:
        message.next_at = max(message.next_at, clock.now() + min(refusal.after, LONGEST_PAUSE))
    if refusal.broken:
        of_hers = and_(ContactPoint.user_id == message.user_id, ContactPoint.medium == message.medium)
        session.execute(update(ContactPoint).where(of_hers).values(broken_at=clock.now()))
