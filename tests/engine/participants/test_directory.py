from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import DuplicateName, InvalidValue, NotFound
from engine.participants import directory
from engine.participants.models import Agency, Membership, Network, NetworkAgency, Role, User

PASSWORD = "quattro parole lunghe davvero"


@pytest.fixture
def user(session: Session) -> User:
    return directory.create_user(session, username="Operatrice.CAV", display_name="Operatrice CAV", password=PASSWORD)


@pytest.fixture
def membership(session: Session, network: Network, agency: Agency, user: User) -> Membership:
    return directory.create_membership(
        session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
    )


def leave(session: Session, agency: Agency) -> None:
    """Let the agency leave its network now."""
    session.scalars(select(NetworkAgency).where(NetworkAgency.agency_id == agency.id)).one().until = clock.now()
    session.flush()


def test_a_person_becomes_an_actor_of_the_network(
    session: Session, network: Network, agency: Agency, user: User, membership: Membership
) -> None:
    actor = directory.actor(session, user.id, network.id)
    assert actor
    assert (actor.user_id, actor.network_id, actor.display_name) == (user.id, network.id, "Operatrice CAV")
    assert (actor.memberships, actor.language) == (((agency.id, Role.OPERATRICE),), "it")


def test_in_a_network_of_others_she_is_nobody(session: Session, user: User, membership: Membership) -> None:
    other = directory.create_network(session, key="altra", name="Altra rete")
    assert directory.actor(session, user.id, other.id) is None
    assert directory.actor(session, uuid4(), membership.network_id) is None


def test_a_disabled_account_is_nobody(session: Session, network: Network, user: User, membership: Membership) -> None:
    directory.disable_user(session, user.id)
    assert directory.actor(session, user.id, network.id) is None


def test_people_of_an_agency_that_left_the_network_are_nobody(
    session: Session, network: Network, agency: Agency, user: User, membership: Membership
) -> None:
    leave(session, agency)
    assert directory.actor(session, user.id, network.id) is None
    assert directory.agencies_for(session, network.id, "cav") == []


def test_a_lane_is_played_by_who_offers_the_service(session: Session, network: Network, agency: Agency) -> None:
    second = directory.create_agency(session, network.id, name="Altro centro", services=["cav", "supervisione"])
    assert directory.agencies_for(session, network.id, "cav") == [second, agency]
    assert directory.agencies_for(session, network.id, "supervisione") == [second]
    assert directory.agencies_for(session, network.id, "casa_rifugio") == []
    assert directory.services(session, network.id) == {"cav", "supervisione"}
    assert directory.agencies(session, network.id) == [second, agency]


def test_another_network_s_agencies_play_nothing_here(session: Session, network: Network, agency: Agency) -> None:
    other = directory.create_network(session, key="altra", name="Altra rete")
    assert directory.agencies_for(session, other.id, "cav") == []
    assert directory.services(session, other.id) == frozenset()


def test_an_agency_joins_from_its_date(session: Session, network: Network, agency: Agency) -> None:
    other = directory.create_network(session, key="altra", name="Altra rete")
    later = clock.now() + timedelta(days=1)
    session.add(NetworkAgency(network_id=other.id, agency_id=agency.id, services=["cav"], since=later))
    session.flush()
    assert directory.agencies(session, other.id) == []


def test_a_person_knows_her_networks(session: Session, network: Network, user: User, membership: Membership) -> None:
    directory.create_network(session, key="altra", name="Altra rete")
    assert directory.networks_of(session, user.id) == [network]
    assert len(directory.networks(session)) == 2


def test_people_and_networks_are_found_by_name(session: Session, network: Network, user: User) -> None:
    assert directory.user_named(session, "OPERATRICE.cav") is user
    assert directory.network_named(session, "prova") is network
    with pytest.raises(NotFound):
        directory.user_named(session, "nessuna")
    with pytest.raises(NotFound):
        directory.network_named(session, "nessuna")


def test_a_user_name_is_taken_once_whatever_its_case(session: Session, user: User) -> None:
    with pytest.raises(DuplicateName) as caught:
        directory.create_user(session, username="operatrice.cav", display_name="Altra", password=PASSWORD)
    assert caught.value.code == "user_account_taken"
    assert session.scalars(select(User)).all() == [user]  # and the command can go on


def test_the_same_role_twice_is_refused(session: Session, membership: Membership) -> None:
    with pytest.raises(DuplicateName):
        directory.create_membership(
            session,
            network_id=membership.network_id,
            user_id=membership.user_id,
            agency_id=membership.agency_id,
            role=membership.role,
        )


@pytest.mark.parametrize("username", ["", " ", "a b", "è", "-a", "a\nb", "x" * 200, "<b>"])
def test_an_unfit_user_name_is_refused(session: Session, username: str) -> None:
    with pytest.raises(InvalidValue):
        directory.create_user(session, username=username, display_name="X", password=PASSWORD)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "x" * 201])
def test_an_unfit_name_is_refused(session: Session, network: Network, name: str) -> None:
    with pytest.raises(InvalidValue):
        directory.create_agency(session, network.id, name=name, services=["cav"])


@pytest.mark.parametrize("service", ["", "CAV", "pronto soccorso", "1x", "x" * 64])
def test_an_unfit_service_is_refused(session: Session, network: Network, service: str) -> None:
    with pytest.raises(InvalidValue):
        directory.create_agency(session, network.id, name="Ente", services=[service])
