"""The only source of time: aware UTC, one instant per command.

`db.transaction` reads the instant from the database and binds it here, so a host whose clock lags cannot disagree with
the rows. Outside a command there is no time at all: asking for it is a mistake in the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_instant: ContextVar[datetime | None] = ContextVar("_instant", default=None)
_frozen: ContextVar[datetime | None] = ContextVar("_frozen", default=None)


def now() -> datetime:
    """Return the instant of the running command, aware UTC. RuntimeError outside any command."""
    instant = _instant.get()
    if instant is None:
        message = "there is no time outside a command: open db.transaction() first"
        raise RuntimeError(message)
    return instant


@contextmanager
def bound(at: datetime) -> Iterator[datetime]:
    """Give the code inside the one instant `at`; the two callers are db.transaction and tests of pure modules."""
    token = _instant.set(as_utc(at))
    try:
        yield now()
    finally:
        _instant.reset(token)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Make each command started inside happen at `at` instead of at the database's time: for tests and rehearsals."""
    token = _frozen.set(as_utc(at))
    try:
        yield
    finally:
        _frozen.reset(token)


def frozen_at() -> datetime | None:
    """Return the instant that `frozen` fixed, or None."""
    return _frozen.get()


def running() -> bool:
    """Tell whether a command is running in this context."""
    return _instant.get() is not None


def as_utc(at: datetime) -> datetime:
    """Return the same instant in UTC. ValueError for a datetime without zone: it is no instant."""
    if at.tzinfo is None or at.utcoffset() is None:
        message = "a datetime without time zone is no instant"
        raise ValueError(message)
    return at.astimezone(UTC)


def host_now() -> datetime:
    """Return this host's own time, aware UTC: only to say when a sleeping process wakes up, never what is due."""
    return datetime.now(UTC)
