from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.errors import NotFound
from engine.participants import directory, sessions
from engine.participants.models import Network, User, UserSession
from tests import database

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@contextmanager
def after(minutes: float) -> Iterator[Session]:
    with clock.frozen(NOON + timedelta(minutes=minutes)), db.transaction() as session:
        yield session


@pytest.fixture
def user_id(configured: database.Urls) -> UUID:
    with after(0) as session:
        user = User(username="u", display_name="Operatrice", password_hash="-")
        session.add(user)
        session.flush()
        return user.id


@pytest.fixture
def token(user_id: UUID) -> str:
    with after(0) as session:
        return sessions.open(session, user_id)


def is_live(token: str, minutes: float) -> bool:
    with after(minutes) as session:
        return sessions.load(session, token) is not None


def test_a_token_opens_its_log_in(user_id: UUID, token: str) -> None:
    with after(1) as session:
        loaded = sessions.load(session, token)
    assert loaded == sessions.LoadedSession(user_id, None, {}, NOON, NOON)


def test_the_token_is_in_no_table(token: str) -> None:
    with after(0) as session:
        row = session.scalars(select(UserSession)).one()
    assert len(row.token_hash) == 32
    assert token.encode() not in row.token_hash
    assert len(token) == 43


@pytest.mark.parametrize("wrong", ["", "x", "\ud800", "A" * 43, "é" * 1000])
def test_another_token_opens_nothing(token: str, wrong: str) -> None:
    assert not is_live(wrong, 0)


def test_half_an_hour_without_use_ends_it(token: str) -> None:
    assert is_live(token, 29.9)
    assert is_live(token, 59.8)
    assert not is_live(token, 89.9)


def test_twelve_hours_end_it_however_much_it_is_used(token: str) -> None:
    for minutes in range(20, 720, 20):
        assert is_live(token, minutes), minutes
    assert not is_live(token, 720)


def test_a_read_only_page_loads_it_without_writing(token: str) -> None:
    with clock.frozen(NOON + timedelta(minutes=5)), db.transaction(read_only=True) as session:
        assert sessions.load(session, token, touch=False)


def test_being_seen_is_written_once_a_minute_at_most(token: str) -> None:
    assert is_live(token, 0.9)
    with after(0) as session:
        assert session.scalars(select(UserSession.last_seen_at)).one() == NOON
    assert is_live(token, 1)
    with after(0) as session:
        assert session.scalars(select(UserSession.last_seen_at)).one() == NOON + timedelta(minutes=1)


def test_a_rotated_token_carries_on_and_the_old_one_is_dead(token: str) -> None:
    with after(0) as session:
        network = Network(key="n", name="N")
        session.add(network)
        session.flush()
        sessions.choose_network(session, token, network.id)
        sessions.remember(session, token, csrf="x")
        new = sessions.rotate(session, token)
    assert not is_live(token, 1)
    with after(1) as session:
        loaded = sessions.load(session, new)
    assert loaded
    assert (loaded.network_id, loaded.data) == (network.id, {"csrf": "x"})


def test_rotating_does_not_lengthen_the_twelve_hours(token: str) -> None:
    for minutes in range(20, 720, 20):
        with after(minutes) as session:
            token = sessions.rotate(session, token)
    assert not is_live(token, 720)


def test_a_dead_token_is_not_rotated(token: str) -> None:
    with after(0) as session:
        sessions.end(session, token)
    with after(0) as session, pytest.raises(NotFound):
        sessions.rotate(session, token)


def test_logging_out_ends_this_one_only(user_id: UUID, token: str) -> None:
    with after(0) as session:
        other = sessions.open(session, user_id)
        sessions.end(session, token)
    assert (is_live(token, 0), is_live(other, 0)) == (False, True)


def test_a_new_password_ends_all_of_them(user_id: UUID, token: str) -> None:
    with after(0) as session:
        directory.set_password(session, user_id, "quattro parole lunghe davvero")
    assert not is_live(token, 0)


def test_a_disabled_account_is_out_at_once(user_id: UUID, token: str) -> None:
    with after(0) as session:
        directory.disable_user(session, user_id)
    assert not is_live(token, 0)


def test_a_day_after_its_end_it_is_deleted(user_id: UUID, token: str) -> None:
    with after(0) as session:
        sessions.open(session, user_id)
        sessions.end(session, token)
    for minutes, expected in ((24 * 60 - 1, 2), (24 * 60 + 1, 1), (25 * 60, 0)):
        with after(minutes) as session:
            sessions.purge(session)
            assert session.scalar(select(func.count()).select_from(UserSession)) == expected, minutes
