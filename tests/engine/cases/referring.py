"""A second network that receives referrals, and a case of the first one that is referred there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from engine import db, parameters
from engine.cases import received, receptions, referrals
from engine.cases.erasure_models import Erasure
from engine.cases.models import Case
from engine.cases.referral_models import ReceivedReferral, Referral
from engine.crypto import CaseKey
from engine.definitions import deployment
from engine.notifications.models import Notice
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Role
from tests import database
from tests.engine.cases import protocols
from tests.engine.cases.conftest import PASSWORD, START, World
from tests.engine.cases.protocols import end, field, form, process, start, task

NAME = "Rete del mare"
PURPOSE = "presa_in_carico"
RISKS = [{"label": label, "value": label.upper()} for label in ("Alto", "Medio", "Basso")]
NEEDS = [{"label": "Un posto", "value": "posto_letto"}]
ARRIVAL = form(
    "arrivo",
    field("radio", "rischio_segnalato", routing=True, required=True, values=RISKS),
    field("radio", "bisogno", routing=True, values=NEEDS),
    field("radio", "zona", routing=True, values=[{"label": "Porto", "value": "porto"}]),
)
SAID = {"rischio_segnalato": "ALTO", "bisogno": "posto_letto"}


def receiving(key: str = "arriva") -> bytes:
    """A process that begins with a form, and has one step."""
    nodes = [start("inizio", form="arrivo"), task("accoglie"), end("fine")]
    return process(key, nodes, [("inizio", "accoglie"), ("accoglie", "fine")], lanes={"cav": "inizio accoglie fine"})


@contextmanager
def new_database(server: database.Server, template: str) -> Iterator[str]:
    """A copy of a database, in use."""
    name = f"referring_{uuid4().hex}"
    db.configure(server.create(name, template).app, pool_size=10)
    yield name
    db.dispose()
    server.drop(name)


@dataclass
class Far:
    """The two networks: the people of the other one by their roles, its agency, its id."""

    world: World
    network_id: UUID
    agency_id: UUID
    people: dict[str, Actor]

    @classmethod
    def of(cls, world: World) -> Far:
        """Let the other network receive."""
        stranger = world.people["forestiera"]
        network_id, ((agency_id, _role),) = stranger.network_id, stranger.memberships
        people = {"operatrice": stranger}
        with world.at(START) as session:
            for role in (Role.PROGETTISTA, Role.AMMINISTRATORE, Role.RESPONSABILE, Role.OPERATRICE):
                name = f"{role}.mare"
                user = directory.create_user(session, username=name, display_name=name, password=PASSWORD)
                directory.create_membership(
                    session, network_id=network_id, user_id=user.id, agency_id=agency_id, role=role
                )
                actor = directory.actor(session, user.id, network_id)
                assert actor is not None
                people["collega" if role is Role.OPERATRICE else role.value] = actor
            parameters.load_defaults(session, network_id, protocols.PARAMETERS)
            forms = {"arrivo": ARRIVAL}
            deployment.deploy(session, people["progettista"], {"arriva.bpmn": receiving()}, forms_given=forms)
        far = cls(world, network_id, agency_id, people)
        far.receive()
        return far

    def receive(self, at: str | datetime = START) -> None:
        with self.world.at(at) as session:
            receptions.open_(
                session, self.people["amministratore"], name=NAME, agency_id=self.agency_id, process="arriva"
            )

    def agrees(self, case: Case, purpose: str = PURPOSE) -> UUID:
        return self.world.agrees(START, case, self.agency_id, purpose)

    def send(self, case: Case, at: str | datetime = START, *, by: str = "operatrice.cav", **options: Any) -> Referral:
        said = {"to_network": self.network_id, "purpose": PURPOSE, "values": SAID, **options}
        with self.world.at(at) as session:
            return referrals.send(session, self.world.people[by], case.id, **said)

    def referred(self) -> tuple[Case, Referral]:
        """A case of the first network that waits for the other one's answer."""
        case = self.world.open_case()
        self.agrees(case)
        return case, self.send(case)

    def accept(self, row: Referral, at: str | datetime = START, *, by: str = "operatrice") -> ReceivedReferral:
        with self.world.at(at) as session:
            return received.accept(session, self.people[by], row.id)

    def decline(self, row: Referral, at: str | datetime = START, *, reason: str = "Nessun posto.") -> None:
        with self.world.at(at) as session:
            received.decline(session, self.people["operatrice"], row.id, reason=reason)

    def ends(self, row: Referral) -> tuple[Referral, ReceivedReferral]:
        """Both ends as they stand in the database."""
        (here,) = self.world.rows(Referral, Referral.id == row.id)
        (there,) = self.world.rows(ReceivedReferral, ReceivedReferral.id == row.id)
        return here, there


def told(far: Far, kind: str) -> set[UUID]:
    """Who was told, by her person's or agency's id."""
    rows = far.world.rows(Notice, Notice.kind == kind)
    return {one for row in rows for one in (row.user_id or row.agency_id or row.network_id,)}


def new_case(far: Far, row: Referral) -> UUID:
    _here, there = far.ends(row)
    assert there.new_case_id is not None
    return there.new_case_id


def gone(far: Far, row: Referral) -> bool:
    """Whether what was sealed for the other network can be read by nobody any more."""
    _here, there = far.ends(row)
    (key,) = far.world.rows(CaseKey, CaseKey.controller_id == row.id)
    stones = far.world.rows(Erasure, Erasure.controller_id == row.id)
    return there.sealed is None and key.wrapped == b"" and len(stones) == 1
