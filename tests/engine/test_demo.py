from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from engine.demo import accounts
from tests import database

pytestmark = [pytest.mark.slow, pytest.mark.alone]


class Demo:
    """A demonstration in a process of its own, and what it says."""

    def __init__(self, data_dir: Path, port: int) -> None:
        command = [sys.executable, "-m", "engine.cli", "demo", "--data-dir", str(data_dir), "--port", str(port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self._lines)

    @property
    def address(self) -> str:
        found = until(lambda: re.search(r"^Rete dimostrativa: (http\S+)$", self.said, re.MULTILINE), self)
        return found.group(1)

    def children(self, word: str) -> list[psutil.Process]:
        """The processes below the demonstration whose command has this word."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if word in " ".join(process.cmdline()):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join(10)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self._reader.join(10)
        assert self.process.stdout
        self.process.stdout.close()


def until(condition: Callable[[], object], demo: Demo | None = None, seconds: float = 60) -> object:
    """Wait for what must come; what does not come fails the test, with what the demonstration said."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"it did not come\n{demo.said if demo else ''}")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - our own http address
            return response.status == 200
    except OSError:
        return False


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(port: int) -> Iterator[Callable[..., Demo]]:
    """Start demonstrations on one data folder; those still running are stopped at the end."""
    running: list[Demo] = []
    with database.embedded_home() as home:

        def begin(on: int = port) -> Demo:
            running.append(Demo(home / "dati", on))
            return running[-1]

        begin.data_dir = home / "dati"
        try:
            yield begin
        finally:
            for demo in running:
                demo.close()
            postmaster = next((home / "home").glob("*/cluster/postmaster.pid"), None)
            if postmaster is not None:
                pid = int(postmaster.read_text().split()[0])
                os.kill(pid, signal.SIGINT)
                until(lambda: not psutil.pid_exists(pid))


def test_it_starts_says_where_and_who_stops_and_starts_again_with_its_data(
    start: Callable[..., Demo], port: int
) -> None:
    demo = start()
    assert demo.address == f"http://127.0.0.1:{port}"
    assert answers(demo.address)
    kept = (start.data_dir / accounts.FILE).read_text()
    for person in accounts.PEOPLE:
        assert re.search(
            rf"^  {person.username} +\S+  {person.display_name} \({person.role}\)$", demo.said, re.MULTILINE
        )
    assert "Protocollo in vigore: accoglienza_cav v1" in demo.said
    assert (start.data_dir / accounts.FILE).stat().st_mode & 0o777 == 0o600
    started = [process.pid for process in demo.children("")]
    assert demo.stop() == 0
    assert not [pid for pid in started if psutil.pid_exists(pid)]
    assert not answers(f"http://127.0.0.1:{port}")

    began = time.monotonic()
    again = start()
    assert answers(again.address)
    assert time.monotonic() - began < 20
    assert "Protocollo in vigore" not in again.said  # the same digest is no new version
    assert (start.data_dir / accounts.FILE).read_text() == kept


def test_a_taken_port_is_said_and_the_next_free_one_used(start: Callable[..., Demo], port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        demo = start()
        other = int(demo.address.rpartition(":")[2])
        assert other != port
        assert f"La porta {port} è occupata: uso la {other}." in demo.said
        assert answers(demo.address)


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(start: Callable[..., Demo]) -> None:
    first = start()
    address = first.address
    second = start()
    assert second.process.wait(30) == 3
    assert f"already runs on {start.data_dir}, at {address}" in until(lambda: second.said, second)
    assert answers(address)


def test_whatever_is_killed_comes_back(start: Callable[..., Demo]) -> None:
    demo = start()
    address = demo.address
    for word in ("gunicorn", "engine.cli worker", "engine.worker"):
        before = {process.pid for process in until(lambda word=word: demo.children(word), demo)}
        victim = min(before)
        os.kill(victim, signal.SIGKILL)
        until(lambda: not psutil.pid_exists(victim) or psutil.Process(victim).status() == "zombie", demo)  # noqa: B023
        until(lambda word=word, before=before: {p.pid for p in demo.children(word)} - before, demo)
        until(lambda: answers(address), demo)

    postmaster = next((start.data_dir.parent / "home").glob("*/cluster/postmaster.pid"))
    pid = int(postmaster.read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    until(lambda: postmaster.exists() and int(postmaster.read_text().split()[0]) != pid, demo)
    until(lambda: answers(address), demo)
    assert demo.stop() == 0


def test_when_it_is_killed_nothing_stays_that_the_next_start_cannot_adopt(start: Callable[..., Demo]) -> None:
    demo = start()
    address = demo.address
    until(lambda: demo.children("engine.worker"), demo)
    below = [process.pid for process in demo.children("")]
    demo.process.kill()
    demo.process.wait(10)
    until(lambda: not [pid for pid in below if psutil.pid_exists(pid)])
    again = start()
    assert again.address == address  # the port is free again
    assert answers(address)
