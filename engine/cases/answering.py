"""What people answer from outside the pages: by a link that was sent to them, a text message, a digit in a call.

An answer only stops the climb of what the message told (`acknowledging`): it shows nothing and gives access to nothing,
so it needs no log-in. It counts once, and for as long as `ANSWER_FOR` after the message was made.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, or_, select, update

from engine import clock, db
from engine.cases import acknowledging
from engine.deadlines.models import SeenBy
from engine.errors import Conflict, NotFound
from engine.notifications import contacts, outbox, sending
from engine.notifications.models import Notice
from engine.notifications.outbox_models import ContactPoint, Delivery, Medium, Message, MessageStatus, Purpose
from engine.participants.models import Language, User
from engine.sight import Reach

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

ANSWER_FOR = timedelta(hours=12)

RINGS, RING_AGAIN_AFTER = 3, timedelta(minutes=2)
"""How often somebody who does not pick up is rung for what is urgent: values of ours. The ladder goes on meanwhile."""

_YES = frozenset({"1", "ok", "si", "sì", "yes"})


class Outcome(enum.StrEnum):
    """What came of an answer. `SETTLED`: nothing climbs any more of what the message told."""

    RECORDED = "recorded"
    ALREADY = "already"
    SETTLED = "settled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message that asks for an answer, and the clocks that it told of."""

    message_id: UUID
    user_id: UUID
    language: Language
    purpose: Purpose
    deadline_ids: tuple[UUID, ...]
    outcome: Outcome | None


def by_token(token: str, how: SeenBy) -> tuple[Outcome, Language]:
    """Record the answer to the message that the token was sent with. Raises NotFound."""
    with db.transaction() as session:
        asked = _of_token(session, token)
    return _answered([asked], how), asked.language


def language_of(session: Session, token: str) -> Language:
    """Give the language of whom the token was sent to: all that is shown before the answer. Raises NotFound."""
    return _of_token(session, token).language


def by_reply(number: str, text: str) -> Outcome | None:
    """Record a text message that says yes, from a number that was asked; None when it says something else, or was not.

    It answers all that the number was asked and has not answered yet.
    """
    if text.strip().strip(".!").casefold() not in _YES:
        return None
    with db.transaction() as session:
        asked = _of_number(session, number)
    return _answered(asked, SeenBy.REPLY) if asked else None


@db.over(Reach.EVERYTHING)
def note_report(session: Session, message_id: UUID, *, arrived: bool) -> None:
    """Note what the carrier reports of a message: it has arrived, or has not and will not. NotFound."""
    message = session.get(Message, message_id, with_for_update=True)
    if message is None:
        raise NotFound("message_not_found", message_id=message_id)
    if arrived:
        message.arrived_at = message.arrived_at or clock.now()
    elif message.arrived_at is None and message.state is MessageStatus.SENT:
        message.state, message.error = MessageStatus.FAILED, "not_arrived"
        if message.medium is Medium.VOICE and message.urgency in outbox.URGENT and message.attempts < RINGS:
            _ring_again(session, message)


def _ring_again(session: Session, message: Message) -> None:
    """Make another call of what one told that nobody answered: by another key, or it would be taken for that."""
    again = Message(
        id=db.new_id(),
        network_id=message.network_id,
        user_id=message.user_id,
        medium=message.medium,
        purpose=message.purpose,
        urgency=message.urgency,
        attempts=message.attempts,
        next_at=clock.now() + RING_AGAIN_AFTER,
    )
    if message.answer is not None:
        again.answer = sending.hashed(sending.token(again.id))
    session.add(again)
    session.flush()
    session.execute(update(Delivery).where(Delivery.message_id == message.id).values(message_id=again.id))


@db.over(Reach.EVERYTHING)
def _of_token(session: Session, token: str) -> _Asked:
    query = select(Message).where(Message.answer == sending.hashed(token))
    message = session.scalars(query).one_or_none()
    if message is None:
        raise NotFound("answer_not_asked")
    return _asked(session, message)


@db.over(Reach.EVERYTHING)
def _of_number(session: Session, number: str) -> list[_Asked]:
    digest = contacts.digest(number)
    if digest is None:
        return []
    query = (
        select(Message)
        .join(ContactPoint, (ContactPoint.user_id == Message.user_id) & (ContactPoint.medium == Message.medium))
        .where(
            ContactPoint.digest == digest,
            ContactPoint.verified_at.is_not(None),
            Message.medium == Medium.SMS,
            Message.answer.is_not(None),
            Message.answered_at.is_(None),
            Message.created_at > clock.now() - ANSWER_FOR,
        )
        .order_by(Message.created_at)
    )
    return [_asked(session, message) for message in session.scalars(query)]


def _asked(session: Session, message: Message) -> _Asked:
    told = (
        select(Notice.deadline_id)
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(Delivery.message_id == message.id, Notice.deadline_id.is_not(None))
        .distinct()
    )
    outcome = None
    if message.answered_at is not None:
        outcome = Outcome.ALREADY
    elif message.created_at <= clock.now() - ANSWER_FOR:
        outcome = Outcome.EXPIRED
    language = session.get_one(User, message.user_id).language
    deadlines = tuple(one for one in session.scalars(told.order_by(Notice.deadline_id)) if one is not None)
    return _Asked(message.id, message.user_id, language, message.purpose, deadlines, outcome)


def _answered(several: Collection[_Asked], how: SeenBy) -> Outcome:
    """Stop the climbs, each in its case's own command; then let the messages ask no more."""
    found = [_stopped(asked, how) for asked in several if asked.outcome is None]
    if not found:
        return next(asked.outcome for asked in several if asked.outcome is not None)
    with db.transaction() as session:
        for asked in several:
            _settle(session, asked, how)
    return Outcome.RECORDED if Outcome.RECORDED in found else Outcome.SETTLED


def _stopped(asked: _Asked, how: SeenBy) -> Outcome:
    outcome = Outcome.SETTLED if asked.deadline_ids else Outcome.RECORDED
    for deadline_id in asked.deadline_ids:
        try:
            with db.transaction() as session:
                acknowledging.acknowledge(session, deadline_id, asked.user_id, how)
            outcome = Outcome.RECORDED
        except (NotFound, Conflict):  # its step is done, or the case keeps her out by now: nothing is to be stopped
            continue
    return outcome


@db.over(Reach.EVERYTHING)
def _settle(session: Session, asked: _Asked, how: SeenBy) -> None:
    """Let a message ask no more, nor those that told her the same over other media."""
    told = select(Delivery.notice_id).where(Delivery.message_id == asked.message_id)
    same = select(Delivery.message_id).where(Delivery.user_id == asked.user_id, Delivery.notice_id.in_(told))
    tests = and_(Message.user_id == asked.user_id, Message.purpose == Purpose.TEST)
    others = tests if asked.purpose is Purpose.TEST else Message.id.in_(same)
    session.execute(
        update(Message)
        .where(or_(others, Message.id == asked.message_id), Message.answered_at.is_(None))
        .values(answered_at=clock.now(), answered_by=how.value)
        .execution_options(synchronize_session=False)
    )
