"""What every test may ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser

from engine import db, sight
from engine.participants import credentials
from tests import browser as chromium
from tests import database, statements

_numbers = count(1)

# A slow machine is no failure of what is under test; limits of time are tests of their own.
hypothesis.settings.register_profile(
    "suite", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say what each test sends to the database, or run the fewest that send it all (see statements)."""
    parser.addoption("--note-statements", type=Path, help="Note in this folder which statements each test sends.")
    parser.addoption("--each-statement", type=Path, help="Run the fewest tests that send all that is noted there.")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to note. What tests do past the product they do as who sees everything; the web says who it is."""
    sight.assume(sight.EVERYTHING)
    db.create_engine = database.sharing_statements(db.create_engine)  # type: ignore[attr-defined]
    # A password's hash takes a fifth of a second on purpose; what it really costs is a test of its own.
    credentials._hasher = credentials.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    if config.getoption("--note-statements"):
        statements.record()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note what follows as this test's."""
    statements.begin(item)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what was noted."""
    folder = session.config.getoption("--note-statements")
    if folder:
        statements.write(folder)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what asks for a database, so that this part can run again on another server: pytest -m database."""
    for item in items:
        if "database_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_choose_items(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the fewest of what is left that send every statement noted."""
    folder = config.getoption("--each-statement")
    sent = statements.read(folder) if folder else {}
    if not sent:
        return
    # What is noted nowhere (a test of something else, or one that was slow before) stays.
    known = [item.nodeid for item in items if item.nodeid in sent]
    chosen = statements.fewest(known, sent)
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in sent and item.nodeid not in chosen])
    items[:] = [item for item in items if item.nodeid not in sent or item.nodeid in chosen]


@pytest.fixture(scope="session")
def database_server() -> Iterator[database.Server]:
    """A running server on which a test may make databases of its own."""
    with database.server() as server:
        yield server


@pytest.fixture(scope="session")
def database_template(database_server: database.Server) -> Iterator[str]:
    """The name of a migrated database that nobody is connected to."""
    name = f"template_{os.getpid()}"
    database.migrate(database_server.create(name))
    yield name
    database_server.drop(name)


@pytest.fixture
def empty_database_urls(database_server: database.Server) -> Iterator[database.Urls]:
    """A database without any table, for what tests migrations."""
    name = f"empty_{os.getpid()}_{next(_numbers)}"
    yield database_server.create(name)
    database_server.drop(name)


@pytest.fixture
def database_urls(database_server: database.Server, database_template: str) -> Iterator[database.Urls]:
    """A fresh, migrated database: `.app` for the application role, `.owner` for the owner of the schema."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    yield database_server.create(name, database_template)
    database_server.drop(name)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; take a context of your own from it: browser.new_context(locale="it-IT")."""
    with chromium.launched() as launched:
        yield launched
