"""Databases for tests: one server for a run, a template migrated once, a fresh copy for each test that asks.

The server is the embedded one, not durable. When STAFFETTA_TEST_DATABASE_ADMIN_URL names another (the address of a
superuser), that one is used, so that the suite runs on a server from a distribution's package too.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Dialect, Engine, make_url
from sqlalchemy.util import LRUCache

from engine import embedded
from engine.embedded import roles

ADMIN_URL = "STAFFETTA_TEST_DATABASE_ADMIN_URL"
_TRIES = 6  # of five seconds each, to copy a template


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of one database: for the application, and for the owner of its schema."""

    app: str
    owner: str


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server on which this process may make databases. Names carry the process, for parallel runs."""

    admin: URL
    passwords: dict[str, str]

    def create(self, name: str, template: str = "template0") -> Urls:
        """Make a database owned by the owner role and open to the application role."""
        with self._connect() as connection:
            _patiently(
                connection,
                # With fsync off, as on the servers of the tests, 31 ms against 103 ms for WAL_LOG (40 tables).
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name),
                    sql.Identifier(roles.OWNER),
                    sql.Identifier(template),
                ),
            )
            roles.close_database(connection, name)
            # What a test reads of the database past the product, it sees whole.
            everything = sql.SQL("ALTER DATABASE {} SET staffetta.reach = 'everything'")
            connection.execute(everything.format(sql.Identifier(name)))
        return Urls(app=self._url(roles.APPLICATION, name), owner=self._url(roles.OWNER, name))

    def drop(self, name: str) -> None:
        """Drop a database, with whoever is still connected."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            self.admin.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )

    def _url(self, role: str, database: str) -> str:
        url = self.admin.set(
            drivername="postgresql+psycopg", username=role, password=self.passwords[role], database=database
        )
        return url.render_as_string(hide_password=False)


@contextmanager
def server() -> Iterator[Server]:
    """Run the server of the tests, or use the one that the environment names."""
    named = os.environ.get(ADMIN_URL)
    if named is not None:
        yield _prepared(make_url(named))
        return
    with embedded_home() as directory, embedded.Cluster(directory / "data", durable=False).hold() as endpoint:
        yield _prepared(make_url(endpoint.url(embedded.SUPERUSER, "postgres")))


@contextmanager
def embedded_home() -> Iterator[Path]:
    """Make a directory for an embedded server, which for root must be passable by the server's own user."""
    directory = Path(tempfile.mkdtemp(prefix="staffetta-test-"))
    directory.chmod(0o711)
    before = os.environ.get("STAFFETTA_EMBEDDED_HOME")
    os.environ["STAFFETTA_EMBEDDED_HOME"] = str(directory / "home")
    try:
        yield directory
    finally:
        if before is None:
            del os.environ["STAFFETTA_EMBEDDED_HOME"]
        else:
            os.environ["STAFFETTA_EMBEDDED_HOME"] = before
        shutil.rmtree(directory)


def migrate(urls: Urls) -> None:
    """Bring a database to the newest schema, as an operator's `staffetta upgrade` does."""
    importlib.import_module("engine.migrations").upgrade(urls.owner)


def sharing_statements(create_engine: Callable[..., Engine]) -> Callable[..., Engine]:
    """Let each test's engine find what those before it have compiled: the statements are the same in every copy.

    A sixth of the tests' time was spent on compiling them anew. What is compiled is kept per dialect, so that is one.
    """
    compiled: LRUCache[Any, Any] = LRUCache(5000)
    shared: dict[str, Dialect] = {}

    def create(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, **options)
        engine.dialect = shared.setdefault("dialect", engine.dialect)
        engine.update_execution_options(compiled_cache=compiled)
        return engine

    return create


def _patiently(connection: psycopg.Connection, statement: sql.Composable) -> None:
    """Copy a template that nobody should be connected to. On a busy machine a connection that was closed is still
    there after the five seconds that the server waits for it by itself.
    """
    for _ in range(_TRIES - 1):
        try:
            connection.execute(statement)
        except psycopg.errors.ObjectInUse:
            continue
        return
    connection.execute(statement)


def _prepared(admin: URL) -> Server:
    # Fixed, because the processes of a parallel run may share a server: what one sets is what the others use.
    passwords = {role: f"only-for-tests-{role}" for role in (roles.OWNER, roles.APPLICATION)}
    server = Server(admin, passwords)
    with server._connect() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # two processes must not make the same role
        roles.prepare_roles(connection, passwords)
    return server
