from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db, errors
from engine.audit import AuditEntry
from engine.participants import directory, tokens
from engine.participants.models import Agency, Network, Role, User
from engine.participants.token_models import ApiToken, TokenScope
from tests import database

DAY = timedelta(days=1)
READ = [TokenScope.READ]


@pytest.fixture
def person(session: Session, network: Network, agency: Agency) -> User:
    user = directory.create_user(session, username="programma", display_name="Programma", password="una frase di prova")
    directory.create_membership(
        session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
    )
    return user


def make(session: Session, network: Network, person: User, **options: object) -> tuple[ApiToken, str]:
    given = {"name": "gestionale", "scopes": READ, "life": DAY} | options
    return tokens.create(session, user_id=person.id, network_id=network.id, **given)


def test_a_token_speaks_for_its_person_in_its_network(session: Session, network: Network, person: User) -> None:
    _, text = make(session, network, person, scopes=[TokenScope.WORK, TokenScope.READ, TokenScope.READ])
    bearer = tokens.load(session, text)
    assert bearer is not None
    assert (bearer.actor.user_id, bearer.actor.network_id) == (person.id, network.id)
    assert bearer.scopes == {TokenScope.READ, TokenScope.WORK}


def test_a_token_is_long_random_and_only_its_hash_is_kept(session: Session, network: Network, person: User) -> None:
    (row, text), (_, other) = make(session, network, person), make(session, network, person)
    assert text != other
    assert text.startswith("staffetta_")
    assert len(text) == len("staffetta_") + 43
    assert len(row.token_hash) == 32
    assert text.encode() not in row.token_hash
    kept = session.scalars(select(AuditEntry).where(AuditEntry.action == "token.created")).all()
    assert len(kept) == 2
    assert text not in str([entry.details for entry in kept])


def test_a_token_that_is_none_opens_nothing(session: Session, network: Network, person: User) -> None:
    _, text = make(session, network, person)
    for wrong in ("", text[:-1], text + "x", text.upper(), "\ud800"):
        assert tokens.load(session, wrong) is None


def test_a_token_lasts_until_its_instant_and_no_longer(session: Session, network: Network, person: User) -> None:
    row, text = make(session, network, person)
    with clock.bound(row.expires_at - timedelta(microseconds=1)):
        assert tokens.load(session, text) is not None
    with clock.bound(row.expires_at):
        assert tokens.load(session, text) is None


def test_a_revoked_token_is_dead_and_stays_so(session: Session, network: Network, person: User) -> None:
    row, text = make(session, network, person)
    first = tokens.revoke(session, network.id, row.id).revoked_at
    assert tokens.load(session, text) is None
    with clock.bound(clock.now() + DAY):
        assert tokens.revoke(session, network.id, row.id).revoked_at == first
    with pytest.raises(errors.NotFound):
        tokens.revoke(session, network.id, uuid4())


def test_a_token_of_another_network_is_not_revoked_from_here(session: Session, network: Network, person: User) -> None:
    row, text = make(session, network, person)
    elsewhere = directory.create_network(session, key="altrove", name="Altrove")
    with pytest.raises(errors.NotFound):
        tokens.revoke(session, elsewhere.id, row.id)
    assert tokens.load(session, text) is not None


def test_a_token_dies_with_its_account(session: Session, network: Network, person: User) -> None:
    _, text = make(session, network, person)
    directory.disable_user(session, person.id)
    assert tokens.load(session, text) is None


def test_only_who_has_a_role_in_the_network_gets_a_token(session: Session, network: Network) -> None:
    stranger = directory.create_user(session, username="altra", display_name="Altra", password="una frase di prova")
    with pytest.raises(errors.NotFound, match="user_not_in_network"):
        make(session, network, stranger)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"life": timedelta()}, "life"),
        ({"life": -DAY}, "life"),
        ({"life": tokens.LONGEST_LIFE + timedelta(seconds=1)}, "life"),
    ],
    ids=str,
)
def test_a_token_needs_a_name_a_scope_and_an_end(
    session: Session, network: Network, person: User, options: dict[str, object], field: str
) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        make(session, network, person, **options)
    assert refused.value.field == field


def test_the_last_use_is_noted_once_a_minute(session: Session, network: Network, person: User) -> None:
    row, text = make(session, network, person)
    assert row.last_used_at is None
    tokens.load(session, text)
    first = row.last_used_at
    assert first == clock.now()
    with clock.bound(first + timedelta(seconds=59)):
        tokens.load(session, text)
        assert row.last_used_at == first
    with clock.bound(first + timedelta(seconds=60)):
        tokens.load(session, text)
        assert row.last_used_at == first + timedelta(seconds=60)


def test_the_list_shows_ended_tokens_too_newest_first(configured: database.Urls) -> None:
    with db.transaction() as session:
        network = directory.create_network(session, key="prova", name="Prova")
        agency = directory.create_agency(session, network.id, name="Centro", services=["cav"])
        people = []
        for name in ("una", "due"):
            user = directory.create_user(session, username=name, display_name=name, password="una frase di prova")
            directory.create_membership(
                session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
            )
            people.append(user)
    made = []
    for person in (people[0], people[1], people[0]):
        with db.transaction() as session:
            made.append(make(session, network, person)[0].id)
    with db.transaction() as session:
        tokens.revoke(session, network.id, made[0])
        assert [row.id for row in tokens.listing(session, network.id)] == made[::-1]
        assert [row.id for row in tokens.listing(session, network.id, user_id=people[0].id)] == [made[2], made[0]]


def test_a_new_password_and_a_closed_account_end_the_persons_tokens_for_good(
    session: Session, network: Network, person: User
) -> None:
    row, text = make(session, network, person)
    directory.set_password(session, person.id, "un'altra frase di prova")
    session.refresh(row)
    assert (tokens.load(session, text), row.revoked_at) == (None, clock.now())
    ended = session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "token.revoked")).all()
    assert ended == [str(row.id)]
    other, text = make(session, network, person)
    directory.disable_user(session, person.id)
    session.refresh(other)
    assert other.revoked_at == clock.now()
    person.disabled_at = None
    session.flush()
    assert tokens.load(session, text) is None
