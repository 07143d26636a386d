"""The inbox and a task's page with few and with many open tasks, in this process: statements, CPU, time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import Engine, event
from werkzeug.test import Client

from engine import db, settings, supervision
from engine.cases import inbox, task_page, tasks
from tests.bench import mass
from tests.bench.figures import Figure
from tests.bench.installation import Installation
from web.app import create_app


def figures(installation: Installation, *, quick: bool) -> Iterator[Figure]:
    """Measure with 1,000 open tasks, all one's own agency's, and with 100,000."""
    repetitions = 5 if quick else 30
    application = create_app(settings.load(installation.environment))
    supervision.settle()  # as the web server does
    for number in (1_000, 10_000 if quick else 100_000):
        mass.open_tasks(installation, number)
        client = Client(application)
        client.set_cookie("staffetta", installation.cookie)
        with db.transaction() as session:
            row = inbox.page(session, installation.actor).rows[0]
            tasks.claim(session, installation.actor, row.task_id)
        part = f"{number:,} open tasks, all owed by one's own agency"
        yield from _inbox(installation, client, part, repetitions)
        yield from _task(installation, client, part, repetitions, row.task_id)


def _inbox(installation: Installation, client: Client, part: str, repetitions: int) -> Iterator[Figure]:
    def read() -> None:
        with db.transaction(read_only=True) as session:
            if len(inbox.page(session, installation.actor).rows) != inbox.LIMIT:
                raise RuntimeError("the inbox is not full")

    found = _measured(read, repetitions)
    yield Figure(part, "inbox of 100 rows, read: statements", found.statements, "", "≤ 3")
    yield Figure(part, "inbox of 100 rows, read: time", found.elapsed, "ms", "< 20")
    found = _measured(lambda: _get(client, "/attivita"), repetitions)
    yield Figure(part, "inbox of 100 rows, as a page: time", found.elapsed, "ms")
    yield Figure(part, "inbox of 100 rows, as a page: server CPU", found.cpu, "ms")
    bearer = {"Authorization": f"Bearer {installation.token}"}
    found = _measured(lambda: _get(client, "/api/v1/tasks?state=to_take&limit=100", bearer), repetitions)
    yield Figure(part, "inbox of 100 rows, by the API: time", found.elapsed, "ms")


def _task(installation: Installation, client: Client, part: str, repetitions: int, task_id: Any) -> Iterator[Figure]:
    def read() -> None:
        with db.transaction() as session:
            task_page.task(session, installation.actor, task_id)

    found = _measured(read, repetitions)
    yield Figure(part, "task, read: statements", found.statements, "")
    yield Figure(part, "task, read: time", found.elapsed, "ms")
    found = _measured(lambda: _get(client, f"/attivita/{task_id}"), repetitions)
    yield Figure(part, "task, as a page: time", found.elapsed, "ms", "< 25")
    yield Figure(part, "task, as a page: server CPU", found.cpu, "ms")
    found = _measured(lambda: _get(client, "/casi"), repetitions)
    yield Figure(part, "the newest 100 cases, as a page: time", found.elapsed, "ms")


@dataclass(frozen=True)
class _Measured:
    """Medians of milliseconds, and the statements of the last time."""

    elapsed: float
    cpu: float
    statements: int


def _measured(do: Any, repetitions: int) -> _Measured:
    elapsed, used, sent = [], [], []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    for _warm in range(6):
        do()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        for _ in range(repetitions):
            sent.clear()
            began, cpu = time.perf_counter(), time.process_time()
            do()
            used.append(time.process_time() - cpu)
            elapsed.append(time.perf_counter() - began)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return _Measured(median(elapsed) * 1000, median(used) * 1000, len(sent))


def _get(client: Client, path: str, headers: dict[str, str] | None = None) -> None:
    answer = client.get(path, headers=headers or {})
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status} {answer.location}")
