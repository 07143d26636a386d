"""The databases that tests are given."""

import psycopg
import pytest

from tests import database


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)


def test_each_test_gets_the_schema_but_nothing_of_another(database_urls: database.Urls) -> None:
    with connect(database_urls.owner) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert tables[0] > 10


def test_the_application_role_works_on_tables_and_cannot_change_them(database_urls: database.Urls) -> None:
    with connect(database_urls.app) as connection:
        assert connection.execute("SELECT count(*) FROM network").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("ALTER TABLE network ADD COLUMN mine text")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


def test_an_empty_database_has_no_table(empty_database_urls: database.Urls) -> None:
    with connect(empty_database_urls.owner) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
