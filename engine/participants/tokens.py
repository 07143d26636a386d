"""Tokens of the REST API: random, scoped, expiring, revocable, each a person's in one network.

A token is shown once, when it is made; the table holds its SHA-256 (256 bits of chance need nothing slower). What it
opens is what its person may do, less what its scopes leave out; it dies with the account and with the membership.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, case, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from engine import audit, clock
from engine.db import table
from engine.errors import InvalidValue, NotFound
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.token_models import ApiToken, TokenScope, TokenUse

LONGEST_LIFE = timedelta(days=366)

REQUESTS_A_MINUTE = 600
"""Of one token. Beyond it a program is told when to come back: one that runs wild must not slow the pages down."""

_MINUTE = timedelta(minutes=1)
_PREFIX = "staffetta_"  # lets scanners of repositories and logs find a token that has got there
_TOKEN_BYTES = 32
_NAME_LENGTH = 100
# Written at most once a minute, as with sessions.
_USED_PRECISION = timedelta(minutes=1)


# Built once: it runs at each request, and tells in one statement whose a live token is, counting the request.
_NOW = bindparam("now", type_=ApiToken.__table__.c.expires_at.type)
_live = (
    select(table(ApiToken))
    .where(ApiToken.token_hash == bindparam("hash"), ApiToken.revoked_at.is_(None), ApiToken.expires_at > _NOW)
    .cte("live")
)
_uses = table(TokenUse)
_IS_OVER = _uses.c.began_at <= bindparam("since", type_=_uses.c.began_at.type)
_FIRST = insert(_uses).from_select(["token_id", "began_at", "requests"], select(_live.c.id, _NOW, literal(1)))
_counted = (
    _FIRST.on_conflict_do_update(
        index_elements=[_uses.c.token_id],
        set_={
            "began_at": case((_IS_OVER, _FIRST.excluded.began_at), else_=_uses.c.began_at),
            "requests": case((_IS_OVER, 1), else_=_uses.c.requests + 1),
        },
    )
    .returning(_uses.c.requests, _uses.c.began_at)
    .cte("counted")
)
_roles = directory.roles(_live.c.user_id, _live.c.network_id).lateral("roles")
_BEARER = select(_live, _counted, _roles).select_from(_live.join(_counted, true()).join(_roles, true()))


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a live token speaks for, and what it is good for."""

    actor: Actor
    scopes: frozenset[TokenScope]
    wait_until: datetime | None
    """Set when the token has asked for too much: until when nothing more is done for it."""


def create(
    session: Session, *, user_id: UUID, network_id: UUID, name: str, scopes: Collection[TokenScope], life: timedelta
) -> tuple[ApiToken, str]:
    """Make a token and return it with its text, which is shown this once.

    `name` says which program holds it. NotFound when the person has no role in the network; InvalidValue.
    """
    if directory.actor(session, user_id, network_id) is None:
        raise NotFound("user_not_in_network", user=user_id)
    if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise InvalidValue("name", "invalid_name")
    if not scopes:
        raise InvalidValue("scopes", "required")
    if not timedelta() < life <= LONGEST_LIFE:
        raise InvalidValue("life", "out_of_range")
    text = _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    token = ApiToken(
        network_id=network_id,
        user_id=user_id,
        token_hash=_digest(text),
        name=name.strip(),
        scopes=sorted({scope.value for scope in scopes}),
        expires_at=clock.now() + life,
    )
    session.add(token)
    session.flush()
    details = {"user": str(user_id), "scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
    audit.record(session, None, "token.created", "api_token", token.id, network_id=network_id, **details)
    return token, text


def load(session: Session, text: str) -> Bearer | None:
    """Return whom a live token speaks for and note that it was used, or None.

    Unknown, expired, revoked, account disabled, no role left: whoever asks cannot tell which.
    """
    now = clock.now()
    rows = session.execute(_BEARER, {"hash": _digest(text), "now": now, "since": now - _MINUTE}).all()
    actor = directory.as_actor(rows[0].user_id, rows[0].network_id, rows) if rows else None
    if actor is None:
        return None
    token = rows[0]
    if token.last_used_at is None or token.last_used_at <= now - _USED_PRECISION:
        session.execute(update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now))
    return Bearer(
        actor=actor,
        scopes=frozenset(TokenScope(scope) for scope in token.scopes),
        wait_until=token.began_at + _MINUTE if token.requests > REQUESTS_A_MINUTE else None,
    )


def revoke(session: Session, network_id: UUID, token_id: UUID) -> ApiToken:
    """End a token; one that has ended already stays as it is. NotFound when the network has none of this id."""
    query = select(ApiToken).where(ApiToken.id == token_id, ApiToken.network_id == network_id).with_for_update()
    token = session.scalars(query).one_or_none()
    if token is None:
        raise NotFound("token_not_found")
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        audit.record(session, None, "token.revoked", "api_token", token_id, network_id=network_id)
    return token


def listing(session: Session, network_id: UUID, *, user_id: UUID | None = None) -> list[ApiToken]:
    """Return the tokens of a network, or of one person in it, newest first; ended ones too."""
    query = select(ApiToken).where(ApiToken.network_id == network_id)
    if user_id is not None:
        query = query.where(ApiToken.user_id == user_id)
    return list(session.scalars(query.order_by(ApiToken.created_at.desc(), ApiToken.id).limit(500)))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
