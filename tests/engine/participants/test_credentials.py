from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from unittest import mock
from uuid import UUID

import pytest
from sqlalchemy import func, select

from engine import audit, clock, db
from engine.errors import InvalidValue
from engine.participants import credentials, directory
from engine.participants.models import LoginFailure
from tests import database

PASSWORD = "quattro parole lunghe davvero"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def user_id(configured: database.Urls) -> UUID:
    with clock.frozen(NOON), db.transaction() as session:
        return directory.create_user(
            session, username="operatrice.cav", display_name="Operatrice CAV", password=PASSWORD
        ).id


def log_in(
    username: str = "operatrice.cav", password: str = PASSWORD, *, after: float = 0, address: str = "192.0.2.1"
) -> credentials.LogIn:
    """One log-in of its own, `after` so many minutes."""
    with clock.frozen(NOON + timedelta(minutes=after)), db.transaction() as session:
        return credentials.log_in(session, username, password, address=address)


def fail(times: int, username: str = "operatrice.cav", **where: object) -> credentials.LogIn:
    attempts = [log_in(username, "sbagliata di certo", **where) for _ in range(times)]
    return attempts[-1]


def failures() -> int:
    with db.transaction(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(LoginFailure)) or 0


def test_the_right_password_opens(user_id: UUID) -> None:
    assert log_in() == credentials.LogIn(user_id)


@pytest.mark.parametrize("typed", ["OPERATRICE.CAV", " operatrice.cav ", "Operatrice.Cav"])
def test_the_case_of_a_user_name_does_not_matter(user_id: UUID, typed: str) -> None:
    assert log_in(typed).user_id == user_id


@pytest.mark.parametrize("password", ["", "x", PASSWORD.upper(), PASSWORD + " ", "\0", "\ud800" * 3, "x" * 100_000])
def test_any_other_password_does_not(user_id: UUID, password: str) -> None:
    assert log_in(password=password) == credentials.LogIn(None)


@pytest.mark.parametrize("username", ["", "\0", "\ud800", "é", "x" * 100_000, "a\nb", "' OR 1=1 --"])
def test_no_name_whatever_breaks_the_log_in(user_id: UUID, username: str) -> None:
    assert log_in(username) == credentials.LogIn(None)


def test_one_password_is_the_same_however_the_keyboard_makes_its_accents(configured: database.Urls) -> None:
    with db.transaction() as session:
        directory.create_user(session, username="a1", display_name="A", password="perche\u0301 no e perche\u0301")
    assert log_in("a1", "perch\u00e9 no e perch\u00e9").user_id


def test_an_unknown_name_and_a_wrong_password_take_the_same_path(user_id: UUID) -> None:
    calls: list[str] = []
    original = credentials._hasher

    class Watched:
        def verify(self, password_hash: str, password: str) -> bool:
            calls.append(password_hash[:30])  # method, version, memory, time: the work done
            return original.verify(password_hash, password)

        def hash(self, password: bytes) -> str:
            return original.hash(password)

    with mock.patch.object(credentials, "_hasher", Watched()):
        credentials._nobodys_hash.cache_clear()
        known = log_in(password="sbagliata di certo", address="192.0.2.1")
        unknown = log_in("nessuna", "sbagliata di certo", address="192.0.2.2")
    assert known == unknown == credentials.LogIn(None)
    assert len(calls) == 2
    assert calls[0] == calls[1]
    assert failures() == 4  # an account and an address each


def test_the_password_of_nobody_opens_nothing(configured: database.Urls) -> None:
    assert log_in("nessuna", "nobody has this password") == credentials.LogIn(None)


def test_a_disabled_account_answers_like_an_unknown_one(user_id: UUID) -> None:
    with clock.frozen(NOON), db.transaction() as session:
        directory.disable_user(session, user_id)
    assert log_in() == credentials.LogIn(None)


def test_five_failures_make_the_account_wait_and_each_further_one_doubles_it(user_id: UUID) -> None:
    assert fail(4).wait_until is None
    assert fail(1).wait_until == NOON + timedelta(minutes=1)
    assert log_in(after=0.5) == credentials.LogIn(None, NOON + timedelta(minutes=1))  # the right password, too early
    assert fail(1, after=1).wait_until == NOON + timedelta(minutes=1 + 2)
    assert fail(1, after=3).wait_until == NOON + timedelta(minutes=3 + 4)
    assert fail(1, after=7).wait_until == NOON + timedelta(minutes=7 + 8)
    assert fail(1, after=15).wait_until == NOON + timedelta(minutes=15 + 15)
    assert fail(1, after=30).wait_until == NOON + timedelta(minutes=30 + 15)
    assert log_in(after=45).user_id == user_id


