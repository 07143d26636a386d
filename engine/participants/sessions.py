"""Log-ins kept on the server: revocable, and useless to whoever copies the table.

The browser holds a random token, the table only its SHA-256 (the token has 256 bits of chance, so nothing slower is
needed). Limits after OWASP ASVS 5.0, chapter 7: 30 minutes idle, 12 hours in all.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, delete, insert, not_, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from engine import clock, db
from engine.errors import NotFound
from engine.participants.models import User, UserSession

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)

_TOKEN_BYTES = 32
# Written at most once a minute and session: a page would otherwise cost an UPDATE for each of its requests.
_SEEN_PRECISION = timedelta(minutes=1)
_KEPT_AFTER_END = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LoadedSession:
    """A live log-in. `network_id` is None until one of several networks is chosen."""

    user_id: UUID
    network_id: UUID | None
    data: Mapping[str, Any]
    created_at: datetime
    last_seen_at: datetime


_LOADED = (
    select(
        UserSession.user_id,
        UserSession.network_id,
        UserSession.data,
        UserSession.created_at,
        UserSession.last_seen_at,
    )
    .join(User, User.id == UserSession.user_id)
    .where(User.disabled_at.is_(None))
)


def open(session: Session, user_id: UUID, *, network_id: UUID | None = None) -> str:  # noqa: A001 - sessions.open says it
    """Begin a log-in and return its token, which is shown this once."""
    return _insert(session, user_id=user_id, network_id=network_id, data={}, created_at=clock.now())


def load(session: Session, token: str, *, touch: bool = True) -> LoadedSession | None:
    """Return the live log-in of a token and note that it was seen, or None: unknown, ended, too old, account disabled.

    `touch` is False in read-only transactions.
    """
    query = _LOADED.where(UserSession.token_hash == _digest(token), *_live())
    row = session.execute(query.add_columns(db.person(UserSession.user_id))).one_or_none()
    if row is None:
        return None
    if touch and row.last_seen_at <= clock.now() - _SEEN_PRECISION:
        session.execute(
            update(UserSession).where(UserSession.token_hash == _digest(token)).values(last_seen_at=clock.now()),
        )
    return LoadedSession(*row[:-1])


def lapsed(session: Session, token: str) -> LoadedSession | None:
    """Return the log-in of a token that is over only because of its time; None for a live, ended or unknown one."""
    query = _LOADED.where(
        UserSession.token_hash == _digest(token), UserSession.ended_at.is_(None), not_(and_(*_live()))
    )
    row = session.execute(query).one_or_none()
    return LoadedSession(*row) if row is not None else None


def rotate(session: Session, token: str) -> str:
    """Give a live log-in a new token and end the old one: whenever what it may do changes.

    NotFound when it is not live. The absolute limit goes on counting from the log-in.
    """
    old = load(session, token, touch=False)
    if old is None:
        raise NotFound("session_not_found")
    end(session, token)
    return _insert(
        session, user_id=old.user_id, network_id=old.network_id, data=dict(old.data), created_at=old.created_at
    )


def choose_network(session: Session, token: str, network_id: UUID) -> None:
    """Let a live log-in act in this network; the caller has made sure that its person belongs there."""
    session.execute(
        update(UserSession).where(UserSession.token_hash == _digest(token), *_live()).values(network_id=network_id),
    )


def remember(session: Session, token: str, **values: Any) -> None:
    """Let a live log-in remember these between requests: JSON values, nothing of a case. The others stay.

    Only what is named is written: of two requests at once neither undoes what the other has said.
    """
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == _digest(token), *_live())
        .values(data=UserSession.data.op("||")(cast(values, JSONB))),
    )


def forget(session: Session, token: str, name: str) -> bool:
    """Let a live log-in forget one thing; tell whether it was there, so that of several who ask one alone gets it."""
    found = session.scalar(
        update(UserSession)
        .where(UserSession.token_hash == _digest(token), UserSession.data.has_key(name), *_live())
        .values(data=UserSession.data.op("-")(cast(name, Text)))
        .returning(UserSession.user_id),
    )
    return found is not None


def end(session: Session, token: str) -> None:
    """End a log-in; one that has ended already stays as it is."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == _digest(token), UserSession.ended_at.is_(None))
        .values(ended_at=clock.now()),
    )


def end_all(session: Session, user_id: UUID) -> None:
    """End every log-in of a person: a changed password or a disabled account leaves none behind."""
    session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now()),
    )


def purge(session: Session) -> None:
    """Delete log-ins that ended or lapsed a day ago."""
    before = clock.now() - _KEPT_AFTER_END
    session.execute(
        delete(UserSession).where(
            or_(
                UserSession.ended_at < before,
                UserSession.last_seen_at < before - IDLE_LIMIT,
                UserSession.created_at < before - ABSOLUTE_LIMIT,
            ),
        ),
    )


def _insert(
    session: Session, *, user_id: UUID, network_id: UUID | None, data: Mapping[str, Any], created_at: datetime
) -> str:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.execute(
        insert(UserSession).values(
            token_hash=_digest(token),
            user_id=user_id,
            network_id=network_id,
            data=dict(data),
            created_at=created_at,
            last_seen_at=clock.now(),
        ),
    )
    return token


def _live() -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return (
        UserSession.ended_at.is_(None),
        UserSession.last_seen_at > now - IDLE_LIMIT,
        UserSession.created_at > now - ABSOLUTE_LIMIT,
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
