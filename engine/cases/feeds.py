"""The deadlines of a person for her own calendar (iCalendar, RFC 5545), by an address that only she has.

What stands there goes through other people's servers: the code of a case, a neutral word, an instant and a link, and
nothing else. It ends with her membership, her account, or when she says so.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update

from engine import audit, clock, db
from engine.cases import lookup
from engine.cases.feed_models import CalendarFeed
from engine.cases.models import Case, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.errors import Conflict, NotFound
from engine.notifications import carriers, texts
from engine.participants import access, directory
from engine.sight import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor
    from engine.participants.models import Language

MOST = 500
"""Deadlines of one calendar, the next ones."""

_TOKEN_BYTES = 32
_LONGEST_LINE = 75  # octets, RFC 5545 3.1
_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a calendar program gets; `tag` changes when it does."""

    text: str
    tag: str


def mine(session: Session, actor: Actor) -> CalendarFeed | None:
    """Give the actor's feed in this network, if she has one."""
    return session.scalars(select(CalendarFeed).where(*_live(actor))).one_or_none()


def make(session: Session, actor: Actor) -> str:
    """Make the actor a feed in the place of the one before; give its token, which is shown this once."""
    if actor.user_id is None:
        raise Conflict("no_feed")
    _revoke(session, actor)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = CalendarFeed(network_id=actor.network_id, user_id=actor.user_id, token_hash=_hashed(token))
    session.add(row)
    session.flush()
    audit.record(session, actor, "feed.made", "feed", row.id)
    return token


def revoke(session: Session, actor: Actor) -> None:
    """End the actor's feed: from now on there is nothing at its address. Raises Conflict `no_feed`."""
    if not _revoke(session, actor):
        raise Conflict("no_feed")
    audit.record(session, actor, "feed.revoked", "user", actor.user_id)


@db.over(Reach.EVERYTHING)
def read(session: Session, token: str, known: str | None = None) -> Calendar | None:
    """Give the calendar at an address; None when it is the one that is `known`. A reading is audited. NotFound."""
    query = select(CalendarFeed).where(CalendarFeed.token_hash == _hashed(token), CalendarFeed.revoked_at.is_(None))
    row = session.scalars(query).one_or_none()
    actor = directory.actor(session, row.user_id, row.network_id) if row is not None else None
    if row is None or actor is None:
        raise NotFound("feed_not_found")
    found = _calendar(session, actor)
    if found.tag == known:
        return None
    row.read_at = clock.now()
    audit.record(session, actor, "feed.read", "feed", row.id)
    return found


def _live(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    hers = (CalendarFeed.user_id == actor.user_id, CalendarFeed.network_id == actor.network_id)
    return (*hers, CalendarFeed.revoked_at.is_(None))


def _revoke(session: Session, actor: Actor) -> bool:
    ended = update(CalendarFeed).where(*_live(actor)).values(revoked_at=clock.now()).returning(CalendarFeed.id)
    return session.execute(ended).first() is not None


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _calendar(session: Session, actor: Actor) -> Calendar:
    """Put together what of hers runs: what she has taken in charge, or was offered; nothing that she may not open."""
    query = (
        select(Deadline.id, Deadline.starts_at, Deadline.due_at, Case.code, UserTask.id)
        .join(UserTask, UserTask.id == Deadline.task_id)
        .join(Case, Case.id == UserTask.case_id)
        .where(
            Deadline.state == DeadlineStatus.ARMED,
            UserTask.network_id == actor.network_id,
            UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
            or_(UserTask.assignee_id == actor.user_id, UserTask.offered_to_id == actor.user_id),
            lookup.ones_own(access.scope(actor).agency_ids),
            lookup.seen(actor),
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(MOST)
    )
    events = [_event(actor.language, *row) for row in session.execute(query).all()]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Staffetta//IT", "METHOD:PUBLISH", "X-WR-CALNAME:Staffetta"]
    lines += [line for event in events for line in event] + ["END:VCALENDAR"]
    text = "".join(f"{part}\r\n" for line in lines for part in _folded(line))
    return Calendar(text, hashlib.sha256(text.encode()).hexdigest())


def _event(
    language: Language, id_: UUID, starts_at: datetime, due_at: datetime, code: str, task_id: UUID
) -> Iterable[str]:
    """Give a deadline as an event of no length, in UTC: the calendar shows it by its own clock.

    Its stamp is the beginning of the clock, so that what has not changed reads as it did.
    """
    instant = due_at.astimezone(UTC).strftime(_FORMAT)
    return (
        "BEGIN:VEVENT",
        f"UID:{id_}@staffetta",
        f"DTSTAMP:{starts_at.astimezone(UTC).strftime(_FORMAT)}",
        f"DTSTART:{instant}",
        f"DTEND:{instant}",
        f"SUMMARY:{texts.about_case(language, code)}",
        f"URL:{carriers.current().public_url}/attivita/{task_id}",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "END:VEVENT",
    )


def _folded(line: str) -> Iterable[str]:
    """Break a line that is too long; all of it is ASCII but the words, which are short."""
    while len(line.encode()) > _LONGEST_LINE:
        yield line[: _LONGEST_LINE - 5]
        line = f" {line[_LONGEST_LINE - 5 :]}"
    yield line
