"""A PostgreSQL and an installation of its own, which may be killed; cases that are due; workers as real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import psutil
from psycopg import sql
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import blind, clock, crypto, db, embedded, migrations, settings, supervision
from engine.cases import timers
from engine.cases.action_item_models import ActionItem
from engine.cases.helper_models import TaskHelper
from engine.cases.models import Case, CaseEvent, Incident, TaskStatus, Timer, UserTask
from engine.deadlines.models import Deadline, Rung, RungStatus
from engine.embedded import places, roles, server
from engine.ladders import versions
from engine.ladders.steps import EscalationClass
from engine.notifications.models import Notice
from tests.crash import cloning
from tests.engine.cases.conftest import World, build
from tests.ladders import THREE

ROOT = Path(__file__).parents[2]
DYING = Path(__file__).parent / "dying_worker.py"
PARENT = "from engine import settings, worker; worker.main(settings.load(), processes=2)"

DUE = {"few": (2, 2), "many": (2_000, 300), "crowd": (9_000, 1_000)}
"""How many cases of a template have a timer that is due, and how many a ladder."""

_numbers = count(1)


@dataclass
class Station:
    """One installation: its server, its secrets, its network with the protocols of tests."""

    cluster: embedded.Cluster
    directory: Path
    endpoint: embedded.Endpoint
    world: World | None = None
    _made: set[str] = field(default_factory=set)

    def create(self, name: str, template: str | None = None) -> None:
        """Make a database, copied from a template that nobody is connected to."""
        with self.endpoint.connect(embedded.SUPERUSER, "postgres") as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(embedded.OWNER), sql.Identifier(template or "template0")
                )
            )
            roles.close_database(connection, name)
            everything = sql.SQL("ALTER DATABASE {} SET staffetta.reach = 'everything'")  # for what tests read past it
            connection.execute(everything.format(sql.Identifier(name)))

    def drop(self, name: str) -> None:
        with self.endpoint.connect(embedded.SUPERUSER, "postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, name: str, role: str = embedded.APPLICATION) -> str:
        return self.endpoint.url(role, name)

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a worker on one of the databases."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("STAFFETTA_")}
        own = {"STAFFETTA_DATA_DIR": str(self.directory / "secrets"), "STAFFETTA_DATABASE_URL": self.url(name)}
        return {**kept, **own, "PYTHONPATH": str(ROOT)}

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """A fresh copy of a template, `few` or `many`, which this process and workers then use."""
        if template not in self._made:
            self._make(template)
        name = f"crash_{next(_numbers)}"
        self.create(name, template)
        db.configure(self.url(name))
        try:
            yield name
        finally:
            db.dispose()
            self.drop(name)

    def _make(self, template: str) -> None:
        assert self.world is not None
        self.create(template, "network")
        with using(self, template):
            draw(self.world, *DUE[template])
        self._made.add(template)

    def postmaster(self) -> int:
        found = server.find(places.settle(self.directory / "data").cluster)
        assert found is not None
        return found.pid

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Start the server again whenever it is gone, as the process that supervises everything does."""
        stopping = threading.Event()

        def watch() -> None:
            while not stopping.wait(0.2):
                self.cluster.ensure_running()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()


def prepare(station: Station) -> None:
    """Make the secrets and the database that the others are copies of."""
    settings.create_secrets(station.directory / "secrets")
    loaded = settings.load(station.environment("postgres"))
    crypto.configure(loaded.keys)
    blind.configure(loaded.index_key)
    station.create("network")
    migrations.upgrade(station.url("network", embedded.OWNER))
    with using(station, "network"):
        station.world = build()


@contextmanager
def using(station: Station, name: str) -> Iterator[None]:
    db.configure(station.url(name))
    yield
    db.dispose()


def draw(world: World, timed: int, owed: int) -> None:
    """Open cases in the past: `timed` ones whose boundary timer is due, `owed` ones whose whole ladder is.

    It names a further owner at the breach, and leaves something to do after it.
    """
    now = datetime.now(UTC)
    with world.at(now - timedelta(hours=31)) as session:
        text = THREE[THREE.index("[E1]") : THREE.index("[E2]")]
        text = text.replace('to = ["agency_lead"]', 'to = ["agency_lead"]\ndo = ["add_helper"]')
        text = text.replace('to = ["coordinator"]', 'to = ["coordinator"]\ndo = ["agenda"]')
        who, body = world.people["coordinatrice"], {"approved_by": "tavolo", "reason": "prova"}
        versions.change(session, who, EscalationClass.E1, text, **body)
    for key, instant, number in [
        ("conteso", now - timedelta(hours=2), timed),
        ("giro", now - timedelta(hours=30), owed),
    ]:
        case = world.start(key, instant)
        cloning.copy(case.id, number - 1)


