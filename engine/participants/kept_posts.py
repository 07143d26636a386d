"""What somebody sent from a page whose session had lapsed, or left in one that hid: sealed, for an hour, for her alone.

Whoever writes for long, or is called away, loses nothing then; and nothing is done with it until she sends it herself.
A session that was ended (log-out, new password, closed account) keeps nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import clock, crypto
from engine.crypto import Brief
from engine.db import new_id
from engine.participants.access import Actor
from engine.participants.models import KeptPost
from engine.participants.sessions import LoadedSession

KEPT_FOR = timedelta(hours=1)
MOST = 5
"""Posts of one person; a further one takes the place of the oldest."""

_LONGEST = 256 * 1024  # bytes, as long as a form may be

Fields = Sequence[tuple[str, str]]


def keep(session: Session, login: LoadedSession | None, address: str, fields: Fields) -> bool:
    """Keep the fields of a post for the person of a session that has lapsed, or hides; False when nobody's or too much.

    The caller has made sure that the post came from a page of that session.
    """
    content = orjson.dumps([list(pair) for pair in fields])
    if login is None or login.network_id is None or len(content) > _LONGEST:
        return False
    _make_room(session, login.user_id, address)
    row_id = new_id()
    sealed = crypto.seal_briefly(content, table=KeptPost.__tablename__, row_id=row_id, owner_id=login.user_id)
    row = KeptPost(id=row_id, network_id=login.network_id, user_id=login.user_id, address=address)
    row.key_id, row.sealed = sealed.key_id, sealed.blob
    session.add(row)
    session.flush()
    return True


def take(session: Session, actor: Actor, address: str) -> Fields | None:
    """Give the fields that were kept for this person and page, if there are any; from now on they are kept no more."""
    if actor.user_id is None:
        return None
    query = delete(KeptPost).where(
        KeptPost.user_id == actor.user_id, KeptPost.network_id == actor.network_id, KeptPost.address == address
    )
    rows = session.scalars(query.returning(KeptPost).execution_options(synchronize_session=False)).all()
    fresh = [row for row in rows if row.created_at > clock.now() - KEPT_FOR]
    if not fresh:
        return None
    row = max(fresh, key=lambda row: row.created_at)
    sealed = Brief(row.key_id, row.sealed)
    content = crypto.open_brief(sealed, table=KeptPost.__tablename__, row_id=row.id, owner_id=row.user_id)
    return [(name, value) for name, value in orjson.loads(content)]


def waiting(session: Session, user_id: UUID) -> bool:
    """Tell whether anything is kept for a person."""
    query = select(KeptPost.id).where(KeptPost.user_id == user_id, KeptPost.created_at > clock.now() - KEPT_FOR)
    return session.scalar(query.limit(1)) is not None


def purge(session: Session) -> None:
    """Delete what nobody came back for."""
    session.execute(delete(KeptPost).where(KeptPost.created_at < clock.now() - KEPT_FOR))


def _make_room(session: Session, user_id: UUID, address: str) -> None:
    """Delete what the new post replaces: the one of the same page, and the oldest ones beyond `MOST`."""
    newest = (
        select(KeptPost.id)
        .where(KeptPost.user_id == user_id, KeptPost.address != address)
        .order_by(KeptPost.created_at.desc())
        .limit(MOST - 1)
    )
    session.execute(delete(KeptPost).where(KeptPost.user_id == user_id, KeptPost.id.not_in(newest)))
