"""People act first and type later: an act is judged by when it was done, the ladder stops when it is recorded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import errors, notifications
from engine.cases import case_page, corrections, task_page, tasks
from engine.cases.models import CaseEvent, FormSubmission, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from tests.engine.cases.conftest import START, World, after

ANSWER = {"obbligatoria": "risposta"}
WHY = "al telefono fino a ora"


def test_an_act_done_in_time_and_typed_late_keeps_its_deadline(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.task(case, "passo")
    world.worker_at(after(hours=1))
    with world.at(after(hours=2)) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id, happened_at=after(minutes=50), late_reason=WHY)
    (reception,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    assert reception.state is DeadlineStatus.STOPPED
    assert (reception.kept, reception.happened_at, reception.stopped_at) == (True, after(minutes=50), after(hours=2))
    (task,) = world.rows(UserTask)
    assert (task.claim_happened_at, task.claimed_at) == (after(minutes=50), after(hours=2))


def test_an_act_done_late_is_late_even_by_a_microsecond(world: World) -> None:
    for late, kept in [(timedelta(0), True), (timedelta(microseconds=1), False)]:
        case = world.start("orologi", urgenza="alta")
        with world.at(after(hours=3)) as session:
            tasks.claim(
                session,
                world.people["operatrice.cav"],
                world.task(case, "passo"),
                happened_at=after(hours=1) + late,
                late_reason=WHY,
            )
        (row,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION, Deadline.case_id == case.id)
        assert row.kept is kept


def test_the_ladder_goes_on_until_the_act_is_recorded_and_no_longer(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.task(case, "passo")
    world.worker_at(after(hours=1))
    with world.at(after(minutes=65)) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id, happened_at=after(minutes=10))
    (reception,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    states = {rung.step.value: rung.state for rung in world.rows(Rung, Rung.deadline_id == reception.id)}
    assert states == {"reminder": RungStatus.MERGED, "breach": RungStatus.FIRED, "escalation": RungStatus.VOID}
    world.worker_at(after(hours=5))
    with world.at(after(hours=5)) as session:
        assert notifications.inbox(session, world.people["coordinatrice"]) == []


def test_a_completion_in_the_past_judges_both_clocks(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.claim(after(minutes=30), case, "passo")
    with world.at(after(hours=30)) as session:
        actor, said = world.people["operatrice.cav"], {"happened_at": after(hours=23), "late_reason": WHY}
        tasks.complete(session, actor, task_id, {}, **said)
    kept = {row.clock: row.kept for row in world.rows(Deadline)}
    assert kept == {DeadlineClock.RECEPTION: True, DeadlineClock.CONCLUSION: True}


def test_a_late_entry_is_marked_in_the_history_and_a_prompt_one_is_not(world: World) -> None:
    case = world.start("conteso")
    task_id = world.task(case, "passo")
    actor = world.people["operatrice.cav"]
    with world.at(after(minutes=30)) as session:
        tasks.claim(session, actor, task_id, happened_at=after(minutes=16))
    with world.at(after(minutes=40)) as session:
        tasks.complete(session, actor, task_id, ANSWER, happened_at=after(minutes=20))
    with world.at(after(minutes=41)) as session:
        lines = {line.kind: line for line in case_page.case(session, actor, case.id).timeline}
    assert lines["task_claimed"].late_entry is False
    assert lines["task_completed"].late_entry is True
    assert lines["task_completed"].happened_at == after(minutes=20)
    assert lines["task_completed"].recorded_at == after(minutes=40)
    (answer,) = world.rows(FormSubmission)
    assert (answer.happened_at, answer.recorded_at) == (after(minutes=20), after(minutes=40))


def test_no_step_was_taken_before_it_existed(world: World) -> None:
    case = world.start("conteso", after(minutes=10, seconds=40))
    task_id = world.task(case, "passo")
    with pytest.raises(errors.InvalidValue) as refused, world.at(after(minutes=30)) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id, happened_at=after(minutes=9, seconds=59))
    assert (refused.value.field, refused.value.code) == ("happened_at", "before_the_step")
    assert [task.state for task in world.rows(UserTask)] == [TaskStatus.OPEN]
    with world.at(after(minutes=30)) as session:  # the minute in which it arrived means its arrival
        task = tasks.claim(session, world.people["operatrice.cav"], task_id, happened_at=after(minutes=10))
    assert task.claim_happened_at == after(minutes=10, seconds=40)


def test_a_step_exists_since_the_act_before_it_was_done_also_when_that_was_typed_later(world: World) -> None:
    case = world.start("telefonata")
    actor = world.people["operatrice.cav"]
    first = world.task(case, "apre")
    with world.at(after(minutes=60)) as session:
        tasks.claim(session, actor, first, happened_at=after(minutes=5))
        tasks.complete(session, actor, first, ANSWER, happened_at=after(minutes=10))
    behalf = world.agencies["telefono"]
    second = world.task(case, "ospita")
    with pytest.raises(errors.InvalidValue), world.at(after(minutes=61)) as session:
        tasks.claim(session, actor, second, happened_at=after(minutes=9), on_behalf_of=behalf)
    with world.at(after(minutes=61)) as session:
        tasks.claim(session, actor, second, happened_at=after(minutes=11), on_behalf_of=behalf)


def test_nothing_is_done_before_it_was_taken(world: World) -> None:
    case = world.start("conteso")
    actor = world.people["operatrice.cav"]
    task_id = world.task(case, "passo")
    with world.at(after(minutes=30)) as session:
        tasks.claim(session, actor, task_id, happened_at=after(minutes=20))
    with pytest.raises(errors.InvalidValue) as refused, world.at(after(minutes=40)) as session:
        tasks.complete(session, actor, task_id, ANSWER, happened_at=after(minutes=19))
    assert (refused.value.field, refused.value.code) == ("happened_at", "before_the_taking")
    with pytest.raises(errors.InvalidValue) as refused, world.at(after(minutes=40)) as session:
        tasks.complete(session, actor, task_id, ANSWER, happened_at=after(minutes=-1))
    assert refused.value.code == "before_the_step"
    with world.at(after(minutes=40)) as session:
        tasks.complete(session, actor, task_id, ANSWER, happened_at=after(minutes=20))


def test_whoever_took_it_without_saying_when_gives_it_back_and_takes_it_again_with_the_right_moment(
    world: World,
) -> None:
    case = world.start("conteso")
    actor = world.people["operatrice.cav"]
    task_id = world.claim(after(minutes=30), case, "passo")
    with world.at(after(minutes=31)) as session:
        tasks.release(session, actor, task_id, reason="momento sbagliato")
        tasks.claim(session, actor, task_id, happened_at=after(minutes=5))
        done = tasks.complete(session, actor, task_id, ANSWER, happened_at=after(minutes=10)).task
    assert (done.claim_happened_at, done.happened_at) == (after(minutes=5), after(minutes=10))


def test_what_was_done_in_time_and_recorded_after_it_is_kept_and_marked(world: World) -> None:
    cases = {name: world.start("orologi", urgenza="alta") for name in ("marked", "prompt", "late")}
    actor = world.people["operatrice.cav"]
    happened = {"marked": after(minutes=50), "prompt": after(minutes=55), "late": after(minutes=61)}
    recorded = {"marked": after(hours=2), "prompt": after(minutes=59), "late": after(hours=2)}
    for name, case in sorted(cases.items(), key=lambda item: recorded[item[0]]):
        with world.at(recorded[name]) as session:
            tasks.claim(session, actor, world.task(case, "passo"), happened_at=happened[name], late_reason=WHY)
    with world.at(after(hours=2)) as session:
        steps = {name: case_page.case(session, actor, case.id).steps[0] for name, case in cases.items()}
        pages = {name: task_page.task(session, actor, world.task(case, "passo")) for name, case in cases.items()}
    assert {name: (step.kept, step.recorded_late) for name, step in steps.items()} == {
        "marked": (True, True),
        "prompt": (True, False),
        "late": (False, False),
    }
    shown = {name: next(row for row in page.deadlines if row.stopped_at) for name, page in pages.items()}
    assert {name: row.recorded_late for name, row in shown.items()} == {"marked": True, "prompt": False, "late": False}
    assert (shown["marked"].happened_at, shown["marked"].stopped_at) == (happened["marked"], recorded["marked"])


@pytest.mark.parametrize("verb", ["claim", "complete"])
def test_what_is_recorded_more_than_an_hour_after_it_was_done_says_why_and_the_history_keeps_that(
    world: World, verb: str
) -> None:
    case, actor = world.start("orologi", urgenza="alta"), world.people["operatrice.cav"]
    task_id = world.task(case, "passo")
    if verb == "complete":
        world.claim(START, case, "passo")

    def act(at: datetime, **said: Any) -> None:
        with world.at(at) as session:
            if verb == "claim":
                tasks.claim(session, actor, task_id, happened_at=after(minutes=10), **said)
            else:
                tasks.complete(session, actor, task_id, {}, happened_at=after(minutes=10), **said)

    for given in (None, " ", "x" * 2_001):
        with pytest.raises(errors.InvalidValue) as refused:
            act(after(minutes=70, seconds=1), late_reason=given)
        assert refused.value.field == "late_reason"
    assert [task.state for task in world.rows(UserTask)] == [TaskStatus.OPEN if verb == "claim" else TaskStatus.CLAIMED]
    act(after(minutes=70, seconds=1), late_reason=f" {WHY} ")
    with world.at(after(minutes=71)) as session:
        page = case_page.case(session, actor, case.id)
    line = next(line for line in page.timeline if line.kind == {"claim": "task_claimed"}.get(verb, "task_completed"))
    assert (line.happened_at, line.recorded_at) == (after(minutes=10), after(minutes=70, seconds=1))
    assert line.reason == WHY


def test_what_is_recorded_within_the_hour_needs_no_reason(world: World) -> None:
    case, actor = world.start("orologi", urgenza="alta"), world.people["operatrice.cav"]
    with world.at(after(minutes=70)) as session:
        tasks.claim(session, actor, world.task(case, "passo"), happened_at=after(minutes=10))


WRONG = {
    "future": (after(minutes=13), "in_the_future"),
    "too far back": (after(minutes=10) - timedelta(days=30, seconds=1), "too_far_back"),
    "naive": (datetime(2026, 3, 2, 9, 5), "without_zone"),  # noqa: DTZ001 - that is the point
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("verb", ["claim", "complete", "correct"])
def test_an_impossible_instant_is_refused_and_changes_nothing(world: World, verb: str, name: str) -> None:
    happened_at, code = WRONG[name]
    actor = world.people["operatrice.cav"]
    case = world.start("conteso", after(START, minutes=-1))
    task_id = world.task(case, "passo")
    if verb != "claim":
        world.claim(START, case, "passo")
    if verb == "correct":
        with world.at(START) as session:
            tasks.complete(session, actor, task_id, ANSWER)
    before = len(world.rows(CaseEvent))
    with pytest.raises(errors.InvalidValue) as refused, world.at(after(minutes=10)) as session:
        if verb == "claim":
            tasks.claim(session, actor, task_id, happened_at=happened_at)
        elif verb == "complete":
            tasks.complete(session, actor, task_id, ANSWER, happened_at=happened_at)
        else:
            (answer,) = world.rows(FormSubmission)
            corrections.correct(session, actor, answer.id, ANSWER, reason="x", happened_at=happened_at)
    assert (refused.value.field, refused.value.code) == ("happened_at", code)
    assert len(world.rows(CaseEvent)) == before
    states = {"claim": TaskStatus.OPEN, "complete": TaskStatus.CLAIMED, "correct": TaskStatus.COMPLETED}
    assert [task.state for task in world.rows(UserTask)] == [states[verb]]


def test_a_browser_clock_that_runs_ahead_a_little_means_now(world: World) -> None:
    case = world.start("conteso")
    with world.at(after(minutes=10)) as session:
        task = tasks.claim(
            session, world.people["operatrice.cav"], world.task(case, "passo"), happened_at=after(minutes=11)
        )
    assert task.claim_happened_at == after(minutes=10)


def test_the_next_step_has_existed_since_the_act_that_led_to_it_and_its_clocks_run_from_there(world: World) -> None:
    world.open_case()
    actor = world.people["operatrice.cav"]
    (task,) = world.rows(UserTask)
    with world.at(after(hours=2)) as session:
        tasks.claim(session, actor, task.id, happened_at=after(minutes=10), late_reason=WHY)
        accepted = {"esito_invio": "accetta"}
        tasks.complete(session, actor, task.id, accepted, happened_at=after(minutes=20), late_reason=WHY)
    following = next(row for row in world.rows(UserTask) if row.element_id == "fissa_colloquio")
    (clock,) = [row for row in world.rows(Deadline) if row.task_id == following.id]
    assert following.created_at == after(minutes=20)
    assert (clock.starts_at, clock.due_at) == (after(minutes=20), after(hours=24, minutes=20))
    opened = next(row for row in world.rows(CaseEvent) if row.task_id == following.id)
    assert (opened.happened_at, opened.recorded_at) == (after(minutes=20), after(hours=2))
