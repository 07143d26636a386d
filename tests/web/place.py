"""One case with everything in it that an address can name, and people who stand to it in every way that there is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Select, select

from engine import clock, db, parameters
from engine.calendars.models import Timetable, TimetableDay
from engine.cases import confidential, emergencies, fiscal_codes, timers
from engine.cases.action_item_models import ActionItem, ItemKind
from engine.cases.breach_models import Breach
from engine.cases.erasure_models import Erasure, Ground
from engine.cases.filters import SavedFilter
from engine.cases.handover_models import Handover
from engine.cases.inbox import Tab
from engine.cases.models import FormSubmission, Incident
from engine.cases.question_models import Question
from engine.cases.referral_models import ReceivedReferral, Reception, Referral
from engine.cases.request_models import AskedBy, Checked, SubjectRequest
from engine.deadlines.models import Deadline, Extension
from engine.definitions.models import ProcessDefinition
from engine.ladders import versions as ladders
from engine.notifications.models import Notice
from engine.notifications.push_models import PushDevice
from engine.notifications.webhook_models import Webhook
from engine.oversight import data_requests
from engine.participants import directory
from engine.participants.models import CaseParticipation, Membership, Role, Substitution
from engine.roster.models import Roster, Shift, ShiftSwap
from tests.ladders import THREE
from tests.web import every_part, sendings
from tests.web.api.program import Program, token_for
from tests.web.handing_over import shelters
from tests.web.test_form_parts import FILLED, PDF
from tests.web.world import PASSWORD, PROCESSES, Browser, World

INTAKE = {"canale": "da_sola", "rischio_segnalato": "ALTO"}


@dataclass(slots=True)
class Place:
    """The case's ids by the name that addresses have for them; `persons` are user names with their networks."""

    app: Flask
    world: World
    said: str = "parente di lui"  # what people type
    ids: dict[str, str] = field(default_factory=dict)
    others: dict[str, dict[str, str]] = field(default_factory=dict)  # by endpoint, where it is about another thing
    code: str = ""
    networks: dict[str, UUID] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)

    def network_of(self, name: str) -> UUID:
        """The network in which somebody is logged in."""
        return self.networks.get(name, self.world.network_id)

    def browser(self, name: str) -> Browser:
        """The browser of somebody, logged in; of nobody, empty."""
        if name not in self.browsers:
            self.browsers[name] = browser = Browser(self.app)
            if name in self.world.people:
                browser.be(self.world.people[name], self.network_of(name))
                browser.get("/avvisi")
        return self.browsers[name]

    def program(self, name: str) -> Program:
        """A program with a token of hers for everything; of nobody, without one."""
        if name not in self.programs:
            known = name in self.world.people
            token = token_for(self.world, name, network_id=self.network_of(name)) if known else None
            self.programs[name] = Program(self.app, token)
        return self.programs[name]


def furnished(app: Flask, world: World, **options: str) -> Place:
    """Make the case and the people. What they are is said by their names, in tests/web/test_matrix.py."""
    place = Place(app, world, **options)
    made = shelters(world)
    every_part.deploy(world.actor("progettista"))
    _people(place, made)
    _case(place)
    _rows(place)
    return place


def _people(place: Place, made: dict[str, UUID]) -> None:
    world = place.world
    with db.transaction() as session:
        elsewhere = directory.create_network(session, key="altrove", name="Altrove").id
        parameters.load_defaults(session, elsewhere, (PROCESSES / "parameters.toml").read_bytes())
        ladders.load_defaults(session, elsewhere, THREE)
        agencies = world.agencies | made
        for name in ("allontanato", "uscito"):
            agencies[name] = directory.create_agency(session, world.network_id, name=name, services=["altro"]).id
        agencies["lontano"] = directory.create_agency(session, elsewhere, name="Lontano", services=["cav"]).id
        world.agencies |= agencies
        for name, agency in (
            ("tutto.ps", "ps"),
            ("emergenza.ps", "ps"),
            ("esclusa.cav", "cav"),
            ("tutto.allontanato", "allontanato"),
            ("tutto.uscito", "uscito"),
            ("tutto.altrove", "lontano"),
        ):
            user = directory.create_user(session, username=name, display_name=name, password=PASSWORD)
            world.people[name] = user.id
            _every_role(session, user.id, elsewhere if agency == "lontano" else world.network_id, agencies[agency])
        # A worker of the case's own agency, logged in where she has every role, too: in the other network.
        world.people["operatrice.cav, altrove"] = world.people["operatrice.cav"]
        _every_role(session, world.people["operatrice.cav"], elsewhere, agencies["lontano"])
    place.networks |= {"tutto.altrove": elsewhere, "operatrice.cav, altrove": elsewhere}


