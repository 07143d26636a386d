"""kill -9 of working processes, of PostgreSQL and of the parent while 2,000 timers are due at once."""

from __future__ import annotations

import random
import signal
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psutil
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import clock, db
from engine.cases import incidents, timers
from engine.cases.models import Case, CaseState, Incident, Timer
from engine.oversight import board, watchdog
from engine.oversight.watchdog import Code
from tests.crash import station as support
from tests.crash.station import Station

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_working_processes_killed_at_random_come_back_and_lose_nothing(station: Station) -> None:
    chance = random.Random(2026)  # noqa: S311 - instants of kills, no secret
    with station.database("many") as name, support.workers(station, name) as parent:
        started, landed = time.monotonic(), 0
        while landed < 6:
            time.sleep(chance.uniform(0.3, 1.0))
            left = support.undone()
            if left == 0:
                break
            victims = [child for child in support.children(parent) if child.create_time() < time.time() - 1.5]
            if victims and left < 2_300:
                support.kill(chance.choice(victims).pid)
                landed += 1
        assert landed >= 3, "too few kills landed while there was work left"
        support.wait_until(lambda: support.undone() == 0, seconds=120, what="everything due is done")
        print(f"2,300 cases due at once, {landed} kills: done in {time.monotonic() - started:.1f} s")  # noqa: T201
        assert len(support.children(parent)) == 2, "the workers came back by themselves"
        support.drain()
        support.assert_nothing_lost_or_doubled(2_000, 300)


def test_postgresql_killed_three_times_during_the_work_comes_back_and_so_do_the_workers(station: Station) -> None:
    with station.database("many") as name, station.supervised(), support.workers(station, name) as parent:
        support.wait_until(lambda: len(support.children(parent)) == 2, seconds=20, what="two workers run")
        before = {child.pid for child in support.children(parent)}
        kills = 0
        for share in (2_200, 1_500, 700):
            support.wait_until(lambda share=share: support.undone() < share, seconds=120, what="some work is done")
            assert support.undone() > 0, "the kill has to land during the work"
            old = station.postmaster()
            support.kill(old)
            kills += 1
            support.wait_until(lambda old=old: station.postmaster() != old, seconds=30, what="a new server")
        support.wait_until(lambda: support.undone() == 0, seconds=120, what="everything due is done")
        assert {child.pid for child in support.children(parent)} == before, "workers reconnect, they do not die"
        support.drain()
        support.assert_nothing_lost_or_doubled(2_000, 300)
        assert kills == 3


def test_working_processes_end_when_their_parent_is_killed(station: Station) -> None:
    with station.database("few") as name, support.workers(station, name) as parent:
        support.wait_until(lambda: len(support.children(parent)) == 2, seconds=20, what="two workers run")
        orphans = support.children(parent)
        support.wait_until(lambda: support.undone() == 0, seconds=60, what="they have started working")
        support.kill(parent.pid)
        _gone, alive = psutil.wait_procs(orphans, timeout=10)
        assert alive == []


def test_a_parent_that_is_asked_to_end_takes_its_workers_along(station: Station) -> None:
    with station.database("few") as name, support.workers(station, name) as parent:
        support.wait_until(lambda: len(support.children(parent)) == 2, seconds=20, what="two workers run")
        working = support.children(parent)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(20) == 0
        assert not any(child.is_running() for child in working)


def a_timed_case(session: Session) -> UUID:
    found = session.scalar(select(Timer.case_id).order_by(Timer.id).limit(1))
    assert found is not None
    return found


def test_a_case_that_cannot_be_opened_holds_nobody_up_and_can_be_tried_again(station: Station) -> None:
    assert station.world is not None
    lead = station.world.people["responsabile.cav"]
    with station.database("few") as name, support.workers(station, name):
        with db.transaction() as session:
            poisoned = a_timed_case(session)
            stored = session.scalars(select(CaseState).where(CaseState.case_id == poisoned)).one()
            whole = stored.sealed
            stored.sealed = whole[:-1] + bytes([whole[-1] ^ 1])
        support.wait_until(lambda: support.undone() == 0, seconds=60, what="the others are done, this one put aside")
        with db.transaction() as session:
            case = session.get_one(Case, poisoned)
            assert (case.attempts, case.failure_code) == (timers.MAX_ATTEMPTS, timers.FAILED)
            assert case.retry_at is not None
            wait = case.retry_at - clock.now()
            assert timedelta(minutes=3) < wait <= timedelta(minutes=5)
            (shown,) = board.overdue(session, lead).incidents
            assert (shown.code, shown.case_id, shown.retryable) == (timers.FAILED, poisoned, True)
            assert Code.DUE_UNDONE not in {found.code for found in watchdog.look(session).findings}
        support.assert_nothing_lost_or_doubled(2, 2, aside=1)
        with db.transaction() as session:
            session.execute(update(CaseState).where(CaseState.case_id == poisoned).values(sealed=whole))
            incidents.retry(session, lead, shown.id)
        support.wait_until(lambda: _fired(poisoned), seconds=20, what="tried again, it is done")
        with db.transaction() as session:
            case = session.get_one(Case, poisoned)
            assert (case.attempts, case.attempted_at, case.retry_at, case.failure_code) == (0, None, None, None)
            assert board.overdue(session, lead).incidents == ()


