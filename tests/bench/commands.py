"""Starts, claims and completions over HTTP: how many a second, how long each, and what each costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Engine, event, text
from werkzeug.test import Client

from engine import settings
from tests.bench import load
from tests.bench.figures import Figure
from tests.bench.installation import ANSWER, PROCESS, STEPS, Installation, serving
from web.app import create_app

_COMMITS = "commits besides the one that counts the request"
_AIMS = {"statements": "≤ 10", _COMMITS: "1", "server CPU": "≤ 12", "a second": "≥ 100"}
_WARM_UP = 40


def figures(installation: Installation, *, cases: int) -> Iterator[Figure]:
    """Measure with 1, 2 and 8 clients, then count statements and commits in this process."""
    with serving(installation) as servers:
        _relay(installation, servers, _WARM_UP, 8)
        for clients in (1, 2, 8):
            for verb, run in _relay(installation, servers, cases, clients).items():
                yield from _of_run(verb, run, clients)
        for number, server in enumerate(servers, 1):
            yield Figure("memory", f"web process {number}", _private(server), "MB")
    yield from counted(installation)


def counted(installation: Installation) -> Iterator[Figure]:
    """Count what one request of each kind sends to the database, in this process."""
    client = Client(create_app(settings.load(installation.environment)))
    for _warm in range(2):
        found = _walk(installation, client)
    for verb, counts in found.items():
        part = f"{verb}, over HTTP"
        aims = _AIMS if verb == "complete" else {}
        yield Figure(part, "statements", counts.command, "", aims.get("statements", ""))
        yield Figure(part, "statements to see whose the token is", counts.identification, "")
        yield Figure(part, _COMMITS, counts.commits - 1, "", aims.get(_COMMITS, ""))


def _of_run(verb: str, run: load.Run, clients: int) -> Iterator[Figure]:
    part, of = f"{verb}, over HTTP", f"{clients} client{'s' if clients > 1 else ''}"
    aims = _AIMS if verb == "complete" else {}
    yield Figure(part, f"{of}: a second", run.rate, "1/s", aims.get("a second", "") if clients > 1 else "")
    yield Figure(part, f"{of}: p50", run.percentile(0.5), "ms")
    yield Figure(part, f"{of}: p99", run.percentile(0.99), "ms")
    yield Figure(part, f"{of}: server CPU each", run.each(run.server_cpu), "ms", aims.get("server CPU", ""))
    yield Figure(part, f"{of}: database CPU each", run.each(run.database_cpu), "ms")


def _relay(
    installation: Installation, servers: Sequence[psutil.Process], cases: int, clients: int
) -> dict[str, load.Run]:
    """Start cases and carry each through its steps; give the runs of the starts, claims and completions."""
    body = {"definition": PROCESS, "lanes": {"cav": str(installation.agency_id)}}
    started, opened = load.run(installation, servers, [("/api/v1/cases", body)] * cases, clients)
    codes = {str(case["id"]) for case in opened}  # type: ignore[index]
    claims, completions = [], []
    for step in STEPS:
        query = "SELECT id::text, case_id::text FROM user_task WHERE element_id = %(step)s AND state = 'open'"
        ids = [task for task, case in installation.sql(query, step=step) if case in codes]
        claimed, _ = load.run(installation, servers, [(f"/api/v1/tasks/{one}/claim", {}) for one in ids], clients)
        answers = [(f"/api/v1/tasks/{one}/complete", {"values": ANSWER}) for one in ids]
        completed, _ = load.run(installation, servers, answers, clients)
        claims.append(claimed)
        completions.append(completed)
    return {"start": started, "claim": _together(claims), "complete": _together(completions)}


def _together(runs: list[load.Run]) -> load.Run:
    return load.Run(
        latencies=[latency for run in runs for latency in run.latencies],
        elapsed=sum(run.elapsed for run in runs),
        server_cpu=sum(run.server_cpu for run in runs),
        database_cpu=sum(run.database_cpu for run in runs),
    )


@dataclass
class _Counts:
    identification: int = 0
    command: int = 0
    commits: int = 0
    _so_far: list[str] = field(default_factory=list)


def _walk(installation: Installation, client: Client) -> dict[str, _Counts]:
    """Carry one case two steps far, and count what its first start, claim and completion send."""
    found: dict[str, _Counts] = {}
    body: dict[str, Any] = {"definition": PROCESS, "lanes": {"cav": str(installation.agency_id)}}
    with _counting() as counts:
        case = _post(installation, client, "/api/v1/cases", body)
    found["start"] = counts
    for _step in STEPS[:2]:
        query = "SELECT id::text FROM user_task WHERE case_id = %(case)s AND state = 'open'"
        ((task,),) = installation.sql(query, case=case["id"])
        with _counting() as counts:
            _post(installation, client, f"/api/v1/tasks/{task}/claim", {})
        found["claim"] = counts
        with _counting() as counts:
            _post(installation, client, f"/api/v1/tasks/{task}/complete", {"values": ANSWER})
        found["complete"] = counts
    return found


@contextmanager
def _counting() -> Iterator[_Counts]:
    """Count statements without savepoints; the first transaction of a request is the one that looks the token up."""
    counts, asking = _Counts(), False

    def note(_connection: DatabaseConnection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not asking and not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            counts._so_far.append(statement)

    def commit(connection: DatabaseConnection) -> None:
        nonlocal asking
        asking = True
        counts.commits += connection.execute(text("SELECT pg_current_xact_id_if_assigned()")).scalar() is not None
        asking = False
        done = len(counts._so_far)
        counts._so_far.clear()
        if not counts.identification:
            counts.identification = done
        else:
            counts.command += done

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", commit)
    try:
        yield counts
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        event.remove(Engine, "commit", commit)


def _post(installation: Installation, client: Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body, headers={"Authorization": f"Bearer {installation.token}"})
    if answer.status_code not in {200, 201}:
        raise RuntimeError(f"{path}: {answer.status} {answer.get_data(as_text=True)[:300]}")
    return answer.json


def _private(process: psutil.Process) -> float:
    return float(process.memory_full_info().uss) / 2**20
