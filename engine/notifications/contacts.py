"""How people are reached outside the pages: e-mail, text messages, calls. Each address is proved by a code, and sealed.

Who is on call and cannot be reached is known before she is needed (`missing`).
"""

from __future__ import annotations

import enum
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from engine import audit, blind, clock, crypto, db
from engine.crypto import Brief
from engine.errors import Conflict, InvalidValue, NotFound
from engine.notifications import carriers
from engine.notifications.outbox_models import ADDRESSED, ContactPoint, Medium, Message, Purpose, QuietHours
from engine.participants import access, directory
from engine.participants.access import Action, Actor
from engine.participants.models import Membership

CODE_FOR = timedelta(minutes=30)
TRIES = 5
_BETWEEN_CODES = timedelta(minutes=1)

URGENT = frozenset({Medium.SMS, Medium.VOICE})
"""What wakes somebody up: e-mail alone is no way to reach who is on call."""

_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_ITALIAN = re.compile(r"3[0-9]{8,9}|0[0-9]{5,10}")
# Numbers belong to people, who are in several networks: those of an answer are found in one.
_OF_NO_NETWORK = UUID(int=0)


class Lack(enum.StrEnum):
    """Why somebody cannot be reached in time."""

    NONE = "none"
    UNPROVED = "unproved"
    BROKEN = "broken"
    NOT_CARRIED = "not_carried"


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a person, as she sees it herself. `carried`: this installation has somebody who carries it."""

    medium: Medium
    carried: bool
    address: str | None
    verified_at: datetime | None
    broken_at: datetime | None
    code_until: datetime | None


def mine(session: Session, actor: Actor) -> list[Contact]:
    """Give each medium with the actor's address, if she has one."""
    rows = {row.medium: row for row in session.scalars(select(ContactPoint).where(_of(actor)))}
    return [_contact(medium, rows.get(medium)) for medium in ADDRESSED]


def state_of(session: Session, actor: Actor, user_id: UUID) -> list[Contact]:
    """Give what an administrator sees of a person's: whether there is one that works, not what it is."""
    access.require(actor, Action.ADMINISTER)
    rows = {row.medium: row for row in session.scalars(select(ContactPoint).where(ContactPoint.user_id == user_id))}
    return [_contact(medium, rows.get(medium), hidden=True) for medium in ADDRESSED]


def put(session: Session, actor: Actor, medium: Medium, text: str) -> None:
    """Keep an address of one's own in the place of the one before; a code goes there. Raises InvalidValue, Conflict."""
    _put(session, actor, _person(actor), medium, text)


def put_for(session: Session, actor: Actor, user_id: UUID, medium: Medium, text: str) -> None:
    """Keep an address of somebody of the network; it counts once she has proved it herself, on her own page.

    Raises Forbidden, NotFound, InvalidValue, Conflict.
    """
    access.require(actor, Action.ADMINISTER)
    here = select(Membership.id).where(Membership.user_id == user_id, Membership.network_id == actor.network_id)
    if session.scalar(here.limit(1)) is None:
        raise NotFound("person_not_found", user_id=user_id)
    _put(session, actor, user_id, medium, text)


def send_code(session: Session, actor: Actor, medium: Medium) -> None:
    """Send the actor's address a new code. Conflict `code_just_sent` within a minute of the one before."""
    _send_code(session, actor, _held(session, actor, medium))


def verify(session: Session, actor: Actor, medium: Medium, code: str) -> None:
    """Let an address count from now on: its code has come back. InvalidValue; a wrong code is counted all the same."""
    row = _held(session, actor, medium)
    if row.code_until is None or row.code_until < clock.now() or row.code_tries >= TRIES:
        raise InvalidValue("code", "code_expired")
    row.code_tries += 1
    if not hmac.compare_digest(_code(row).encode(), re.sub(r"\s", "", code).encode()):
        session.flush()
        db.keep(session)
        raise InvalidValue("code", "code_wrong")
    row.verified_at, row.broken_at, row.code_until = clock.now(), None, None
    audit.record(session, actor, "contact.verified", "user", row.user_id, medium=medium.value)


def remove(session: Session, actor: Actor, medium: Medium) -> None:
    """Forget an address of one's own. Conflict when there is none."""
    row = _held(session, actor, medium)
    session.delete(row)
    audit.record(session, actor, "contact.removed", "user", row.user_id, medium=medium.value)


def quiet(session: Session, actor: Actor) -> QuietHours | None:
    """Give the hours in which the actor wants to hear of what is urgent only."""
    return session.get(QuietHours, _person(actor))


def be_quiet(session: Session, actor: Actor, hours: tuple[int, int] | None) -> None:
    """Set these hours, in minutes of the day in Rome, or none. Raises InvalidValue."""
    if hours is not None and (hours[0] == hours[1] or not all(0 <= minute < 24 * 60 for minute in hours)):
        raise InvalidValue("quiet", "invalid_hours")
    session.execute(delete(QuietHours).where(QuietHours.user_id == _person(actor)))
    if hours is not None:
        session.add(QuietHours(user_id=_person(actor), since=hours[0], until=hours[1]))
    audit.record(session, actor, "contact.quiet_hours", "user", _person(actor))


def missing(session: Session, user_ids: Collection[UUID]) -> Mapping[UUID, Lack]:
    """Say of these people who could not be woken up: no text message and no call would reach her."""
    query = select(ContactPoint).where(ContactPoint.user_id.in_(user_ids), ContactPoint.medium.in_(URGENT))
    had: dict[UUID, list[ContactPoint]] = {}
    for row in session.scalars(query):
        had.setdefault(row.user_id, []).append(row)
    lacks = {user_id: _lack(had.get(user_id, [])) for user_id in user_ids}
    return {user_id: lack for user_id, lack in lacks.items() if lack is not None}


