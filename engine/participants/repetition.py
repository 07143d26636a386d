"""Requests that come twice: what was answered the first time is answered again, and nothing is done again.

The answer is stored in the command's own transaction, so it is there exactly when the command's effect is; a command
that was refused left nothing, and may be sent again under the same key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import clock, db
from engine.errors import Forbidden, InvalidValue
from engine.participants.access import Actor
from engine.participants.token_models import StoredAnswer

KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that names itself: keyed hashes of its key and of all that it asks for."""

    key_hash: bytes
    fingerprint: bytes


def earlier(session: Session, actor: Actor, request: Request) -> StoredAnswer | None:
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
    return found


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
    """Store the answer to a request, in the transaction that did what it asked for."""
    session.add(
        StoredAnswer(
            network_id=actor.network_id,
            user_id=actor.user_id,
            key_hash=request.key_hash,
            fingerprint=request.fingerprint,
            status=status,
            etag=etag,
            location=location,
            body=body,
        )
    )


def purge(session: Session) -> None:
    """Delete answers that are no longer given again."""
    session.execute(delete(StoredAnswer).where(StoredAnswer.created_at < clock.now() - KEPT_FOR))
