"""Posts that are kept for one person, one network, one page."""

from __future__ import annotations

import dataclasses
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import SealBroken
from engine.participants import directory, kept_posts
from engine.participants.access import Actor
from engine.participants.models import Agency, KeptPost, Network, Role
from engine.participants.sessions import LoadedSession

FIELDS = [("nota", "una nota"), ("scelte", "a"), ("scelte", "b")]
HERE = "/attivita/1"


@pytest.fixture
def people(session: Session, network: Network, agency: Agency) -> list[Actor]:
    found = []
    for name in ("una", "altra"):
        user = directory.create_user(session, username=name, display_name=name, password="quattro parole lunghe")
        directory.create_membership(
            session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
        )
        found.append(directory.actor(session, user.id, network.id))
    return found


def keep(session: Session, actor: Actor, address: str = HERE) -> bool:
    login = LoadedSession(actor.user_id, actor.network_id, {}, clock.now(), clock.now())
    return kept_posts.keep(session, login, address, FIELDS)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(KeptPost)) or 0


def test_what_was_kept_is_given_once_with_all_its_fields(session: Session, people: list[Actor]) -> None:
    assert keep(session, people[0])
    assert kept_posts.waiting(session, people[0].user_id)
    assert kept_posts.take(session, people[0], HERE) == FIELDS
    assert kept_posts.take(session, people[0], HERE) is None
    assert not kept_posts.waiting(session, people[0].user_id)


def test_another_person_network_or_page_gets_nothing_and_takes_nothing_away(
    session: Session, people: list[Actor]
) -> None:
    keep(session, people[0])
    for actor, address in (
        (people[1], HERE),
        (dataclasses.replace(people[0], network_id=uuid4()), HERE),
        (people[0], HERE + "2"),
        (Actor.system(people[0].network_id), HERE),
    ):
        assert kept_posts.take(session, actor, address) is None
    assert count(session) == 1


def test_a_row_moved_to_another_person_does_not_open(session: Session, people: list[Actor]) -> None:
    keep(session, people[0])
    row = session.scalars(select(KeptPost)).one()
    told = {"network_id": row.network_id, "address": HERE, "key_id": row.key_id, "sealed": row.sealed}
    session.add(KeptPost(user_id=people[1].user_id, **told))
    session.flush()
    with pytest.raises(SealBroken):
        kept_posts.take(session, people[1], HERE)


def test_the_newest_of_a_page_stays_and_the_oldest_of_many_go(session: Session, people: list[Actor]) -> None:
    keep(session, people[1])
    for number in range(kept_posts.MOST + 3):
        keep(session, people[0], f"/attivita/{number}")
        keep(session, people[0], f"/attivita/{number}")
    assert count(session) == kept_posts.MOST + 1


def test_too_much_and_nobodys_is_not_kept(session: Session, people: list[Actor]) -> None:
    login = LoadedSession(people[0].user_id, people[0].network_id, {}, clock.now(), clock.now())
    nowhere: UUID | None = None
    assert not kept_posts.keep(session, login, HERE, [("nota", "x" * 300_000)])
    assert not kept_posts.keep(session, None, HERE, FIELDS)
    assert not kept_posts.keep(session, dataclasses.replace(login, network_id=nowhere), HERE, FIELDS)
    assert count(session) == 0
