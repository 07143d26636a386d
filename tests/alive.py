"""A worker that lives, for tests in which no process does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

from engine import db
from engine import worker as working
from engine.notifications import outbox
from engine.oversight import heartbeat, inspection
from engine.oversight.heartbeat import Doing, Worker


@cache
def here() -> Worker:
    """The process of these tests, as a worker."""
    return Worker.this()


def beat(worker: Worker | None = None, *, still: timedelta = timedelta(0), ahead: timedelta = timedelta(0)) -> Worker:
    """Let a worker beat now, its loop unmoved for so long, its host's clock so far ahead of the database's."""
    one = worker or here()
    with db.transaction() as session:
        heartbeat.write(session, one, Doing.WAITING, still, ahead)
    return one


def work() -> Worker:
    """Let a worker beat, send what there is to tell on its way, and look at all rows, now."""
    worker = beat()
    outbox.dispatch()
    with db.transaction() as session:
        inspection.look(session)
    return worker


def one_round(stopping: threading.Event | None = None) -> timedelta | None:
    """Let a worker's loop turn once, with as many hands as it has."""
    with ThreadPoolExecutor(working.HANDS) as hands:
        return working._round(working._Busy(), hands, stopping or threading.Event())
