"""Every scenario of every protocol, played to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import crypto, db, settings
from engine.migrations import tables
from tests import database
from tests.processes.rehearsal import ROOT, Rehearsal

SCENARIOS = sorted((ROOT / "processes").glob("*/scenarios/*.toml"))


@pytest.fixture(autouse=True)
def _configured(database_urls: database.Urls) -> Iterator[None]:
    assert tables.metadata.tables
    crypto.configure((settings.KeyEncryptionKey("test", bytes(range(32))),))
    db.configure(database_urls.app)
    yield
    db.dispose()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_the_scenario_plays_to_its_end(path: Path) -> None:
    Rehearsal.of(path).play(path.parts[-3])


def test_each_protocol_has_scenarios() -> None:
    protocols = {path.parent.name for path in (ROOT / "processes").glob("*/*.bpmn")}
    assert {path.parts[-3] for path in SCENARIOS} == protocols