def address(row: ContactPoint) -> str:
    """Open an address or number. Raises SealBroken."""
    sealed = Brief(row.key_id, row.sealed)
    return crypto.open_brief(sealed, table=ContactPoint.__tablename__, row_id=row.id, owner_id=row.user_id).decode()


def code(session: Session, user_id: UUID, medium: Medium) -> str | None:
    """Give the code that proves an address, None when none is waited for."""
    query = select(ContactPoint).where(ContactPoint.user_id == user_id, ContactPoint.medium == medium)
    row = session.scalars(query).one_or_none()
    return _code(row) if row is not None and row.code_until is not None else None


def digest(number: str) -> bytes | None:
    """Give what a number is found by, None when it is none."""
    return next(iter(blind.digests(_OF_NO_NETWORK, "telefono", number)), None)


def seal_anew(session: Session, *, limit: int = 500) -> int:
    """Seal up to `limit` addresses under the current key-encryption key; return how many, 0 when it has them all."""
    older = select(ContactPoint).where(ContactPoint.key_id != crypto.current_key_id())
    rows = session.scalars(older.limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        _seal(row, address(row))
    session.flush()
    return len(rows)


def sealed_otherwise(session: Session) -> int:
    """Count the addresses that are sealed under another key-encryption key than the current one."""
    query = select(func.count()).where(ContactPoint.key_id != crypto.current_key_id())
    return session.scalar(query.select_from(ContactPoint)) or 0


def _put(session: Session, actor: Actor, user_id: UUID, medium: Medium, text: str) -> None:
    if medium not in carriers.media() or medium not in ADDRESSED:
        raise InvalidValue(medium.value, "not_carried")
    valid = _valid(medium, text)
    row = session.scalars(
        select(ContactPoint).where(ContactPoint.user_id == user_id, ContactPoint.medium == medium).with_for_update()
    ).one_or_none()
    if row is None:
        row = ContactPoint(id=db.new_id(), user_id=user_id, medium=medium)
        session.add(row)
    elif address(row) == valid and row.verified_at is not None and row.broken_at is None:
        return  # it stays as it is
    _seal(row, valid)
    row.digest = digest(valid) if medium in URGENT else None
    row.set_at, row.set_by_id, row.verified_at, row.broken_at = clock.now(), actor.user_id, None, None
    audit.record(session, actor, "contact.set", "user", user_id, medium=medium.value)
    _send_code(session, actor, row)


def _send_code(session: Session, actor: Actor, row: ContactPoint) -> None:
    now = clock.now()
    if row.code_until is not None and row.code_until - CODE_FOR > now - _BETWEEN_CODES:
        raise Conflict("code_just_sent")
    row.code_until, row.code_tries = now + CODE_FOR, 0
    message = Message(network_id=actor.network_id, user_id=row.user_id, medium=row.medium, purpose=Purpose.CODE)
    message.urgency, message.next_at = "E1", now
    session.add(message)
    session.flush()


def _held(session: Session, actor: Actor, medium: Medium) -> ContactPoint:
    query = select(ContactPoint).where(_of(actor), ContactPoint.medium == medium).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise Conflict("no_such_contact", medium=medium.value)
    return row


def _of(actor: Actor) -> ColumnElement[bool]:
    return ContactPoint.user_id == _person(actor)


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise Conflict("no_such_contact")
    return actor.user_id


def _seal(row: ContactPoint, text: str) -> None:
    sealed = crypto.seal_briefly(text.encode(), table=ContactPoint.__tablename__, row_id=row.id, owner_id=row.user_id)
    row.key_id, row.sealed = sealed.key_id, sealed.blob


def _code(row: ContactPoint) -> str:
    """Work the code out: nothing of it is stored, and each time there is another."""
    until = row.code_until.isoformat() if row.code_until is not None else ""
    return f"{int.from_bytes(blind.token('contact code', f'{row.id.hex}{until}')[:8]) % 1_000_000:06d}"


def _valid(medium: Medium, text: str) -> str:
    if medium is Medium.EMAIL:
        found = directory.valid_email(text)
    else:
        plain = re.sub(r"[\s./()-]", "", text)
        plain = f"+{plain[2:]}" if plain.startswith("00") else f"+39{plain}" if _ITALIAN.fullmatch(plain) else plain
        found = plain if _NUMBER.fullmatch(plain) else None
    if found is None:
        raise InvalidValue(medium.value, "invalid_email" if medium is Medium.EMAIL else "invalid_telephone")
    return found


def _contact(medium: Medium, row: ContactPoint | None, *, hidden: bool = False) -> Contact:
    carried = medium in carriers.media()
    if row is None:
        return Contact(medium, carried, None, None, None, None)
    shown = "" if hidden else address(row)
    return Contact(medium, carried, shown, row.verified_at, row.broken_at, row.code_until)


def _lack(rows: Collection[ContactPoint]) -> Lack | None:
    if not rows:
        return Lack.NONE
    proved = [row for row in rows if row.verified_at is not None]
    if not proved:
        return Lack.UNPROVED
    whole = [row for row in proved if row.broken_at is None]
    if not whole:
        return Lack.BROKEN
    return None if any(row.medium in carriers.media() for row in whole) else Lack.NOT_CARRIED
