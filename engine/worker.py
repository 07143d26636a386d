"""The worker: does what cases have to do by themselves, when it is due. The only module that knows APScheduler.

The loop looks at a steady sweep, and when the next case is due. APScheduler is the clock of all else, and nothing more:
what is due stands in rows; no job holds anything that could be lost. Every worker runs its own, there is no leader.

`main` is the parent: it starts the working processes and starts them again when they die. They end by themselves when
the parent is gone, however it went.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.engine import make_url

from engine import blind, crypto, db, errors, sight, supervision
from engine.audit import sealing
from engine.cases import (
    agenda,
    emergencies,
    exclusion_page,
    files,
    jobs,
    post,
    questions,
    recounting,
    referrals,
    scheduled,
    shift_changes,
    timers,
    tombstones,
)
from engine.notifications import carriers, outbox, rounds, webhook_sending
from engine.notifications.outbox_models import Medium
from engine.oversight import breaches, data_requests, heartbeat, inspection, outside
from engine.oversight.heartbeat import Doing, Worker
from engine.participants import credentials, kept_posts, repetition, sessions
from engine.roster import gaps, reaching
from engine.settings import Settings, load

SWEEP = timedelta(seconds=2)
BATCH = 100
HANDS = 3
"""How many cases of a batch a worker is at together: while the database writes one, it works on the next."""

_CLIMBING = timedelta(seconds=30)
STUCK_AFTER = timedelta(seconds=45)
"""A worker whose loop has not moved for so long is stuck, mostly in one case; it ends itself, and is started again.

The attempt at the case is counted already.
"""

_INSPECTING = timedelta(seconds=10)
_TELLING = timedelta(minutes=1)
_LET_GO = timedelta(milliseconds=20)

_log = logging.getLogger("staffetta.worker")
_Came = TypeVar("_Came")


def main(settings: Settings, *, processes: int = 2) -> None:
    """Run working processes until told to stop, starting again whichever dies."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    environment = {**os.environ, "STAFFETTA_DATABASE_URL": _database_url(settings)}
    command = [sys.executable, "-m", "engine.worker"]
    children = [supervision.Child(f"worker {number}", command, environment) for number in range(1, processes + 1)]
    supervision.Supervisor(children).run(stopping)


def work(settings: Settings) -> None:
    """Do due work until asked to stop, or until the parent is gone."""
    url = _database_url(settings)
    db.configure(url, pool_size=3 + HANDS)
    sight.assume(sight.EVERYTHING)
    crypto.configure(settings.keys)
    blind.configure(settings.index_key)
    carriers.configure(settings.senders)
    wake_up, stopping = threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        stopping.set()
        wake_up.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Half-done work needs no farewell: its transaction goes with the connection, and the rows say what is due.
    supervision.end_with_parent(lambda: os._exit(0))
    threading.Thread(target=_listen, args=(url, wake_up), name="listen", daemon=True).start()
    busy, worker = _Busy(), Worker.this()
    pulse = threading.Thread(target=_pulse, args=(busy, worker, stopping), name="pulse", daemon=True)
    pulse.start()
    scheduler = _schedule(sealing.Signer.of(settings), settings.erasures_file)
    if settings.heartbeat_url is not None:
        scheduler.add_job(_tell_outside, "interval", [settings.heartbeat_url], seconds=_TELLING.total_seconds())
    supervision.settle()
    with ThreadPoolExecutor(HANDS, thread_name_prefix="case") as hands:
        while not stopping.is_set():
            pause = _round(busy, hands, stopping)
            busy.turn(Doing.WAITING)
            wake_up.wait(_seconds(pause))
            wake_up.clear()
    scheduler.shutdown(wait=False)
    pulse.join(heartbeat.BEAT_EVERY.total_seconds())
    _end(worker)


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        message = "the worker needs STAFFETTA_DATABASE_URL"
        raise errors.ConfigurationError(message)
    return settings.database_url


class _Busy:
    """What the loop is at, and since when it has not moved, on the monotonic clock; for who watches it."""

    def __init__(self) -> None:
        self.doing = Doing.LOOKING
        self._moved = time.monotonic()

    def turn(self, doing: Doing) -> None:
        """Go on, to something else or to the next."""
        self._moved, self.doing = time.monotonic(), doing

    def at(self, doing: Doing, id_: UUID, do: Callable[[UUID], _Came]) -> _Came:
        self.turn(doing)
        try:
            return do(id_)
        finally:
            self.turn(Doing.LOOKING)

    def still(self) -> timedelta:
        """Say for how long the loop has not moved."""
        return timedelta(seconds=time.monotonic() - self._moved)

    def check(self) -> None:
        if self.still() > STUCK_AFTER:
            _log.error("the loop of this worker has been at one thing (%s) for more than %s", self.doing, STUCK_AFTER)
            os._exit(70)


