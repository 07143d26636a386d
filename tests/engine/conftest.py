"""What tests of the engine share: a configured database, a key, a small network."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from engine import blind, crypto, db, settings
from engine.cases.models import Case
from engine.migrations import tables
from engine.participants import directory
from engine.participants.models import Agency, Network
from tests import database
from tests.engine.command_line import initialised, staffetta

__all__ = ["initialised", "staffetta"]  # fixtures, for whoever names them

assert tables.metadata.tables, "every table is declared, so that all foreign keys resolve"


@pytest.fixture(autouse=True)
def keys() -> tuple[settings.KeyEncryptionKey, ...]:
    """The key-encryption keys of the test: one, always the same."""
    ring = (settings.KeyEncryptionKey("test", bytes(range(32))),)
    crypto.configure(ring)
    blind.configure(b"only for tests: the key of the index")
    return ring


@pytest.fixture
def configured(database_urls: database.Urls) -> Iterator[database.Urls]:
    """A fresh database that `db.transaction()` uses, as the application role."""
    db.configure(database_urls.app)
    yield database_urls
    db.dispose()


@pytest.fixture
def session(configured: database.Urls) -> Iterator[Session]:
    """One open command; it commits when the test ends well."""
    with db.transaction() as session:
        yield session


@pytest.fixture
def network(session: Session) -> Network:
    return directory.create_network(session, key="prova", name="Rete di prova")


@pytest.fixture
def agency(session: Session, network: Network) -> Agency:
    return directory.create_agency(session, network.id, name="Centro antiviolenza", services=["cav"])


@pytest.fixture
def case_id(session: Session, network: Network) -> UUID:
    case = Case(network_id=network.id, code="PROVA-1")
    session.add(case)
    session.flush()
    return case.id
