"""What the watchdog notices, how soon, and that it is gone when it is mended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.cases.models import Case
from engine.oversight import heartbeat, inspection, watchdog
from engine.oversight.heartbeat import Worker
from engine.oversight.watch_models import Inspection, WorkerBeat
from engine.oversight.watchdog import Code, Severity
from tests import alive, database
from tests.engine.cases.conftest import World, after

Look = Callable[[float], watchdog.Watch]


@pytest.fixture
def owner(world: World, world_urls: database.Urls) -> Iterator[psycopg.Connection]:
    """The owner of the tables, who can do what no product does."""
    url = world_urls.owner.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def look(minutes: float) -> watchdog.Watch:
    """What the watchdog says when everything that a worker does was done at that minute."""
    with clock.frozen(after(minutes=minutes)):
        alive.work()
        with db.transaction(read_only=True) as session:
            return watchdog.look(session)


def codes(watch: watchdog.Watch) -> set[Code]:
    return {finding.code for finding in watch.findings}


def seen(minutes: float) -> watchdog.Watch:
    with clock.frozen(after(minutes=minutes)), db.transaction(read_only=True) as session:
        return watchdog.look(session)


def test_where_everything_runs_there_is_nothing_to_say(world: World) -> None:
    world.start("orologi", urgenza="alta")
    watch = look(1)
    assert (watch.findings, watch.workers, watch.inspected_at) == ((), 1, after(minutes=1))
    assert not watch.alarmed


def test_where_no_worker_ever_was_that_is_an_alarm(world: World) -> None:
    (found,) = seen(0).findings
    assert (found.code, found.severity, found.since) == (Code.NO_WORKER, Severity.ALARM, None)


def test_a_worker_that_is_silent_is_noticed_after_twenty_seconds_and_no_more_when_it_beats_again(world: World) -> None:
    with clock.frozen(after()):
        worker = alive.work()
    assert seen(19.9 / 60).findings == ()
    assert codes(seen(20.1 / 60)) == {Code.NO_WORKER, Code.WORKER_SILENT}
    silent = seen(2).findings[1]
    assert (silent.since, silent.names, silent.severity) == (
        after(),
        (f"{worker.host}:{worker.pid}",),
        Severity.WARNING,
    )
    with clock.frozen(after(minutes=2)):
        alive.beat(worker)
    assert seen(2).findings == ()


def test_one_of_two_that_is_silent_is_a_warning_for_the_other_works(world: World) -> None:
    with clock.frozen(after()):
        alive.beat(replace(Worker.this(), host="altrove"))
    watch = look(1)
    assert (codes(watch), watch.alarmed, watch.workers) == ({Code.WORKER_SILENT}, False, 1)


def test_a_worker_that_beats_while_its_loop_hangs_is_stuck(world: World) -> None:
    with clock.frozen(after()):
        worker = alive.work()
        alive.beat(worker, still=timedelta(seconds=59))
    assert seen(0).findings == ()
    with clock.frozen(after()):
        alive.beat(worker, still=timedelta(seconds=61))
    watch = seen(0)
    assert codes(watch) == {Code.NO_WORKER, Code.WORKER_STUCK}
    assert {finding.since for finding in watch.findings} == {after(seconds=-61), after(seconds=-1)}
    with clock.frozen(after()):
        alive.beat(worker)
    assert seen(0).findings == ()


def test_what_is_due_and_undone_for_more_than_a_minute_is_an_alarm(world: World) -> None:
    world.start("orologi", urgenza="alta")  # reminds after 30 minutes
    assert look(30.9).findings == ()
    (found,) = look(31.1).findings
    assert (found.code, found.since) == (Code.DUE_UNDONE, after(minutes=30))
    world.worker_at(after(minutes=32))
    assert look(33).findings == ()


@pytest.mark.parametrize("table", ["job", "scheduled_start"])
def test_a_function_or_a_start_that_nobody_tries_is_undone_too(
    world: World, owner: psycopg.Connection, table: str
) -> None:
    rules = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'c')"
    for (name,) in owner.execute(rules, [table]).fetchall():  # a row without all that belongs to it
        owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    columns = owner.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO'",
        [table],
    ).fetchall()
    given = {"uuid": uuid4(), "timestamp with time zone": after(), "integer": 1, "boolean": False}
    names, values = ", ".join(name for name, _kind in columns), [given.get(kind, "x") for _name, kind in columns]
    owner.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(values))})", values)
    assert look(1).findings == ()
    assert codes(look(1.1)) == {Code.DUE_UNDONE}


def test_a_rung_that_somebody_deletes_is_missed_by_the_next_look(world: World, owner: psycopg.Connection) -> None:
    case = world.start("orologi", urgenza="alta")
    assert look(1).findings == ()
    gone = owner.execute("DELETE FROM rung WHERE state = 'waiting' RETURNING *").fetchall()
    assert gone
    (found,) = look(2).findings
    assert (found.code, found.count, found.since, found.names) == (
        Code.RUNG_MISSING,
        1,
        after(minutes=2),
        (str(case.id),),
    )
    assert look(5).findings[0].since == after(minutes=2), "known since it was found first"
    with owner.cursor() as cursor:
        cursor.executemany(f"INSERT INTO rung VALUES ({', '.join(['%s'] * len(gone[0]))})", gone)
    assert look(6).findings == ()


def test_a_ladder_that_was_climbed_to_its_end_lacks_nothing(world: World) -> None:
    world.start("orologi", urgenza="alta")
    for minutes in (30, 60, 80):
        world.worker_at(after(minutes=minutes))
    assert look(90).findings == ()


def test_a_case_that_would_sleep_over_what_is_due_in_it_is_found_long_before(
    world: World, owner: psycopg.Connection
) -> None:
    case = world.start("orologi", urgenza="alta")
    before = owner.execute("SELECT next_due_at FROM case_file").fetchone()
    for wrong in (None, after(minutes=31)):
        owner.execute("UPDATE case_file SET next_due_at = %s", [wrong])
        (found,) = look(1).findings
        assert (found.code, found.names) == (Code.WAKE_UP_MISSING, (str(case.id),))
    owner.execute("UPDATE case_file SET next_due_at = %s", before)
    assert look(2).findings == ()


def test_what_should_be_told_outside_and_does_not_leave_is_an_alarm(world: World) -> None:
    world.start("orologi", urgenza="alta")
    world.worker_at(after(minutes=30))  # a notice
    for minutes, expected in [(35, set()), (35.1, {Code.OUTBOX_BEHIND})]:
        with clock.frozen(after(minutes=minutes)):
            alive.beat()
            with db.transaction() as session:
                inspection.look(session)
        assert codes(seen(minutes)) == expected
    assert look(36).findings == ()


def test_that_nobody_looks_any_more_is_noticed_by_who_asks(world: World) -> None:
    with clock.frozen(after()):
        worker = alive.work()
    for minutes, expected in [(2.9, set()), (3.1, {Code.NOT_INSPECTED})]:
        with clock.frozen(after(minutes=minutes)):
            alive.beat(worker)
        assert codes(seen(minutes)) == expected
    assert look(4).findings == ()


def test_a_look_is_taken_once_a_minute_and_seldom_where_it_is_dear(world: World) -> None:
    def looked(minutes: float) -> bool:
        with clock.frozen(after(minutes=minutes)):
            return inspection.run()

    assert [looked(minutes) for minutes in (0, 0.5, 1)] == [True, False, True]
    with world.at(after(minutes=1)) as session:
        session.get_one(Inspection, 1).took = 3.0
    assert [looked(minutes) for minutes in (2, 5.9, 6)] == [False, False, True]


def test_a_hosts_clock_that_is_off_by_more_than_thirty_seconds_is_noticed(world: World) -> None:
    with clock.frozen(after()):
        worker = alive.work()
        for seconds, expected in [(29, set()), (31, {Code.CLOCK_WRONG}), (-31, {Code.CLOCK_WRONG}), (0, set())]:
            alive.beat(worker, ahead=timedelta(seconds=seconds))
            assert codes(seen(0)) == expected


def test_the_clock_of_the_host_that_serves_pages_is_looked_at_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert look(0).findings == ()
    real = clock.host_now
    monkeypatch.setattr(clock, "host_now", lambda: real() + timedelta(seconds=45))
    (found,) = seen(0).findings
    assert (found.code, found.names) == (Code.CLOCK_WRONG, (heartbeat.host(),))


def test_a_clock_is_judged_only_by_an_answer_that_came_soon() -> None:
    before = after()
    for seconds, expected in [(0, 5), (2, 6), (10, 10), (10.1, None), (-1, None)]:
        found = heartbeat.offset(before, after(seconds=-5), before + timedelta(seconds=seconds))
        assert found == (None if expected is None else timedelta(seconds=expected))


def test_whoever_begins_on_a_host_forgets_the_processes_of_it_that_are_gone(world: World) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    this = Worker.this()
    rows = [
        replace(this, id=uuid4(), pid=ended.pid),
        replace(this, id=uuid4(), born=this.born - 100),  # the number of one that is gone was given again
        replace(this, id=uuid4(), pid=os.getppid(), born=_born(os.getppid())),
        replace(this, id=uuid4(), host="altrove"),
    ]
    for row in rows:
        alive.beat(row)
    with db.transaction() as session:
        heartbeat.begin(session, this)
        assert _known(session) == {rows[2].id, rows[3].id}


def _born(pid: int) -> float:
    import psutil

    return psutil.Process(pid).create_time()


def _known(session: Session) -> set[object]:
    return set(session.scalars(select(WorkerBeat.id)))


def test_a_worker_that_ends_in_order_is_not_missed_nor_one_that_is_away_for_a_day(world: World) -> None:
    with clock.frozen(after()):
        ending, away = alive.beat(), alive.beat(replace(Worker.this(), host="altrove"))
        heartbeat.end(ending)
    for hours, expected in [(24, {away.id}), (24.1, set())]:
        with world.at(after(hours=hours)) as session:
            heartbeat.purge(session)
            assert _known(session) == expected


def test_a_worker_of_another_release_is_a_warning(world: World) -> None:
    with clock.frozen(after()):
        alive.work()
        alive.beat(replace(Worker.this(), version="0.0.1"))
    assert codes(seen(0)) == {Code.VERSIONS_DIFFER}


def test_every_finding_has_its_words(world: World) -> None:
    from engine.oversight import watch_words

    for code in Code:
        for language in ("it", "en"):
            words = watch_words.said(code, language)
            assert words.what
            assert words.way_out
    assert world.rows(Case) == []
