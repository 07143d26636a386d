"""What was erased stays erased: written down outside the database, and nothing starts while it can be read again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import make_url

from engine import db, settings
from engine.audit import AuditEntry
from engine.cases import erasure, lifecycle, tombstones
from engine.cases.erasure_models import Erasure, ErasureState
from engine.cases.models import Case
from engine.crypto import CaseKey
from engine.errors import ConfigurationError
from tests import database
from tests.engine.cases.conftest import World, after
from tests.engine.command_line import Run

LATER = after(days=30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "erasures.jsonl"


@pytest.fixture
def held(world: World) -> dict[UUID, bytes]:
    """The keys of a case that has ended, by controller, as a backup has them."""
    case = world.open_case()
    with world.at(after(minutes=5)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="finito")
    return {row.controller_id: row.wrapped for row in world.rows(CaseKey)}


def erase(world: World, controller: UUID) -> None:
    """Erase as two people would; the rules for that are tested elsewhere."""
    (case,) = world.rows(Case)
    lead = world.people["responsabile.cav"].user_id
    with world.at(LATER) as session:
        erasure.destroy(session, case.id, controller)
        session.add(
            Erasure(
                network_id=world.network_id,
                case_id=case.id,
                controller_id=controller,
                state=ErasureState.DONE,
                ground="richiesta",
                asked_by_id=lead,
                decided_at=LATER,
            )
        )


def restore(urls: database.Urls, controller: UUID, wrapped: bytes, *, with_the_row: bool = True) -> None:
    """Put back what a backup has: the key, and the erasure's row only if it was made after that."""
    plain = make_url(urls.owner).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        back = "UPDATE case_key SET wrapped = %s, destroyed_at = NULL WHERE controller_id = %s"
        connection.execute(back, [wrapped, controller])
        if not with_the_row:
            connection.execute("DELETE FROM erasure")


def test_an_erasure_is_written_down_once(world: World, held: dict[UUID, bytes], file: Path) -> None:
    assert tombstones.keep(file) == 0
    assert not file.exists()
    for controller in held:
        erase(world, controller)
        assert tombstones.keep(file) == 1
    assert tombstones.keep(file) == 0
    assert [one.controller_id for one in tombstones.read(file)] == list(held)
    assert len(file.read_bytes().splitlines()) == len(held)
    assert all(row.kept_at is not None for row in world.rows(Erasure))


def test_a_file_that_was_lost_is_written_anew_and_whole(world: World, held: dict[UUID, bytes], file: Path) -> None:
    for controller in held:
        erase(world, controller)
    assert tombstones.keep(file) == len(held)
    file.unlink()
    assert tombstones.keep(file) == len(held)


def test_a_file_that_cannot_be_written_leaves_it_waiting(world: World, held: dict[UUID, bytes], tmp_path: Path) -> None:
    erase(world, next(iter(held)))
    with pytest.raises(OSError, match="missing"):
        tombstones.keep(tmp_path / "missing" / "erasures.jsonl")
    assert [row.kept_at for row in world.rows(Erasure)] == [None]


def test_several_workers_write_it_once(world: World, held: dict[UUID, bytes], file: Path) -> None:
    file.touch()
    for controller in held:
        erase(world, controller)
    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(lambda _: tombstones.keep(file), range(4)))
    assert (sum(written), len(file.read_bytes().splitlines())) == (len(held), len(held))


def test_a_line_torn_by_a_power_cut_is_said_and_not_passed_over(
    world: World, held: dict[UUID, bytes], file: Path
) -> None:
    erase(world, next(iter(held)))
    tombstones.keep(file)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ConfigurationError, match="no file of erasures"):
        tombstones.require_erased(file)


@pytest.mark.parametrize("with_the_row", [True, False])
def test_nothing_works_after_a_restore_until_it_is_erased_again(
    world: World, world_urls: database.Urls, held: dict[UUID, bytes], file: Path, *, with_the_row: bool
) -> None:
    controller = next(iter(held))
    tombstones.require_erased(file)
    erase(world, controller)
    tombstones.keep(file)
    tombstones.require_erased(file)
    restore(world_urls, controller, held[controller], with_the_row=with_the_row)
    with pytest.raises(ConfigurationError, match=r"1 erasures .* erasures replay"):
        tombstones.require_erased(file)
    stones = tombstones.read(file)
    with db.transaction() as session:
        assert tombstones.replay(session, stones) == 1
    with db.transaction() as session:
        assert tombstones.replay(session, stones) == 0
    tombstones.require_erased(file)
    assert [row.wrapped for row in world.rows(CaseKey, CaseKey.controller_id == controller)] == [b""]
    assert [(row.id, row.state) for row in world.rows(Erasure)] == [(stones[0].erasure_id, ErasureState.DONE)]
    assert len(world.rows(AuditEntry, AuditEntry.action == "erasure.repeated")) == 1


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_neither_pages_nor_worker_start_on_what_a_restore_brought_back(
    staffetta: Run,
    world: World,
    world_urls: database.Urls,
    held: dict[UUID, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    controller = next(iter(held))
    settings.create_secrets(tmp_path / "dati")
    erase(world, controller)
    tombstones.keep(tmp_path / "dati" / "erasures.jsonl")
    restore(world_urls, controller, held[controller])
    monkeypatch.setenv("STAFFETTA_DATABASE_URL", world_urls.app)
    ran = staffetta(command)
    assert (ran.code, "staffetta erasures replay" in ran.err) == (3, True)
    assert staffetta("erasures", "check").code == 1
    assert staffetta("erasures", "replay").out == "1 erasures in the file, 1 repeated\n"
    assert staffetta("erasures", "check").code == 0
