from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, notifications
from engine.errors import NotFound
from engine.notifications import Receiver
from engine.notifications.models import Notice
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Agency, CaseParticipation, Network, Role

PASSWORD = "una parola lunga"


@pytest.fixture
def person(session: Session, network: Network, agency: Agency) -> Actor:
    user = directory.create_user(session, username="operatrice", display_name="Operatrice CAV", password=PASSWORD)
    directory.create_membership(
        session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
    )
    actor = directory.actor(session, user.id, network.id)
    assert actor
    return actor


def tell(session: Session, person: Actor, case_id: UUID, receiver: Receiver) -> Notice:
    notice = notifications.notify(session, receiver, "deadline_reminder", network_id=person.network_id, case_id=case_id)
    session.flush()
    return notice


def test_a_person_reads_what_is_addressed_to_her(session: Session, person: Actor, case_id: UUID) -> None:
    tell(session, person, case_id, Receiver.person(person.user_id))
    row = notifications.inbox(session, person)[0]
    assert (row.kind, row.case_code, row.read_at) == ("deadline_reminder", "PROVA-1", None)


def test_a_case_that_is_not_hers_cannot_be_opened_from_a_notice(session: Session, person: Actor, case_id: UUID) -> None:
    tell(session, person, case_id, Receiver.person(person.user_id))
    assert notifications.inbox(session, person)[0].case_id is None
    session.add(
        CaseParticipation(
            network_id=person.network_id,
            case_id=case_id,
            lane="cav",
            agency_id=person.memberships[0][0],
            basis="avvio",
            since=clock.now(),
        )
    )
    session.flush()
    assert notifications.inbox(session, person)[0].case_id == case_id


@pytest.mark.parametrize("told", ["agency", "network"])
def test_a_role_is_told_in_its_agency_or_in_the_whole_network(
    session: Session, person: Actor, case_id: UUID, told: str
) -> None:
    agency_id = person.memberships[0][0] if told == "agency" else None
    tell(session, person, case_id, Receiver.with_role(Role.OPERATRICE, agency_id))
    tell(session, person, case_id, Receiver.with_role(Role.RESPONSABILE, agency_id))
    assert len(notifications.inbox(session, person)) == 1


def test_the_same_role_of_another_agency_is_told_nothing(session: Session, person: Actor, case_id: UUID) -> None:
    other = directory.create_agency(session, person.network_id, name="Altro ente", services=["capofila"])
    notice = tell(session, person, case_id, Receiver.with_role(Role.OPERATRICE, other.id))
    assert notifications.inbox(session, person) == []
    with pytest.raises(NotFound):
        notifications.mark_read(session, person, notice.id)


def test_another_network_is_told_nothing(session: Session, person: Actor, case_id: UUID) -> None:
    tell(session, person, case_id, Receiver.with_role(Role.OPERATRICE))
    elsewhere = Actor(person.user_id, uuid4(), person.memberships, person.display_name)
    assert notifications.inbox(session, elsewhere) == []


def test_a_read_notice_keeps_its_first_reader(session: Session, person: Actor, case_id: UUID) -> None:
    notice = tell(session, person, case_id, Receiver.with_role(Role.OPERATRICE))
    notifications.mark_read(session, person, notice.id)
    notifications.mark_read(session, person, notice.id)
    assert notifications.inbox(session, person, unread=True) == []
    row = session.execute(select(Notice.read_at, Notice.read_by_id)).one()
    assert tuple(row) == (clock.now(), person.user_id)


def test_a_list_of_notices_has_a_limit(session: Session, person: Actor, case_id: UUID) -> None:
    for _ in range(3):
        tell(session, person, case_id, Receiver.with_role(Role.OPERATRICE))
    assert len(notifications.inbox(session, person, limit=2)) == 2


def test_a_notice_for_nobody_or_for_two_is_a_mistake() -> None:
    for receiver in ({}, {"agency_id": uuid4()}, {"user_id": uuid4(), "role": Role.OPERATRICE}):
        with pytest.raises(ValueError, match="one person, or for a role"):
            Receiver(**receiver)
