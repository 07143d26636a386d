"""kill -9 of a worker that calls a function of a service task: called at least once with its key, and never lost.

The function is registered as any other: by the entry point of a package that is installed.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import clock, db, functions
from engine.cases import incidents, jobs
from engine.cases.models import Incident, Job, TaskStatus, UserTask
from engine.definitions import deployment
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.bpmn.diagram import caught, end, error, process, service, start, task, way

pytestmark = pytest.mark.slow

KILLED = -signal.SIGKILL
DRAWN = process(
    start(), service("chiama", "registra_altrove", "> n = x", "< esito = doppio", tries="2"),
    caught("b", "chiama", "e1"), task("fatto"), task("occupato"), end(), way("inizio chiama fatto fine"),
    way("b occupato fine"), key="con_servizio", variables="x", top=error("e1", "OCCUPATO"),
).replace(b'name="x" type="string"', b'name="x" type="number"')  # fmt: skip

PACKAGE = '''
import os, signal
from engine.functions import BpmnError, Function

def registra(inputs, key):
    """Write into a file of another system; die where the environment says."""
    def at(place):
        if os.environ.get("REMOTE_DIES") == place:
            os.kill(os.getpid(), signal.SIGKILL)
    at("before")
    with open(os.environ["REMOTE_FILE"], "a") as file:
        file.write(key)
        file.flush()
        at("during")
        file.write(" done\\n")
    at("after")
    if inputs["n"] == 0:
        raise BpmnError("OCCUPATO")
    return {"doppio": inputs["n"] * 2}

function = Function("registra_altrove", frozenset({"n"}), frozenset({"doppio"}), registra)
'''


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the package, here and for workers; give the file into which the function writes."""
    installed = tmp_path / "installed"
    (installed / "altrove-1.0.dist-info").mkdir(parents=True)
    (installed / "altrove.py").write_text(PACKAGE, encoding="utf-8")
    (installed / "altrove-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: altrove\nVersion: 1.0\n")
    (installed / "altrove-1.0.dist-info/entry_points.txt").write_text(
        f"[{functions.GROUP}]\nregistra = altrove:function\n"
    )
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.setenv("REMOTE_FILE", str(tmp_path / "scritto"))
    functions.known.cache_clear()
    yield tmp_path / "scritto"
    functions.known.cache_clear()


def prepare(station: Station, number: int = 2) -> str:
    """Bring a case to its service task, with nothing else due; give the key with which the function will be called."""
    assert station.world is not None
    with station.world.at(datetime.now(UTC)) as session:
        designer = station.world.people["progettista"]
        deployment.deploy(session, designer, {"con_servizio.bpmn": DRAWN}, forms_given={})
    support.drain()
    station.world.start("con_servizio", datetime.now(UTC) - timedelta(minutes=1), x=number)
    with Session(db.engine()) as session:
        return session.scalars(select(Job.id)).one().hex


def kill(station: Station, name: str, remote: Path, place: str = "", **how: int) -> None:
    told = {"PYTHONPATH": f"{remote.parent / 'installed'}:{support.ROOT}", "REMOTE_DIES": place}
    ended = support.run_dying_worker(station, name, environment=told, **how)
    assert ended == KILLED, "the kill has to land"


def finish() -> None:
    """Do what is due some time later: the pause after the attempt is over."""
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=1)):
        for job_id in jobs.due():
            assert jobs.run(job_id)
    support.drain()


def calls(remote: Path) -> list[str]:
    return remote.read_text(encoding="utf-8").splitlines() if remote.exists() else []


def stands(element: str) -> bool:
    """Whether the case has come here once, and nothing waits for the function any more."""
    with Session(db.engine()) as session:
        came = UserTask.element_id.in_(["fatto", "occupato"]), UserTask.state == TaskStatus.OPEN
        steps = session.scalars(select(UserTask.element_id).where(*came)).all()
        return (list(steps), session.scalars(select(Job)).all()) == ([element], [])


@pytest.mark.parametrize(
    ("place", "written"),
    [("before", ["{key} done"]), ("during", ["{key}{key} done"]), ("after", ["{key} done", "{key} done"])],
)
def test_killed_in_the_function_it_is_called_again_with_its_key(
    station: Station, remote: Path, place: str, written: list[str]
) -> None:
    with station.database("few") as name:
        key = prepare(station)
        kill(station, name, remote, place)
        finish()
        assert calls(remote) == [line.format(key=key) for line in written]
        assert stands("fatto")


# What is due is looked for; the attempt is counted; the function is called; what it gave is taken in.
@pytest.mark.parametrize("how", [{"before": 3}, {"after": 3}, {"before": 4}, {"after": 4}, {"statement": 12}])
def test_killed_around_the_call_it_is_called_at_least_once_and_counts_once(
    station: Station, remote: Path, how: dict[str, int]
) -> None:
    with station.database("few") as name:
        key = prepare(station)
        kill(station, name, remote, **how)
        finish()
        assert calls(remote) in ([f"{key} done"], [f"{key} done"] * 2)
        assert stands("fatto")


def test_an_error_that_the_protocol_foresees_takes_its_way_after_a_kill(station: Station, remote: Path) -> None:
    with station.database("few") as name:
        prepare(station, 0)
        kill(station, name, remote, "after")
        finish()
        assert stands("occupato")


def test_one_that_kills_its_worker_each_time_ends_as_an_incident_after_as_many_tries_as_were_declared(
    station: Station, remote: Path
) -> None:
    assert station.world is not None
    with station.database("few") as name:
        key = prepare(station)
        for _attempt in range(2):
            kill(station, name, remote, "after")
            with db.transaction() as session:
                session.execute(update(Job).values(due_at=clock.now()))
        assert support.run_dying_worker(station, name, done=1) == 0
        assert calls(remote) == [f"{key} done"] * 2, "and not a third time"
        with db.transaction() as session:
            (stuck,) = session.scalars(select(Incident)).all()
            assert (stuck.element_id, stuck.code) == ("chiama", jobs.FAILED)
            incidents.retry(session, station.world.people["responsabile.cav"], stuck.id)
        finish()
        assert stands("fatto")
