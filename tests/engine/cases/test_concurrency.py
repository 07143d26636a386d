"""Two who act at once, and an act while a clock fires: exactly one outcome, nothing half done, nobody stuck."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, db, errors
from engine.cases import execution, lifecycle, tasks, timers
from engine.cases.models import (
    Case,
    CaseEvent,
    FormSubmission,
    ProcessInstance,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state

ANSWER = {"obbligatoria": "risposta"}
SOON = after(minutes=10)


def at_once(acts: Sequence[Callable[[Session], Any]], instants: Sequence[datetime]) -> list[str]:
    """Run commands in threads that start together, each in a transaction of its own; give how each one ended."""
    starting = threading.Barrier(len(acts))

    def run(act: Callable[[Session], Any], instant: datetime) -> str:
        starting.wait()
        try:
            with clock.frozen(instant), db.transaction() as session:
                act(session)
        except errors.Refused as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts, instants))


def test_of_two_who_complete_a_task_at_once_exactly_one_wins(world: World) -> None:
    actor = world.people["operatrice.cav"]
    for _round in range(10):
        case = world.start("conteso")
        task_id = world.claim(SOON, case, "passo")
        act = [lambda session, task_id=task_id: tasks.complete(session, actor, task_id, ANSWER)] * 2
        assert sorted(at_once(act, [SOON, SOON])) == ["TaskNotOpen", "done"]
        assert len(world.rows(FormSubmission, FormSubmission.task_id == task_id)) == 1
        kinds = Counter(event.kind for event in world.rows(CaseEvent, CaseEvent.case_id == case.id))
        assert (kinds["task_completed"], kinds["instance_ended"], kinds["case_closed"]) == (1, 1, 1)


def test_of_ten_who_claim_a_task_at_once_exactly_one_gets_it(world: World) -> None:
    people = [world.people[name] for name in ("operatrice.cav", "collega.cav", "responsabile.cav")]
    for _round in range(3):
        case = world.start("conteso")
        task_id = world.task(case, "passo")
        acts = [
            lambda session, actor=people[number % 3], task_id=task_id: tasks.claim(session, actor, task_id)
            for number in range(10)
        ]
        ends = Counter(at_once(acts, [SOON] * 10))
        (task,) = world.rows(UserTask, UserTask.id == task_id)
        winner = next(number for number, actor in enumerate(people) if actor.user_id == task.assignee_id)
        # Who has it already may claim it again; nothing happens by that.
        assert ends == {"done": len(range(winner, 10, 3)), "TaskTaken": 10 - len(range(winner, 10, 3))}
        claims = world.rows(CaseEvent, CaseEvent.case_id == case.id, CaseEvent.kind == "task_claimed")
        assert len(claims) == 1
        assert task.revision == 1


def test_completing_when_the_timer_that_takes_the_step_away_is_due_comes_too_late(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with pytest.raises(errors.TaskNotOpen), world.at(after(hours=1)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER)
    assert world.rows(FormSubmission) == []
    assert world.rows(Timer) == []
    assert world.task(case, "recupero"), "the due work is kept, though the command was refused"
    assert world.worker_at(after(hours=1)) == 0


def test_completing_just_before_the_timer_is_due_is_in_time(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with world.at(after(hours=1) - timedelta(microseconds=1)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER)
    assert world.worker_at(after(hours=1)) == 0
    assert [task.element_id for task in world.rows(UserTask)] == ["passo"]


def test_completing_when_a_rung_is_due_climbs_it_first_and_completes(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.claim(SOON, case, "passo")
    with world.at(after(hours=24)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {})
    conclusion = next(row for row in world.rows(Deadline) if row.clock is DeadlineClock.CONCLUSION)
    assert (conclusion.state, conclusion.kept) == (DeadlineStatus.STOPPED, True)
    states = {rung.step.value: rung.state for rung in world.rows(Rung, Rung.deadline_id == conclusion.id)}
    assert states == {"reminder": RungStatus.MERGED, "breach": RungStatus.FIRED, "escalation": RungStatus.VOID}
    assert [notice.kind for notice in world.rows(Notice)] == ["breach"]
    assert world.worker_at(after(days=9)) == 0


def test_a_worker_and_a_person_at_the_same_moment_have_one_outcome(world: World) -> None:
    seen = Counter()
    for number in range(20):
        case = world.start("conteso")
        task_id = world.claim(SOON, case, "passo")
        # The person's command began before the timer was due, the worker's after: whoever has the lock first wins.
        acts = [
            lambda session, task_id=task_id: tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER),
            lambda session, case=case, number=number: _fire(session, case.id, number),
        ]
        ends = at_once(acts, [after(minutes=59), after(hours=1)])
        (task,) = world.rows(UserTask, UserTask.id == task_id)
        fired = world.rows(CaseEvent, CaseEvent.case_id == case.id, CaseEvent.kind == "timer_fired")
        answers = world.rows(FormSubmission, FormSubmission.task_id == task_id)
        outcome = (task.state, len(fired), len(answers), ends[0])
        assert outcome in {
            (TaskStatus.COMPLETED, 0, 1, "done"),
            (TaskStatus.CANCELLED, 1, 0, "TaskNotOpen"),
        }
        seen[ends[0]] += 1
        assert world.rows(Timer, Timer.case_id == case.id) == []
    assert set(seen) == {"done", "TaskNotOpen"}, f"both orders should have been met: {seen}"


def _fire(session: Session, case_id: UUID, number: int) -> None:
    """What a worker does with a case, waiting for the lock now and then so that both orders are met."""
    threading.Event().wait(0.004 * (number % 5))
    with execution.locked(session, case_id, None):
        pass


def test_a_refused_command_keeps_the_due_work_and_only_that(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.task(case, "passo")
    with pytest.raises(errors.InvalidAnswer), world.at(after(hours=2)) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id)
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"inventata": 1})
    (reception,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    assert reception.state is DeadlineStatus.ARMED, "the claim went with the refused command"
    assert {rung.state for rung in world.rows(Rung, Rung.deadline_id == reception.id)} == {
        RungStatus.MERGED,
        RungStatus.FIRED,
    }
    assert [notice.kind for notice in world.rows(Notice)] == ["escalation"]
    kinds = [event.kind for event in world.rows(CaseEvent)]
    assert "task_claimed" not in kinds
    assert "rung_escalation" in kinds
    assert_rows_follow_from_state(world.network_id)


def test_a_command_that_fails_on_our_side_keeps_nothing(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    with pytest.raises(ZeroDivisionError), world.at(after(hours=2)) as session:
        with execution.locked(session, case.id, None):
            pass
        raise ZeroDivisionError
    assert {rung.state for rung in world.rows(Rung)} == {RungStatus.WAITING}
    assert world.worker_at(after(hours=2)) == 1


def test_a_worker_does_not_wait_for_a_case_that_somebody_else_moves(world: World) -> None:
    held, free = world.start("conteso"), world.start("conteso")
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with clock.frozen(SOON), db.transaction() as session, execution.locked(session, held.id, None):
            holding.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(10)
        with clock.frozen(after(hours=1)):
            assert timers.fire(held.id) is False
            assert timers.fire(free.id) is True
    finally:
        done.set()
        thread.join()
    assert world.worker_at(after(hours=1)) == 1


def test_a_race_lost_to_a_person_is_no_failed_attempt(world: World) -> None:
    """A worker counts its attempt before it has the lock; who then finds the work done has not failed."""
    case = world.start("orologi", urgenza="alta")
    for minutes in (30, 60, 120):
        with clock.frozen(after(minutes=minutes)):
            assert timers._count_attempt(case.id)
        with world.at(after(minutes=minutes)) as session, execution.locked(session, case.id, None):
            pass
    (row,) = world.rows(Case)
    assert (row.attempts, row.attempted_at, row.retry_at, row.failure_code) == (0, None, None, None)


@pytest.mark.slow
@pytest.mark.alone
def test_random_load_from_all_sides_neither_deadlocks_nor_loses_anything(world: World) -> None:
    """Eight people and two workers on six cases for a while, each at its own random instants."""
    cases = [world.start(key) for key in ("tutto", "conteso", "telefonata", "tutto", "giro", "conteso")]
    surprises: list[str] = []

    def person(number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - a choice of deeds, no secret
        for step in range(25):
            actor = world.people[chance.choice(["operatrice.cav", "collega.cav", "responsabile.cav", "supervisora"])]
            instant = after(minutes=step * 20)
            deed = chance.choice(["claim", "release", "take_over", "draft", "complete", "complete", "fire"])
            try:
                with clock.frozen(instant), db.transaction() as session:
                    _deed(session, chance, world, actor, deed, chance.choice(cases).id)
            except errors.Refused:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails with it
                surprises.append(repr(error))

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(person, range(10)))
    assert surprises == []
    assert_rows_follow_from_state(world.network_id)
    with Session(db.engine()) as session:
        done = select(func.count()).where(UserTask.state == TaskStatus.COMPLETED)
        assert session.scalar(done) == session.scalar(select(func.count()).select_from(FormSubmission))
        assert session.scalar(done) > 0
        assert session.scalar(select(func.count()).select_from(ProcessInstance)) == len(cases)


def _deed(session: Session, chance: random.Random, world: World, actor: Any, deed: str, case_id: UUID) -> None:
    if deed == "fire":
        with execution.locked(session, case_id, None):
            return
    query = select(UserTask).where(UserTask.case_id == case_id, UserTask.state.in_(tasks.OPEN_STATES))
    open_tasks = list(session.scalars(query).all())
    if not open_tasks:
        return
    task = chance.choice(open_tasks)
    behalf = world.agencies["telefono"] if task.lane == "associazioni" else None
    if deed == "claim":
        tasks.claim(session, actor, task.id, on_behalf_of=behalf)
    elif deed == "release":
        tasks.release(session, actor, task.id, reason="x")
    elif deed == "take_over":
        tasks.take_over(session, actor, task.id, reason="x")
    elif deed == "draft":
        tasks.save_draft(session, actor, task.id, {})
    else:
        if task.state is TaskStatus.OPEN:
            tasks.claim(session, actor, task.id, on_behalf_of=behalf)
        answer = {"prova": ANSWER, "giro": {"ancora": True}}.get(task.form_id or "", {})
        tasks.complete(session, actor, task.id, answer)


def test_two_cases_opened_at_once_have_two_codes(world: World) -> None:
    actor, lanes = world.people["operatrice.cav"], {"cav": world.agencies["cav"]}
    act = [lambda session: lifecycle.start(session, actor, "conteso", lanes=lanes)] * 8
    assert at_once(act, [SOON] * 8) == ["done"] * 8
    assert len({case.code for case in world.rows(Case)}) == 8
