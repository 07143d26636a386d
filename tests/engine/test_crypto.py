from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engine import clock, crypto, db, settings
from engine.cases.models import Case
from engine.errors import SealBroken
from engine.participants.models import Network
from tests import database

PLAINTEXT = b'{"livello":"ALTO"}'


@pytest.fixture
def place(case_id: UUID) -> dict[str, object]:
    """Where a value is sealed."""
    return {"case_id": case_id, "controller_id": uuid4(), "table": "draft", "field": "values"}


def new_case(key: str = "r") -> UUID:
    """Commit a case of its own network."""
    with db.transaction() as session:
        network = Network(key=key, name=key)
        session.add(network)
        session.flush()
        case = Case(network_id=network.id, code="C-1")
        session.add(case)
        session.flush()
        return case.id


def test_a_sealed_value_opens_and_shows_nothing(session: Session, place: dict) -> None:
    sealed = crypto.seal(session, PLAINTEXT, **place)
    assert b"ALTO" not in sealed.blob
    assert crypto.open_(session, sealed.blob, key_version=sealed.key_version, **place) == PLAINTEXT


def test_the_same_value_is_sealed_differently_each_time(session: Session, place: dict) -> None:
    assert crypto.seal(session, PLAINTEXT, **place).blob != crypto.seal(session, PLAINTEXT, **place).blob


@pytest.mark.parametrize(("part", "other"), [("table", "case_state"), ("field", "other")])
def test_a_value_moved_to_another_table_or_field_does_not_open(
    session: Session, place: dict, part: str, other: str
) -> None:
    sealed = crypto.seal(session, PLAINTEXT, **place)
    with pytest.raises(SealBroken, match="altered"):
        crypto.open_(session, sealed.blob, key_version=1, **{**place, part: other})


def test_a_value_moved_to_another_case_or_controller_does_not_open(
    session: Session, network: Network, place: dict
) -> None:
    other_case = Case(network_id=network.id, code="PROVA-2")
    session.add(other_case)
    session.flush()
    sealed = crypto.seal(session, PLAINTEXT, **place)
    for part, other in (("case_id", other_case.id), ("controller_id", uuid4())):
        elsewhere = {**place, part: other}
        with pytest.raises(SealBroken, match="key_missing"):
            crypto.open_(session, sealed.blob, key_version=1, **elsewhere)
        crypto.seal(session, b"", **elsewhere)  # also when there is a key for that place
        with pytest.raises(SealBroken, match="altered"):
            crypto.open_(session, sealed.blob, key_version=1, **elsewhere)


@pytest.mark.parametrize("position", [0, 1, 13, -1])
def test_an_altered_value_does_not_open(session: Session, place: dict, position: int) -> None:
    altered = bytearray(crypto.seal(session, PLAINTEXT, **place).blob)
    altered[position] ^= 1
    with pytest.raises(SealBroken):
        crypto.open_(session, bytes(altered), key_version=1, **place)


@pytest.mark.parametrize("length", [0, 1, 5, 13, 20])
def test_a_value_cut_short_does_not_open(session: Session, place: dict, length: int) -> None:
    cut = crypto.seal(session, PLAINTEXT, **place).blob[:length]
    with pytest.raises(SealBroken):
        crypto.open_(session, cut, key_version=1, **place)


def test_an_error_of_a_seal_names_ids_and_no_value(session: Session, place: dict) -> None:
    blob = crypto.seal(session, PLAINTEXT, **place).blob
    with pytest.raises(SealBroken) as caught:
        crypto.open_(session, blob, key_version=1, **{**place, "field": "x"})
    assert str(place["case_id"]) in str(caught.value)
    assert "ALTO" not in str(caught.value)


def test_each_case_and_controller_has_a_key_of_its_own(session: Session, place: dict) -> None:
    crypto.seal(session, PLAINTEXT, **place)
    crypto.seal(session, PLAINTEXT, **place)
    crypto.seal(session, PLAINTEXT, **{**place, "controller_id": uuid4()})
    rows = session.scalars(select(crypto.CaseKey)).all()
    assert (len(rows), len({row.wrapped for row in rows})) == (2, 2)


def test_a_rotated_key_seals_from_now_on_and_old_values_stay_readable(session: Session, place: dict) -> None:
    old = crypto.seal(session, PLAINTEXT, **place)
    assert crypto.rotate(session, place["case_id"], place["controller_id"]) == 2
    new = crypto.seal(session, PLAINTEXT, **place)
    assert (old.key_version, new.key_version) == (1, 2)
    for sealed in (old, new):
        assert crypto.open_(session, sealed.blob, key_version=sealed.key_version, **place) == PLAINTEXT
    with pytest.raises(SealBroken, match="altered"):
        crypto.open_(session, old.blob, key_version=2, **place)


def test_a_destroyed_key_opens_and_seals_nothing_and_leaves_a_tombstone(session: Session, place: dict) -> None:
    other = {**place, "controller_id": uuid4()}
    sealed, kept = crypto.seal(session, PLAINTEXT, **place), crypto.seal(session, PLAINTEXT, **other)
    crypto.destroy(session, place["case_id"], place["controller_id"])
    with pytest.raises(SealBroken, match="key_destroyed"):
        crypto.open_(session, sealed.blob, key_version=1, **place)
    with pytest.raises(SealBroken, match="key_destroyed"):
        crypto.seal(session, PLAINTEXT, **place)
    with pytest.raises(SealBroken, match="key_destroyed"):
        crypto.rotate(session, place["case_id"], place["controller_id"])
    tombstone = session.get_one(crypto.CaseKey, (place["case_id"], place["controller_id"], 1), populate_existing=True)
    assert (tombstone.wrapped, tombstone.destroyed_at) == (b"", clock.now())
    assert crypto.open_(session, kept.blob, key_version=1, **other) == PLAINTEXT


