"""Requests that come twice: what was answered the first time is answered again, and nothing is done again.

The answer is stored in the command's own transaction, so it is there exactly when the command's effect is; a command
that was refused left nothing, and may be sent again under the same key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import clock, crypto, db
from engine.crypto import Brief
from engine.errors import Forbidden, InvalidValue
from engine.participants.access import Actor
from engine.participants.token_models import StoredAnswer

KEPT_FOR = timedelta(hours=24)
_TABLE = StoredAnswer.__tablename__


@dataclass(frozen=True, slots=True)
class Request:
    """A request that names itself: keyed hashes of its key and of all that it asks for."""

    key_hash: bytes
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a request was answered the first time."""

    status: int
    etag: str | None
    location: str | None
    body: bytes


def earlier(session: Session, actor: Actor, request: Request) -> Earlier | None:
    """Give the answer that the same request got before, if it has been here.

    Whoever comes second while the first is at work waits for it here. InvalidValue when the key was used for another
    request.
    """
    if actor.user_id is None:
        raise Forbidden
    # Taken before any case's lock, and only one by each command: there is one order of locks.
    db.exclusive(session, f"answer:{actor.network_id}:{actor.user_id}:{request.key_hash.hex()}")
    found = session.get(StoredAnswer, (actor.network_id, actor.user_id, request.key_hash))
    if found is not None and found.created_at <= clock.now() - KEPT_FOR:
        session.delete(found)
        session.flush()
        return None
    if found is not None and not hmac.compare_digest(found.fingerprint, request.fingerprint):
        raise InvalidValue("idempotency_key", "used_for_another_request")
    return None if found is None else Earlier(found.status, found.etag, found.location, _opened(found))


def keep(
    session: Session,
    actor: Actor,
    request: Request,
    *,
    status: int,
    body: bytes,
    etag: str | None = None,
    location: str | None = None,
) -> None:
    """Store the answer to a request, sealed, in the transaction that did what it asked for."""
    if actor.user_id is None:
        raise Forbidden
    sealed = crypto.seal_briefly(body, table=_TABLE, row_id=_row_id(request.key_hash), owner_id=actor.user_id)
    session.add(
        StoredAnswer(
            network_id=actor.network_id,
            user_id=actor.user_id,
            key_hash=request.key_hash,
            fingerprint=request.fingerprint,
            status=status,
            etag=etag,
            location=location,
            key_id=sealed.key_id,
            body=sealed.blob,
        )
    )


def purge(session: Session) -> None:
    """Delete answers that are no longer given again."""
    session.execute(delete(StoredAnswer).where(StoredAnswer.created_at < clock.now() - KEPT_FOR))


def _opened(row: StoredAnswer) -> bytes:
    if row.key_id is None:
        return row.body
    brief = Brief(row.key_id, row.body)
    return crypto.open_brief(brief, table=_TABLE, row_id=_row_id(row.key_hash), owner_id=row.user_id)


def _row_id(key_hash: bytes) -> UUID:
    """Give what a sealed answer is bound to: the request that it answers."""
    return UUID(bytes=key_hash[:16])