def undone() -> int:
    """How many cases have something due and undone, past those that are put aside."""
    with Session(db.engine()) as session:
        due = (Case.next_due_at <= func.clock_timestamp(), Case.retry_at.is_(None))
        return session.scalar(select(func.count()).select_from(Case).where(*due)) or 0


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except Exception:  # noqa: BLE001 - the database may be away at this moment; the time limit decides
            db.engine().dispose()
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def drain(*, later: timedelta = timedelta(minutes=1)) -> int:
    """Do all due work in this process, some time later, so that no pause after an attempt holds."""
    moved = 0
    while True:
        with clock.frozen(datetime.now(UTC) + later):
            batch = timers.due(limit=100).case_ids
            moved += sum(timers.fire(case_id) for case_id in batch)
        if not batch:
            return moved


@contextmanager
def workers(station: Station, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """The real parent with two working processes."""
    parent = subprocess.Popen([sys.executable, "-c", PARENT], env=station.environment(name), stdin=subprocess.DEVNULL)
    try:
        yield parent
    finally:
        parent.terminate()
        parent.wait(30)


@contextmanager
def dying_workers(
    station: Station, name: str, number: int, environment: Mapping[str, str]
) -> Iterator[supervision.Supervisor]:
    """So many working processes that end themselves as told, each started again as the real parent does."""
    stopping = threading.Event()
    told = {**station.environment(name), **environment}
    children = [supervision.Child(f"w{n}", [sys.executable, str(DYING)], told) for n in range(1, number + 1)]
    supervisor = supervision.Supervisor(children)
    thread = threading.Thread(target=supervisor.run, args=(stopping,))
    thread.start()
    try:
        yield supervisor
    finally:
        stopping.set()
        thread.join()


def children(parent: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(parent.pid).children()


def run_dying_worker(
    station: Station, name: str, *, environment: Mapping[str, str] | None = None, **how: object
) -> int:
    """Run a single worker that ends itself by kill -9 as told (see dying_worker); give how it ended."""
    told = {f"DIE_{key.upper()}": str(value) for key, value in how.items()}
    ended = subprocess.run(
        [sys.executable, str(DYING)],
        env={**station.environment(name), **told, **(environment or {})},
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return ended.returncode


def run_dying_command(
    station: Station, name: str, *command: object, environment: Mapping[str, str] | None = None, **how: object
) -> int:
    """Carry out one command in a process that ends itself as told (see dying_command); give how it ended."""
    told = {f"DIE_{key.upper()}": str(value) for key, value in how.items()}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.crash.dying_command", *map(str, command)],
        env={**station.environment(name), **told, **(environment or {})},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return ended.returncode


def assert_nothing_lost_or_doubled(timed: int, owed: int, *, aside: int = 0) -> None:
    """Exactly one outcome for every case that was due, counted in every row that says so; `aside` of them wait."""
    with Session(db.engine()) as session:
        fired = _per_case(session, select(CaseEvent.case_id).where(CaseEvent.kind == "timer_fired"))
        climbed = _per_case(session, select(CaseEvent.case_id).where(CaseEvent.kind.like("rung_%")))
        told = _per_case(session, select(Notice.case_id).where(Notice.deadline_id.is_not(None)))
        helped = _per_case(session, select(TaskHelper.case_id))
        left = _per_case(session, select(ActionItem.case_id))
        rungs = dict(session.execute(select(Rung.state, func.count()).where(*_due_rungs()).group_by(Rung.state)).all())
        states = Counter((key, state) for key, state in session.execute(select(UserTask.element_id, UserTask.state)))
        assert (len(fired) + aside, set(fired.values())) == (timed, {1})
        assert (len(climbed), set(climbed.values())) == (owed, {1})
        assert (len(told), set(told.values())) == (owed, {1})
        assert (len(helped), set(helped.values())) == (owed, {1})
        assert (len(left), set(left.values())) == (owed, {1})
        assert rungs == {RungStatus.FIRED: owed, RungStatus.MERGED: 2 * owed}
        done = timed - aside
        expected = {
            ("passo", TaskStatus.CANCELLED): done,
            ("recupero", TaskStatus.OPEN): done,
            ("passo", TaskStatus.OPEN): owed + aside,
        }
        assert states == {key: number for key, number in expected.items() if number}
        assert session.scalar(select(func.count()).select_from(Timer)) == aside
        assert session.scalar(select(func.count()).select_from(Incident)) == (1 if aside else 0)


def _per_case(session: Session, query: object) -> Counter[UUID]:
    return Counter(session.scalars(query).all())  # type: ignore[call-overload]


def _due_rungs() -> tuple[object, ...]:
    """The ladders of the cases that owe a step since long; those of the timed cases have years to go."""
    owed = select(Deadline.id).join(UserTask, UserTask.id == Deadline.task_id).where(UserTask.lane == "cav")
    return (Rung.deadline_id.in_(owed), Rung.due_at <= func.clock_timestamp())


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
