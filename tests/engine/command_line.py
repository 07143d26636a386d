"""The command line as tests call it."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import cli, db
from tests import database

INIT = ["init", "--network-key", "prova", "--network-name", "Rete di prova", "--agency-name", "Comune"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def staffetta(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    empty_database_urls: database.Urls,
    tmp_path: Path,
) -> Run:
    """The command line, on an empty database that somebody else runs."""
    for name in [name for name in os.environ if name.startswith("STAFFETTA_DATABASE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("STAFFETTA_DATA_DIR", str(tmp_path / "dati"))
    monkeypatch.setenv("STAFFETTA_DATABASE_URL", empty_database_urls.app)
    monkeypatch.setenv("STAFFETTA_DATABASE_OWNER_URL", empty_database_urls.owner)
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # not a terminal
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["staffetta", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    yield run
    signal.signal(signal.SIGTERM, before)
    db.dispose()


@pytest.fixture
def initialised(staffetta: Run) -> Run:
    assert staffetta(*INIT).code == 0
    return staffetta
