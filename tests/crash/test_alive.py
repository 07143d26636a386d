"""The watchdog beside real processes that are killed, stopped and hung: what it says, how soon, and when it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import db, embedded
from engine.cases.models import CaseEvent
from engine.oversight import watchdog
from engine.oversight.watchdog import Code
from tests.crash import station as support
from tests.crash.station import Station

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NOTICED = watchdog.SILENT_AFTER.total_seconds() + 10
"""Seconds within which the watchdog says that a worker is silent: its beats are five seconds apart."""

HANGS = """
import threading
from engine import settings, worker
from engine.cases import post
from datetime import timedelta
worker.STUCK_AFTER = timedelta(days=1)
sort, began = post.sort, threading.Event()
def hang():
    if began.is_set():
        threading.Event().wait()
    began.set()
    sort()
post.sort = hang
worker.work(settings.load())
"""

CLOCKED = """
from datetime import timedelta
from engine import clock, settings, worker
right = clock.host_now
clock.host_now = lambda: right() + timedelta(minutes={minutes})
worker.work(settings.load())
"""


def found() -> set[Code]:
    with db.transaction(read_only=True) as session:
        return {finding.code for finding in watchdog.look(session).findings}


def wait_for(expected: set[Code], *, seconds: float = 40) -> None:
    support.wait_until(lambda: found() == expected, seconds=seconds, what=f"the watchdog says {expected}")


@contextmanager
def single(station: Station, name: str, source: str) -> Iterator[subprocess.Popen[bytes]]:
    """One working process without a parent, that does as its source says."""
    process = subprocess.Popen([sys.executable, "-c", source], env=station.environment(name), stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_workers_that_are_killed_all_at_once_are_missed_until_others_work(station: Station) -> None:
    with station.database("few") as name:
        with support.workers(station, name) as parent:
            wait_for(set())
            children = support.children(parent)
            parent.kill()
            for child in children:
                child.kill()
            killed = time.monotonic()
            # Besides, what they would have done may be behind by then: seals, post.
            missed = {Code.NO_WORKER, Code.WORKER_SILENT}
            support.wait_until(lambda: missed <= found(), seconds=NOTICED, what="killed workers are missed")
            print(f"killed workers were missed after {time.monotonic() - killed:.1f} s")  # noqa: T201 - wanted
        with support.workers(station, name):
            wait_for(set())
        support.wait_until(lambda: Code.NO_WORKER in found(), seconds=40, what="workers that ended are missed")


def test_a_worker_that_is_stopped_is_missed_while_the_other_works_and_no_more_when_it_goes_on(
    station: Station,
) -> None:
    with station.database("few") as name, support.workers(station, name) as parent:
        wait_for(set())
        victim = support.children(parent)[0]
        os.kill(victim.pid, signal.SIGSTOP)
        wait_for({Code.WORKER_SILENT}, seconds=NOTICED)
        os.kill(victim.pid, signal.SIGCONT)
        wait_for(set(), seconds=20)


def test_a_worker_killed_alone_is_replaced_and_not_missed(station: Station) -> None:
    with station.database("few") as name, support.workers(station, name) as parent:
        wait_for(set())
        support.kill(support.children(parent)[0].pid)
        support.wait_until(lambda: len(support.children(parent)) == 2, seconds=20, what="two workers run")
        time.sleep(NOTICED)
        assert found() == set()


def test_a_loop_that_hangs_while_its_beats_go_on_is_stuck(station: Station) -> None:
    with station.database("few") as name, single(station, name, HANGS):
        wait_for({Code.NO_WORKER, Code.WORKER_STUCK}, seconds=watchdog.STUCK_AFTER.total_seconds() + 40)


def test_what_somebody_breaks_in_the_database_by_hand_is_found_and_gone_when_it_is_mended(station: Station) -> None:
    assert station.world is not None
    soon = watchdog.INSPECT_EVERY.total_seconds() + 30
    with station.database("few") as name, support.workers(station, name):
        case = station.world.start("giro", datetime.now(UTC) - timedelta(hours=2))
        wait_for(set())
        with station.endpoint.connect(embedded.OWNER, name) as owner:
            taken = "DELETE FROM rung WHERE case_id = %s AND state = 'waiting' RETURNING *"
            gone = owner.execute(taken, [case.id]).fetchall()
            wait_for({Code.RUNG_MISSING}, seconds=soon)
            with owner.cursor() as cursor:
                cursor.executemany(f"INSERT INTO rung VALUES ({', '.join(['%s'] * len(gone[0]))})", gone)
            late = "UPDATE case_file SET next_due_at = next_due_at + interval '{} hours' WHERE id = %s"
            owner.execute(late.format(30), [case.id])
            wait_for({Code.WAKE_UP_MISSING}, seconds=soon)
            owner.execute(late.format(-30), [case.id])
        wait_for(set(), seconds=soon)


def test_postgresql_that_goes_away_for_a_while_leaves_nobody_missed(station: Station) -> None:
    with station.database("few") as name, station.supervised(), support.workers(station, name):
        wait_for(set())
        support.kill(station.postmaster())
        wait_for(set(), seconds=60)


@pytest.mark.parametrize("minutes", [5, -5])
def test_a_worker_whose_host_has_another_time_is_reported_and_fires_neither_early_nor_late(
    station: Station, minutes: int
) -> None:
    assert station.world is not None
    with station.database("few") as name, single(station, name, CLOCKED.format(minutes=minutes)):
        wait_for({Code.CLOCK_WRONG})
        now = datetime.now(UTC)
        due = {}
        for number in range(5):
            at = now + timedelta(seconds=4 + number * 1.3)
            due[station.world.start("conteso", at - timedelta(hours=1)).id] = at
        support.wait_until(lambda: len(_fired(set(due))) == len(due), seconds=60, what="all have fired")
        late = [recorded_at - due[case_id] for case_id, recorded_at in _fired(set(due))]
    assert min(late) >= timedelta(0), "never before its time"
    assert max(late) < timedelta(seconds=10)


def _fired(case_ids: set[object]) -> list[tuple[object, datetime]]:
    with Session(db.engine()) as session:
        query = select(CaseEvent.case_id, CaseEvent.recorded_at).where(CaseEvent.kind == "timer_fired")
        return [(case_id, at) for case_id, at in session.execute(query) if case_id in case_ids]