def _every_role(session: Any, user_id: UUID, network_id: UUID, agency_id: UUID) -> None:
    for role in Role:
        directory.create_membership(session, network_id=network_id, user_id=user_id, agency_id=agency_id, role=role)


def _case(place: Place) -> None:
    """A case with a step in hand, a request, a step's answer with a file, an answer of hers, an exclusion."""
    world, person = place.world, place.program("operatrice.cav")
    lanes = {"cav": str(world.agencies["cav"])}
    body = {"definition": "accoglienza_cav", "lanes": lanes, "variables": INTAKE}
    case = person.post("/cases", body).body
    place.code, place.ids["case_id"] = case["code"], case["id"]
    (step,) = person.get(f"/cases/{case['id']}/tasks").body["items"]
    place.ids |= {"task_id": step["task_id"], "step_id": step["task_id"]}
    for name in (every_part.KEY, "segnalata"):
        begun = person.post(f"/cases/{case['id']}/instances", {"definition": name})
        assert begun.status == 201, begun.raw
    _answer(place, person, "Passo passo", FILLED)
    _answer(
        place,
        person,
        "Passo ascolta",
        dict.fromkeys(("rischio", "segreto"), "si") | dict.fromkeys(("racconto", "altro_racconto"), place.said),
    )
    assert person.post(f"/tasks/{step['task_id']}/claim", {}).status == 200
    _her_answers(place, person)
    _fiscal_code(place)


def _fiscal_code(place: Place) -> None:
    """What the centre may keep, and keeps, of her."""
    world, case_id, cav = place.world, UUID(place.ids["case_id"]), place.world.agencies["cav"]
    administrator, worker = world.actor("amministratore"), world.actor("operatrice.cav")
    with db.transaction() as session:
        fiscal_codes.switch_on(session, administrator, cav, reason="Esenzione dal ticket")
        fiscal_codes.record(session, worker, case_id, cav, str(sendings.FIELDS["_codice"]))


def _her_answers(place: Place, person: Program) -> None:
    """What she has agreed to, a vital interest, whom the case keeps out, who reads it in an emergency."""
    world, address = place.world, f"/cases/{place.ids['case_id']}"
    asked = {"purpose": "cura", "agency_id": str(world.agencies["ps"])}
    text = {"given": True, "manner": "a_voce", "language": "it", "text_language": "it", "text_version": 0}
    place.ids["basis_id"] = person.post(f"{address}/agreements", asked | text).body["id"]
    invoked = person.post(f"{address}/vital-interests", {**asked, "purpose": "protezione", "reason": place.said})
    for reviewing in ("vital_interests.review", "api-vital-interests.review_vital_interest"):
        place.others[reviewing] = {"basis_id": invoked.body["id"]}
    lanes = {"cav": str(world.agencies["cav"])}
    body = {"definition": "accoglienza_cav", "lanes": lanes, "variables": INTAKE}
    other = {"code": person.post("/cases", body).body["code"], "manner": "a_voce"}
    place.ids["link_id"] = person.post(f"{address}/links", other).body["id"]
    for whom in (
        {"user_id": str(world.people["esclusa.cav"])},
        {"agency_id": str(world.agencies["allontanato"])},
        {"interpreter": place.said},
    ):
        put = person.post(f"{address}/exclusions", {**whom, "reason": place.said})
        assert put.status == 201, put.raw
        place.ids["exclusion_id"] = put.body["id"]


def in_emergency(place: Place) -> None:
    """Let somebody open the case in an emergency, as of now."""
    with db.transaction() as session:
        actor = directory.actor(session, place.world.people["emergenza.ps"], place.world.network_id)
        assert actor is not None
        place.ids["access_id"] = str(emergencies.open_(session, actor, place.code, reason=place.said).id)


