"""The heartbeat of working processes: each writes every few seconds that it lives, and whether its loop goes on.

A thread that beats proves nothing of the loop beside it; therefore a beat says for how long the loop has not moved.
"""

from __future__ import annotations

import enum
import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING
from uuid import UUID

import psutil
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from engine import clock, db
from engine.oversight.watch_models import WorkerBeat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BEAT_EVERY = timedelta(seconds=5)

FORGOTTEN_AFTER = timedelta(days=1)
"""A worker that has been silent for so long is no longer asked after."""

_MEASURED_WITHIN = timedelta(seconds=10)
_SAME_PROCESS = 1.0  # seconds; what a process began at is read with less precision


class Doing(enum.StrEnum):
    """What the loop of a worker is at."""

    WAITING = "waiting"
    LOOKING = "looking"
    START = "start"
    JOB = "job"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Worker:
    """A working process."""

    id: UUID
    host: str
    pid: int
    born: float
    version: str

    @classmethod
    def this(cls) -> Worker:
        """Describe the process that asks."""
        pid = os.getpid()
        return cls(db.new_id(), host(), pid, psutil.Process(pid).create_time(), version())


def host() -> str:
    """Return the name of this machine."""
    return socket.gethostname()


@cache
def version() -> str:
    """Return the release that this process runs."""
    return metadata.version("staffetta")


def begin(session: Session, worker: Worker) -> None:
    """Forget the processes of this host that are gone: whoever begins here has taken their place."""
    rows = session.scalars(select(WorkerBeat).where(WorkerBeat.host == worker.host)).all()
    gone = [row.id for row in rows if not _lives(row.pid, row.born)]
    session.execute(delete(WorkerBeat).where(WorkerBeat.id.in_(gone)))


def beat(worker: Worker, doing: Doing, still: timedelta) -> None:
    """Write that a worker lives, what its loop is at, and for how long that has been `still`."""
    before = clock.host_now()
    with db.transaction() as session:
        asked = session.scalars(select(func.clock_timestamp(type_=db.Instant()))).one()
        write(session, worker, doing, still, offset(before, asked, clock.host_now()))


def write(session: Session, worker: Worker, doing: Doing, still: timedelta, ahead: timedelta | None) -> None:
    """Write a beat that happens now; `ahead` is how far the host's clock is before the database's."""
    now = clock.now()
    new = {
        "version": worker.version,
        "beat_at": now,
        "moved_at": now - still,
        "doing": doing,
        "clock_offset": None if ahead is None else ahead.total_seconds(),
    }
    first = {"id": worker.id, "host": worker.host, "pid": worker.pid, "born": worker.born, "started_at": now}
    row = insert(WorkerBeat).values(**first, **new)
    session.execute(row.on_conflict_do_update(index_elements=[WorkerBeat.id], set_=new))


def end(worker: Worker) -> None:
    """Forget a worker that ends in order."""
    with db.transaction() as session:
        session.execute(delete(WorkerBeat).where(WorkerBeat.id == worker.id))


def purge(session: Session) -> None:
    """Forget the workers that have been silent for a day: their machine is no longer used."""
    session.execute(delete(WorkerBeat).where(WorkerBeat.beat_at < clock.now() - FORGOTTEN_AFTER))


def offset(before: datetime, asked: datetime, after: datetime) -> timedelta | None:
    """Say by how much a host's clock is before the database's, `asked` between two looks at the host's.

    None where the answer took too long to tell, or the host's clock was set meanwhile.
    """
    took = after - before
    if not timedelta(0) <= took <= _MEASURED_WITHIN:
        return None
    return before + took / 2 - asked


def _lives(pid: int, born: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - born) <= _SAME_PROCESS
    except psutil.NoSuchProcess:
        return False
