"""The schema's versions: how to bring a database up to date, and how to see where it stands."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from engine import db
from engine.errors import ConfigurationError

DEFAULT_APP_ROLE = "staffetta_app"

# Any number that nothing else in the database locks: two processes that start at once must not both migrate.
_ADVISORY_LOCK = 7_823_365_551

# PostgreSQL lets everybody create temporary tables, which could stand in front of ours. Not a migration: it belongs to
# the database, and a copy or a restored dump begins without it.
_NO_TEMPORARY_TABLES = text(
    "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$",
)


def upgrade(owner_url: str, *, app_role: str = DEFAULT_APP_ROLE) -> None:
    """Bring the database to the newest version, as its owner, all or nothing.

    Whoever comes second waits and finds it done. ConfigurationError when the application role is missing or the
    database is of a newer release.
    """
    engine = create_engine(db.normalised(owner_url), poolclass=NullPool, hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            _require_role(connection, app_role)
            _require_known_version(connection)
            command.upgrade(_config(connection, app_role), "head")
            connection.execute(_NO_TEMPORARY_TABLES)
    finally:
        engine.dispose()


def current(session: Session) -> str | None:
    """Return the database's version, None when it is empty."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def head() -> str:
    """Return the newest version that this release knows."""
    newest = ScriptDirectory(str(Path(__file__).parent)).get_current_head()
    if newest is None:
        msg = "no migrations are installed"
        raise RuntimeError(msg)
    return newest


def require_current(session: Session) -> None:
    """Raise ConfigurationError for a database that is not at this release's version: asked before serving."""
    found = current(session)
    if found != head():
        message = f"the database is at version {found}, this release needs {head()}: run `staffetta upgrade`"
        raise ConfigurationError(message)


def _config(connection: Connection, app_role: str) -> Config:
    config = Config(attributes={"connection": connection, "app_role": app_role})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _require_role(connection: Connection, app_role: str) -> None:
    if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": app_role}).first() is None:
        message = f"the application role {app_role} does not exist: CREATE ROLE {app_role} LOGIN PASSWORD '...'"
        raise ConfigurationError(message)


def _require_known_version(connection: Connection) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(Path(__file__).parent)).walk_revisions()}
    if found is not None and found not in known:
        message = f"the database is at version {found}, which this release does not know: install the newer release"
        raise ConfigurationError(message)
