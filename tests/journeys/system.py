"""The whole system as an operator runs it: PostgreSQL, `staffetta serve`, `staffetta worker`."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine import settings as settings_of
from tests.database import Urls

_START = 90.0  # seconds for the web server to answer


@dataclass(frozen=True, slots=True)
class System:
    """Where it answers, and its processes."""

    address: str
    web: subprocess.Popen[bytes]
    worker: subprocess.Popen[bytes]


@contextmanager
def running(urls: Urls, data_dir: Path) -> Iterator[System]:
    """Start web and worker on a database whose secrets are in `data_dir`; stop both afterwards."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("STAFFETTA_")},
        "STAFFETTA_DATA_DIR": str(data_dir),
        "STAFFETTA_DATABASE_URL": urls.app,
        "STAFFETTA_PORT": str(port),
    }
    staffetta = [sys.executable, "-m", "engine.cli"]
    web = subprocess.Popen([*staffetta, "serve"], env=environment)
    worker = subprocess.Popen([*staffetta, "worker"], env=environment)
    try:
        _wait_until_it_answers(address, web)
        yield System(address, web, worker)
    finally:
        for process in (web, worker):
            process.send_signal(signal.SIGTERM)
        for process in (web, worker):
            process.wait(timeout=30)


def secrets_in(data_dir: Path) -> settings_of.Settings:
    """Make the secrets of an installation, and return its settings for use in this process."""
    settings_of.create_secrets(data_dir)
    return settings_of.load({"STAFFETTA_DATA_DIR": str(data_dir)})


def _wait_until_it_answers(address: str, web: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        if web.poll() is not None:
            raise RuntimeError(f"the web server ended with {web.returncode}")
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=2)
        try:
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("the web server does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
