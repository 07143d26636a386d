"""A second, different person confirms before the case goes on; she changes nothing, and nobody is both."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from engine import errors
from engine.audit import AuditEntry
from engine.cases import (
    case_page,
    confirming,
    exclusions,
    inbox,
    reassignment,
    reopening,
    submissions,
    task_page,
    tasks,
)
from engine.cases.models import Case, CaseEvent, FormSubmission, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.definitions import deployment
from engine.notifications.models import Notice
from engine.participants.access import Action, Actor
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.protocols import FORMS, HOUR_AND_DAY, TASK_OF_THE_NETWORK, deadline, end, process, start, task
from tests.engine.cases.test_concurrency import at_once

ANSWER = {"obbligatoria": "prognosi di dieci giorni"}
FIRST, SECOND, LEAD = "operatrice.cav", "collega.cav", "responsabile.cav"
NOW = after(minutes=10)


FOUR_EYES = "<staffetta:fourEyes/>"
DIAGRAM = process(
    "due_persone",
    [
        start("inizio"),
        task("valuta", *HOUR_AND_DAY, FOUR_EYES, form="prova"),
        task("vede", separate_from="valuta"),
        task("parere", TASK_OF_THE_NETWORK, deadline("conclusion", "T.mese"), FOUR_EYES),
        end("fatto"),
    ],
    [("inizio", "valuta"), ("valuta", "vede"), ("vede", "parere"), ("parere", "fatto")],
    lanes={"cav": "inizio valuta vede fatto", "associazioni": "parere"},
)


@pytest.fixture(autouse=True)
def protocol(world: World) -> None:
    """The diagram in force in which two people are asked for."""
    with world.at(START) as session:
        forms = {"prova": FORMS["prova"]}
        deployment.deploy(session, world.people["progettista"], {"due.bpmn": DIAGRAM}, forms_given=forms)


@pytest.fixture
def answered(world: World) -> Case:
    """A case whose step one person has answered; a second one has to confirm it."""
    case = world.start("due_persone")
    world.do(after(minutes=5), case, "valuta", ANSWER)
    return case


def row(world: World, case: Case, element_id: str = "valuta") -> UserTask:
    (found,) = world.rows(UserTask, UserTask.case_id == case.id, UserTask.element_id == element_id)
    return found


def confirm(world: World, case: Case, *, by: str = SECOND, at: Any = NOW, element: str = "valuta", **said: Any) -> UUID:
    task_id = world.claim(at, case, element, by=by, **{k: v for k, v in said.items() if k == "on_behalf_of"})
    with world.at(at) as session:
        confirming.confirm(session, world.people[by], task_id, **said)
    return task_id


def test_the_case_goes_on_only_when_a_second_person_has_confirmed(world: World, answered: Case) -> None:
    found = row(world, answered)
    assert (found.state, found.assignee_id) == (TaskStatus.OPEN, None)
    assert found.first_by_id == world.people[FIRST].user_id
    assert world.rows(FormSubmission, FormSubmission.case_id == answered.id) == []
    confirm(world, answered)
    found = row(world, answered)
    assert (found.state, found.completed_by_id) == (TaskStatus.COMPLETED, world.people[SECOND].user_id)
    assert row(world, answered, "vede").state is TaskStatus.OPEN
    (kept,) = world.rows(FormSubmission, FormSubmission.case_id == answered.id)
    with world.at(NOW) as session:
        given = submissions.opened(session, session.get_one(FormSubmission, kept.id), kinds=["libero"]).values
    assert given == ANSWER


def test_whoever_answered_neither_takes_nor_confirms_it(world: World, answered: Case) -> None:
    task_id = row(world, answered).id
    for act in (
        lambda session: tasks.claim(session, world.people[FIRST], task_id),
        lambda session: confirming.confirm(session, world.people[FIRST], task_id),
        lambda session: tasks.complete(session, world.people[FIRST], task_id, ANSWER),
    ):
        with pytest.raises((errors.MustBeAnotherPerson, errors.TaskNotYours)), world.at(NOW) as session:
            act(session)
    with pytest.raises(errors.MustBeAnotherPerson), world.at(NOW) as session:
        reassignment.offer(session, world.people[LEAD], task_id, to=world.people[FIRST].user_id, reason="x")
    assert row(world, answered).state is TaskStatus.OPEN


def test_a_lead_who_answered_does_not_take_it_over_from_who_is_to_confirm(world: World) -> None:
    case = world.start("due_persone")
    world.do(after(minutes=5), case, "valuta", ANSWER, by=LEAD)
    task_id = world.claim(NOW, case, "valuta", by=SECOND)
    with pytest.raises(errors.MustBeAnotherPerson), world.at(NOW) as session:
        tasks.take_over(session, world.people[LEAD], task_id, reason="x")


def test_whoever_confirms_changes_nothing(world: World, answered: Case) -> None:
    task_id = world.claim(NOW, answered, "valuta", by=SECOND)
    for values in ({}, {"obbligatoria": "altro"}):
        with pytest.raises(errors.ToConfirm), world.at(NOW) as session:
            tasks.complete(session, world.people[SECOND], task_id, values)
        with pytest.raises(errors.ToConfirm), world.at(NOW) as session:
            tasks.save_draft(session, world.people[SECOND], task_id, values)
    with world.at(NOW) as session:
        page = task_page.task(session, world.people[SECOND], task_id)
    assert (page.draft, page.first_name) == (ANSWER, FIRST)
    assert page.may == {Action.CONFIRM, Action.RELEASE, Action.ASK}


def test_there_is_nothing_to_confirm_before_somebody_has_answered(world: World) -> None:
    case = world.start("due_persone")
    task_id = world.claim(NOW, case, "valuta", by=SECOND)
    for act in (
        lambda session: confirming.confirm(session, world.people[SECOND], task_id),
        lambda session: confirming.send_back(session, world.people[SECOND], task_id, reason="x"),
        lambda session: confirming.take_back(session, world.people[SECOND], task_id),
    ):
        with pytest.raises(errors.Conflict, match="nothing_to_confirm"), world.at(NOW) as session:
            act(session)


def test_an_answer_that_is_sent_back_is_a_draft_of_who_gave_it_and_she_is_told(world: World, answered: Case) -> None:
    task_id = world.claim(NOW, answered, "valuta", by=SECOND)
    with world.at(NOW) as session:
        confirming.send_back(session, world.people[SECOND], task_id, reason="manca la prognosi")
    found, first = row(world, answered), world.people[FIRST].user_id
    assert (found.state, found.first_by_id, found.offered_to_id) == (TaskStatus.OPEN, None, first)
    assert [told.user_id for told in world.rows(Notice, Notice.kind == "sent_back")] == [first]
    (line,) = world.rows(CaseEvent, CaseEvent.kind == "task_sent_back")
    assert b"prognosi" not in line.sealed
    world.claim(NOW, answered, "valuta", by=FIRST)
    with world.at(NOW) as session:
        assert task_page.task(session, world.people[FIRST], task_id).draft == ANSWER
        tasks.complete(session, world.people[FIRST], task_id, {"obbligatoria": "quindici"})
    confirm(world, answered, at=after(minutes=12))
    assert row(world, answered).state is TaskStatus.COMPLETED


def test_it_is_taken_back_until_somebody_has_taken_it(world: World, answered: Case) -> None:
    task_id = row(world, answered).id
    for name, refusal in (
        (SECOND, errors.Forbidden),
        ("estranea", errors.NotFound),
        ("coordinatrice", errors.NotFound),
    ):
        with pytest.raises(refusal), world.at(NOW) as session:
            confirming.take_back(session, world.people[name], task_id)
    with world.at(NOW) as session:
        confirming.take_back(session, world.people[FIRST], task_id)
    found = row(world, answered)
    assert (found.state, found.assignee_id, found.first_by_id) == (
        TaskStatus.CLAIMED,
        world.people[FIRST].user_id,
        None,
    )
    with world.at(NOW) as session:
        tasks.complete(session, world.people[FIRST], task_id, ANSWER)
    world.claim(NOW, answered, "valuta", by=SECOND)
    with pytest.raises(errors.TaskTaken), world.at(NOW) as session:
        confirming.take_back(session, world.people[FIRST], task_id)


def test_its_conclusion_runs_until_it_is_confirmed_and_its_reception_anew(world: World, answered: Case) -> None:
    def running(name: DeadlineClock) -> list[Deadline]:
        of_it = (Deadline.task_id == row(world, answered).id, Deadline.clock == name)
        return world.rows(Deadline, *of_it, Deadline.state == DeadlineStatus.ARMED)

    assert len(running(DeadlineClock.CONCLUSION)) == 1
    assert [clock.starts_at for clock in running(DeadlineClock.RECEPTION)] == [after(minutes=5)]
    confirm(world, answered)
    assert running(DeadlineClock.CONCLUSION) == running(DeadlineClock.RECEPTION) == []


def test_it_is_confirmed_after_it_was_answered(world: World, answered: Case) -> None:
    task_id = row(world, answered).id
    with pytest.raises(errors.InvalidValue) as refused, world.at(NOW) as session:
        tasks.claim(session, world.people[SECOND], task_id, happened_at=after(minutes=4))
    assert refused.value.code == "before_the_step"


def test_who_is_kept_apart_from_it_is_apart_from_both(world: World, answered: Case) -> None:
    confirm(world, answered)
    for name in (FIRST, SECOND):
        with pytest.raises(errors.MustBeAnotherPerson):
            world.claim(NOW, answered, "vede", by=name)
    world.do(NOW, answered, "vede", {}, by=LEAD)


def test_what_somebody_answered_who_is_then_kept_out_is_nothing_to_confirm(world: World, answered: Case) -> None:
    with world.at(NOW) as session:
        subject = exclusions.Subject(user_id=world.people[FIRST].user_id)
        exclusions.put(session, world.people[LEAD], answered.id, subject, reason="parente")
    task_id = world.claim(NOW, answered, "valuta", by=SECOND)
    with pytest.raises(errors.Conflict, match="nothing_to_confirm"), world.at(NOW) as session:
        confirming.confirm(session, world.people[SECOND], task_id)
    with world.at(NOW) as session:
        tasks.complete(session, world.people[SECOND], task_id, ANSWER)
    confirm(world, answered, by=LEAD)
    assert row(world, answered).state is TaskStatus.COMPLETED


def test_for_an_agency_on_the_telephone_two_type_and_two_decide(world: World, answered: Case) -> None:
    behalf = {"on_behalf_of": world.agencies["telefono"]}
    confirm(world, answered)
    world.do(NOW, answered, "vede", {}, by=LEAD)
    with pytest.raises(errors.InvalidValue) as refused:
        world.do(NOW, answered, "parere", {}, by=FIRST, **behalf)
    assert (refused.value.field, refused.value.code) == ("decided_by", "required")
    with world.at(NOW) as session:
        tasks.complete(
            session, world.people[FIRST], row(world, answered, "parere").id, {}, decided_by="presidente", **behalf
        )
    with pytest.raises(errors.MustBeAnotherPerson):
        confirm(world, answered, by=FIRST, element="parere", decided_by="vicepresidente", **behalf)
    with pytest.raises(errors.InvalidValue) as refused:
        confirm(world, answered, element="parere", decided_by="La Presidente".removeprefix("La "), **behalf)
    assert refused.value.code == "must_be_another_person"
    with world.at(NOW) as session:
        task_id = row(world, answered, "parere").id
        confirming.confirm(session, world.people[SECOND], task_id, decided_by="vicepresidente", **behalf)
    assert row(world, answered, "parere").state is TaskStatus.COMPLETED


def test_both_stand_in_the_history_and_in_the_audit(world: World, answered: Case) -> None:
    confirm(world, answered)
    with world.at(NOW) as session:
        timeline = case_page.case(session, world.people[FIRST], answered.id).timeline
    said = [(line.kind, line.actor_name) for line in timeline if line.kind in {"task_proposed", "task_completed"}]
    assert sorted(said) == [("task_completed", SECOND), ("task_proposed", FIRST)]
    entries = world.rows(AuditEntry, AuditEntry.case_id == answered.id)
    assert {"task.proposed", "task.completed", "draft.saved"} - {entry.action for entry in entries} == {"draft.saved"}


def test_the_inbox_says_that_it_is_to_be_confirmed(world: World, answered: Case) -> None:
    for name, other in ((FIRST, True), (SECOND, False)):
        with world.at(NOW) as session:
            (shown,) = inbox.page(session, world.people[name]).rows
        assert (shown.to_confirm, shown.must_be_another) == (True, other)


def test_neither_of_the_two_opens_it_again_and_then_it_takes_two_anew(world: World, answered: Case) -> None:
    confirm(world, answered)
    task_id = row(world, answered).id
    for name in (FIRST, SECOND):
        with pytest.raises((errors.MustBeAnotherPerson, errors.Forbidden)), world.at(NOW) as session:
            reopening.reopen(session, world.people[name], task_id, reason="x")
    with world.at(NOW) as session:
        reopening.reopen(session, world.people[LEAD], task_id, reason="x")
    found = row(world, answered)
    assert (found.state, found.assignee_id, found.first_by_id) == (
        TaskStatus.CLAIMED,
        world.people[FIRST].user_id,
        None,
    )
    with pytest.raises(errors.Conflict, match="nothing_to_confirm"), world.at(NOW) as session:
        confirming.confirm(session, world.people[FIRST], task_id)


def rush(people: list[Actor], task_id: UUID) -> list[Callable[[Session], Any]]:
    return [
        lambda session: confirming.confirm(session, people[1], task_id),
        lambda session: confirming.confirm(session, people[1], task_id),
        lambda session: confirming.confirm(session, people[0], task_id),
        lambda session: tasks.complete(session, people[1], task_id, ANSWER),
        lambda session: confirming.send_back(session, people[1], task_id, reason="x"),
        lambda session: tasks.take_over(session, people[2], task_id, reason="x"),
        lambda session: confirming.take_back(session, people[0], task_id),
    ]


def test_however_many_act_at_once_one_answers_another_one_confirms_and_it_is_done_once(world: World) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    people = [world.people[name] for name in (FIRST, SECOND, LEAD)]
    for _round in range(6):
        case = world.start("due_persone")
        world.do(after(minutes=5), case, "valuta", ANSWER)
        task_id = world.claim(NOW, case, "valuta", by=SECOND)
        acts = rush(people, task_id)
        chance.shuffle(acts)
        ends = at_once(acts, [after(minutes=11)] * len(acts))
        found = row(world, case)
        submitted = world.rows(FormSubmission, FormSubmission.case_id == case.id)
        assert len(submitted) == (found.state is TaskStatus.COMPLETED), ends
        if found.state is TaskStatus.COMPLETED:
            assert {found.first_by_id, found.completed_by_id} == {people[0].user_id, people[1].user_id}, ends