def test_a_key_destroyed_elsewhere_is_gone_at_once(configured: database.Urls) -> None:
    place = {"case_id": new_case(), "controller_id": uuid4(), "table": "t", "field": "f"}
    with db.transaction() as session:
        sealed = crypto.seal(session, PLAINTEXT, **place)

    def destroy() -> None:
        with db.transaction() as session:
            crypto.destroy(session, place["case_id"], place["controller_id"])

    thread = threading.Thread(target=destroy)
    thread.start()
    thread.join()
    with db.transaction() as session, pytest.raises(SealBroken, match="key_destroyed"):
        crypto.open_(session, sealed.blob, key_version=1, **place)


def test_a_key_made_in_a_refused_part_is_not_used_afterwards(configured: database.Urls) -> None:
    place = {"case_id": new_case(), "controller_id": uuid4(), "table": "t", "field": "f"}
    with db.transaction() as session:
        with pytest.raises(KeyError), session.begin_nested():
            crypto.seal(session, PLAINTEXT, **place)
            raise KeyError
        sealed = crypto.seal(session, PLAINTEXT, **place)
    with db.transaction() as session:
        assert crypto.open_(session, sealed.blob, key_version=sealed.key_version, **place) == PLAINTEXT


def test_eight_who_seal_first_at_once_share_one_key(configured: database.Urls) -> None:
    place = {"case_id": new_case(), "controller_id": uuid4(), "table": "t", "field": "f"}
    ready, blobs = threading.Barrier(8), []

    def seal() -> None:
        with db.transaction() as session:
            ready.wait(10)
            blobs.append(crypto.seal(session, PLAINTEXT, **place).blob)

    threads = [threading.Thread(target=seal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(crypto.CaseKey)) == 1
        assert [crypto.open_(session, blob, key_version=1, **place) for blob in blobs] == [PLAINTEXT] * 8


def test_keys_are_wrapped_anew_until_the_older_is_not_needed(session: Session, place: dict, keys: tuple) -> None:
    sealed = crypto.seal(session, PLAINTEXT, **place)
    newer = settings.KeyEncryptionKey("newer", bytes(range(1, 33)))
    crypto.configure([*keys, newer])
    assert (crypto.rewrap(session), crypto.rewrap(session)) == (1, 0)
    session.info.clear()
    crypto.configure([newer])
    assert crypto.open_(session, sealed.blob, key_version=1, **place) == PLAINTEXT


def test_a_missing_key_encryption_key_is_said(session: Session, place: dict) -> None:
    sealed = crypto.seal(session, PLAINTEXT, **place)
    session.info.clear()
    crypto.configure([settings.KeyEncryptionKey("another", bytes(range(1, 33)))])
    with pytest.raises(SealBroken, match="key_encryption_key_missing"):
        crypto.open_(session, sealed.blob, key_version=1, **place)


def test_a_wrapped_key_moved_to_another_case_is_refused(session: Session, network: Network, place: dict) -> None:
    other = Case(network_id=network.id, code="PROVA-2")
    session.add(other)
    session.flush()
    crypto.seal(session, PLAINTEXT, **place)
    elsewhere = {**place, "case_id": other.id}
    crypto.seal(session, PLAINTEXT, **elsewhere)
    stolen = session.scalars(select(crypto.CaseKey.wrapped).where(crypto.CaseKey.case_id == place["case_id"])).one()
    session.execute(update(crypto.CaseKey).where(crypto.CaseKey.case_id == other.id).values(wrapped=stolen))
    session.info.clear()
    with pytest.raises(SealBroken, match="key_altered"):
        crypto.seal(session, PLAINTEXT, **elsewhere)


def test_no_key_lies_in_the_database_in_the_clear(session: Session, place: dict) -> None:
    crypto.seal(session, PLAINTEXT, **place)
    row = session.scalars(select(crypto.CaseKey)).one()
    assert len(row.wrapped) == 1 + 12 + 32 + 16  # format, nonce, key, tag
    assert row.wrapping_key_id == "test"


def test_without_keys_nothing_is_sealed() -> None:
    with pytest.raises(ValueError, match="at least one"):
        crypto.configure([])


def test_a_brief_value_opens_for_its_row_and_person_only() -> None:
    row_id, owner_id = uuid4(), uuid4()
    sealed = crypto.seal_briefly(PLAINTEXT, table="kept_post", row_id=row_id, owner_id=owner_id)
    assert b"ALTO" not in sealed.blob
    assert crypto.open_brief(sealed, table="kept_post", row_id=row_id, owner_id=owner_id) == PLAINTEXT
    for place in (
        {"table": "draft", "row_id": row_id, "owner_id": owner_id},
        {"table": "kept_post", "row_id": uuid4(), "owner_id": owner_id},
        {"table": "kept_post", "row_id": row_id, "owner_id": uuid4()},
    ):
        with pytest.raises(SealBroken, match="altered"):
            crypto.open_brief(sealed, **place)
    with pytest.raises(SealBroken, match="altered"):
        short = crypto.Brief(sealed.key_id, sealed.blob[:9])
        crypto.open_brief(short, table="kept_post", row_id=row_id, owner_id=owner_id)
    with pytest.raises(SealBroken, match="key_encryption_key_missing"):
        other = crypto.Brief("altra", sealed.blob)
        crypto.open_brief(other, table="kept_post", row_id=row_id, owner_id=owner_id)
