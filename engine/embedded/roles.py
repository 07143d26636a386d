"""Roles and database of the embedded server, and the addresses under which they are reached.

Two roles, because the running application must not be able to change the schema or to rewrite what is append-only:
the owner is for migrations, the application role for everything else. What the application role may do to each table
is granted by the migrations, which serve any other PostgreSQL as well.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import URL

SUPERUSER = "postgres"
OWNER = "staffetta_owner"
APPLICATION = "staffetta_app"
DATABASE = "staffetta"

PORT = 5432
"""No TCP port is opened; the number is only a part of the socket's name."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a running server listens, and where the passwords of its roles lie."""

    socket_directory: Path
    passwords: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        """Build the SQLAlchemy address for a role. It holds the password: for a setting, never for a log."""
        password = read_password(self.passwords, role)
        query = {"host": str(self.socket_directory), "port": str(PORT)}
        url = URL.create("postgresql+psycopg", username=role, password=password, database=database, query=query)
        return url.render_as_string(hide_password=False)

    def connect(self, role: str, database: str = DATABASE) -> psycopg.Connection:
        """Open a plain connection in autocommit mode, for what stands outside transactions (CREATE DATABASE)."""
        return psycopg.connect(
            host=str(self.socket_directory),
            port=PORT,
            user=role,
            password=read_password(self.passwords, role),
            dbname=database,
            autocommit=True,
            connect_timeout=30,
        )


def make_passwords(directory: Path) -> None:
    """Give each role that has none a random password of 256 bits, in a file that only its owner reads."""
    directory.mkdir(mode=0o700, exist_ok=True)
    for role in (SUPERUSER, OWNER, APPLICATION):
        path = directory / role
        if not path.exists():
            # First under another name: a file cut short by a crash would lock everybody out.
            unfinished = path.with_suffix(".new")
            unfinished.unlink(missing_ok=True)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(descriptor)
            unfinished.rename(path)


def read_password(directory: Path, role: str) -> str:
    """Read the password of a role."""
    return (directory / role).read_text()


def prepare_database(endpoint: Endpoint) -> None:
    """Make the roles and the database, or put right what a crash left half made."""
    with endpoint.connect(SUPERUSER, "postgres") as connection:
        prepare_roles(connection, {role: read_password(endpoint.passwords, role) for role in (OWNER, APPLICATION)})
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(_name(DATABASE), _name(OWNER)))
        close_database(connection, DATABASE)


def prepare_roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Make each role that is missing; set each one's password and take from it whatever rises above its use."""
    for role, password in passwords.items():
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {}").format(_name(role)))
        rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD"
        connection.execute(sql.SQL("ALTER ROLE {} WITH {} {}").format(_name(role), sql.SQL(rights), password))


def close_database(connection: psycopg.Connection, database: str) -> None:
    """Let nobody into a database but its owner and the application role, which may connect and nothing more."""
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(_name(database)))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(_name(database), _name(APPLICATION)))


def _name(identifier: str) -> sql.Identifier:
    return sql.Identifier(identifier)
