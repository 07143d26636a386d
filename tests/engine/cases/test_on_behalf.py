"""What an agency without computers did is recorded by somebody who takes part in the case, and said to be so."""

from __future__ import annotations

import pytest

from engine import errors, notifications
from engine.cases import case_page, execution, handing, handover_page, inbox, lifecycle, task_page, tasks
from engine.cases.models import Case, FormSubmission, UserTask
from engine.deadlines.models import Deadline, DeadlineClock
from engine.participants.access import Action
from tests.engine.cases.conftest import World, after

ANSWER = {"obbligatoria": "risposta"}
SOON = after(minutes=10)


@pytest.fixture
def waiting(world: World) -> Case:
    """A case whose open step an association on the telephone owes."""
    case = world.start("telefonata")
    world.do(after(minutes=1), case, "apre", ANSWER)
    return case


def test_a_step_owed_by_telephone_lies_in_the_inbox_of_who_takes_part(world: World, waiting: Case) -> None:
    with world.at(SOON) as session:
        (row,) = inbox.page(session, world.people["operatrice.cav"]).rows
        assert (row.name, row.agency_name) == ("Passo ospita", "Associazione senza computer")
        assert inbox.page(session, world.people["estranea"]).rows == ()
        assert inbox.page(session, world.people["supervisora"]).rows == ()
        before = handover_page.of_task(session, world.people["operatrice.cav"], world.task(waiting, "ospita"))
        assert before is not None
        page = handover_page.show(session, world.people["operatrice.cav"], before)
        assert page.needs_on_behalf_of
        assert Action.ANSWER_HANDOVER in page.may


def test_for_whom_it_is_recorded_must_be_said(world: World, waiting: Case) -> None:
    task_id = world.task(waiting, "ospita")
    with pytest.raises(errors.Forbidden) as refused, world.at(SOON) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id)
    assert refused.value.code == "on_behalf_of_needed"


@pytest.mark.parametrize("wrong", ["cav", "supervisione"])
def test_it_can_only_be_the_agency_that_owes_the_step(world: World, waiting: Case, wrong: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused, world.at(SOON) as session:
        tasks.claim(
            session,
            world.people["operatrice.cav"],
            world.task(waiting, "ospita"),
            on_behalf_of=world.agencies[wrong],
        )
    assert (refused.value.field, refused.value.code) == ("on_behalf_of", "not_the_owing_agency")


def test_an_agency_that_works_in_the_portal_speaks_for_itself(world: World) -> None:
    case = world.start("conteso")
    with pytest.raises(errors.InvalidValue) as refused, world.at(SOON) as session:
        tasks.claim(
            session,
            world.people["operatrice.cav"],
            world.task(case, "passo"),
            on_behalf_of=world.agencies["cav"],
        )
    assert refused.value.code == "agency_uses_the_portal"


@pytest.mark.parametrize("outsider", ["estranea", "supervisora", "forestiera", "amministratrice"])
def test_who_takes_no_part_in_the_case_does_not_even_find_the_step(world: World, waiting: Case, outsider: str) -> None:
    with pytest.raises(errors.NotFound), world.at(SOON) as session:
        tasks.claim(
            session,
            world.people[outsider],
            world.task(waiting, "ospita"),
            on_behalf_of=world.agencies["telefono"],
        )


def test_the_record_says_for_whom_by_whom_and_when(world: World, waiting: Case) -> None:
    actor, behalf = world.people["operatrice.cav"], world.agencies["telefono"]
    task_id = world.task(waiting, "ospita")
    with world.at(after(minutes=90)) as session:
        tasks.claim(session, actor, task_id, on_behalf_of=behalf, happened_at=after(minutes=30))
    with world.at(after(minutes=91)) as session:
        # Whoever said it when taking the step need not say it again.
        tasks.complete(session, actor, task_id, ANSWER, happened_at=after(minutes=80))
    (answer,) = world.rows(FormSubmission, FormSubmission.task_id == task_id)
    assert (answer.on_behalf_of_id, answer.submitted_by_id) == (behalf, actor.user_id)
    (task,) = world.rows(UserTask, UserTask.id == task_id)
    assert (task.on_behalf_of_id, task.completed_by_id) == (behalf, actor.user_id)
    kept = {row.clock: row.kept for row in world.rows(Deadline, Deadline.task_id == task_id)}
    assert kept == {DeadlineClock.RECEPTION: True, DeadlineClock.CONCLUSION: True}
    with world.at(after(minutes=92)) as session:
        timeline = case_page.case(session, actor, waiting.id).timeline
    line = next(line for line in timeline if line.kind == "task_completed")
    assert (line.on_behalf_of_name, line.actor_name) == ("Associazione senza computer", "operatrice.cav")


def test_a_step_given_back_can_be_taken_by_another_who_says_it_again(world: World, waiting: Case) -> None:
    task_id = world.task(waiting, "ospita")
    behalf = world.agencies["telefono"]
    with world.at(SOON) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id, on_behalf_of=behalf)
    with world.at(SOON) as session:
        tasks.release(session, world.people["operatrice.cav"], task_id, reason="turno finito")
    with world.at(SOON) as session, pytest.raises(errors.Forbidden):
        tasks.claim(session, world.people["collega.cav"], task_id)
    with world.at(SOON) as session:
        tasks.claim(session, world.people["collega.cav"], task_id, on_behalf_of=behalf)
        assert tasks.complete(session, world.people["collega.cav"], task_id, ANSWER)


