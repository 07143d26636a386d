from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from engine import db, migrations
from engine.errors import ConfigurationError
from engine.migrations import tables
from tests import database

VERSIONS = Path(migrations.__file__).parent / "versions"

APPEND_ONLY = {
    "case_event",
    "audit_entry",
    "audit_seal",
    "form_submission",
    "process_definition",
    "deployed_form",
    "deployed_decision",
    "decision_record",
    "task_explanation",
    "called_definition",
    "deployment",
    "parameter",
    "consent_text",
}


def declared_privileges() -> dict[str, list[str]]:
    """What the migrations grant on each table, all of them together."""
    declared: dict[str, list[str]] = {}
    for path in sorted(VERSIONS.glob("*.py")):
        spec = util.spec_from_file_location(path.stem, path)
        assert spec
        assert spec.loader
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for table, privileges in getattr(module, "PRIVILEGES", {}).items():
            declared.setdefault(table, []).extend(privileges)
    return declared


@pytest.fixture
def owner(database_urls: database.Urls) -> Iterator[Engine]:
    engine = create_engine(database_urls.owner)
    yield engine
    engine.dispose()


@pytest.fixture
def app(database_urls: database.Urls) -> Iterator[Engine]:
    engine = create_engine(database_urls.app)
    yield engine
    engine.dispose()


def refused(engine: Engine, statement: str) -> bool:
    """Whether the database refuses a statement for lack of privilege; any other error is a mistake of the test."""
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except ProgrammingError as error:
            if not isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                raise
            return True
        return False  # and closing rolls it back


def test_the_migrations_make_exactly_the_declared_tables(owner: Engine) -> None:
    with owner.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


def test_every_check_and_partial_index_of_the_models_is_in_the_database(owner: Engine) -> None:
    checks = {
        constraint.name
        for table in tables.metadata.tables.values()
        for constraint in table.constraints
        if str(constraint.name).startswith("ck_")
    }
    partial = {
        index.name
        for table in tables.metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    }
    with owner.connect() as connection:
        found = set(connection.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'c'")))
        indexed = set(
            connection.scalars(text("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"))
        )
    assert checks
    assert partial
    assert (checks - found, partial - indexed) == (set(), set())


def test_every_table_has_its_privileges_stated() -> None:
    assert set(declared_privileges()) == set(tables.metadata.tables)


def test_every_row_belongs_to_a_network() -> None:
    without = {name for name, table in tables.metadata.tables.items() if "network_id" not in table.columns}
    # The network itself; what belongs to several networks; and what hangs on a row that has one.
    assert without == {
        "network",
        "agency",
        "user_account",
        "login_failure",
        "token_use",
        "contact_point",
        "quiet_hours",
        "delivery",
        "case_key",
        "deployed_form",
        "deployed_decision",
        "called_definition",
        "audit_unsealed",
        "audit_seal",
        "worker_beat",
        "inspection",
        "webhook_event",
        "push_device",
    }


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_the_application_cannot_change_what_is_only_ever_added(app: Engine, table: str) -> None:
    column = tables.metadata.tables[table].columns.keys()[-1]
    assert refused(app, f"UPDATE {table} SET {column} = {column}")
    assert refused(app, f"DELETE FROM {table}")
    assert refused(app, f"TRUNCATE {table}")
    assert not refused(app, f"SELECT 1 FROM {table}")


def test_the_application_can_do_with_each_table_what_is_stated_and_no_more(owner: Engine) -> None:
    asked = text("SELECT has_table_privilege('staffetta_app', :table, :privilege)")
    with owner.connect() as connection:
        held = {
            (table, privilege)
            for table in tables.metadata.tables
            for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
            if connection.scalar(asked, {"table": table, "privilege": privilege})
        }
    stated = {
        (table, privilege)
        for table, privileges in declared_privileges().items()
        for privilege in ["SELECT", *privileges]
        if " (" not in privilege
    }
    assert held == stated


def test_the_application_can_change_the_stated_columns_and_no_other(owner: Engine) -> None:
    asked = text("SELECT has_column_privilege('staffetta_app', :table, :column, 'UPDATE')")
    with owner.connect() as connection:
        held = {
            (name, column.name)
            for name, table in tables.metadata.tables.items()
            for column in table.columns
            if connection.scalar(asked, {"table": name, "column": column.name})
        }
    stated = {
        (table, column.strip())
        for table, privileges in declared_privileges().items()
        for privilege in privileges
        if privilege.startswith("UPDATE (")
        for column in privilege.removeprefix("UPDATE (").removesuffix(")").split(",")
        # A later migration may have taken the column away.
        if column.strip() in tables.metadata.tables[table].columns
    }
    assert held == stated


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE network (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "ALTER TABLE network ADD COLUMN x int",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE network",
        "DELETE FROM alembic_version",
        "SET ROLE staffetta_owner",
    ],
)
def test_the_application_defines_nothing(database_urls: database.Urls, app: Engine, statement: str) -> None:
    migrations.upgrade(database_urls.owner)  # what belongs to the database does not come with the template's copy
    assert refused(app, statement)


def test_an_empty_database_is_brought_up_once_by_four_at_once(empty_database_urls: database.Urls) -> None:
    failures: list[Exception] = []

    def upgrade() -> None:
        try:
            migrations.upgrade(empty_database_urls.owner)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_database_says_where_it_stands(configured: database.Urls) -> None:
    with db.transaction(read_only=True) as session:
        assert migrations.current(session) == migrations.head()
        migrations.require_current(session)


def test_an_older_database_is_not_served(configured: database.Urls, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(ConfigurationError, match="staffetta upgrade"), db.transaction(read_only=True) as session:
        migrations.require_current(session)


def test_a_database_of_a_newer_release_is_left_alone(database_urls: database.Urls, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigurationError, match="newer release"):
        migrations.upgrade(database_urls.owner)


def test_a_missing_application_role_is_said_with_the_way_out(empty_database_urls: database.Urls) -> None:
    with pytest.raises(ConfigurationError, match="CREATE ROLE nobody_here LOGIN"):
        migrations.upgrade(empty_database_urls.owner, app_role="nobody_here")


def test_a_migration_that_fails_leaves_nothing(empty_database_urls: database.Urls) -> None:
    engine = create_engine(empty_database_urls.owner)
    try:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE rung (id int)"))  # stands in the way of the last table
        with pytest.raises(ProgrammingError, match="already exists"):
            migrations.upgrade(empty_database_urls.owner)
        with engine.connect() as connection:
            found = connection.scalars(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200"))
            assert set(found) == {"rung"}
    finally:
        engine.dispose()
