"""Child processes: started, started again when they die, stopped together, and never left behind.

A child's standard input is a pipe whose other end only this process holds. It closes when this process is gone, however
it went (kill -9 too), and the child ends by itself: see `end_with_parent`. Children run in sessions of their own, so
that Ctrl-C in a terminal reaches this process alone, which then stops them in order.
"""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

# Tells a child that its standard input is such a pipe.
PARENT_PIPE = "STAFFETTA_PARENT_PIPE"
# Tells the web server that this inherited descriptor is a listening socket.
LISTEN_FD = "STAFFETTA_LISTEN_FD"

_TICK = 0.25  # seconds
_QUICK_DEATH = 5.0  # seconds; who dies sooner is started again after a growing pause
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds
_PATIENCE = 15.0  # seconds between asking a child to end and ending it

# New objects that can be part of a cycle until the collector looks for cycles among them; Python's own 700 are a
# fraction of what one page or command makes and drops again.
_YOUNG = 10_000

_log = logging.getLogger("staffetta.supervision")


def web_command() -> list[str]:
    """Return the command of the web server. The application is named in words: the engine knows no web."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--config",
        "python:engine.supervision.web_server",
        "web.app:create_app()",
    ]


def worker_command() -> list[str]:
    """Return the command of the worker."""
    return [sys.executable, "-m", "engine.cli", "worker"]


@dataclass(slots=True)
class Child:
    """A process to be kept running; `descriptors` are passed on to it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: Sequence[int] = ()
    quick_deaths: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _start_at: float = 0.0

    @property
    def pid(self) -> int | None:
        """The running process's id."""
        return self._process.pid if self._process is not None else None

    def keep_running(self) -> None:
        """Start the process if it does not run; call it again and again."""
        if self._process is not None and self._process.poll() is not None:
            self._bury(self._process)
        if self._process is None and time.monotonic() >= self._start_at:
            self._start()

    def stop(self) -> None:
        """Ask the process to end."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Wait for the process to end until `deadline` (monotonic), then end it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _log.warning("%s did not end when asked: killed", self.name)
            self._process.kill()
            self._process.wait()
        _close_pipe(self._process)

    def _start(self) -> None:
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            env={**self.environment, PARENT_PIPE: "1"},
            pass_fds=self.descriptors,
            start_new_session=True,
        )

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        _close_pipe(process)
        quick = time.monotonic() - self._started_at < _QUICK_DEATH
        self.quick_deaths = self.quick_deaths + 1 if quick else 0
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self.quick_deaths) if quick else 0.0
        self._start_at = time.monotonic() + pause
        self._process = None
        _log.warning("%s ended with %s: started again in %.1f s", self.name, process.returncode, pause)


@dataclass(slots=True)
class Supervisor:
    """Keeps children running until told to stop. `every_tick` is called on each round, some four times a second."""

    children: Sequence[Child]
    every_tick: Callable[[], None] = field(default=lambda: None)

    def run(self, stopping: threading.Event) -> None:
        """Return when `stopping` is set and all children have ended."""
        try:
            while not stopping.is_set():
                self.every_tick()
                for child in self.children:
                    child.keep_running()
                stopping.wait(_TICK)
        finally:
            self.stop()

    def stop(self) -> None:
        """End all children: ask them at once, wait for each, kill who does not listen."""
        for child in reversed(self.children):
            child.stop()
        deadline = time.monotonic() + _PATIENCE
        for child in reversed(self.children):
            child.end(deadline)


def settle() -> None:
    """Let the garbage collector leave alone what is loaded by now, and look less often; to be called once, then.

    It went through the whole application again and again in the midst of requests, a sixth of their processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


def end_with_parent(end: Callable[[], None]) -> None:
    """Call `end` in a thread when the parent that supervises this process is gone; nothing when there is none."""
    if os.environ.get(PARENT_PIPE) != "1":
        return

    def wait() -> None:
        while os.read(0, 4096):
            pass
        end()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _close_pipe(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
