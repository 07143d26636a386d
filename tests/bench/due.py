"""Timers: 10,000 due at once, also while people work; how late they fire at 100 a second with many armed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psutil

from engine import clock, db, supervision
from engine.cases import lifecycle, timers
from engine.definitions import deployment
from engine.oversight import inspection
from tests.bench import load, mass
from tests.bench.figures import Figure
from tests.bench.installation import ANSWER, PROCESS, ROOT, STEPS, Installation, cpu, serving
from tests.engine.cases import protocols

# One step with two clocks; a timer after an hour takes it away and opens another step with a clock.
_KEY = "conteso"
_LENGTH = timedelta(hours=1)
_MAKING = timedelta(milliseconds=40)  # for each case, generously: all must stand before the first is due


def figures(installation: Installation, *, quick: bool) -> Iterator[Figure]:
    """Measure a backlog with one and with two workers, then a steady load."""
    _deploy(installation)
    yield from _backlog(installation, 200 if quick else 10_000)
    yield from _steady(installation, 5_000 if quick else 100_000, *((20, 5) if quick else (100, 20)))


def with_many_armed(installation: Installation) -> Iterator[Figure]:
    """Measure the steady load with 1,000,000 armed. Making them takes a quarter of an hour and more."""
    _deploy(installation)
    yield from _steady(installation, 1_000_000, 100, 20)


def _deploy(installation: Installation) -> None:
    files = {f"{_KEY}.bpmn": protocols.SOURCES[f"{_KEY}.bpmn"]}
    with db.transaction() as session:
        deployment.deploy(session, installation.actor, files, forms_given={"prova": protocols.FORMS["prova"]})


def _backlog(installation: Installation, number: int) -> Iterator[Figure]:
    due_at = datetime.now(UTC) - timedelta(minutes=5)
    for _ in range(number):
        _start(installation, due_at)
    mass.save(installation)
    for workers in (1, 2):
        mass.restore(installation)
        part = f"{number:,} timers due at once, {workers} worker{'s' if workers > 1 else ''}"
        before = installation.database_cpu()
        began = time.perf_counter()
        with _working(installation, workers) as processes:
            while _open_timers(installation, "true"):
                time.sleep(0.1)
            elapsed = time.perf_counter() - began
            used, database_used = cpu(processes), installation.database_cpu() - before
            memory = max(float(process.memory_full_info().uss) / 2**20 for process in processes)
        aim = f"≤ {30 if workers == 1 else 16}" if number == 10_000 else ""
        yield Figure(part, "until the last has fired, start of the worker included", elapsed, "s", aim)
        yield Figure(part, "a second", number / elapsed, "1/s")
        yield Figure(part, "worker CPU each", used / number * 1000, "ms")
        yield Figure(part, "database CPU each", database_used / number * 1000, "ms")
        yield Figure(part, "memory of a worker", memory, "MB")
    yield from _beside_people(installation, number)


def _beside_people(installation: Installation, number: int) -> Iterator[Figure]:
    """Let somebody take steps and complete them, one after the other, for as long as the backlog lasts."""
    mass.restore(installation)
    part = f"{number:,} timers due at once, 2 workers, while a person works"
    with serving(installation) as servers:
        load.run(installation, servers, _steps(installation, 30), 1)
        waiting = _steps(installation, 100 + number // 10)
        latencies = []
        with _working(installation, 2):
            while _open_timers(installation, "true") and waiting:
                run, _answers = load.run(installation, servers, waiting[:20], 1)
                latencies += run.latencies
                del waiting[:20]
    ordered = sorted(latencies)
    yield Figure(part, "her commands", len(ordered), "")
    for name, share, aim in (("p50", 0.5, ""), ("p99", 0.99, "≤ 100")):
        yield Figure(part, f"a command: {name}", ordered[int(len(ordered) * share)] * 1000, "ms", aim)


def _steps(installation: Installation, number: int) -> list[load.Request]:
    """Open cases, and give the commands that take and complete the first step of each."""
    with db.transaction() as session:
        for _ in range(number):
            lifecycle.start(session, installation.actor, PROCESS, lanes={"cav": installation.agency_id})
    query = "SELECT id::text FROM user_task WHERE element_id = %(step)s AND state = 'open'"
    ids = [str(task) for (task,) in installation.sql(query, step=STEPS[0])]
    return [
        request
        for one in ids
        for request in ((f"/api/v1/tasks/{one}/claim", {}), (f"/api/v1/tasks/{one}/complete", {"values": ANSWER}))
    ]


def _steady(installation: Installation, armed: int, rate: int, seconds: int) -> Iterator[Figure]:
    mass.clear(installation)
    number = rate * seconds
    mass.copies(installation, _KEY, armed - number, "random() * interval '20 days' + interval '1 day'")
    first = datetime.now(UTC) + number * _MAKING
    for place in range(number):
        _start(installation, first + timedelta(seconds=place / rate))
    installation.sql("VACUUM ANALYZE")
    if datetime.now(UTC) > first - timedelta(seconds=3):
        raise RuntimeError("this machine is too slow: the first is due before the last is made")
    last = first + timedelta(seconds=seconds)
    with _working(installation, 2):
        time.sleep((last - datetime.now(UTC)).total_seconds())
        while _open_timers(installation, "due_at < %(last)s", last=last):
            time.sleep(0.2)
    query = """
        SELECT percentile_cont(ARRAY[0.5, 0.99, 1]::float8[]) WITHIN GROUP (ORDER BY extract(epoch FROM late))
        FROM (
            SELECT event.recorded_at - file.opened_at - interval '1 hour' AS late
            FROM case_event AS event JOIN case_file AS file ON file.id = event.case_id WHERE event.kind = 'timer_fired'
        ) AS fired
    """
    ((percentiles,),) = installation.sql(query)
    part = f"{rate} timers a second, {armed:,} armed, 2 workers"
    aims = {"p99": "≤ 250"} if armed >= 100_000 else {}
    for name, value in zip(("p50", "p99", "the latest"), list(percentiles), strict=True):  # type: ignore[call-overload]
        yield Figure(part, f"late by: {name}", float(value) * 1000, "ms", aims.get(name, ""))
    yield Figure(part, "a sweep that finds nothing", _milliseconds(lambda: timers.take(limit=100)), "ms")
    yield Figure(part, "the watchdog's look at all of it", _milliseconds(_look), "ms")


def _milliseconds(do: Callable[[], object]) -> float:
    """Give the shortest of a few times."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000


def _look() -> None:
    with db.transaction() as session:
        inspection.look(session)


def _start(installation: Installation, due_at: datetime) -> None:
    """Open a case an hour before its timer is due."""
    with clock.frozen(due_at - _LENGTH), db.transaction() as session:
        lifecycle.start(session, installation.actor, _KEY, lanes={"cav": installation.agency_id})


def _open_timers(installation: Installation, which: str, **values: object) -> bool:
    ((found,),) = installation.sql(f"SELECT EXISTS (SELECT FROM timer WHERE {which})", **values)
    return bool(found)


@contextmanager
def _working(installation: Installation, number: int) -> Iterator[list[psutil.Process]]:
    """Run working processes, each as the worker's parent starts them."""
    environment = {**installation.environment, supervision.PARENT_PIPE: "1"}
    command = [sys.executable, "-m", "engine.worker"]
    running = [subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(number)]
    try:
        yield [psutil.Process(process.pid) for process in running]
    finally:
        for process in running:
            process.terminate()
            process.communicate(timeout=30)