def _pulse(busy: _Busy, worker: Worker, stopping: threading.Event) -> None:
    """Beat, and end the process when its loop is stuck: in a thread that waits for nothing else of the worker."""
    beating = False
    while True:
        busy.check()
        try:
            if not beating:
                _begin(worker)
                beating = True
            heartbeat.beat(worker, busy.doing, busy.still())
        except errors.DatabaseUnavailable:
            _log.warning("the database is not there; nobody hears that this worker lives")
        except Exception as error:  # noqa: BLE001 - whatever it is, a worker that works must not seem dead for long
            _log.exception("the heartbeat failed: %s", type(error).__name__, exc_info=False)
        if stopping.wait(heartbeat.BEAT_EVERY.total_seconds()):
            return


def _begin(worker: Worker) -> None:
    with db.transaction() as session:
        heartbeat.begin(session, worker)


def _end(worker: Worker) -> None:
    try:
        heartbeat.end(worker)
    except errors.DatabaseUnavailable:
        _log.warning("the database is not there; this worker will be missed")


def _schedule(signer: sealing.Signer, erasures: Path) -> BackgroundScheduler:
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    # Each in a thread of its own: what is due waits for no seal, and no gateway for another one.
    apart: list[tuple[str, Callable[[], object]]] = [
        ("the sealing of the audit", partial(sealing.run, signer)),
        ("the file of what was erased", partial(tombstones.keep, erasures)),
        ("the outbox", _send_out),
        ("the sending of webhooks", webhook_sending.send),
        *((f"sending by {medium}", partial(rounds.deliver, medium)) for medium in Medium),
    ]
    for what, do in apart:
        scheduler.add_job(_apart, "interval", [what, do], seconds=SWEEP.total_seconds())
    scheduler.add_job(
        _apart, "interval", ["the look at what is armed", inspection.run], seconds=_INSPECTING.total_seconds()
    )
    scheduler.add_job(_climb, "interval", seconds=_CLIMBING.total_seconds())
    scheduler.add_job(_housekeeping, "interval", hours=1)
    scheduler.start()
    return scheduler


def _seconds(pause: timedelta | None) -> float:
    """Give how long to wait for the next case, at most until the next sweep; the database's clock said how long it is.

    The loop waits by itself: a scheduler drops a wake-up while it has not put the one before away.
    """
    return max(0.0, (SWEEP if pause is None else min(pause, SWEEP)).total_seconds())


def _round(busy: _Busy, hands: ThreadPoolExecutor, stopping: threading.Event) -> timedelta | None:
    """Do everything that is due now, or a batch of it when asked to stop.

    Gives the time until the next case is due, if one is known.
    """
    try:
        while True:
            busy.turn(Doing.LOOKING)
            post.sort()
            for start_id in scheduled.due():
                busy.at(Doing.START, start_id, scheduled.begin)
            for job_id in jobs.due():
                busy.at(Doing.JOB, job_id, _call)
            looked_at = time.monotonic()
            batch = timers.take(limit=BATCH)
            held = _side_by_side(busy, hands, batch.counted)
            if held:
                # Mostly by a worker that looked at the same moment and lets go at once; the attempt is counted.
                time.sleep(_LET_GO.total_seconds())
            _side_by_side(busy, hands, held)
            # One after the other: what ends this process must not be laid to a case beside it.
            for case_id in batch.case_ids:
                busy.at(Doing.CASE, case_id, _fire)
            more = [busy.at(Doing.CASE, order_id, recounting.go_on) for order_id in recounting.due()]
            if stopping.is_set() or (max(len(batch.counted), len(batch.case_ids)) < BATCH and not any(more)):
                return _since(looked_at, batch.until_next)
    except errors.DatabaseUnavailable:
        _log.warning("the database is not there; trying again")
        return None