def test_a_case_that_gets_well_by_itself_leaves_the_incident_list(station: Station) -> None:
    assert station.world is not None
    with station.database("few"):
        with db.transaction() as session:
            poisoned = a_timed_case(session)
            stored = session.scalars(select(CaseState).where(CaseState.case_id == poisoned)).one()
            whole, stored.sealed = stored.sealed, b"x" * 40
        _try_three_times(poisoned)
        with db.transaction() as session:
            session.execute(update(CaseState).where(CaseState.case_id == poisoned).values(sealed=whole))
        support.drain(later=timedelta(minutes=10))
        with db.transaction() as session:
            assert session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).all() == []
        assert _fired(poisoned)


def test_the_pauses_between_tries_grow_to_a_limit(station: Station) -> None:
    with station.database("few"):
        with db.transaction() as session:
            poisoned = a_timed_case(session)
            session.execute(update(CaseState).where(CaseState.case_id == poisoned).values(sealed=b"x" * 40))
        at = _try_three_times(poisoned)
        pauses = []
        for _number in range(10):
            with db.transaction() as session:
                retry_at = session.get_one(Case, poisoned).retry_at
            assert retry_at is not None
            pauses.append(round((retry_at - at) / timedelta(minutes=1)))
            with clock.frozen(retry_at - timedelta(seconds=1)):
                assert poisoned not in timers.due(limit=100).case_ids
            at = retry_at
            _try(poisoned, at)
        assert pauses == [5, 10, 20, 40, 80, 160, 320, 360, 360, 360]
        with Session(db.engine()) as session:
            assert session.scalar(select(func.count()).select_from(Incident)) == 1, "one incident, not one for each try"


def _try(case_id: UUID, at: datetime) -> None:
    """One try as the worker makes it."""
    from engine import worker

    with clock.frozen(at):
        worker._fire(case_id)


def _try_three_times(case_id: UUID) -> datetime:
    at = datetime.now(UTC)
    for number in range(timers.MAX_ATTEMPTS):
        at = datetime.now(UTC) + timedelta(seconds=3 * number)
        _try(case_id, at)
    return at


def test_a_case_that_kills_its_worker_holds_nobody_up(station: Station) -> None:
    assert station.world is not None
    with station.database("few") as name:
        with db.transaction(read_only=True) as session:
            deadly = a_timed_case(session)
        with support.dying_workers(station, name, 2, {"DIE_CASE": str(deadly)}):
            support.wait_until(lambda: support.undone() == 0, seconds=90, what="the deadly case is put aside")
        support.assert_nothing_lost_or_doubled(2, 2, aside=1)
        with db.transaction() as session:
            case = session.get_one(Case, deadly)
            assert (case.attempts, case.failure_code) == (timers.MAX_ATTEMPTS, timers.KILLED)
            (shown,) = board.overdue(session, station.world.people["responsabile.cav"]).incidents
            incidents.retry(session, station.world.people["responsabile.cav"], shown.id)
        support.drain()
        assert _fired(deadly)


def test_a_step_that_never_ends_is_put_aside_and_the_others_are_done_meanwhile(station: Station) -> None:
    """Slower than any timeout: its worker ends itself, the connection goes, and with it the lock of the case."""
    assert station.world is not None
    with station.database("few") as name:
        with db.transaction(read_only=True) as session:
            endless = a_timed_case(session)
        with support.dying_workers(station, name, 2, {"HANG_CASE": str(endless)}):
            support.wait_until(lambda: support.undone() <= 1, seconds=10, what="the others are done")
            support.wait_until(lambda: support.undone() == 0, seconds=90, what="the endless one is put aside")
        support.assert_nothing_lost_or_doubled(2, 2, aside=1)
        with db.transaction() as session:
            case = session.get_one(Case, endless)
            assert (case.attempts, case.failure_code) == (timers.MAX_ATTEMPTS, timers.KILLED)


def test_one_deadly_case_among_10_000_is_put_aside_by_four_workers_that_are_killed_besides(station: Station) -> None:
    assert station.world is not None
    chance = random.Random(2026)  # noqa: S311 - instants of kills, no secret
    with station.database("crowd") as name:
        with db.transaction(read_only=True) as session:
            deadly = a_timed_case(session)
        landed = 0
        with support.dying_workers(station, name, 4, {"DIE_CASE": str(deadly)}):
            while support.undone() and landed < 8:
                time.sleep(chance.uniform(1, 3))
                working = [child for child in psutil.Process().children() if child.create_time() < time.time() - 2]
                working = [child for child in working if str(support.DYING) in child.cmdline()]
                if working and 0 < support.undone() < 9_900:
                    support.kill(chance.choice(working).pid)
                    landed += 1
            support.wait_until(lambda: support.undone() == 0, seconds=400, what="the others are done")
        print(f"10,000 cases due at once, {landed} kills besides the deadly one")  # noqa: T201 - the figure is wanted
        assert landed >= 5, "too few kills landed while there was work left"
        support.drain()
        support.assert_nothing_lost_or_doubled(9_000, 1_000, aside=1)
        with db.transaction() as session:
            assert session.get_one(Case, deadly).failure_code == timers.KILLED


def _fired(case_id: UUID) -> bool:
    with Session(db.engine()) as session:
        return session.scalar(select(func.count()).where(Timer.case_id == case_id)) == 0
