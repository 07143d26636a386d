"""A lead hands a colleague's step on: nobody holds it unseen, and it climbs if nobody takes it."""

from __future__ import annotations

from uuid import UUID

import pytest

from engine import errors
from engine.cases import inbox, reassignment, tasks
from engine.cases.models import CaseEvent, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, after

LATER = after(minutes=50)


def offer(world: World, task_id: UUID, to: str, *, at: object = LATER, by: str = "responsabile.cav") -> None:
    with world.at(at) as session:
        reassignment.offer(session, world.people[by], task_id, to=world.people[to].user_id, reason="assenza")


def test_a_step_that_somebody_held_is_to_be_taken_again_and_its_reception_runs_anew(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo")
    (length,) = {row.due_at - row.starts_at for row in world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)}
    offer(world, task_id, "collega.cav")
    (task,) = world.rows(UserTask)
    assert (task.state, task.assignee_id) == (TaskStatus.OPEN, None)
    running = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION, Deadline.state == DeadlineStatus.ARMED)
    assert [row.due_at for row in running] == [LATER + length]
    with world.at(LATER) as session:
        (row,) = inbox.page(session, world.people["operatrice.cav"]).rows
        assert (row.offered_to_name, row.assignee_name) == ("collega.cav", None)


def test_a_step_that_nobody_held_keeps_its_clock(world: World) -> None:
    case = world.start("conteso")
    task_id = world.task(case, "passo")
    before = {row.id: (row.state, row.due_at) for row in world.rows(Deadline)}
    offer(world, task_id, "collega.cav", at=after(minutes=10))
    assert {row.id: (row.state, row.due_at) for row in world.rows(Deadline)} == before


def test_whoever_is_offered_a_step_and_whoever_had_it_are_told_and_the_reason_is_sealed(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo")
    offer(world, task_id, "collega.cav")
    told = {(row.kind, row.user_id) for row in world.rows(Notice)}
    assert told == {
        ("offered", world.people["collega.cav"].user_id),
        ("taken_over", world.people["operatrice.cav"].user_id),
    }
    (line,) = world.rows(CaseEvent, CaseEvent.kind == "task_offered")
    assert line.actor_id == world.people["responsabile.cav"].user_id
    assert b"assenza" not in line.sealed


def test_anybody_of_the_agency_may_take_it_and_then_it_is_offered_to_nobody(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo")
    offer(world, task_id, "collega.cav")
    world.claim(LATER, case, "passo", by="operatrice.cav")
    with world.at(after(minutes=55)) as session:
        tasks.release(session, world.people["operatrice.cav"], task_id, reason="x")
    with world.at(after(minutes=56)) as session:
        (row,) = inbox.page(session, world.people["collega.cav"]).rows
        assert row.offered_to_name is None


@pytest.mark.parametrize(
    ("to", "by", "refusal"),
    [
        ("estranea", "responsabile.cav", errors.InvalidValue),
        ("forestiera", "responsabile.cav", errors.InvalidValue),
        ("progettista", "responsabile.cav", errors.InvalidValue),
        ("operatrice.cav", "responsabile.cav", errors.InvalidValue),
        ("collega.cav", "collega.cav", errors.Forbidden),
        ("collega.cav", "coordinatrice", errors.NotFound),
        ("collega.cav", "forestiera", errors.NotFound),
    ],
)
def test_nobody_is_given_what_she_may_not_do_and_only_a_lead_gives(
    world: World, to: str, by: str, refusal: type[errors.Refused]
) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo")
    with pytest.raises(refusal):
        offer(world, task_id, to, by=by)
    (task,) = world.rows(UserTask)
    assert task.assignee_id == world.people["operatrice.cav"].user_id


def test_whoever_holds_a_step_hands_it_on_herself_and_the_other_may_say_no(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo")
    offer(world, task_id, "collega.cav", by="operatrice.cav")
    with pytest.raises(errors.Forbidden), world.at(LATER) as session:
        reassignment.decline(session, world.people["operatrice.cav"], task_id)
    with world.at(LATER) as session:
        reassignment.decline(session, world.people["collega.cav"], task_id)
    (task,) = world.rows(UserTask)
    assert (task.state, task.offered_to_id) == (TaskStatus.OPEN, None)
    (told,) = world.rows(Notice, Notice.kind == "offer_declined")
    assert told.user_id == world.people["operatrice.cav"].user_id
    with pytest.raises(errors.Forbidden), world.at(LATER) as session:
        reassignment.decline(session, world.people["collega.cav"], task_id)
    world.claim(LATER, case, "passo", by="collega.cav")
    with pytest.raises(errors.TaskNotOpen), world.at(LATER) as session:
        reassignment.decline(session, world.people["collega.cav"], task_id)


def test_a_step_is_not_handed_to_a_person_of_another_agency_by_whoever_holds_it(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo")
    with pytest.raises(errors.InvalidValue) as refused:
        offer(world, task_id, "estranea", by="operatrice.cav")
    assert (refused.value.field, refused.value.code) == ("to", "not_of_the_agency")
