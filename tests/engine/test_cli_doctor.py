"""`staffetta doctor`: what it looks at, what it says, and how it leaves."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from engine import clock, db
from engine.participants import directory
from engine.roster.models import Roster, Shift
from tests import alive, database
from tests.engine.command_line import Run, initialised, staffetta

__all__ = ["initialised", "staffetta"]


def looked(run: Run, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
    ran = run("doctor", "--json", *options)
    found = json.loads(ran.out)
    return ran.code, {check["name"]: check for check in found["checks"]}


def as_owner(urls: database.Urls, statement: str) -> None:
    engine = create_engine(urls.owner)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def working(initialised: Run, empty_database_urls: database.Urls) -> Run:
    db.configure(empty_database_urls.app)
    alive.work()
    db.dispose()
    return initialised


def test_where_all_is_well_it_says_so_and_leaves_with_nothing(working: Run) -> None:
    ran = working("doctor")
    assert (ran.code, ran.err) == (0, "")
    said = [line for line in ran.out.splitlines() if not line.startswith("  ")]
    assert [line.split(":")[0] for line in said] == [
        *("ok settings", "ok disk", "!  senders", "ok schema", "ok keys", "ok clockwork"),
    ]
    assert "1 processes do what falls due; 0 deadlines armed" in said[-1]
    assert "last sign of life" in ran.out.splitlines()[-1]
    assert "processi fanno ciò che scade" in working("doctor", "--lang", "it").out


def test_it_names_the_senders_that_nobody_has_set(working: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    both = ["STAFFETTA_SMTP_URL", "STAFFETTA_GATEWAY_URL"]
    assert looked(working)[1]["senders"]["names"] == both
    monkeypatch.setenv(both[0], "smtp://localhost:2525?from=staffetta@example.org")
    assert looked(working)[1]["senders"]["names"] == both[1:]


def test_it_names_who_is_on_call_and_could_not_be_woken_up(working: Run, empty_database_urls: database.Urls) -> None:
    db.configure(empty_database_urls.app)
    with db.transaction() as session:
        now, network = clock.now(), directory.create_network(session, key="rete", name="Rete").id
        her = directory.create_user(session, username="prima", display_name="Prima", password="una parola lunga").id
        roster = Roster(id=db.new_id(), network_id=network, service="cav")
        session.add(roster)
        session.flush()
        times = {"starts_at": now + timedelta(days=3), "ends_at": now + timedelta(days=4)}
        session.add(Shift(network_id=network, roster_id=roster.id, first_id=her, **times))
    db.dispose()
    code, checks = looked(working)
    assert (code, checks["on_call"]["severity"], checks["on_call"]["names"]) == (0, "warning", ["prima"])


def test_what_the_watchdog_finds_is_said_with_what_to_do(initialised: Run) -> None:
    ran = initialised("doctor")
    assert ran.code == 1
    assert "!! no_worker: No process does what falls due" in ran.out
    assert "starts staffetta worker" in ran.out
    code, checks = looked(initialised)
    assert (code, checks["no_worker"]["severity"], checks["clockwork"]["severity"]) == (1, "alarm", "alarm")


def test_a_key_that_was_taken_out_too_early_is_missed(
    working: Run, empty_database_urls: database.Urls, tmp_path: Path
) -> None:
    as_owner(empty_database_urls, "ALTER TABLE case_key DROP CONSTRAINT fk_case_key_case_id")
    row = "gen_random_uuid(), gen_random_uuid(), 1, 'x', 'perduta', now()"
    as_owner(
        empty_database_urls,
        f"INSERT INTO case_key (case_id, controller_id, version, wrapped, wrapping_key_id, created_at) VALUES ({row})",
    )
    code, checks = looked(working)
    assert (code, checks["keys"]["severity"]) == (1, "alarm")
    assert "1 keys of cases" in checks["keys"]["said"]


def test_a_disk_that_is_nearly_full_is_said(working: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, code, severity in [(3e9, 0, None), (1e9, 0, "warning"), (1e8, 1, "alarm")]:
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, free=free: SimpleNamespace(free=int(free)))
        found, checks = looked(working)
        assert (found, checks["disk"]["severity"]) == (code, severity)


def test_a_database_of_another_version_is_said_and_looked_at_no_further(
    working: Run, empty_database_urls: database.Urls
) -> None:
    as_owner(empty_database_urls, "UPDATE alembic_version SET version_num = '0001'")
    code, checks = looked(working)
    assert (code, checks["schema"]["severity"], "clockwork" in checks) == (1, "alarm", False)


def test_a_role_with_too_much_power_is_said(
    working: Run, monkeypatch: pytest.MonkeyPatch, empty_database_urls: database.Urls
) -> None:
    monkeypatch.setenv("STAFFETTA_DATABASE_URL", empty_database_urls.owner)
    code, checks = looked(working)
    assert (code, checks["role"]["severity"]) == (1, "alarm")


def test_a_database_that_is_away_and_settings_that_are_wrong_are_said_without_a_trace(
    working: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STAFFETTA_DATABASE_URL", "postgresql://nessuno@127.0.0.1:1/niente")
    code, checks = looked(working)
    assert (code, checks["settings"]["severity"], checks["database"]["severity"]) == (1, None, "alarm")
    (tmp_path / "dati" / "keys.txt").chmod(0o644)
    code, checks = looked(working)
    assert (code, checks["settings"]["severity"]) == (1, "alarm")
    assert "chmod 0600" in checks["settings"]["said"]
