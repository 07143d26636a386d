"""Playing a scenario of a protocol on the real engine and a real database, with a clock that the scenario moves."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

import feel
from engine import clock, db, parameters, protocol_files
from engine.cases import handovers, lifecycle, tasks, timers
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case, ProcessInstance, TaskStatus, UserTask
from engine.consent.models import BasisKind, LegalBasis, Manner, RecordedBasis
from engine.deadlines.models import Deadline, DeadlineStatus, Rung, RungStatus
from engine.definitions import deployment, repository
from engine.ladders import versions as ladders
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import CaseParticipation, Role
from tests.processes import drawing

ROOT = Path(__file__).parents[2]


@dataclass
class Rehearsal:
    """One scenario while it is played; `now` is the scenario's clock."""

    scenario: dict[str, Any]
    now: datetime
    network_id: UUID = field(init=False)
    agencies: dict[str, UUID] = field(default_factory=dict)
    people: dict[tuple[UUID, str], Actor] = field(default_factory=dict)
    case_id: UUID = field(init=False)

    @classmethod
    def of(cls, path: Path) -> Rehearsal:
        scenario = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(scenario, datetime.fromisoformat(scenario["scenario"]["start"]))

    def play(self, protocol: str) -> None:
        """Open the case and do every step of the scenario."""
        self._found_network()
        lanes = {lane: self.agencies[name] for lane, name in self.scenario["lanes"].items()}
        first = next(iter(self.scenario["lanes"].values()))
        with clock.frozen(self.now), db.transaction() as session:
            actor = self.people[(self.agencies[first], "operatrice")]
            variables = self.scenario["scenario"].get("variables", {})
            self.case_id = lifecycle.start(session, actor, protocol, lanes=lanes, variables=variables).id
        for step in self.scenario["step"]:
            self._do(step)

    def _do(self, step: dict[str, Any]) -> None:
        known = {"at", "claim", "complete", "by", "values", "lanes"}
        expectations = {"expect_open", "expect_ended", "expect_rungs", "expect_due"}
        assert set(step) <= known | expectations, step
        if "at" in step:
            elapsed = feel.parse_duration(step["at"])
            start = datetime.fromisoformat(self.scenario["scenario"]["start"])
            self._advance(clock.as_utc(start) + elapsed)
        if "claim" in step:
            actor, task_id = self._by(step), self._task(step["claim"])
            with clock.frozen(self.now), db.transaction() as session:
                tasks.claim(session, actor, task_id)
        if "complete" in step:
            chosen = {lane: self.agencies[name] for lane, name in step.get("lanes", {}).items()}
            actor, task_id = self._by(step), self._task(step["complete"])
            with clock.frozen(self.now), db.transaction() as session:
                tasks.complete(session, actor, task_id, step.get("values", {}), lanes=chosen)
            self._pass_on()
        for name in expectations & set(step):
            getattr(self, f"_{name}")(step[name])

    def _pass_on(self) -> None:
        """She agrees to what is prepared for an agency, and its sender sends it."""
        with clock.frozen(self.now), db.transaction() as session:
            prepared = (Handover.state == HandoverState.PREPARE, Handover.to_agency_id.is_not(None))
            for row in session.scalars(select(Handover).where(Handover.case_id == self.case_id, *prepared)).all():
                sender = self.people[(row.from_agency_id, "operatrice")]
                agreed = RecordedBasis(
                    network_id=self.network_id,
                    case_id=self.case_id,
                    kind=BasisKind.ADESIONE,
                    purpose=row.purpose,
                    agency_id=row.to_agency_id,
                    given=True,
                    legal_basis=LegalBasis.CONSENSO,
                    manner=Manner.A_VOCE,
                    asked_by_id=sender.user_id,
                    asked_for_id=row.from_agency_id,
                    happened_at=self.now,
                    key_version=1,
                    sealed=b"",
                )
                session.add(agreed)
                session.flush()
                handovers.send(session, sender, row.id)

    def _advance(self, target: datetime) -> None:
        """Let a worker do everything that falls due on the way, each at its own instant."""
        while True:
            with clock.frozen(target), db.transaction() as session:
                due = session.get_one(Case, self.case_id).next_due_at
            if due is None or due > target:
                break
            with clock.frozen(due):
                assert timers.fire(self.case_id)
        self.now = target

    def _expect_open(self, elements: list[str]) -> None:
        with clock.frozen(self.now), db.transaction() as session:
            query = select(UserTask.element_id).where(
                UserTask.case_id == self.case_id, UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED])
            )
            assert sorted(session.scalars(query).all()) == sorted(elements)

    def _expect_ended(self, outcome: str) -> None:
        with clock.frozen(self.now), db.transaction() as session:
            query = select(ProcessInstance.outcome).where(ProcessInstance.case_id == self.case_id)
            assert session.scalars(query).all() == [outcome]
            assert session.get_one(Case, self.case_id).state == "closed"
            assert session.get_one(Case, self.case_id).next_due_at is None

    def _expect_due(self, due: dict[str, str]) -> None:
        with clock.frozen(self.now), db.transaction() as session:
            query = (
                select(Deadline.due_at)
                .join(UserTask, UserTask.id == Deadline.task_id)
                .where(
                    UserTask.case_id == self.case_id,
                    UserTask.element_id == due["task"],
                    Deadline.clock == due["clock"],
                    Deadline.state == DeadlineStatus.ARMED,
                )
            )
            assert session.scalars(query).all() == [clock.as_utc(datetime.fromisoformat(due["at"]))]

    def _expect_rungs(self, rungs: list[dict[str, str]]) -> None:
        for task, clock_name in dict.fromkeys((rung["task"], rung["clock"]) for rung in rungs):
            with clock.frozen(self.now), db.transaction() as session:
                query = (
                    select(Rung.step)
                    .join(Deadline, Deadline.id == Rung.deadline_id)
                    .join(UserTask, UserTask.id == Deadline.task_id)
                    .where(
                        UserTask.case_id == self.case_id,
                        UserTask.element_id == task,
                        UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
                        Deadline.clock == clock_name,
                        Rung.state == RungStatus.FIRED,
                    )
                    .order_by(Rung.position)
                )
                # A ladder may remind, and climb, more than once: what counts is how far it has come.
                fired = list(dict.fromkeys(step.value for step in session.scalars(query).all()))
            wanted = [rung["rung"] for rung in rungs if (rung["task"], rung["clock"]) == (task, clock_name)]
            assert fired == wanted, (task, clock_name)

    def _by(self, step: dict[str, Any]) -> Actor:
        lane, role = step["by"].split(".")
        with clock.frozen(self.now), db.transaction(read_only=True) as session:
            query = select(CaseParticipation.agency_id).where(
                CaseParticipation.case_id == self.case_id,
                CaseParticipation.lane == lane,
                CaseParticipation.ended_why.is_(None),
            )
            agency_id = session.scalars(query).one()
        return self.people[(agency_id, role)]

    def _task(self, element: str) -> UUID:
        with clock.frozen(self.now), db.transaction(read_only=True) as session:
            query = select(UserTask.id).where(
                UserTask.case_id == self.case_id,
                UserTask.element_id == element,
                UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]),
            )
            return session.scalars(query).one()

    def _found_network(self) -> None:
        services: dict[str, set[str]] = {}
        chosen = [*self.scenario["lanes"].items()]
        for step in self.scenario["step"]:
            chosen += step.get("lanes", {}).items()
        for lane, name in chosen:
            services.setdefault(name, set()).add(lane)
        # Every lane of the deployed set needs somebody, also where this scenario does not go.
        drawn = {str(lane.get("id")) for path in drawing.PROCESSES for lane in drawing.read(path).of_kind("lane")}
        services.setdefault("Comune capofila", set()).update(drawn.difference(*services.values()))
        with clock.frozen(datetime.fromisoformat("2026-01-01T00:00:00+00:00")), db.transaction() as session:
            network = directory.create_network(session, key="prova", name="Rete di prova")
            self.network_id = network.id
            parameters.load_defaults(session, network.id, (ROOT / "processes/parameters.toml").read_bytes())
            ladders.load_defaults(session, network.id, protocol_files.shipped_ladders())
            for name, offered in services.items():
                agency = directory.create_agency(session, network.id, name=name, services=offered)
                self.agencies[name] = agency.id
                for role in (Role.OPERATRICE, Role.RESPONSABILE):
                    self._hire(session, agency.id, name, role)
            designer = self._hire(session, self.agencies["Comune capofila"], "designer", Role.PROGETTISTA)
            for name, value in self.scenario["scenario"].get("parameters", {}).items():
                parameters.approve(session, designer, name, value=value, approved_by="Tavolo tecnico")
            sources = protocol_files.read([ROOT / "processes"]).diagrams
            for deployed in deployment.deploy(session, designer, sources, forms_given={}):
                assert repository.load(session, deployed.definition.id)

    def _hire(self, session: Any, agency_id: UUID, name: str, role: Role) -> Actor:
        number = len(self.people)
        user = directory.create_user(
            session, username=f"persona.{number}", display_name=f"{role.value} {name}", password="una frase di prova"
        )
        directory.create_membership(
            session, network_id=self.network_id, user_id=user.id, agency_id=agency_id, role=role
        )
        actor = directory.actor(session, user.id, self.network_id)
        assert actor is not None
        self.people[(agency_id, role.value)] = actor
        return actor
