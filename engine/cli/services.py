"""Commands that run until they are stopped."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from pathlib import Path

import click

from engine import db, embedded, supervision
from engine.cli import opening, speech
from engine.errors import ConfigurationError, Failure
from engine.supervision import Child, Supervisor

_WATCH = 1.0  # seconds between looks at the embedded database

_log = logging.getLogger("staffetta.cli")


@click.command()
def serve() -> None:
    """Serve the pages. TLS is ended by a proxy in front; see STAFFETTA_HOST, _PORT and _PUBLIC_URL."""
    with opening.working() as opened:
        db.dispose()
        _require_free(opened.settings.host, opened.settings.port)
        host, port = opened.settings.host, opened.settings.port
        speech.say(
            f"le pagine sono a {opened.settings.public_url}, in ascolto su {host} porta {port};"
            " Ctrl-C ferma. Ciò che scade lo fa `staffetta worker`.",
            f"serving the pages at {opened.settings.public_url}, listening on {host} port {port};"
            " Ctrl-C stops. What falls due is done by `staffetta worker`.",
        )
        command = supervision.web_command()
        environment = {**os.environ, "STAFFETTA_DATABASE_URL": opened.settings.database_url or ""}
        environment.pop("STAFFETTA_DATABASE_OWNER_URL", None)  # who serves pages must not have it
        if opened.cluster is None:
            os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted  # nosec B606
        stopping = _stop_on_signals()
        cluster = opened.cluster
        Supervisor([Child("web", command, environment)], lambda: _keep(cluster)).run(stopping)


@click.command()
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1, 64))
def worker(processes: int) -> None:
    """Do what falls due: timers, deadlines, ladders. Any number may run, on any number of machines."""
    from engine import worker as working  # noqa: PLC0415 - APScheduler is loaded only where it is used

    supervision.end_with_parent(lambda: os._exit(0))
    with opening.working() as opened:
        db.dispose()
        if opened.cluster is not None:
            _keep_in_background(opened.cluster)
        speech.say(
            f"{processes} processi fanno ciò che scade: tempi, scadenze, solleciti, pulizie; Ctrl-C ferma.",
            f"{processes} processes do what falls due: timers, deadlines, ladders, housekeeping; Ctrl-C stops.",
        )
        working.main(opened.settings, processes=processes)


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), envvar="STAFFETTA_DATA_DIR", default=".staffetta")
@click.option("--port", envvar="STAFFETTA_PORT", default=8000, show_default=True, type=click.IntRange(1, 65535))
def demo(data_dir: Path, port: int) -> None:
    """Run everything on this machine, with an invented network and random passwords. Not for real cases."""
    from engine import demo as demonstration  # noqa: PLC0415 - not needed by any other command

    demonstration.run(data_dir.absolute(), port=port)


def _require_free(host: str, port: int) -> None:
    """Raise ConfigurationError when somebody else listens there: the web server would try for ever."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the web server does: connections of an earlier run that are still closing are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"nothing can listen on {host} port {port} ({error.strerror}): set STAFFETTA_PORT to another port"
            raise ConfigurationError(message) from error


def _keep(cluster: embedded.Cluster) -> None:
    try:
        cluster.ensure_running()
    except Failure as failure:  # looked at again in a moment; whoever needs it meanwhile is told that it is away
        _log.warning("the database does not come back yet: %s", failure)


def _keep_in_background(cluster: embedded.Cluster) -> None:
    def watch() -> None:
        pause = threading.Event()
        while not pause.wait(_WATCH):
            _keep(cluster)

    threading.Thread(target=watch, name="database", daemon=True).start()


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stopping.set())
    return stopping
