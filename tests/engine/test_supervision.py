from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from engine import supervision
from engine.supervision import Child, Supervisor

# Says its process id, and ends with its parent.
CHILD = """
import os, sys, time
from engine import supervision
supervision.end_with_parent(lambda: os._exit(0))
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
time.sleep(60)
"""

DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""

# A supervisor in a process of its own, to be killed.
PARENT = """
import os, sys, threading
from engine.supervision import Child, Supervisor
child = Child("child", [sys.executable, "-c", sys.argv[1], sys.argv[2]], dict(os.environ))
Supervisor([child]).run(threading.Event())
"""

# Settles down, and says what the collector leaves alone and how much is new until it looks.
SETTLED = """
import gc
from engine import supervision
supervision.settle()
print(gc.get_freeze_count(), gc.get_threshold()[0])
"""


def until(condition: Callable[[], object], seconds: float = 20) -> object:
    """Wait for what must come; what does not come fails the test."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come")


@pytest.fixture
def pids(tmp_path: Path) -> Callable[[], list[int]]:
    path = tmp_path / "pids"
    path.touch()
    return lambda: [int(line) for line in path.read_text().splitlines()]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Child]:
    """A child under a running supervisor."""
    child = Child("child", [sys.executable, "-c", CHILD, str(tmp_path / "pids")], dict(os.environ))
    stopping = threading.Event()
    thread = threading.Thread(target=Supervisor([child]).run, args=[stopping])
    thread.start()
    yield child
    stopping.set()
    thread.join(30)
    assert not thread.is_alive()


def test_a_killed_child_comes_back(supervised: Child, pids: Callable[[], list[int]]) -> None:
    until(pids)
    os.kill(pids()[0], signal.SIGKILL)
    until(lambda: len(pids()) == 2)
    assert supervised.pid == pids()[1]


def test_stopping_leaves_no_child(tmp_path: Path, pids: Callable[[], list[int]]) -> None:
    child = Child("child", [sys.executable, "-c", CHILD, str(tmp_path / "pids")], dict(os.environ))
    stopping = threading.Event()
    thread = threading.Thread(target=Supervisor([child]).run, args=[stopping])
    thread.start()
    until(pids)
    stopping.set()
    thread.join(20)
    assert not psutil.pid_exists(pids()[0])


def test_a_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervision, "_PATIENCE", 0.2)
    ready = tmp_path / "ready"
    supervisor = Supervisor([Child("deaf", [sys.executable, "-c", DEAF, str(ready)], dict(os.environ))])
    supervisor.children[0].keep_running()
    pid = supervisor.children[0].pid
    until(ready.exists)
    supervisor.stop()
    assert not psutil.pid_exists(pid)


def test_a_child_that_cannot_live_is_started_again_at_growing_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(supervision.time, "monotonic", lambda: now[0])
    child = Child("short", [sys.executable, "-c", "pass"], dict(os.environ))
    starts = []
    for _ in range(4000):
        before = child.pid
        child.keep_running()
        if child.pid is not None and child.pid != before:
            starts.append(now[0])
            child._process.wait()
        now[0] += 0.01
    gaps = [round(later - earlier) for earlier, later in pairwise(starts)]
    assert gaps[:4] == [1, 2, 4, 8]
    assert set(gaps[4:]) == {10}


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path, pids: Callable[[], list[int]]) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD, str(tmp_path / "pids")])
    until(pids)
    parent.kill()
    parent.wait()
    until(lambda: not psutil.pid_exists(pids()[0]))


def test_without_a_supervisor_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(supervision.PARENT_PIPE, raising=False)
    before = threading.active_count()
    supervision.end_with_parent(lambda: pytest.fail("there is no parent to end with"))
    assert threading.active_count() == before


def test_the_web_server_is_named_in_words_and_the_worker_by_its_command() -> None:
    assert supervision.web_command()[-1] == "web.app:create_app()"
    assert supervision.worker_command()[1:] == ["-m", "engine.cli", "worker"]


def test_what_is_loaded_is_left_alone_by_the_collector_of_garbage() -> None:
    said = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True)
    frozen, young = map(int, said.stdout.split())
    assert frozen > 1_000
    assert young == 10_000