def _answer(place: Place, person: Program, label: str, values: dict[str, Any]) -> None:
    steps = person.get(f"/cases/{place.ids['case_id']}/tasks").body["items"]
    (task_id,) = [step["task_id"] for step in steps if str(step["label"]).endswith(label)]
    assert person.post(f"/tasks/{task_id}/claim", {}).status == 200
    if values is FILLED:
        handed = person.upload([("referto.pdf", PDF)], to=f"/tasks/{task_id}/files").body
        place.ids["file_id"] = handed["items"][0]["id"]
        values = {"riga": place.said, "testo": place.said, "figli": [], "referto": [place.ids["file_id"]]}
    place.others["api-tasks.correct_answer"] = {"task_id": task_id}
    done = person.post(f"/tasks/{task_id}/complete", {"values": values})
    assert done.status == 200, done.raw
    if "referto" in values:
        answers = person.get(f"/cases/{place.ids['case_id']}").body["submissions"]
        place.ids["submission_id"] = next(row["id"] for row in answers if str(row["task_name"]).endswith(label))


def _question(session: Any, place: Place, due_at: dt.datetime) -> Question:
    """A question to the centre on its own step, by an agency that takes no part any more."""
    row = Question(
        id=db.new_id(),
        network_id=place.world.network_id,
        case_id=UUID(place.ids["case_id"]),
        task_id=UUID(place.ids["task_id"]),
        from_agency_id=place.world.agencies["ps"],
        to_agency_id=place.world.agencies["cav"],
        asked_by_id=place.world.people["operatrice.ps"],
        counts_from=clock.now(),
        due_at=due_at,
    )
    sealed = confidential.seal_text(session, "È arrivata da voi?", row, row.from_agency_id, "question")
    row.key_version, row.sealed = sealed.key_version, sealed.blob
    return row


def _extension(session: Any, place: Place, since: dt.datetime) -> Extension:
    """The centre's lead asks for a term of its own step to end later."""
    task_id = UUID(place.ids["task_id"])
    deadline_id = session.scalars(select(Deadline.id).where(Deadline.task_id == task_id).limit(1)).one()
    return Extension(
        id=db.new_id(),
        network_id=place.world.network_id,
        case_id=UUID(place.ids["case_id"]),
        task_id=task_id,
        deadline_id=deadline_id,
        to_due_at=since + dt.timedelta(days=9),
        proposed_by_id=place.world.people["responsabile.cav"],
        proposed_at=since,
    )


def _item(session: Any, place: Place) -> ActionItem:
    """The ladder of the centre's step has left it something to do."""
    task_id = UUID(place.ids["task_id"])
    return ActionItem(
        id=db.new_id(),
        network_id=place.world.network_id,
        case_id=UUID(place.ids["case_id"]),
        task_id=task_id,
        deadline_id=session.scalars(select(Deadline.id).where(Deadline.task_id == task_id).limit(1)).one(),
        kind=ItemKind.SOLICITATION,
        agency_id=place.world.agencies["cav"],
    )


def _referral(session: Any, place: Place, due_at: dt.datetime) -> Referral:
    """The case is referred to the other network, in which it waits for an answer."""
    elsewhere, here = place.networks["tutto.altrove"], place.world.network_id
    to = {"agency_id": place.world.agencies["lontano"], "process": "accoglienza_cav"}
    session.add(Reception(network_id=elsewhere, name="Rete lontana", **to))
    row = Referral(
        id=db.new_id(),
        network_id=here,
        case_id=UUID(place.ids["case_id"]),
        from_agency_id=place.world.agencies["cav"],
        to_network_id=elsewhere,
        to_agency_id=to["agency_id"],
        to_name="Rete lontana",
        purpose="presa_in_carico",
        sent_by_id=place.world.people["operatrice.cav"],
        sent_at=clock.now(),
        counts_from=clock.now(),
        due_at=due_at,
        warned=0,
    )
    session.add(row)
    session.flush()
    package = confidential.seal_package(session, INTAKE, row)
    definition = select(ProcessDefinition.id).where(ProcessDefinition.key == to["process"])
    received = ReceivedReferral(
        id=row.id,
        network_id=elsewhere,
        definition_id=session.scalars(definition).one(),
        from_name="Rete di prova",
        fields=sorted(INTAKE),
        key_version=package.key_version,
        sealed=package.blob,
        **to,
        **{name: getattr(row, name) for name in ("purpose", "sent_at", "due_at")},
    )
    session.add(received)
    return row


def _request(session: Any, place: Place, due_at: dt.datetime) -> SubjectRequest:
    """She has asked what the centre keeps about her."""
    row = SubjectRequest(
        id=db.new_id(),
        network_id=place.world.network_id,
        case_id=UUID(place.ids["case_id"]),
        controller_id=place.world.agencies["cav"],
        asked_by=AskedBy.INTERESSATA,
        checked=Checked.CONOSCIUTA,
        received_at=clock.now(),
        recorded_by_id=place.world.people["operatrice.cav"],
        due_at=due_at,
    )
    data_requests.keep(session, row, {"reach": place.said})
    return row


