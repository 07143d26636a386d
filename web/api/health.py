"""Whether the service lives and can work, for whoever supervises it. No token, and nothing about anybody."""

from __future__ import annotations

from functools import cache

from werkzeug.exceptions import ServiceUnavailable

from engine import db, migrations
from engine.oversight import watchdog
from web.api import schemas
from web.api.routes import Routes

routes = Routes("health", "Whether the service runs; open to everybody.")


@routes.open("/health/live", gives=schemas.Status())
def live() -> dict[str, str]:
    """Say that the process answers; nothing else is looked at."""
    return {"status": "live"}


@routes.open("/health/ready", gives=schemas.Status(), codes=(503,))
def ready() -> dict[str, str]:
    """Say whether the database is at this release's version and the watchdog has no alarm; the board says which."""
    with db.transaction(read_only=True) as session:
        fit = migrations.current(session) == _head() and not watchdog.look(session).alarmed
    if not fit:
        refusal = ServiceUnavailable()
        refusal.data = {"code": "not_ready"}  # type: ignore[attr-defined] # as webargs does
        raise refusal
    return {"status": "ready"}


@cache
def _head() -> str:
    return migrations.head()
