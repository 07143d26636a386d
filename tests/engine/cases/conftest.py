"""A small network with the real protocols in force, and shorthands for acting in it at chosen instants."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db, parameters, protocol_files
from engine.cases import handovers, lifecycle, post, tasks, timers
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case, TaskStatus, UserTask
from engine.consent.models import BasisKind, LegalBasis, Manner, RecordedBasis
from engine.definitions import deployment
from engine.ladders import versions as ladders
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Channel, Role
from tests import database
from tests.engine.cases import protocols
from tests.ladders import THREE

ROOT = Path(__file__).parents[3]
START = "2026-03-02T09:00:00+01:00"
PASSWORD = "una frase lunga di prova"

AGENCIES = {
    "cav": ("Centro antiviolenza", ["cav"], Channel.PORTALE),
    "supervisione": ("Supervisione", ["supervisione"], Channel.PORTALE),
    "capofila": ("Comune capofila", ["capofila"], Channel.PORTALE),
    "estraneo": ("Altro centro", ["cav"], Channel.PORTALE),
    "telefono": ("Associazione senza computer", ["associazioni"], Channel.TELEFONO),
    "centralino": ("Centro senza computer", ["cav"], Channel.TELEFONO),
}
PEOPLE = {
    "operatrice.cav": ("cav", Role.OPERATRICE),
    "collega.cav": ("cav", Role.OPERATRICE),
    "responsabile.cav": ("cav", Role.RESPONSABILE),
    "supervisora": ("supervisione", Role.OPERATRICE),
    "coordinatrice": ("capofila", Role.COORDINAMENTO),
    "operatrice.capofila": ("capofila", Role.OPERATRICE),
    "estranea": ("estraneo", Role.OPERATRICE),
    "progettista": ("capofila", Role.PROGETTISTA),
    "amministratrice": ("capofila", Role.AMMINISTRATORE),
}


def moment(at: str | datetime) -> datetime:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


def after(start: str | datetime = START, **length: float) -> datetime:
    """An instant so long after another one."""
    return moment(start) + timedelta(**length)


@dataclass
class World:
    """A network at work: people as actors, agencies by name. Each `at` is one command at that instant."""

    network_id: UUID
    agencies: dict[str, UUID]
    people: dict[str, Actor]
    cases: list[UUID] = field(default_factory=list)

    @contextmanager
    def at(self, instant: str | datetime) -> Iterator[Session]:
        with clock.frozen(moment(instant)), db.transaction() as session:
            yield session

    def worker_at(self, instant: str | datetime) -> int:
        """Let a worker do what is due at an instant; give the number of cases that it moved."""
        with clock.frozen(moment(instant)):
            post.sort()
            return sum(timers.fire(case_id) for case_id in timers.due(limit=1000).case_ids)

    def start(
        self, key: str, instant: str | datetime = START, *, by: str = "operatrice.cav", **variables: object
    ) -> Case:
        """Open a case of a protocol; the lane of the centre is played by `cav`."""
        with self.at(instant) as session:
            lanes = {"cav": self.agencies["cav"]}
            case = lifecycle.start(session, self.people[by], key, lanes=lanes, variables=variables)
        self.pass_on(instant, case)
        return case

    def pass_on(self, instant: str | datetime, case: Case) -> None:
        """She agrees to what is prepared for an agency, and whoever has opened the case sends it there."""
        prepared = (Handover.state == HandoverState.PREPARE, Handover.to_agency_id.is_not(None))
        rows = self.rows(Handover, Handover.case_id == case.id, *prepared)
        for agency_id, purpose in {(row.to_agency_id, row.purpose) for row in rows}:
            self.agrees(instant, case, agency_id, purpose)
        for row in rows:
            opener = next(actor for actor in self.people.values() if actor.user_id == case.opened_by_id)
            with self.at(instant) as session:
                handovers.send(session, opener, row.id)

    def agrees(self, instant: str | datetime, case: Case, agency_id: UUID, purpose: str) -> UUID:
        """She agrees that an agency be told for a purpose."""
        with self.at(instant) as session:
            row = RecordedBasis(
                network_id=case.network_id,
                case_id=case.id,
                kind=BasisKind.ADESIONE,
                purpose=purpose,
                agency_id=agency_id,
                given=True,
                legal_basis=LegalBasis.CONSENSO,
                manner=Manner.A_VOCE,
                asked_by_id=self.people["operatrice.cav"].user_id,
                asked_for_id=self.agencies["cav"],
                happened_at=clock.now(),
                key_version=1,
                sealed=b"",
            )
            session.add(row)
            session.flush()
            return row.id

    def open_case(self, instant: str | datetime = START, *, risk: str = "ALTO", by: str = "operatrice.cav") -> Case:
        return self.start("accoglienza_cav", instant, by=by, rischio_segnalato=risk, canale="da_sola")

    def task(self, case: Case, element_id: str) -> UUID:
        """The open task at an element, as the database has it, past every rule of who may see it."""
        with Session(db.engine(), expire_on_commit=False) as session:
            query = select(UserTask.id).where(
                UserTask.case_id == case.id,
                UserTask.element_id == element_id,
                UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
            )
            return session.scalars(query).one()

    def claim(
        self, instant: str | datetime, case: Case, element_id: str, *, by: str = "operatrice.cav", **options: Any
    ) -> UUID:
        task_id = self.task(case, element_id)
        with self.at(instant) as session:
            tasks.claim(session, self.people[by], task_id, **options)
        return task_id

    def do(
        self,
        instant: str | datetime,
        case: Case,
        element_id: str,
        answer: Mapping[str, Any],
        *,
        by: str = "operatrice.cav",
        **options: Any,
    ) -> UUID:
        """Claim and complete the open task at an element, as two commands."""
        task_id = self.task(case, element_id)
        behalf = {key: value for key, value in options.items() if key == "on_behalf_of"}
        with self.at(instant) as session:
            tasks.claim(session, self.people[by], task_id, **behalf)
        with self.at(instant) as session:
            tasks.complete(session, self.people[by], task_id, answer, **options)
        return task_id

    def rows(self, entity: Any, *where: Any) -> list[Any]:
        """All committed rows of a class, past every rule of who may see them."""
        with Session(db.engine(), expire_on_commit=False) as session:
            return list(session.scalars(select(entity).where(*where)).all())


@pytest.fixture(scope="session")
def world_template(database_server: database.Server, database_template: str) -> Iterator[tuple[str, World]]:
    """A database with the network in it, made once: hashing passwords and deploying take a second."""
    name = f"world_{uuid4().hex}"
    db.configure(database_server.create(name, database_template).app)
    made = build()
    db.dispose()
    yield name, made
    database_server.drop(name)


@pytest.fixture
def world_urls(database_server: database.Server, world_template: tuple[str, World]) -> Iterator[database.Urls]:
    name = f"world_{uuid4().hex}"
    yield database_server.create(name, world_template[0])
    database_server.drop(name)


@pytest.fixture
def world(world_urls: database.Urls, world_template: tuple[str, World]) -> Iterator[World]:
    """The demonstration-sized network, with the protocols of `processes/` in force since the start of 2026."""
    db.configure(world_urls.app, pool_size=10)
    made = world_template[1]
    # What a test adds to these is its own.
    yield World(made.network_id, dict(made.agencies), dict(made.people))
    db.dispose()


@pytest.fixture(scope="session")
def far_template(database_server: database.Server, world_template: tuple[str, World]) -> Iterator[tuple[str, Any]]:
    """A database in which the other network receives referrals, made once."""
    from tests.engine.cases.referring import Far, new_database

    with new_database(database_server, world_template[0]) as name:
        made = Far.of(world_template[1])
        db.dispose()
        yield name, made


@pytest.fixture
def far(database_server: database.Server, far_template: tuple[str, Any]) -> Iterator[Any]:
    """Both networks: see tests/engine/cases/referring.py."""
    from tests.engine.cases.referring import new_database

    with new_database(database_server, far_template[0]):
        yield copy.deepcopy(far_template[1])


def build() -> World:
    """Make the network in the configured database."""
    with clock.frozen(moment("2026-01-01T00:00:00+00:00")), db.transaction() as session:
        network = directory.create_network(session, key="rete", name="Rete")
        parameters.load_defaults(session, network.id, (ROOT / "processes/parameters.toml").read_bytes())
        parameters.load_defaults(session, network.id, protocols.PARAMETERS)
        ladders.load_defaults(session, network.id, THREE)
        agencies = {
            name: directory.create_agency(session, network.id, name=label, services=services, channel=channel).id
            for name, (label, services, channel) in AGENCIES.items()
        }
        people = {
            name: _person(session, network.id, agencies[agency], name, role) for name, (agency, role) in PEOPLE.items()
        }
        elsewhere = directory.create_network(session, key="altrove", name="Un'altra rete")
        far_agency = directory.create_agency(session, elsewhere.id, name="Centro lontano", services=["cav"])
        people["forestiera"] = _person(session, elsewhere.id, far_agency.id, "forestiera", Role.OPERATRICE)
        sources = protocol_files.read([ROOT / "processes"]).diagrams
        deployment.deploy(session, people["progettista"], sources, forms_given={})
        deployment.deploy(session, people["progettista"], protocols.SOURCES, forms_given=protocols.FORMS)
    return World(network.id, agencies, people)


def _person(session: Session, network_id: UUID, agency_id: UUID, name: str, role: Role) -> Actor:
    user = directory.create_user(session, username=name, display_name=name, password=PASSWORD)
    directory.create_membership(session, network_id=network_id, user_id=user.id, agency_id=agency_id, role=role)
    actor = directory.actor(session, user.id, network_id)
    assert actor is not None
    return actor
