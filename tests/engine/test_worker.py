"""The loop of a working process, piece by piece; whole processes are started and killed in tests/crash."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from engine import clock, db, errors, worker
from engine.cases import jobs, post, recounting, scheduled, timers
from engine.cases.models import Case
from engine.oversight.heartbeat import Doing
from engine.participants import directory
from engine.settings import Settings
from tests import database
from tests.alive import one_round
from tests.engine.audit.installation import signer

NEVER = timedelta(days=1)


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[UUID]]:
    """Let some cases be due; gives the list of those that were done, in order."""

    def prepare(cases: list[UUID], *, failing: dict[UUID, Exception] | None = None) -> list[UUID]:
        waiting, done = list(cases), []

        def find(*, limit: int) -> timers.Due:
            return timers.Due((), NEVER, counted=tuple(waiting[:limit]))

        def fire(case_id: UUID) -> bool:
            waiting.remove(case_id)
            done.append(case_id)
            if failing and case_id in failing:
                raise failing[case_id]
            return True

        monkeypatch.setattr(timers, "take", find)
        monkeypatch.setattr(timers, "carry_out", fire)
        monkeypatch.setattr(post, "sort", lambda: None)
        monkeypatch.setattr(jobs, "due", list)
        monkeypatch.setattr(recounting, "due", list)
        monkeypatch.setattr(scheduled, "due", list)
        return done

    return prepare


def test_a_round_does_everything_that_is_due_batch_after_batch(due: Callable[..., list[UUID]]) -> None:
    cases = [db.new_id() for _number in range(2 * worker.BATCH + 7)]
    done = due(cases)
    pause = one_round()
    assert pause is not None
    assert timedelta(0) < NEVER - pause < timedelta(seconds=5), "what the round took is taken off"
    assert sorted(done) == sorted(cases)


def test_a_round_that_is_asked_to_stop_ends_after_its_batch(due: Callable[..., list[UUID]]) -> None:
    done = due([db.new_id() for _number in range(3 * worker.BATCH)])
    stopping = threading.Event()
    stopping.set()
    one_round(stopping)
    assert len(done) == worker.BATCH


def test_a_slow_case_does_not_keep_the_others_of_its_batch_waiting(
    due: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [db.new_id() for _number in range(20)]
    done = due(cases)
    quick, others = timers.carry_out, threading.Event()

    def slow_first(case_id: UUID) -> bool:
        if case_id == cases[0]:
            assert others.wait(10), "the others are done meanwhile"
        quick(case_id)
        if len(done) == len(cases) - 1:
            others.set()
        return True

    monkeypatch.setattr(timers, "carry_out", slow_first)
    one_round()
    assert done[-1] == cases[0]


def test_cases_that_were_tried_before_are_tried_one_after_the_other(
    due: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, at_once, most = [db.new_id() for _number in range(10)], [], []
    due([])
    monkeypatch.setattr(timers, "take", lambda *, limit: timers.Due(tuple(cases[:limit]), NEVER))

    def fire(case_id: UUID) -> bool:
        at_once.append(case_id)
        most.append(len(at_once))
        time.sleep(0.01)
        at_once.remove(case_id)
        return True

    monkeypatch.setattr(timers, "fire", fire)
    one_round()
    assert most == [1] * len(cases), "or what ends the process would be laid to the case beside it"


def test_a_function_that_fails_holds_no_case_up(
    due: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases, called = [uuid4()], []

    def run(job_id: UUID) -> bool:
        called.append(job_id)
        raise RuntimeError

    done = due(cases)
    monkeypatch.setattr(jobs, "due", lambda: cases)
    monkeypatch.setattr(jobs, "run", run)
    one_round()
    assert (called, done) == (cases, cases)


def test_one_case_that_fails_is_noted_and_the_others_are_done(
    due: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [db.new_id() for _number in range(5)]
    noted: list[tuple[UUID, str]] = []
    monkeypatch.setattr(timers, "note_failure", lambda case_id, code: noted.append((case_id, code)))
    done = due(cases, failing={cases[2]: ValueError("segreto di lei")})
    with caplog.at_level(logging.DEBUG):
        one_round()
    assert len(done) == 5
    assert noted == [(cases[2], timers.FAILED)]
    assert "ValueError" in caplog.text
    assert "segreto" not in caplog.text, "the text of an error may hold values of a case"


def test_without_database_the_round_ends_and_the_next_one_goes_on(
    due: Callable[..., list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [db.new_id() for _number in range(5)]
    noted: list[UUID] = []
    monkeypatch.setattr(timers, "note_failure", lambda case_id, _code: noted.append(case_id))
    due(cases, failing={case_id: errors.DatabaseUnavailable() for case_id in cases})
    assert one_round() is None
    assert noted == [], "an outage is nobody's failed attempt"
    assert one_round() is None


def test_a_case_that_keeps_its_worker_too_long_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(worker, "STUCK_AFTER", timedelta(seconds=0.5))
    monkeypatch.setattr(worker.os, "_exit", ended.append)
    busy, stuck, seen = worker._Busy(), threading.Event(), threading.Event()

    def hang(_case_id: UUID) -> None:
        stuck.set()
        seen.wait(10)

    thread = threading.Thread(target=busy.at, args=(Doing.CASE, db.new_id(), hang))
    thread.start()
    assert stuck.wait(10)
    busy.check()
    assert ended == [], "not yet"
    time.sleep(0.6)
    busy.check()
    assert ended == [70]
    seen.set()
    thread.join()
    ended.clear()
    busy.check()
    assert ended == [], "a worker that went on is not stuck"


def test_a_loop_that_is_not_woken_up_any_more_ends_its_worker_too(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(worker, "STUCK_AFTER", timedelta(seconds=0.05))
    monkeypatch.setattr(worker.os, "_exit", ended.append)
    busy = worker._Busy()
    busy.turn(Doing.WAITING)
    time.sleep(0.06)
    busy.check()
    assert ended == [70]


def test_a_case_that_fails_is_no_longer_watched() -> None:
    busy = worker._Busy()

    def fail(_case_id: UUID) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        busy.at(Doing.CASE, db.new_id(), fail)
    assert busy.doing is Doing.LOOKING


def test_the_scheduler_is_a_clock_in_utc_that_keeps_nothing_and_drops_nothing(tmp_path: Path) -> None:
    scheduler = worker._schedule(signer(tmp_path), tmp_path / "erasures")
    try:
        assert str(scheduler.timezone) == str(UTC)
        assert list(scheduler._jobstores) == ["default"]
        assert type(scheduler._jobstores["default"]).__name__ == "MemoryJobStore"
        jobs = scheduler.get_jobs()
        assert {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in jobs} == {(None, True, 1)}
    finally:
        scheduler.shutdown(wait=True)


@pytest.mark.parametrize("pause", [timedelta(milliseconds=30), None, NEVER])
def test_it_wakes_up_for_the_next_case_that_is_due_before_the_sweep(pause: timedelta | None) -> None:
    assert worker._seconds(pause) == (0.03 if pause == timedelta(milliseconds=30) else worker.SWEEP.total_seconds())


def test_what_was_due_meanwhile_is_not_waited_for() -> None:
    assert worker._seconds(timedelta(milliseconds=-5)) == 0


def test_without_address_of_a_database_it_does_not_start() -> None:
    nowhere = Settings.__new__(Settings)
    object.__setattr__(nowhere, "database_url", None)
    with pytest.raises(errors.ConfigurationError):
        worker.main(nowhere)


def test_where_nothing_is_due_there_is_nothing_to_wait_for(configured: database.Urls) -> None:
    assert timers.due(limit=5) == timers.Due((), None)


def test_the_pause_is_until_the_next_case(configured: database.Urls) -> None:
    with db.transaction() as session:
        network = directory.create_network(session, key="prova", name="Prova")
        now = clock.now()
        for code, seconds in [("A", -5), ("B", 90), ("C", 300)]:
            session.add(Case(network_id=network.id, code=code, next_due_at=now + timedelta(seconds=seconds)))
    found = timers.due(limit=5)
    assert len(found.case_ids) == 1
    assert found.until_next is not None
    assert timedelta(seconds=80) < found.until_next <= timedelta(seconds=90)


def test_a_case_that_somebody_else_holds_is_no_failure_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, failed = [], []

    def busy(case_id: UUID) -> bool:
        tried.append(case_id)
        raise errors.Busy

    monkeypatch.setattr(timers, "fire", busy)
    monkeypatch.setattr(timers, "note_failure", lambda *noted: failed.append(noted))
    case_id = uuid4()
    worker._fire(case_id)
    assert (tried, failed) == ([case_id], [])
