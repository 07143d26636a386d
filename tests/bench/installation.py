"""An installation to measure: a durable database, a network, one protocol of three steps in a row, a token."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import psutil
import psycopg
from sqlalchemy import make_url

from engine import blind, clock, crypto, db, embedded, parameters, settings, sight, supervision
from engine.definitions import deployment
from engine.ladders import versions as ladders
from engine.participants import directory, sessions, tokens
from engine.participants.access import Actor
from engine.participants.models import Role
from engine.participants.token_models import TokenScope
from tests import database
from tests.engine.cases import protocols

ROOT = Path(__file__).parents[2]
STEPS = ("passo_1", "passo_2", "passo_3")
PROCESS = "tre_passi"
ANSWER = {"numero": 7, "ancora": False, "obbligatoria": "una risposta", "nota": "una nota di qualche riga " * 12}
_TOKENS = 100  # a token is good for 600 requests a minute
_PASSWORD = "una frase lunga di prova"
_CLOCKS = (protocols.deadline("reception", "T.ora"), protocols.deadline("conclusion", "T.giorno"))


@dataclass(frozen=True)
class Installation:
    """A running database with a network in it; `environment` is what web and worker need."""

    environment: dict[str, str]
    owner_url: str
    network_id: UUID
    agency_id: UUID
    actor: Actor
    definition_id: UUID
    tokens: tuple[str, ...]
    cookie: str
    postmaster: psutil.Process

    @property
    def token(self) -> str:
        """One of the tokens, for who asks little."""
        return self.tokens[0]

    def sql(self, statement: str, **values: object) -> list[tuple[object, ...]]:
        """Run a statement as the owner of the tables, past the product."""
        with psycopg.connect(_plain(self.owner_url), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def database_cpu(self) -> float:
        """Seconds of processor time that the database has used so far, with the helpers that have ended."""
        processes = [self.postmaster, *self.postmaster.children()]
        own = sum(_cpu(process) for process in processes)
        ended = self.postmaster.cpu_times()
        return own + ended.children_user + ended.children_system


@contextmanager
def installed() -> Iterator[Installation]:
    """Make one, and take everything away again; the engine is configured for it in this process too."""
    with database.embedded_home() as directory_, embedded.Cluster(directory_ / "data").hold() as endpoint:
        urls = database.Urls(app=endpoint.url(embedded.APPLICATION), owner=endpoint.url(embedded.OWNER))
        database.migrate(urls)
        settings.create_secrets(directory_ / "secrets")
        environment = {
            **os.environ,
            "STAFFETTA_DATA_DIR": str(directory_ / "secrets"),
            "STAFFETTA_DATABASE_URL": urls.app,
            "STAFFETTA_HOST": "127.0.0.1",
            "STAFFETTA_PORT": str(_free_port()),
        }
        os.environ.update({name: value for name, value in environment.items() if name.startswith("STAFFETTA_")})
        loaded = settings.load(environment)
        crypto.configure(loaded.keys)
        blind.configure(loaded.index_key)
        db.configure(urls.app)
        sight.assume(sight.EVERYTHING)
        try:
            yield _populated(environment, urls.owner)
        finally:
            db.dispose()


@contextmanager
def serving(installation: Installation) -> Iterator[list[psutil.Process]]:
    """Run the web server as in production, two processes of four threads; gives the processes that answer."""
    master = subprocess.Popen(supervision.web_command(), env=installation.environment, cwd=ROOT)
    try:
        port = int(installation.environment["STAFFETTA_PORT"])
        _wait_until(lambda: _answers(port))
        _wait_until(lambda: len(psutil.Process(master.pid).children()) == 2)
        yield psutil.Process(master.pid).children()
    finally:
        master.terminate()
        master.wait(30)


def cpu(processes: list[psutil.Process]) -> float:
    """Seconds of processor time that processes have used so far."""
    return sum(_cpu(process) for process in processes)


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _populated(environment: dict[str, str], owner_url: str) -> Installation:
    nodes = [
        protocols.start("inizio"),
        *[protocols.task(step, *_CLOCKS, form="prova") for step in STEPS],
        protocols.end("fine"),
    ]
    path = ["inizio", *STEPS, "fine"]
    source = protocols.process(PROCESS, nodes, list(pairwise(path)), lanes={"cav": " ".join(path)})
    # A month ago: cases of the past belong to a network that was there.
    with clock.frozen(datetime.now(UTC) - timedelta(days=30)), db.transaction() as session:
        network = directory.create_network(session, key="misura", name="Rete di misura")
        parameters.load_defaults(session, network.id, (ROOT / "processes/parameters.toml").read_bytes())
        ladders.load_defaults(session, network.id, (ROOT / "processes/ladders.toml").read_bytes())
        parameters.load_defaults(session, network.id, protocols.PARAMETERS)
        agency = directory.create_agency(session, network.id, name="Centro antiviolenza", services=["cav"])
        user = directory.create_user(session, username="operatrice", display_name="operatrice", password=_PASSWORD)
        for role in (Role.OPERATRICE, Role.PROGETTISTA):
            directory.create_membership(session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=role)
        actor = directory.actor(session, user.id, network.id)
        if actor is None:
            raise RuntimeError("the person has just been made")
        files = {f"{PROCESS}.bpmn": source}
        (deployed,) = deployment.deploy(session, actor, files, forms_given={"prova": protocols.FORMS["prova"]})
    scopes, life = [TokenScope.READ, TokenScope.WORK], timedelta(days=1)
    with db.transaction() as session:
        made = [
            tokens.create(
                session, user_id=user.id, network_id=network.id, name=f"misura {number}", scopes=scopes, life=life
            )
            for number in range(_TOKENS)
        ]
        cookie = sessions.open(session, user.id, network_id=network.id)
    return Installation(
        environment=environment,
        owner_url=owner_url,
        network_id=network.id,
        agency_id=agency.id,
        actor=actor,
        definition_id=deployed.definition.id,
        tokens=tuple(token for _, token in made),
        cookie=cookie,
        postmaster=_postmaster(owner_url),
    )


def _postmaster(url: str) -> psutil.Process:
    with psycopg.connect(_plain(url)) as connection:
        return psutil.Process(psutil.Process(connection.info.backend_pid).ppid())


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _wait_until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError("the web server does not start")
        time.sleep(0.1)