def _side_by_side(busy: _Busy, hands: ThreadPoolExecutor, case_ids: Sequence[UUID]) -> list[UUID]:
    """Do the due work of cases at which an attempt is counted; give those at which somebody else is."""
    busy.turn(Doing.CASE)
    held = []
    # In their order: whichever is stuck, the loop does not move on from it.
    context = copy_context()
    doing = hands.map(lambda one: context.copy().run(_carry_out, one), case_ids)
    for case_id, done in zip(case_ids, doing, strict=True):
        busy.turn(Doing.CASE)
        if not done:
            held.append(case_id)
    return held


def _since(looked_at: float, pause: timedelta | None) -> timedelta | None:
    """Take what was done meanwhile off a pause."""
    return None if pause is None else pause - timedelta(seconds=time.monotonic() - looked_at)


def _call(job_id: UUID) -> None:
    try:
        jobs.run(job_id)
    except errors.DatabaseUnavailable:
        raise
    except errors.Busy:  # somebody else holds its case; the function is called again with the same key
        _log.warning("job %s waits: somebody else is at its case", job_id)
    except Exception as error:  # noqa: BLE001 - as in _fire; it is tried again, and in the end a person is told
        _log.exception("job %s failed: %s", job_id, type(error).__name__, exc_info=False)


def _fire(case_id: UUID) -> bool:
    return _tried(case_id, timers.fire)


def _carry_out(case_id: UUID) -> bool:
    return _tried(case_id, timers.carry_out)


def _tried(case_id: UUID, do: Callable[[UUID], bool]) -> bool:
    """Do the due work of a case; False when somebody else is at it."""
    try:
        return do(case_id)
    except errors.DatabaseUnavailable:
        raise
    except errors.Busy:  # somebody else holds what it needs; the next sweep finds it again
        _log.warning("due work of case %s waits: somebody else is at it", case_id)
    except Exception as error:  # noqa: BLE001 - what this guards against cannot be listed
        # Whatever is wrong with one case, the others go on. The type is logged, never the text: it may hold values.
        _log.exception("due work of case %s failed: %s", case_id, type(error).__name__, exc_info=False)
        timers.note_failure(case_id, timers.FAILED)
    return True


def _climb() -> None:
    try:
        with db.transaction() as session:
            questions.climb(session)
        with db.transaction() as session:
            referrals.climb(session)
        with db.transaction() as session:
            exclusion_page.tell_attempts(session)
        shift_changes.run()
    except errors.DatabaseUnavailable:
        _log.warning("the database is not there; what climbs waits")


def _housekeeping() -> None:
    try:
        with db.transaction() as session:
            credentials.purge(session)
            sessions.purge(session)
            repetition.purge(session)
            kept_posts.purge(session)
            files.purge(session)
            emergencies.remind(session)
            breaches.remind(session)
            data_requests.remind(session)
            reaching.month(session)
            gaps.tell(session)
            webhook_sending.purge(session)
            heartbeat.purge(session)
    except errors.DatabaseUnavailable:
        _log.warning("the database is not there; housekeeping waits for the next hour")


def _tell_outside(url: str) -> None:
    try:
        if not outside.tell(url):
            _log.warning("nobody outside is told that all is well: the watchdog has an alarm")
    except errors.DatabaseUnavailable:
        _log.warning("the database is not there; nobody outside is told that all is well")
    except outside.Unheard as unheard:
        _log.warning("nobody outside has heard that all is well: %s", unheard.reason)


def _apart(what: str, do: Callable[[], object]) -> None:
    """Do what nothing else of the worker waits for; that it is behind shows on the board and in /health/ready."""
    try:
        do()
    except errors.DatabaseUnavailable:
        _log.warning("the database is not there; %s waits", what)
    except Exception as error:  # noqa: BLE001 - a disk that is full, a file that may not be written: tried again
        _log.exception("%s failed: %s", what, type(error).__name__, exc_info=False)


def _send_out() -> None:
    while outbox.dispatch() == outbox.BATCH:
        pass


def _listen(url: str, wake_up: threading.Event) -> None:
    """Hear of what is due before the next sweep. Only makes things faster: without it the sweep finds the same."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            with psycopg.connect(plain, autocommit=True) as connection:
                connection.execute(f"LISTEN {agenda.WAKE_UP}")
                for _notification in connection.notifies():
                    wake_up.set()
        except psycopg.OperationalError:
            time.sleep(SWEEP.total_seconds())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    # It tells of every wake-up, and of each that finds the one before still at work: what is behind, the watchdog says.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    work(load())
