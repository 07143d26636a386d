"""The sealer: every entry once, in a chain, whatever commits late, dies, or runs twice."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, select

from engine import audit, clock, db
from engine.audit import chain, heads, sealing
from engine.audit.models import AuditEntry
from engine.participants.access import Actor
from engine.participants.models import Network
from tests import database
from tests.engine.audit.installation import network, note, sealed, signer


@pytest.fixture
def ours(configured: database.Urls) -> Network:
    return network()


@pytest.fixture
def late(configured: database.Urls, ours: Network) -> Iterator[psycopg.Connection]:
    """A writer that has recorded something and not committed yet."""
    plain = make_url(configured.app).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        connection.execute(
            "INSERT INTO audit_entry (network_id, at, action, subject_type, subject_id, details)"
            " VALUES (%s, now(), 'case.read', 'case', 'late', '{}')",
            [ours.id],
        )
        yield connection


def test_entries_are_numbered_from_one_without_gaps_and_chained(ours: Network, tmp_path: Path) -> None:
    note(ours, 1, 2, 3)
    note(ours, 4)
    assert sealing.run(signer(tmp_path)) == 4
    assert [number for number, _, _ in sealed()] == [1, 2, 3, 4]
    assert sealing.run(signer(tmp_path)) == 0


def test_the_form_is_the_one_that_the_guide_states(ours: Network, tmp_path: Path) -> None:
    """Written anew here from docs/audit.md alone: another program must come to the same hashes."""
    note(ours, 1, 2)
    sealing.run(signer(tmp_path))
    previous = bytes(32)
    with db.transaction(read_only=True) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    for entry, (_, _, stored) in zip(entries, sealed(), strict=True):
        content = {
            "action": "case.read",
            "actor_id": None,
            "agency_id": None,
            "at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "basis": None,
            "case_id": None,
            "details": {"number": int(entry.subject_id), "text": "è così"},
            "happened_at": None,
            "id": entry.id,
            "network_id": str(ours.id),
            "on_behalf_of_id": None,
            "purpose": None,
            "subject_id": entry.subject_id,
            "subject_type": "case",
        }
        written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        previous = hashlib.sha256(previous + written).digest()
        assert previous == stored


def test_what_commits_late_is_sealed_late_and_not_passed_over(
    ours: Network, late: psycopg.Connection, tmp_path: Path
) -> None:
    note(ours, 1)
    assert sealing.run(signer(tmp_path)) == 1
    late.commit()
    note(ours, 2)
    assert sealing.run(signer(tmp_path)) == 2
    ids = [entry_id for _, entry_id, _ in sealed()]
    assert ids[1] < ids[0] < ids[2]


def test_what_is_rolled_back_waits_for_no_seal(ours: Network, late: psycopg.Connection, tmp_path: Path) -> None:
    late.rollback()
    note(ours, 1)
    assert sealing.run(signer(tmp_path)) == 1
    assert sealing.run(signer(tmp_path)) == 0


def test_more_than_a_batch_is_sealed_in_several(ours: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_WAITING", sealing._WAITING.limit(2))
    note(ours, *range(5))
    assert sealing.run(signer(tmp_path)) == 5
    assert [number for number, _, _ in sealed()] == [1, 2, 3, 4, 5]


def test_a_sealer_that_dies_before_its_commit_has_done_nothing(ours: Network, tmp_path: Path) -> None:
    note(ours, 1, 2)

    def die() -> None:
        with db.transaction() as session:
            assert sealing._some(session, signer(tmp_path), sign_now=False) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert sealed() == []
    assert sealing.run(signer(tmp_path)) == 2


def test_several_sealers_at_once_number_each_entry_once(ours: Network, tmp_path: Path) -> None:
    note(ours, *range(300))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "_WAITING", sealing._WAITING.limit(7))
        threads = [threading.Thread(target=sealing.run, args=[signer(tmp_path)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sealing.run(signer(tmp_path))
    numbers, ids = [number for number, _, _ in sealed()], [entry_id for _, entry_id, _ in sealed()]
    assert numbers == list(range(1, 301))
    assert len(set(ids)) == 300


def test_while_one_seals_another_does_nothing(ours: Network, tmp_path: Path) -> None:
    note(ours, 1)
    found: list[int] = []
    with db.transaction() as session:
        sealing._some(session, signer(tmp_path), sign_now=False)
        other = threading.Thread(target=lambda: found.append(sealing.run(signer(tmp_path))))
        other.start()
        other.join()
    assert found == [0]


def test_a_head_is_signed_once_a_minute_and_speaks_of_what_is_committed(ours: Network, tmp_path: Path) -> None:
    with db.transaction(read_only=True):
        now = clock.now()
    path = tmp_path / "audit-heads.jsonl"
    signed = []
    for seconds in (0, 20, 59, 61, 62, 130):
        with clock.frozen(now + timedelta(seconds=seconds)):
            note(ours, seconds)
            sealing.run(signer(tmp_path))
        signed.append(len(path.read_bytes().splitlines()))
    assert signed == [1, 1, 1, 2, 2, 3]
    last = heads.last(path)
    assert last is not None
    number, _, hash_ = sealed()[last.number - 1]
    assert (last.number, last.hash) == (number, hash_)
    keys = heads.public_keys([heads.public_pem(signer(tmp_path).key).encode()])
    assert last.is_genuine(keys)


def test_a_sealer_killed_before_it_signed_is_made_good_by_the_next(ours: Network, tmp_path: Path) -> None:
    note(ours, 1)
    with db.transaction() as session:
        sealing._some(session, signer(tmp_path), sign_now=False)
    assert heads.last(tmp_path / "audit-heads.jsonl") is None
    sealing.run(signer(tmp_path))
    last = heads.last(tmp_path / "audit-heads.jsonl")
    assert last is not None
    assert last.number == 1


def test_while_heads_cannot_be_written_nothing_more_is_sealed_and_the_lag_says_so(
    ours: Network, tmp_path: Path
) -> None:
    note(ours, 1)
    broken = sealing.Signer(signer(tmp_path).key, tmp_path / "no such folder" / "heads")
    with pytest.raises(FileNotFoundError):
        sealing.run(broken)
    note(ours, 2)
    with pytest.raises(FileNotFoundError):
        sealing.run(broken)
    assert len(sealed()) == 1
    with db.transaction(read_only=True) as session:
        soon, now = sealing.lag(session), clock.now()
    assert (soon.waiting, soon.late) == (1, False)
    with clock.frozen(now + timedelta(seconds=61)), db.transaction(read_only=True) as session:
        assert sealing.lag(session).late


def test_a_line_torn_by_a_power_cut_does_not_spoil_the_next(ours: Network, tmp_path: Path) -> None:
    path = tmp_path / "audit-heads.jsonl"
    path.write_bytes(b'{"at":"2026')
    note(ours, 1)
    sealing.run(signer(tmp_path))
    torn, whole = path.read_bytes().splitlines()
    assert heads.read(torn) is None
    head = heads.read(whole)
    assert head is not None
    assert head.number == 1


def test_writers_can_neither_change_nor_remove_entries_nor_hide_that_they_wait(
    ours: Network, configured: database.Urls
) -> None:
    note(ours, 1)
    plain = make_url(configured.app).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in (
            "UPDATE audit_entry SET action = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "INSERT INTO audit_unsealed (entry_id) VALUES (1)",
            "UPDATE audit_unsealed SET at = now()",
            "UPDATE audit_seal SET hash = ''",
            "DELETE FROM audit_seal",
            "TRUNCATE audit_seal",
            "ALTER TABLE audit_entry DISABLE TRIGGER audit_wait_for_seal",
            "DROP TRIGGER audit_wait_for_seal ON audit_entry",
            "SET session_replication_role = 'replica'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_an_entry_in_a_case_says_for_whom_and_why(ours: Network, configured: database.Urls) -> None:
    with db.transaction() as session:
        agency, other, case = db.new_id(), db.new_id(), db.new_id()
        before = clock.now() - timedelta(hours=1)
        part = audit.Capacity(agency, "cav", "passo", other)
        audit.record_in_case(
            session,
            Actor.system(ours.id),
            "task.read",
            case,
            part,
            subject=("user_task", 7),
            happened_at=before,
            details={},
        )
    with db.transaction(read_only=True) as session:
        entry = session.scalars(select(AuditEntry)).one()
        row = session.execute(select(*(getattr(AuditEntry, name) for name in chain.COLUMNS))).one()
    assert (entry.agency_id, entry.on_behalf_of_id, entry.case_id) == (agency, other, case)
    assert (entry.purpose, entry.basis, entry.happened_at) == ("cav", "passo", before)
    assert all(part in chain.canonical(row) for part in (str(agency).encode(), str(other).encode(), b'"cav"'))