def test_when_the_agency_on_the_telephone_is_late_the_ones_who_opened_the_case_are_told(
    world: World, waiting: Case
) -> None:
    for minutes in (31, 61, 121):
        world.worker_at(after(minutes=minutes))
    with world.at(after(minutes=122)) as session:
        told = {
            name: [notice.kind for notice in notifications.inbox(session, world.people[name])]
            for name in ("operatrice.cav", "responsabile.cav", "coordinatrice")
        }
    assert told == {
        "operatrice.cav": ["reminder"],
        "responsabile.cav": ["breach"],
        "coordinatrice": ["escalation"],
    }


def test_whoever_did_the_step_named_may_not_do_the_one_kept_apart_from_it(world: World, waiting: Case) -> None:
    world.do(SOON, waiting, "ospita", ANSWER, on_behalf_of=world.agencies["telefono"])
    task_id = world.task(waiting, "controlla")
    with world.at(SOON) as session:
        with pytest.raises(errors.MustBeAnotherPerson):
            tasks.claim(session, world.people["operatrice.cav"], task_id)
        tasks.claim(session, world.people["collega.cav"], task_id)
    with world.at(SOON) as session:
        tasks.complete(session, world.people["collega.cav"], task_id, {})


def test_nor_may_she_take_it_over_as_the_lead(world: World) -> None:
    case = world.start("telefonata")
    world.do(after(minutes=1), case, "apre", ANSWER, by="responsabile.cav")
    world.do(after(minutes=2), case, "ospita", ANSWER, on_behalf_of=world.agencies["telefono"])
    task_id = world.claim(after(minutes=3), case, "controlla")
    with pytest.raises(errors.MustBeAnotherPerson), world.at(SOON) as session:
        tasks.take_over(session, world.people["responsabile.cav"], task_id, reason="urgente")


@pytest.fixture
def referred(world: World) -> Case:
    """The same, opened by the municipality: it takes part in the case, and has not asked the association."""
    case = world.start("telefonata", by="operatrice.capofila")
    world.do(after(minutes=1), case, "apre", ANSWER)
    return case


def test_only_the_agency_that_asked_records_and_who_opened_the_case_does_not_find_the_step(
    world: World, referred: Case
) -> None:
    task_id, opener = world.task(referred, "ospita"), world.people["operatrice.capofila"]
    (task,) = world.rows(UserTask, UserTask.id == task_id)
    assert task.proxy_id == world.agencies["cav"]
    with world.at(SOON) as session:
        for tab in inbox.Tab:
            assert inbox.page(session, opener, tab=tab).rows == ()
            assert inbox.page(session, opener, tab=tab).counts == {"to_take": 0, "mine": 0, "others": 0}
        (row,) = inbox.page(session, world.people["operatrice.cav"]).rows
        assert row.task_id == task_id
        with pytest.raises(errors.NotFound):
            task_page.task(session, opener, task_id)
        page = case_page.case(session, opener, referred.id)
        assert {line.label for line in page.timeline} == {None, "Passo apre"}, "no more than what it has sent"
        assert {(step.label, step.task_id) for step in page.steps} == {(None, None)}
    with pytest.raises(errors.NotFound), world.at(SOON) as session:
        tasks.claim(session, opener, task_id, on_behalf_of=world.agencies["telefono"])
    with world.at(SOON) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id, on_behalf_of=world.agencies["telefono"])


def test_the_agency_that_asked_is_reminded_and_who_opened_the_case_is_not(world: World, referred: Case) -> None:
    for minutes in (31, 61):
        world.worker_at(after(minutes=minutes))
    with world.at(after(minutes=62)) as session:
        told = {
            name: [notice.kind for notice in notifications.inbox(session, world.people[name])]
            for name in ("operatrice.cav", "responsabile.cav", "operatrice.capofila")
        }
    assert told == {
        "operatrice.cav": ["reminder", "handover_sent"],
        "responsabile.cav": ["breach"],
        "operatrice.capofila": ["handover_accepted"],
    }


def test_where_nobody_plays_beside_who_began_the_process_records(world: World) -> None:
    """The centre itself is on the telephone, and nobody else has a step yet: the step must not be nobody's."""
    with world.at(after()) as session:
        case = lifecycle.start(
            session,
            world.people["operatrice.capofila"],
            "telefonata",
            lanes={"cav": world.agencies["centralino"], "associazioni": world.agencies["telefono"]},
        )
    world.pass_on(after(), case)
    (task,) = world.rows(UserTask, UserTask.case_id == case.id)
    assert task.proxy_id == world.agencies["capofila"]
    behalf = world.agencies["centralino"]
    with world.at(SOON) as session:
        tasks.claim(session, world.people["operatrice.capofila"], task.id, on_behalf_of=behalf)
        assert tasks.complete(session, world.people["operatrice.capofila"], task.id, ANSWER, decided_by="chi risponde")


def test_when_the_agency_that_recorded_gives_its_lane_away_the_next_one_records(world: World, referred: Case) -> None:
    with world.at(SOON) as session, execution.locked(session, referred.id, None) as running:
        giver, to = world.agencies["cav"], world.agencies["estraneo"]
        handing.give_lane(running, world.people["operatrice.cav"], "cav", to, giver_id=giver)
    (task,) = world.rows(UserTask, UserTask.element_id == "ospita")
    assert task.proxy_id == world.agencies["capofila"], "the other centre has no step in the case yet"
    world.do(after(minutes=20), referred, "ospita", ANSWER, by="operatrice.capofila", on_behalf_of=task.agency_id)
    world.pass_on(after(minutes=21), referred)
    (last,) = world.rows(UserTask, UserTask.element_id == "controlla")
    assert (last.agency_id, last.proxy_id) == (world.agencies["estraneo"], None)
