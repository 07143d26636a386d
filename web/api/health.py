"""Whether the service lives and can work, for whoever supervises it. No token, and nothing about anybody."""

from __future__ import annotations

from functools import cache

from werkzeug.exceptions import ServiceUnavailable

from engine import db, migrations
from engine.oversight import board
from web.api import schemas
from web.api.routes import Routes

routes = Routes("health", "Whether the service runs; open to everybody.")


@routes.open("/health/live", gives=schemas.Status())
def live() -> dict[str, str]:
    """Say that the process answers; nothing else is looked at."""
    return {"status": "live"}


@routes.open("/health/ready", gives=schemas.Status(), codes=(503,))
def ready() -> dict[str, str]:
    """Say that the database answers and is at this release's version, and that due work and seals are in time."""
    with db.transaction(read_only=True) as session:
        found, watched = migrations.current(session), board.watchdog(session)
    if found != _head():
        raise _unfit("database_version")
    if watched.stalled:
        raise _unfit("due_work_stalled")
    if watched.seals.late:
        raise _unfit("audit_not_sealed")
    return {"status": "ready"}


@cache
def _head() -> str:
    return migrations.head()


def _unfit(code: str) -> ServiceUnavailable:
    refusal = ServiceUnavailable()
    refusal.data = {"code": code}  # type: ignore[attr-defined] # as webargs does
    return refusal
