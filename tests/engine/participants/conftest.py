"""An administrator, and people made by her."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from engine.participants import administration, directory
from engine.participants.access import Actor
from engine.participants.models import Agency, Network, Role

PASSWORD = "quattro parole lunghe davvero"


def made(session: Session, network: Network, agency: Agency, name: str, role: Role) -> Actor:
    user = directory.create_user(session, username=name, display_name=name, password=PASSWORD)
    directory.create_membership(session, network_id=network.id, user_id=user.id, agency_id=agency.id, role=role)
    actor = directory.actor(session, user.id, network.id)
    assert actor is not None
    return actor


@pytest.fixture
def admin(session: Session, network: Network, agency: Agency) -> Actor:
    return made(session, network, agency, "amministratore", Role.AMMINISTRATORE)


def admitted(session: Session, admin: Actor, agency: Agency, name: str = "nuova") -> administration.Admitted:
    return administration.create_person(
        session, admin, username=name, display_name="Operatrice", agency_id=agency.id, roles=[Role.OPERATRICE]
    )
