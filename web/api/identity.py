"""Who is asking, by a bearer token (RFC 6750), and whether the token is good for this (default deny).

The session cookie of the pages opens nothing here, so a browser that is logged in cannot be made to call the API.
"""

from __future__ import annotations

from datetime import timedelta

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, TooManyRequests, Unauthorized

from engine import clock, db
from engine.participants import credentials, tokens
from engine.participants.access import Actor
from engine.participants.token_models import TokenScope
from web import policy
from web.policy import Door

PREFIX = "/api/v1"

# What a token must be good for, by endpoint; filled where the routes are declared. Without an entry nobody gets in.
SCOPES: dict[str, TokenScope] = {}


def asked() -> bool:
    """Tell whether the request is for the API, and not for a page."""
    return request.path == "/api" or request.path.startswith("/api/")


def identify() -> None:
    """Load whom the token speaks for. What is not there is told by its own 404.

    Raises Unauthorized, Forbidden (the engine's where a role is missing), and TooManyRequests: the token's minute is
    used up, or the address keeps guessing.
    """
    g.actor = g.login = None
    if request.endpoint is None or policy.lets_in(request.endpoint, Door.EVERYBODY):
        return
    with db.transaction() as session:
        bearer = tokens.load(session, _token())
        # The failure is counted in a transaction that commits; what is refused is said after it.
        stranger_until = credentials.stranger(session, request.remote_addr or "") if bearer is None else None
        now = clock.now()
    if bearer is None:
        raise _unauthorized("invalid_token") if stranger_until is None else _too_many(stranger_until - now)
    if bearer.wait_until is not None:
        raise _too_many(bearer.wait_until - now)
    needed = SCOPES.get(request.endpoint)
    if needed is None or needed not in bearer.scopes:
        raise _insufficient(needed)
    g.actor = bearer.actor
    policy.require(request.endpoint, bearer.actor)


def actor() -> Actor:
    """Return who is asking; only what stands behind a token may call this."""
    found: Actor = g.actor
    return found


def _token() -> str:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise _unauthorized(None)
    return given.token


def _too_many(wait: timedelta) -> TooManyRequests:
    return TooManyRequests(retry_after=int(wait.total_seconds()) + 1)


def _unauthorized(error: str | None) -> Unauthorized:
    parameters: dict[str, str | None] = {"realm": "staffetta"}
    if error is not None:
        parameters["error"] = error
    return Unauthorized(www_authenticate=WWWAuthenticate("bearer", parameters))


def _insufficient(needed: TokenScope | None) -> Forbidden:
    """Make the refusal of a token that is not good for this; what it lacks is no secret."""
    refusal = Forbidden("insufficient_scope")
    parameters: dict[str, str | None] = {"realm": "staffetta", "error": "insufficient_scope"}
    parameters |= {"scope": needed.value} if needed else {}
    g.challenge = WWWAuthenticate("bearer", parameters).to_header()
    return refusal
