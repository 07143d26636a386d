"""A network in which a centre hands cases over to two shelters, and shorthands for doing so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from engine import db
from engine.cases import handovers, lifecycle
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Case, UserTask
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import CaseParticipation, Channel, Role
from tests.engine.cases.conftest import PASSWORD, START, World, after
from tests.engine.cases.protocols import deadline, end, field, form, handover, process, start, task

_CODES = [{"label": "sì", "value": "si"}, {"label": "no", "value": "no"}]

FORMS = {
    "ascolto": form(
        "ascolto",
        field("radio", "rischio", routing=True, values=_CODES),
        field("radio", "segreto", routing=True, values=_CODES),
        field("textarea", "racconto"),
        field("textarea", "altro_racconto"),
    ),
    "accolta": form(
        "accolta",
        field("radio", "esito", routing=True, values=_CODES),
        field("textfield", "nota", conditional={"hide": '=rischio = "no"'}),
    ),
}
CLOCKS = (deadline("sending", "T.ora"), deadline("reception", "T.ora"), deadline("conclusion", "T.giorno"))


def relay(key: str = "staffetta", **said: str) -> bytes:
    """A centre listens, a shelter takes her in and follows her; the centre closes."""
    told = handover(**{"fields": "rischio, ascolto.racconto", **said})
    steps = ("inizio", "ascolta", "ospita", "segue", "chiude", "fine")
    return process(
        key,
        [
            start("inizio"),
            task("ascolta", form="ascolto"),
            task("ospita", told, *CLOCKS, form="accolta"),
            task("segue", deadline("conclusion", "T.giorno")) if said.get("until") != "step" else task("segue"),
            task("chiude"),
            end("fine"),
        ],
        list(pairwise(steps)),
        lanes={
            "cav": "inizio ascolta chiude fine" + (" segue" if said.get("until") == "step" else ""),
            "rifugio": "ospita" + (" segue" if said.get("until") != "step" else ""),
        },
    )


def ruled(rule: str, key: str = "staffetta", **said: str) -> bytes:
    """The same, where the second lane says who plays it."""
    plain = relay(key, **said)
    lane = b'<bpmn:lane id="rifugio">'
    assert lane in plain
    return plain.replace(lane, lane + f"<bpmn:extensionElements>{rule}</bpmn:extensionElements>".encode())


@dataclass
class Relay:
    """The network at work: `world` with two shelters, and one without computers."""

    world: World
    shelters: dict[str, UUID]

    @classmethod
    def of(cls, world: World, forms_given: dict[str, bytes] = FORMS, **said: str) -> Relay:
        """Add shelters to a network, and put the protocol in force."""
        with world.at(START) as session:
            made = {
                name: directory.create_agency(
                    session, world.network_id, name=label, services=["rifugio"], channel=way
                ).id
                for name, label, way in (
                    ("rosa", "Casa Rosa", Channel.PORTALE),
                    ("viola", "Casa Viola", Channel.PORTALE),
                    ("muta", "Casa senza computer", Channel.TELEFONO),
                )
            }
            for name, role in (("rosa", Role.OPERATRICE), ("viola", Role.OPERATRICE), ("rosa", Role.RESPONSABILE)):
                key = f"{name}.{role.value}"
                user = directory.create_user(session, username=key, display_name=key, password=PASSWORD)
                directory.create_membership(
                    session, network_id=world.network_id, user_id=user.id, agency_id=made[name], role=role
                )
                actor = directory.actor(session, user.id, world.network_id)
                assert actor is not None
                world.people[key] = actor
            deployment.deploy(
                session, world.people["progettista"], {"staffetta.bpmn": relay(**said)}, forms_given=forms_given
            )
        world.agencies |= made
        return cls(world, made)

    def listened(self, at: str | datetime = START, **more: str) -> Case:
        """A case in which the centre has listened: now it is to be handed over."""
        with self.world.at(at) as session:
            lanes = {"cav": self.world.agencies["cav"]}
            case = lifecycle.start(session, self.world.people["operatrice.cav"], "staffetta", lanes=lanes)
        said = {"rischio": "si", "segreto": "si", "racconto": "RACCONTO-PASSATO", "altro_racconto": "TENUTO"}
        self.world.do(at, case, "ascolta", said | more)
        return case

    def agrees(
        self, case: Case, shelter: str = "rosa", at: str | datetime = START, *, purpose: str = "protezione"
    ) -> UUID:
        """She agrees that a shelter be told."""
        return self.world.agrees(at, case, self.shelters[shelter], purpose)

    def now(self, case: Case) -> Handover:
        """The hand-over of the case that was prepared last."""
        return max(self.world.rows(Handover, Handover.case_id == case.id), key=lambda row: (row.prepared_at, row.state))

    def under_way(self, case: Case) -> Handover:
        (row,) = self.world.rows(
            Handover,
            Handover.case_id == case.id,
            Handover.state.in_([HandoverState.PREPARE, HandoverState.SENT, HandoverState.ACCEPTED]),
        )
        return row

    def act(self, verb: str, case: Case, at: str | datetime = START, *, by: str, **options: Any) -> Handover:
        """One verb on the hand-over that is under way."""
        row = self.under_way(case)
        with self.world.at(at) as session:
            return getattr(handovers, verb)(session, self.world.people[by], row.id, **options)

    def send(self, case: Case, shelter: str = "rosa", at: str | datetime = START) -> Handover:
        return self.act("send", case, at, by="operatrice.cav", to_agency=self.shelters[shelter])

    def accepted(self) -> Case:
        """A case that a shelter has accepted."""
        case = self.listened()
        self.agrees(case)
        self.send(case)
        self.act("accept", case, by="rosa.operatrice")
        return case

    def baton(self, case: Case, element: str = "ospita") -> UserTask:
        with Session(db.engine(), expire_on_commit=False) as session:
            return session.get_one(UserTask, self.world.task(case, element))

    def parts(self, case: Case, lane: str = "rifugio") -> list[CaseParticipation]:
        return self.world.rows(CaseParticipation, CaseParticipation.case_id == case.id, CaseParticipation.lane == lane)


__all__ = ["Relay", "after", "relay", "ruled"]