def test_tries_while_waiting_do_not_prolong_the_wait(user_id: UUID) -> None:
    fail(5)
    before = failures()
    assert fail(3, after=0.5).wait_until == NOON + timedelta(minutes=1)
    assert failures() == before


def test_an_unknown_name_is_made_to_wait_like_a_known_one(user_id: UUID) -> None:
    assert fail(5, "nessuna").wait_until == NOON + timedelta(minutes=1)


def test_success_forgets_the_failures_of_the_account(user_id: UUID) -> None:
    fail(4)
    log_in()
    assert fail(4).wait_until is None


def test_old_failures_do_not_count(user_id: UUID) -> None:
    fail(4)
    assert fail(1, after=24 * 60).wait_until is None


def test_twenty_failures_over_many_names_make_the_address_wait(user_id: UUID) -> None:
    for number in range(19):
        assert fail(1, f"nome{number}").wait_until is None
    assert fail(1, "nome19").wait_until == NOON + timedelta(minutes=1)
    assert log_in().wait_until == NOON + timedelta(minutes=1)
    assert log_in(address="192.0.2.9").user_id == user_id


def test_a_success_does_not_clear_the_address(user_id: UUID) -> None:
    for number in range(19):
        fail(1, f"nome{number}")
    log_in()
    assert fail(1, "nome19").wait_until is not None


def test_guesses_at_once_wait_like_guesses_in_turn(user_id: UUID) -> None:
    barrier, looked_at = threading.Barrier(12), []
    original = credentials.verify

    def counting(password_hash: str | None, password: str) -> bool:
        looked_at.append(password)
        return original(password_hash, password)

    def guess(number: int) -> None:
        barrier.wait(10)
        log_in(password="sbagliata", address=f"192.0.2.{number}")

    with mock.patch.object(credentials, "verify", counting):
        threads = [threading.Thread(target=guess, args=[number]) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(looked_at) == 5


def test_what_was_typed_as_a_name_is_in_no_table(user_id: UUID) -> None:
    log_in("ops questa era la password", "x")
    with db.transaction(read_only=True) as session:
        stored = [*session.scalars(select(LoginFailure.key)), *session.scalars(select(audit.AuditEntry.subject_id))]
        details = session.scalars(select(audit.AuditEntry.details)).all()
    assert "password" not in f"{stored} {details}"


def test_log_ins_are_audited(user_id: UUID) -> None:
    log_in()
    fail(1)
    with db.transaction(read_only=True) as session:
        actions = session.scalars(select(audit.AuditEntry.action).order_by(audit.AuditEntry.id)).all()
    assert actions[-2:] == ["login.succeeded", "login.failed"]


def test_failures_are_deleted_when_they_no_longer_count(user_id: UUID) -> None:
    fail(1)
    with clock.frozen(NOON + timedelta(hours=25)), db.transaction() as session:
        credentials.purge(session)
    assert failures() == 0


@pytest.mark.parametrize(("password", "code"), [("undici char", "too_short"), ("x" * 129, "too_long")])
def test_a_new_password_has_bounds(password: str, code: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        credentials.hash_password(password)
    assert (caught.value.field, caught.value.code) == ("password", code)


def test_a_stored_hash_that_is_none_opens_nothing() -> None:
    assert not credentials.verify("", "")
    assert not credentials.verify("not a hash", "not a hash")


def test_hashes_are_argon2id_of_the_recommended_cost() -> None:
    product = f"from engine.participants import credentials; print(credentials.hash_password({PASSWORD!r}))"
    said = subprocess.run([sys.executable, "-c", product], capture_output=True, text=True, check=True).stdout
    assert said.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_new_password_is_good_at_once_also_after_wrong_ones(user_id: UUID) -> None:
    assert fail(5).wait_until is not None
    with clock.frozen(NOON), db.transaction() as session:
        directory.set_password(session, user_id, "un'altra frase di prova")
    assert log_in(password="un'altra frase di prova").user_id == user_id
