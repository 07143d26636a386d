"""An installation that may be killed, made once for all tests of crashes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import blind, crypto, embedded, settings
from tests import database
from tests.crash import station as support


@pytest.fixture(scope="session")
def prepared() -> Iterator[support.Station]:
    with database.embedded_home() as directory:
        cluster = embedded.Cluster(directory / "data", durable=False)
        hold = cluster.hold()
        try:
            station = support.Station(cluster, directory, hold.endpoint)
            support.prepare(station)
            yield station
        finally:
            hold.release()


@pytest.fixture
def station(prepared: support.Station) -> support.Station:
    loaded = settings.load(prepared.environment("postgres"))
    crypto.configure(loaded.keys)
    blind.configure(loaded.index_key)
    return prepared
