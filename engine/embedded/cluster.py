"""The embedded database as its users see it: start or adopt it, hold it while in use, keep it running, stop it.

Whoever uses the server shares a lock on a file; the last one to let go stops the server. The kernel drops the lock of a
killed process, so the worst that kill -9 leaves behind is a running server, which the next start adopts.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

from engine.embedded import binaries, places, roles, server
from engine.embedded.errors import EmbeddedDatabaseError
from engine.embedded.roles import Endpoint

_LONGEST_SILENCE = 30.0
"""Seconds that a running server may refuse its superuser before that counts as failure."""


class Cluster:
    """An embedded PostgreSQL in a directory.

    `durable=False` is for tests: the server does not wait for the disk. It still loses nothing when it is killed, but
    a crash of the machine may destroy the whole database.
    """

    def __init__(self, data_directory: Path, *, durable: bool = True) -> None:
        self._data = data_directory.resolve()
        self._durable = durable

    def start(self) -> Endpoint:
        """Start the server, or adopt the one that runs; make its roles and database. Nobody holds it yet."""
        with self._alone():
            return self._start()

    def ensure_running(self) -> Endpoint:
        """Start the server again if it has died; costs next to nothing while it runs.

        For the one process that watches over the others: call it every second or so.
        """
        found = self._find()
        return self.start() if found is None else self._endpoint(found)

    def hold(self) -> Hold:
        """Start or adopt the server and keep it until the hold is released."""
        with self._alone():
            descriptor = os.open(self._users, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH)
                return Hold(self, self._start(), descriptor)
            except BaseException:
                os.close(descriptor)
                raise

    def stop(self) -> None:
        """Stop the server, whoever uses it."""
        if self._data.exists():
            with self._alone():
                server.stop(places.settle(self._data).cluster)

    def release(self, descriptor: int) -> None:
        """Give up a share of the users' lock, and stop the server if it was the last one."""
        with self._alone():
            os.close(descriptor)
            last = os.open(self._users, os.O_RDWR)
            try:
                fcntl.flock(last, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop(places.settle(self._data).cluster)
            except BlockingIOError:
                return  # somebody else uses it
            finally:
                os.close(last)

    @property
    def _users(self) -> Path:
        return self._data / "users.lock"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait for everybody else who starts, stops, takes or releases: these happen one after the other."""
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._data / "starting.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError as error:
            message = f"{error.filename} belongs to another user; run Staffetta as that user."
            raise EmbeddedDatabaseError(message) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _start(self) -> Endpoint:
        left = places.abandoned(self._data)
        if left is not None:
            server.stop(left / "cluster")
        settled = places.settle(self._data)
        roles.make_passwords(settled.passwords)
        found = server.await_ready(settled)
        if found is None:
            programs = _runnable(settled)
            server.initialise(settled, programs)
            server.check_version(settled.cluster, programs)
            found = server.start(settled, programs, durable=self._durable)
        endpoint = self._endpoint(found)
        _prepare(endpoint)
        return endpoint

    def _find(self) -> server.Postmaster | None:
        if not self._data.exists():
            return None
        found = server.find(places.settle(self._data).cluster)
        return found if found is not None and found.status == "ready" else None

    def _endpoint(self, found: server.Postmaster) -> Endpoint:
        return Endpoint(found.socket, self._data / "passwords")


class Hold:
    """A share in the running server: a context manager that gives its endpoint, or a handle to release."""

    def __init__(self, cluster: Cluster, endpoint: Endpoint, descriptor: int) -> None:
        self.endpoint = endpoint
        self._cluster = cluster
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let go; the last one stops the server. A second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._cluster.release(descriptor)

    def __enter__(self) -> Endpoint:
        return self.endpoint

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _prepare(endpoint: Endpoint) -> None:
    """Make roles and database, waiting for a server that has just lost a backend and starts itself anew."""
    end = time.monotonic() + _LONGEST_SILENCE
    while True:
        try:
            roles.prepare_database(endpoint)
        except psycopg.OperationalError as error:
            if time.monotonic() > end:
                message = f"PostgreSQL runs on {endpoint.socket_directory} but lets nobody in: {error}"
                raise EmbeddedDatabaseError(message) from error
            time.sleep(0.1)
        else:
            return


def _runnable(settled: places.Places) -> binaries.Binaries:
    """Return the installed programs, or a copy where the server's user can reach it."""
    found = binaries.installed()
    if settled.account.uid is None:
        return found
    try:
        server.run([found.program("postgres"), "--version"], Path("/"), settled.account)
    except EmbeddedDatabaseError:
        return binaries.copy(found, places.base_for_root())
    return found