def _another_answer(place: Place) -> Select[UUID]:
    """An answer of the case that no address of this place names."""
    of_case = FormSubmission.case_id == UUID(place.ids["case_id"])
    return select(FormSubmission.id).where(of_case, FormSubmission.id != UUID(place.ids["submission_id"])).limit(1)


def _rows(place: Place) -> None:
    """What no command makes as it is wanted here: an incident, an erasure asked for, parts that are over, a notice."""
    world, case_id = place.world, UUID(place.ids["case_id"])
    here, her = {"network_id": world.network_id}, world.people["operatrice.cav"]
    of_case = {**here, "case_id": case_id}
    with db.transaction() as session:
        since = clock.now() - dt.timedelta(days=2)
        part = {**of_case, "lane": "altro", "basis": "avvio", "since": since}
        timetable = Timetable(**here, agency_id=world.agencies["cav"], week=["9:00-13:00"] * 7)
        roster_id = db.new_id()
        shift = Shift(
            **here,
            roster_id=roster_id,
            starts_at=since + dt.timedelta(days=3),
            ends_at=since + dt.timedelta(days=9),
            first_id=world.people["collega.cav"],
            published_at=since,
        )
        session.add_all([timetable, Roster(**here, id=roster_id, service="cav")])
        session.flush()
        session.add(shift)
        session.flush()
        rows = {
            "swap_id": ShiftSwap(**here, shift_id=shift.id, from_id=world.people["collega.cav"], to_id=her),
            "incident_id": Incident(**of_case, code=timers.FAILED),
            "erasure_id": Erasure(
                **of_case, controller_id=world.agencies["cav"], ground=Ground.ERRORE, asked_by_id=her
            ),
            "substitution_id": Substitution(
                **here,
                agency_id=world.agencies["cav"],
                absent_id=world.people["collega.cav"],
                substitute_id=her,
                since=since,
                until=since + dt.timedelta(days=9),
                set_by_id=her,
            ),
            "breach_id": Breach(
                **of_case,
                submission_id=session.scalars(_another_answer(place)).one(),
                controller_id=world.agencies["cav"],
                found_by_id=her,
                due_at=since + dt.timedelta(days=9),
            ),
            "request_id": _request(session, place, since + dt.timedelta(days=30)),
            "extension_id": _extension(session, place, since),
            "item_id": _item(session, place),
            "question_id": _question(session, place, since + dt.timedelta(days=9)),
            "referral_id": _referral(session, place, since + dt.timedelta(days=9)),
            "notice_id": Notice(**of_case, kind="taken_over", user_id=her),
            "device_id": PushDevice(user_id=her, name="telefono", key_id="k", sealed=b"", digest=b""),
            "webhook_id": Webhook(**here, url="https://programma.example/staffetta"),
            "filter_id": SavedFilter(**here, user_id=her, tab=Tab.MINE),
            "day_id": TimetableDay(
                **here, timetable_id=timetable.id, day=dt.date(2027, 3, 1), every_year=False, hours="", reason="festa"
            ),
        }
        parts = [
            CaseParticipation(**part, agency_id=world.agencies["allontanato"]),
            CaseParticipation(
                **part, agency_id=world.agencies["uscito"], until=since + dt.timedelta(days=1), ended_why="revoked"
            ),
        ]
        session.add_all([*rows.values(), *parts])
        session.flush()
        place.ids |= {name: str(row.id) for name, row in rows.items()}
        place.ids |= {"roster_id": str(roster_id), "shift_id": str(shift.id)}
        colleague = world.people["collega.cav"]
        for name, query in {
            "membership_id": select(Membership.id).where(Membership.user_id == colleague),
            "definition_id": select(ProcessDefinition.id).where(ProcessDefinition.key == "accoglienza_cav"),
            "handover_id": select(Handover.id).where(Handover.case_id == case_id),
            "of_handover": select(Handover.task_id).where(Handover.case_id == case_id),
        }.items():
            place.ids[name] = str(session.scalars(query).one())
    place.others["api-handovers.show_handover_of_task"] = {"task_id": place.ids.pop("of_handover")}
    agency = str(world.agencies["cav"])
    place.ids |= {"owner_id": agency, "agency_id": agency, "user_id": str(colleague)}
