"""Requests to know what is kept: their term, their review value by value, the second person, the package."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from engine import errors
from engine.audit import AuditEntry
from engine.cases import case_page, erasure, exclusions, fiscal_codes, lifecycle, misfiling, tasks
from engine.cases.exclusions import Subject
from engine.cases.models import Case, FormSubmission
from engine.cases.request_models import RequestState, SubjectRequest
from engine.notifications.models import Notice
from engine.oversight import data_requests, disclosure
from engine.oversight.data_requests import Asked
from engine.oversight.disclosure import Judged, Package, Withheld
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Role
from tests.engine.cases.conftest import PASSWORD, START, World, after, moment
from tests.engine.cases.handing_over import Relay

NOTE = "Ne parla la sorella, che abita con lui."
LEAD, WORKER = "responsabile.cav", "operatrice.cav"


@pytest.fixture
def dpo(world: World) -> Actor:
    """The officer of the centre and, as any officer is, of the network."""
    with world.at(START) as session:
        user = directory.create_user(session, username="dpo", display_name="DPO", password=PASSWORD)
        where = {"network_id": world.network_id, "agency_id": world.agencies["cav"]}
        directory.create_membership(session, user_id=user.id, role=Role.DPO, **where)
        found = directory.actor(session, user.id, world.network_id)
    assert found is not None
    return found


@pytest.fixture
def case(world: World) -> Case:
    case = world.open_case()
    world.do(after(minutes=1), case, "accetta_invio", {"esito_invio": "accetta", "nota": NOTE})
    return case


def asked(world: World, case: Case, **other: Any) -> Asked:
    given: dict[str, Any] = {
        "code": case.code,
        "controller_id": world.agencies["cav"],
        "asked_by": "interessata",
        "checked": "conosciuta",
        "received_at": None,
        "through": "",
        "reach": "Di persona, al centro, il martedì mattina.",
    }
    return Asked(**(given | other))


def record(world: World, case: Case, by: Actor, **other: Any) -> UUID:
    with world.at(after(hours=1)) as session:
        return data_requests.record(session, by, asked(world, case, **other)).id


def opened(world: World, by: Actor, request_id: UUID) -> tuple[Judged, ...]:
    with world.at(after(hours=2)) as session:
        return disclosure.opened(session, by, request_id)


def read_all(world: World, by: Actor, request_id: UUID, **withheld: str) -> int:
    """Say of every value that it was read, and of some why they are kept."""
    read = {
        one.entry.key: {name: withheld.get(name, "") for name in one.entry.values}
        for one in opened(world, by, request_id)
    }
    with world.at(after(hours=3)) as session:
        return disclosure.review(session, by, request_id, read)


def approve(world: World, request_id: UUID, by: Actor) -> None:
    with world.at(after(hours=4)) as session:
        disclosure.decide(session, by, request_id, approve=True)


def make(world: World, by: Actor, request_id: UUID, **options: Any) -> Package:
    with world.at(after(hours=5)) as session:
        return disclosure.make(session, by, request_id, **options)


def state(world: World, request_id: UUID) -> RequestState:
    (row,) = world.rows(SubjectRequest, SubjectRequest.id == request_id)
    return row.state


def test_from_the_desk_to_her_hands(world: World, case: Case, dpo: Actor) -> None:
    request_id = record(world, case, world.people[WORKER])
    entries = opened(world, dpo, request_id)
    assert NOTE in [value for one in entries for value in one.entry.values.values()], "what is secret is opened too"
    assert read_all(world, dpo, request_id, nota="altri") == 0
    assert state(world, request_id) is RequestState.PROPOSED
    approve(world, request_id, world.people[LEAD])
    package = make(world, dpo, request_id)
    given = [value for entry in package.entries for value in entry.values.values()]
    assert NOTE not in given
    assert "accetta" in given
    assert package.withheld == {Withheld.ALTRI: 1}
    assert (package.controller, package.case_code) == ("Centro antiviolenza", case.code)
    with world.at(after(hours=6)) as session:
        disclosure.deliver(session, dpo, request_id, delivery="di_persona")
    assert state(world, request_id) is RequestState.DELIVERED
    actions = [row.action for row in world.rows(AuditEntry, AuditEntry.action.startswith("request."))]
    done = ["recorded", "opened", "opened", "reviewed", "approved", "made", "delivered"]
    assert actions == [f"request.{word}" for word in done]
    assert not [row for row in world.rows(AuditEntry) if NOTE in str(row.details)]


def test_what_nobody_has_read_is_not_given(world: World, case: Case, dpo: Actor) -> None:
    request_id = record(world, case, dpo)
    first, *rest = opened(world, dpo, request_id)
    with world.at(after(hours=3)) as session:
        left = disclosure.review(session, dpo, request_id, {first.entry.key: dict.fromkeys(first.entry.values, "")})
    assert (left, state(world, request_id)) == (len(rest), RequestState.OPEN)
    read_all(world, dpo, request_id)
    with world.at(after(hours=3)) as session:
        exclusions.put(session, world.people[WORKER], case.id, Subject(interpreter="n. 12"), reason="Parente di lui.")
    approve(world, request_id, world.people[LEAD])
    assert len(make(world, dpo, request_id).entries) == len(rest) + 1, "what came after the review"


@pytest.mark.parametrize(
    "read",
    [{"answer:niente": {"nota": ""}}, {None: {"altro": ""}}, {None: {"nota": "perche_si"}}, {None: {}}],
)
def test_a_review_names_what_there_is_and_no_other_reason(
    world: World, case: Case, dpo: Actor, read: dict[str | None, dict[str, str]]
) -> None:
    request_id = record(world, case, dpo)
    (key,) = [one.entry.key for one in opened(world, dpo, request_id) if "nota" in one.entry.values]
    with world.at(after(hours=3)) as session, pytest.raises(errors.InvalidValue, match="unknown"):
        disclosure.review(session, dpo, request_id, {key if name is None else name: one for name, one in read.items()})


def test_nobody_takes_both_looks_and_no_step_is_left_out(world: World, case: Case, dpo: Actor) -> None:
    request_id = record(world, case, dpo)
    lead = world.people[LEAD]
    for verb, actor in ((approve, lead), (lambda w, r, by: make(w, by, r), dpo)):
        with pytest.raises(errors.Conflict, match="request_moved_on"):
            verb(world, request_id, actor)
    with pytest.raises(errors.Conflict, match="request_moved_on"):
        opened(world, lead, request_id)
    read_all(world, dpo, request_id)
    with pytest.raises(errors.MustBeAnotherPerson):
        approve(world, request_id, dpo)
    assert opened(world, lead, request_id)
    with world.at(after(hours=4)) as session:
        disclosure.decide(session, lead, request_id, approve=False, reason="Manca chi è la sorella.")
    assert state(world, request_id) is RequestState.OPEN
    read_all(world, dpo, request_id)
    approve(world, request_id, lead)
    make(world, dpo, request_id)
    with pytest.raises(errors.InvalidValue, match="required"):
        make(world, dpo, request_id)
    make(world, dpo, request_id, again="La chiavetta non si apre.")


@pytest.mark.parametrize("by", ["estranea", "progettista", "coordinatrice", "operatrice.capofila"])
def test_who_does_not_answer_for_the_centre_finds_nothing(world: World, case: Case, dpo: Actor, by: str) -> None:
    request_id, other = record(world, case, dpo), world.people[by]
    for verb in (data_requests.show, disclosure.opened, disclosure.make):
        with world.at(after(hours=2)) as session, pytest.raises(errors.NotFound):
            verb(session, other, request_id)
    with world.at(after(hours=2)) as session, pytest.raises(errors.Refused):
        data_requests.record(session, other, asked(world, case))


def test_each_body_gives_its_own(world: World, case: Case, dpo: Actor) -> None:
    with world.at(after(minutes=30)) as session:
        subject = Subject(interpreter="n. 12")
        exclusions.put(session, world.people[WORKER], case.id, subject, reason="Parente di lui.")
    with world.at(after(minutes=40)) as session:
        lifecycle.cancel(session, world.people[LEAD], case.id, reason="Ha chiesto di fermarsi.")
    of_centre = opened(world, dpo, record(world, case, dpo))
    of_network = opened(world, dpo, record(world, case, dpo, controller_id=world.network_id))
    assert {one.entry.kind for one in of_centre} == {"answer", "exclusion"}, "nobody there has read it"
    assert "Ha chiesto di fermarsi." in [v for one in of_network for v in one.entry.values.values()]
    assert NOTE not in [v for one in of_network for v in one.entry.values.values()]


def test_to_whom_a_body_has_handed_her_case_over_is_told(world: World, dpo: Actor) -> None:
    relay = Relay.of(world)
    case = relay.accepted()
    told = [one.entry for one in opened(world, dpo, record(world, case, dpo)) if one.entry.kind == "handover"]
    assert [(entry.name, list(entry.values)) for entry in told] == [("protezione", ["agency"])]


def test_what_is_half_written_her_fiscal_code_and_who_has_read_are_given(world: World, case: Case, dpo: Actor) -> None:
    worker, centre = world.people[WORKER], world.agencies["cav"]
    with world.at(after(minutes=5)) as session:
        admin = world.people["amministratrice"]
        fiscal_codes.switch_on(session, admin, centre, reason="Contributo regionale.")
        fiscal_codes.record(session, worker, case.id, centre, "RSSMRA85T10A562S")
    with world.at(after(minutes=6)) as session:
        case_page.case(session, worker, case.id)
    task_id = world.claim(after(minutes=7), case, "fissa_colloquio")
    with world.at(after(minutes=8)) as session:
        tasks.save_draft(session, worker, task_id, {"contatto_sicuro_usato": "si"})
    told = {one.entry.kind: one.entry for one in opened(world, dpo, record(world, case, dpo))}
    assert told["fiscal_code"].values == {"code": "RSSMRA85T10A562S"}
    assert told["draft"].values == {"contatto_sicuro_usato": "si"}
    read = told["access"]
    assert (read.name, read.values["agency"], read.values["times"]) == ("case.read", "Centro antiviolenza", 1)
    assert "operatrice" not in str(read.values)
    (answer,) = world.rows(FormSubmission, FormSubmission.case_id == case.id, FormSubmission.task_id.is_not(None))
    with world.at(after(hours=3)) as session:
        misfiling.take_out(session, worker, answer.id)
    of_network = opened(world, dpo, record(world, case, dpo, controller_id=world.network_id))
    (mistake,) = [one.entry for one in of_network if one.entry.kind == "breach"]
    assert mistake.values == {"agency": "Centro antiviolenza", "since": answer.recorded_at}
    assert "case.read" in [one.entry.name for one in of_network if one.entry.kind == "access"]


def test_whom_the_case_keeps_out_finds_no_request(world: World, case: Case, dpo: Actor) -> None:
    request_id = record(world, case, dpo)
    with world.at(after(minutes=90)) as session:
        exclusions.put(session, world.people[WORKER], case.id, Subject(user_id=dpo.user_id), reason="Un parente.")
    with world.at(after(hours=2)) as session:
        assert data_requests.waiting(session, dpo) == (0, None)
        with pytest.raises(errors.NotFound):
            data_requests.show(session, dpo, request_id)


def test_the_term_is_a_month_from_when_she_asked_and_three_once_she_was_told_why(
    world: World, case: Case, dpo: Actor
) -> None:
    when = moment("2026-01-30T10:00:00+01:00")
    with world.at("2026-02-02T09:00:00+01:00") as session:
        request_id = data_requests.record(session, dpo, asked(world, case, received_at=when)).id
    # 30 February is none, and its last day a Saturday; a Sunday would pass to Monday.
    (row,) = world.rows(SubjectRequest)
    assert row.due_at == moment("2026-03-01T00:00:00+01:00")
    for late, kinds in ((8, []), (7, ["request_due"]), (7, ["request_due"]), (2, ["request_due"] * 2)):
        with world.at(row.due_at - timedelta(days=late)) as session:
            data_requests.remind(session)
        assert [one.kind for one in world.rows(Notice, Notice.kind == "request_due", Notice.role == Role.DPO)] == kinds
    with world.at(row.due_at - timedelta(days=1)) as session:
        data_requests.extend(session, dpo, request_id, reason="Servono le carte dell'archivio: detto a lei il 26.")
    with world.at(row.due_at) as session, pytest.raises(errors.Conflict, match="request_extended"):
        data_requests.extend(session, dpo, request_id, reason="Ancora.")
    (row,) = world.rows(SubjectRequest)
    assert row.due_at == moment("2026-05-01T00:00:00+02:00")
    with world.at(row.due_at) as session:
        data_requests.remind(session)
        assert data_requests.waiting(session, dpo) == (1, row.due_at)
    assert world.rows(Notice, Notice.kind == "request_late")


def test_somebody_else_is_answered_and_given_no_package(world: World, case: Case, dpo: Actor) -> None:
    request_id = record(world, case, dpo, asked_by="altri", checked="documento")
    with pytest.raises(errors.Conflict, match="request_of_others"):
        read_all(world, dpo, request_id)
    with world.at(after(hours=4)) as session:
        data_requests.refuse(session, dpo, request_id, reason="Art. 2-undecies.")
    assert state(world, request_id) is RequestState.REFUSED


def test_what_she_has_asked_to_know_is_not_erased_first(world: World, case: Case, dpo: Actor) -> None:
    with world.at(after(minutes=40)) as session:
        lifecycle.cancel(session, world.people[LEAD], case.id, reason="Fine.")
    request_id = record(world, case, dpo)
    with world.at(after(hours=2)) as session, pytest.raises(errors.Conflict, match="request_pending"):
        erasure.ask(session, world.people[LEAD], case.id, world.agencies["cav"], "richiesta")
    with world.at(after(hours=2)) as session:
        data_requests.refuse(session, dpo, request_id, reason="Ritirata.")
    with world.at(after(hours=3)) as session:
        erasure_id = erasure.ask(session, world.people[LEAD], case.id, world.agencies["cav"], "richiesta").id
        erasure.decide(session, dpo, case.id, erasure_id, approve=True)
    with pytest.raises(errors.InvalidAnswer) as refused:
        record(world, case, dpo)
    assert refused.value.errors == {"code": "nothing_kept"}
    with world.at(after(hours=4)) as session:
        assert data_requests.show(session, dpo, request_id).said == {}


def test_of_two_who_make_the_package_at_once_one_does(world: World, case: Case, dpo: Actor) -> None:
    request_id = record(world, case, dpo)
    read_all(world, dpo, request_id)
    approve(world, request_id, world.people[LEAD])
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def run() -> None:
        together.wait()
        try:
            make(world, dpo, request_id)
            outcomes.append("made")
        except errors.Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "required"]


def test_a_second_request_waits_for_the_first(world: World, case: Case, dpo: Actor) -> None:
    record(world, case, dpo)
    with pytest.raises(errors.Conflict, match="request_open"):
        record(world, case, world.people[WORKER])
