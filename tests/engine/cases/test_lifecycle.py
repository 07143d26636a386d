"""Opening and cancelling cases, and messages to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from engine import errors
from engine.cases import case_page, inbox, lifecycle, messages, tasks
from engine.cases.models import (
    Case,
    CaseState,
    CaseStatus,
    Draft,
    InstanceStatus,
    MessageSubscription,
    ProcessInstance,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.deadlines.models import Deadline, DeadlineStatus, Rung, RungStatus
from engine.participants.access import Actor
from engine.participants.models import CaseParticipation, Role
from tests.engine.cases.conftest import START, World, after

SOON = after(minutes=10)


def start(world: World, key: str = "conteso", *, by: str = "operatrice.cav", **options: object) -> Case:
    options.setdefault("lanes", {"cav": world.agencies["cav"]})
    with world.at(START) as session:
        return lifecycle.start(session, world.people[by], key, **options)  # type: ignore[arg-type]


def test_a_lane_that_one_agency_alone_can_play_need_not_be_chosen(world: World) -> None:
    start(world, "telefonata")
    lanes = {row.lane: row.agency_id for row in world.rows(CaseParticipation)}
    assert lanes["associazioni"] == world.agencies["telefono"]


def test_a_lane_that_several_can_play_must_be_chosen(world: World) -> None:
    with pytest.raises(errors.LaneWithoutAgency) as refused:
        start(world, lanes={})
    assert refused.value.lane == "cav"
    assert world.rows(Case) == []


@pytest.mark.parametrize("agency", ["supervisione", "telefono", None])
def test_an_agency_that_does_not_offer_the_service_cannot_play_the_lane(world: World, agency: str | None) -> None:
    with pytest.raises(errors.LaneWithoutAgency):
        start(world, lanes={"cav": world.agencies[agency] if agency else uuid4()})
    assert world.rows(Case) == []


def test_a_lane_that_the_protocol_does_not_have_is_refused(world: World) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        start(world, lanes={"cav": world.agencies["cav"], "inventata": world.agencies["cav"]})
    assert (refused.value.field, refused.value.code) == ("lanes.inventata", "no_such_lane")


def test_an_agency_sees_a_case_from_its_first_step_on_and_not_before(world: World) -> None:
    case = start(world, "telefonata")
    rows = {row.lane: row.since for row in world.rows(CaseParticipation)}
    assert rows["associazioni"] is None
    world.do(SOON, case, "apre", {"obbligatoria": "x"})
    rows = {row.lane: row.since for row in world.rows(CaseParticipation)}
    assert rows["associazioni"] is None, "it is asked, and has not accepted"
    later = after(minutes=30)
    world.claim(later, case, "ospita", on_behalf_of=world.agencies["telefono"])
    rows = {row.lane: row.since for row in world.rows(CaseParticipation)}
    assert rows["associazioni"] == later


@pytest.mark.parametrize("key", ["inesistente", "su_messaggio"])
def test_what_cannot_be_started_by_hand_is_refused(world: World, key: str) -> None:
    with pytest.raises(errors.Refused):
        start(world, key)
    assert world.rows(Case) == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"inventata": 1}, {"inventata": "undeclared"}),
        ({"urgenza": 3}, {"urgenza": "wrong_type"}),
        ({"data": date(2026, 3, 2)}, {"data": "wrong_type"}),
        ({"urgenza": None, "data": None}, None),
        ({"urgenza": "alta", "data": datetime(2026, 3, 2, tzinfo=UTC)}, None),
    ],
)
def test_start_variables_are_the_declared_ones_in_their_type(
    world: World, variables: dict[str, object], expected: dict[str, str] | None
) -> None:
    if expected is None:
        assert start(world, "orologi", variables=variables).state is CaseStatus.OPEN
        return
    with pytest.raises(errors.InvalidAnswer) as refused:
        start(world, "orologi", variables=variables)
    assert refused.value.errors == expected
    assert world.rows(Case) == []


def test_the_start_form_asks_its_own_questions(world: World) -> None:
    with pytest.raises(errors.InvalidAnswer) as refused:
        start(world, "accoglienza_cav", variables={"rischio_segnalato": "ENORME", "canale": "da_sola"})
    assert refused.value.errors == {"rischio_segnalato": "not_an_option"}


def test_cancelling_ends_everything_and_leaves_nothing_armed(world: World) -> None:
    case = world.start("tutto")
    task_id = world.claim(SOON, case, "uno")
    with world.at(SOON) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"ancora": True})
    with world.at(after(minutes=20)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="lei non vuole più")
    (row,) = world.rows(Case)
    assert (row.state, row.closed_at, row.next_due_at) == (CaseStatus.CANCELLED, after(minutes=20), None)
    assert {task.state for task in world.rows(UserTask)} == {TaskStatus.CANCELLED}
    assert [instance.state for instance in world.rows(ProcessInstance)] == [InstanceStatus.CANCELLED]
    for entity in (Timer, MessageSubscription, CaseState, Draft):
        assert world.rows(entity) == []
    assert world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED) == []
    assert world.rows(Rung, Rung.state == RungStatus.WAITING) == []
    assert world.worker_at(after(days=40)) == 0
    with world.at(after(minutes=21)) as session:
        assert inbox.page(session, world.people["operatrice.cav"]).counts == {"to_take": 0, "mine": 0, "others": 0}
        timeline = case_page.case(session, world.people["operatrice.cav"], case.id).timeline
        assert [line.reason for line in timeline if line.kind == "case_cancelled"] == ["lei non vuole più"]
        with pytest.raises(errors.TaskNotOpen):
            tasks.complete(session, world.people["operatrice.cav"], task_id, {"ancora": False})


def test_a_case_is_cancelled_once(world: World) -> None:
    case = start(world)
    with world.at(SOON) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
        with pytest.raises(errors.CaseClosed):
            lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")


def test_cancelling_needs_a_reason(world: World) -> None:
    case = start(world)
    with pytest.raises(errors.InvalidValue), world.at(SOON) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="\n ")
    assert world.rows(Case)[0].state is CaseStatus.OPEN


def test_a_message_moves_the_token_that_waits_for_it_in_this_case_only(world: World) -> None:
    cases = [world.start("tutto"), world.start("tutto")]
    for case in cases:
        world.do(SOON, case, "due", {"ancora": False}, by="supervisora")
    with world.at(SOON) as session:
        code = cases[0].code.lower().replace("-", " ")
        assert messages.deliver(session, world.people["operatrice.cav"], "MSG_PROVA", case_code=code) == 1
    assert [row.case_id for row in world.rows(MessageSubscription)] == [cases[1].id]
    with pytest.raises(errors.NobodyWaits), world.at(SOON) as session:
        messages.deliver(session, world.people["operatrice.cav"], "MSG_PROVA", case_code=cases[0].code)


def test_a_message_that_nobody_waits_for_starts_the_process_that_begins_with_it(world: World) -> None:
    case = start(world)
    with world.at(SOON) as session:
        moved = messages.deliver(
            session, world.people["operatrice.cav"], "MSG_INIZIO", case_code=case.code, values={"motivo": "x"}
        )
    assert moved == 1
    assert len(world.rows(ProcessInstance)) == 2


@pytest.mark.parametrize(
    ("values", "expected"), [({"altro": 1}, {"altro": "undeclared"}), ({"motivo": 1}, {"motivo": "wrong_type"})]
)
def test_a_message_carries_only_what_is_declared(
    world: World, values: dict[str, object], expected: dict[str, str]
) -> None:
    case = start(world)
    with pytest.raises(errors.InvalidAnswer) as refused, world.at(SOON) as session:
        messages.deliver(session, world.people["operatrice.cav"], "MSG_INIZIO", case_code=case.code, values=values)
    assert refused.value.errors == expected
    assert len(world.rows(ProcessInstance)) == 1


@pytest.mark.parametrize("name", ["estranea", "forestiera", "supervisora"])
def test_a_message_to_somebody_elses_case_finds_no_case(world: World, name: str) -> None:
    case = start(world)
    answers = set()
    for code in (case.code, "2222-2Z", "non è un codice"):
        with pytest.raises(errors.NotFound) as refused, world.at(SOON) as session:
            messages.deliver(session, world.people[name], "MSG_INIZIO", case_code=code)
        answers.add(str(refused.value))
    assert len(answers) == 1


def test_a_closed_case_takes_no_message(world: World) -> None:
    case = start(world)
    with world.at(SOON) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
    with pytest.raises(errors.CaseClosed), world.at(SOON) as session:
        messages.deliver(session, world.people["operatrice.cav"], "MSG_INIZIO", case_code=case.code)


def several(world: World) -> Actor:
    """Give the operator of the centre, who works for the supervision too."""
    actor = world.people["operatrice.cav"]
    return replace(actor, memberships=(*actor.memberships, (world.agencies["supervisione"], Role.OPERATRICE)))


def opened_for(world: World, agency: str | None) -> Case:
    with world.at(START) as session:
        agency_id = world.agencies[agency] if agency else None
        lanes = {"cav": world.agencies["cav"]}
        return lifecycle.start(session, several(world), "conteso", lanes=lanes, agency=agency_id)


@pytest.mark.parametrize(("agency", "code"), [(None, "required"), ("estraneo", "not_yours")])
def test_for_which_of_several_agencies_a_case_is_opened_is_not_guessed(
    world: World, agency: str | None, code: str
) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        opened_for(world, agency)
    assert (refused.value.field, refused.value.code) == ("agency", code)
    assert world.rows(Case) == []


@pytest.mark.parametrize("agency", ["cav", "supervisione"])
def test_a_case_is_opened_for_the_agency_that_is_said(world: World, agency: str) -> None:
    case = opened_for(world, agency)
    assert case.opened_by_agency_id == world.agencies[agency]
    (instance,) = world.rows(ProcessInstance)
    assert instance.opened_by_agency_id == world.agencies[agency]


def test_a_further_process_is_begun_for_an_agency_that_takes_part(world: World) -> None:
    """Of her two agencies only the centre does: there is nothing to be said."""
    case = start(world)
    with world.at(SOON) as session:
        row = lifecycle.start_in(session, several(world), case.id, "giro")
    assert row.opened_by_agency_id == world.agencies["cav"]
    with world.at(SOON) as session, pytest.raises(errors.InvalidValue):
        lifecycle.start_in(session, several(world), case.id, "giro", agency=world.agencies["supervisione"])
