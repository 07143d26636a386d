"""Running the demonstration: embedded database, web and worker, until Ctrl-C.

The address is bound here and handed to the web server, so it stays ours while that restarts and nobody else can take it
in between. Whatever is killed comes back; when this process itself is killed, web and worker end by themselves, and the
next start adopts the database that is still running.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine import blind, crypto, db, embedded, migrations, protocol_files, settings, sight, supervision
from engine.demo import accounts, network
from engine.errors import ConfigurationError, Failure
from engine.supervision import Child, Supervisor

HOST = "127.0.0.1"
FIRST_PORT = 8000
_PORTS_TRIED = 50
_LONGEST_START = 60.0  # seconds until the web server answers
_DEATHS_AT_START = 3  # of the web server, before it is given up

_log = logging.getLogger("staffetta.demo")


def run(data_dir: Path, *, port: int = FIRST_PORT, processes: Path | None = None) -> None:
    """Run the demonstration with the data in `data_dir` until SIGINT or SIGTERM.

    ConfigurationError when one already runs on this data, no port is free, or the web server does not start.
    """
    stopping = _stop_on_signals()
    settings.create_secrets(data_dir)
    with _alone(data_dir) as remember, _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        remember(address)
        if listener.getsockname()[1] != port:
            _say(f"La porta {port} è occupata: uso la {listener.getsockname()[1]}.")
        cluster = embedded.Cluster(data_dir / "postgresql")
        with cluster.hold() as endpoint:
            environment = _environment(data_dir, address, endpoint.url(embedded.APPLICATION))
            _prepare(environment, data_dir, endpoint.url(embedded.OWNER), processes or protocol_files.shipped())
            if not stopping.is_set():
                _supervise(cluster, _children(environment, listener), address, data_dir, stopping)
    _say("Fermato. I dati restano in " + str(data_dir))


def _prepare(environment: Mapping[str, str], data_dir: Path, owner_url: str, processes: Path) -> None:
    """Bring the database up to date and complete the network; the protocols come last and may have problems."""
    checked = settings.load(environment)
    migrations.upgrade(owner_url)
    db.configure(checked.database_url or "")
    sight.assume(sight.EVERYTHING)
    crypto.configure(checked.keys)
    blind.configure(checked.index_key)
    try:
        with db.transaction() as session:
            network_id = network.prepare(session, data_dir)
        with db.transaction() as session:
            new, problems = network.deploy(session, network_id, processes)
        with db.transaction() as session:
            network.prepare_neighbour(session, processes)
    finally:
        db.dispose()
    for version in new:
        _say(f"Protocollo in vigore: {version}")
    for problem in problems:
        _say(f"NON messo in vigore: {problem.place}: {problem.reason} {problem.way_out}")


def _supervise(
    cluster: embedded.Cluster, children: list[Child], address: str, data_dir: Path, stopping: threading.Event
) -> None:
    start = _Start(children[0], address, data_dir)

    def every_tick() -> None:
        _keep_database(cluster)
        start.watch()

    Supervisor(children, every_tick).run(stopping)


class _Start:
    """The web server's first minute: announced when it answers, given up when it does not."""

    def __init__(self, web: Child, address: str, data_dir: Path) -> None:
        self._web, self._address, self._data_dir = web, address, data_dir
        self._give_up_at = time.monotonic() + _LONGEST_START
        self._is_over = False

    def watch(self) -> None:
        if self._is_over:
            return
        if self._web.quick_deaths >= _DEATHS_AT_START:
            raise ConfigurationError("the web server does not start; its messages are above")
        if self._web.pid is not None and _answers(self._address):
            _announce(self._address, self._data_dir)
            self._is_over = True
        elif time.monotonic() > self._give_up_at:
            raise ConfigurationError(f"the web server does not answer at {self._address}")


def _keep_database(cluster: embedded.Cluster) -> None:
    try:
        cluster.ensure_running()
    except Failure as failure:  # the next round tries again; web and worker say meanwhile that it is away
        _log.warning("the database does not come back yet: %s", failure)


def _children(environment: Mapping[str, str], listener: socket.socket) -> list[Child]:
    descriptor = listener.fileno()
    web_environment = {**environment, supervision.LISTEN_FD: str(descriptor)}
    return [
        Child("web", supervision.web_command(), web_environment, descriptors=[descriptor]),
        Child("worker", supervision.worker_command(), environment),
    ]


def _environment(data_dir: Path, address: str, app_url: str) -> dict[str, str]:
    """Return the environment of web and worker: ours alone, whatever STAFFETTA_* this shell has."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("STAFFETTA_")}
    return {
        **inherited,
        "STAFFETTA_DATA_DIR": str(data_dir),
        "STAFFETTA_DATABASE_URL": app_url,
        "STAFFETTA_HOST": HOST,
        "STAFFETTA_PORT": address.rpartition(":")[2],
        "STAFFETTA_PUBLIC_URL": address,
    }


@contextmanager
def _alone(data_dir: Path) -> Iterator[Callable[[str], None]]:
    """Hold the data for this process alone; gives a function that leaves the address for who comes second."""
    path = data_dir / "demo.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            where = file.read().strip() or "an address that it has not chosen yet"
            raise ConfigurationError(f"a demonstration already runs on {data_dir}, at {where}") from None

        def remember(address: str) -> None:
            file.truncate(0)
            file.write(address)
            file.flush()

        yield remember


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """Listen on the port, or on the next that is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for candidate in range(port, port + _PORTS_TRIED):
            try:
                listener.bind((HOST, candidate))
                listener.listen(128)
            except OSError as error:
                if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
                continue
            yield listener
            return
        raise ConfigurationError(f"no port from {port} to {port + _PORTS_TRIED - 1} is free: set STAFFETTA_PORT")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310 - our own http address  # nosec B310
            return bool(response.status)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: stopping.set())
    return stopping


def _announce(address: str, data_dir: Path) -> None:
    passwords, _ = accounts.passwords(data_dir)
    width = max(len(person.username) for person in accounts.PEOPLE)
    _say(f"\n{network.NAME}: {address}\n")
    for person in accounts.PEOPLE:
        _say(f"  {person.username:<{width}}  {passwords[person.username]}  {person.display_name} ({person.role})")
    _say(f"\nLe password restano in {data_dir / accounts.FILE}. Ctrl-C ferma tutto; i dati restano.\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
