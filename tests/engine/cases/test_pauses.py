"""Her right to stop: what stands still, what the law lets go on, and how it all goes on again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine import clock, errors, notifications
from engine.cases import agreements, case_page, inbox, lifecycle, pauses, tasks, timers
from engine.cases.models import Case, CaseEvent, TaskStatus, UserTask
from engine.consent.models import CasePause, Manner, PauseKind, RecordedBasis
from engine.deadlines.models import Deadline, DeadlineClock, DeadlinePause, DeadlineStatus, Rung, RungStatus
from engine.oversight import board
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.test_agreements import answered

BY = "operatrice.cav"


def pause(
    world: World, case: Case, instant: datetime, until: datetime, *, by: str = BY, happened_at: datetime | None = None
) -> None:
    with world.at(instant) as session:
        pauses.pause(
            session, world.people[by], case.id, until=until, manner=Manner.PER_TELEFONO, happened_at=happened_at
        )


def end(world: World, case: Case, instant: datetime) -> None:
    with world.at(instant) as session:
        pauses.end(session, world.people[BY], case.id, manner=Manner.A_VOCE)


def resume(world: World, case: Case, instant: datetime) -> None:
    with world.at(instant) as session:
        pauses.resume(session, world.people[BY], case.id)


def clocks(world: World) -> dict[str, tuple[DeadlineStatus, datetime]]:
    return {row.clock.value: (row.state, row.due_at) for row in world.rows(Deadline)}


def rungs(world: World) -> dict[tuple[str, str], tuple[RungStatus, datetime]]:
    named = {row.id: row.clock.value for row in world.rows(Deadline)}
    return {(named[row.deadline_id], row.step.value): (row.state, row.due_at) for row in world.rows(Rung)}


def kinds(world: World, who: str, instant: datetime) -> list[str]:
    with world.at(instant) as session:
        return [notice.kind for notice in notifications.inbox(session, world.people[who])][::-1]


def test_a_pause_holds_steps_and_clocks_and_nobody_is_reminded(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    (task,) = world.rows(UserTask)
    assert (task.held_since, task.due_at, task.state) == (after(minutes=10), None, TaskStatus.OPEN)
    assert {state for state, _due in clocks(world).values()} == {DeadlineStatus.PAUSED}
    assert {state for state, _due in rungs(world).values()} == {RungStatus.PAUSED}
    world.worker_at(after(days=6))
    assert kinds(world, "operatrice.cav", after(days=6)) == ["path_paused"]
    with world.at(after(days=6)) as session:
        assert board.overdue(session, world.people["responsabile.cav"]).late == ()


def test_a_pause_goes_by_itself_at_its_date_and_clocks_run_on_with_what_was_left(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    before = clocks(world), rungs(world)
    pause(world, case, after(minutes=10), after(days=7))
    assert world.worker_at(after(days=7) - timedelta(seconds=1)) == 0
    assert world.worker_at(after(days=7)) == 1
    rest = timedelta(days=7) - timedelta(minutes=10)
    assert clocks(world) == {name: (state, due + rest) for name, (state, due) in before[0].items()}
    assert rungs(world) == {name: (state, due + rest) for name, (state, due) in before[1].items()}
    (task,) = world.rows(UserTask)
    assert (task.held_since, task.due_at) == (None, min(due for _state, due in clocks(world).values()))
    (row,) = world.rows(CasePause)
    assert (row.resumed_at, row.resumed_by_id) == (after(days=7), None)
    assert {(row.since, row.until) for row in world.rows(DeadlinePause)} == {(after(minutes=10), after(days=7))}
    assert kinds(world, "operatrice.cav", after(days=7))[:2] == ["path_paused", "path_resumed"]


def test_it_resumes_once_at_its_date_also_when_the_worker_dies_in_the_midst(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))

    class Killed(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("engine.cases.agenda.set_next_due", die)
        with pytest.raises(Killed), clock.frozen(after(days=7)):
            timers.fire(case.id)
    assert world.rows(CasePause)[0].resumed_at is None
    assert world.worker_at(after(days=7, minutes=1)) == 1
    assert world.worker_at(after(days=7, minutes=2)) == 0
    assert kinds(world, "operatrice.cav", after(days=7, minutes=2)).count("path_resumed") == 1
    assert [row.kind for row in world.rows(CaseEvent)].count("path_resumed") == 1


def test_whoever_comes_after_the_date_finds_the_path_going_on_though_no_worker_runs(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    world.claim(after(days=7, minutes=5), case, "passo")
    (task,) = world.rows(UserTask)
    assert (task.state, task.held_since) == (TaskStatus.CLAIMED, None)


def test_held_steps_are_visible_and_can_be_neither_taken_nor_done(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    with world.at(after(hours=1)) as session:
        (row,) = inbox.page(session, world.people[BY]).rows
        assert (row.held_until, row.late, row.due_at) == (after(days=7), False, None)
    with pytest.raises(errors.PathHeld):
        world.claim(after(hours=1), case, "passo")


def test_what_was_done_before_she_asked_for_a_rest_is_recorded_as_it_was(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.claim(after(minutes=5), case, "passo")
    pause(world, case, after(minutes=30), after(days=7))
    with world.at(after(hours=1)) as session, pytest.raises(errors.PathHeld):
        tasks.complete(session, world.people[BY], task_id, {})
    with world.at(after(hours=1)) as session, pytest.raises(errors.PathHeld):
        tasks.take_over(session, world.people["responsabile.cav"], task_id, reason="turno")
    with world.at(after(hours=1)) as session:
        tasks.complete(session, world.people[BY], task_id, {}, happened_at=after(minutes=20))
    (conclusion,) = world.rows(Deadline, Deadline.clock == DeadlineClock.CONCLUSION)
    assert (conclusion.state, conclusion.kept) == (DeadlineStatus.STOPPED, True)


def test_a_held_step_can_be_given_back_and_its_new_clock_stands_still_too(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.claim(after(minutes=5), case, "passo")
    pause(world, case, after(minutes=30), after(days=7))
    with world.at(after(hours=1)) as session:
        tasks.release(session, world.people[BY], task_id, reason="malattia")
    reception = {row.state for row in world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)}
    assert reception == {DeadlineStatus.STOPPED, DeadlineStatus.PAUSED}
    (task,) = world.rows(UserTask)
    assert (task.due_at, task.held_since) == (None, after(minutes=30))
    world.worker_at(after(days=7))
    assert [row.due_at for row in world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED)]


def test_what_the_law_demands_goes_on_with_its_clock_and_its_reminders(world: World) -> None:
    case = world.start("orologi")
    before = clocks(world)
    pause(world, case, after(minutes=10), after(days=60))
    assert clocks(world) == before
    (task,) = world.rows(UserTask)
    assert task.held_since is None
    world.worker_at(after(days=16))
    assert "reminder" in kinds(world, BY, after(days=16))
    world.do(after(days=17), case, "passo", {})


def test_steps_that_open_while_a_path_rests_are_held_from_the_beginning(world: World) -> None:
    case = world.start("conteso")
    pause(world, case, after(minutes=10), after(days=7))
    world.worker_at(after(hours=2))  # a timer of the diagram goes on
    opened = {row.element_id: row for row in world.rows(UserTask)}["recupero"]
    assert (opened.held_since, opened.due_at) == (after(hours=2), None)
    (clock_of_it,) = world.rows(Deadline, Deadline.task_id == opened.id)
    assert clock_of_it.state is DeadlineStatus.PAUSED
    world.worker_at(after(days=7))
    (clock_of_it,) = world.rows(Deadline, Deadline.task_id == opened.id)
    assert clock_of_it.due_at == after(days=7, hours=24)
    # What the timer took away stays away.
    (gone,) = world.rows(UserTask, UserTask.element_id == "passo")
    assert {row.state for row in world.rows(Deadline, Deadline.task_id == gone.id)} == {DeadlineStatus.VOID}


def test_a_step_that_was_late_is_as_late_afterwards_and_what_was_told_is_not_told_again(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    world.worker_at(after(hours=1))
    told = kinds(world, "responsabile.cav", after(hours=1)).count("breach")
    pause(world, case, after(hours=2), after(days=7))
    resume(world, case, after(days=3))
    assert clocks(world)["reception"] == (DeadlineStatus.ARMED, after(days=3) - timedelta(hours=1))
    world.worker_at(after(days=3, minutes=1))
    assert kinds(world, "responsabile.cav", after(days=3, minutes=1)).count("breach") == told


def test_working_time_and_days_of_law_that_were_left_are_left_afterwards(world: World) -> None:
    # Monday 9:00: one working day is due on Tuesday 9:00, three days of law end on Thursday at 24:00.
    case = world.start("ufficio")
    pause(world, case, "2026-03-02T12:00:00+01:00", datetime.fromisoformat("2026-03-09T10:00:00+01:00"))
    world.worker_at("2026-03-09T10:00:00+01:00")
    due = {name: when for name, (_state, when) in clocks(world).items()}
    assert due["reception"] == datetime.fromisoformat("2026-03-09T15:00:00+01:00")
    assert due["conclusion"] == datetime.fromisoformat("2026-03-13T00:00:00+01:00")


def test_the_new_date_of_a_rest_takes_the_place_of_the_old_one(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    pause(world, case, after(days=1), after(days=3))
    assert world.worker_at(after(days=3)) == 1
    rest = timedelta(days=3) - timedelta(minutes=10)
    assert clocks(world)["reception"] == (DeadlineStatus.ARMED, after(hours=1) + rest)
    first, second = sorted(world.rows(CasePause), key=lambda row: row.recorded_at)
    assert (first.resumed_at, second.resumed_at) == (after(days=1), after(days=3))


def test_a_rest_that_is_typed_later_counts_from_when_she_asked_for_it(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(hours=5), after(days=7), happened_at=after(minutes=10))
    resume(world, case, after(days=2))
    assert clocks(world)["reception"][1] == after(days=2) + timedelta(minutes=50)


def test_an_end_ends_her_agreements_and_holds_what_no_law_demands_until_she_comes_back(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    answered(world, case, after(minutes=5))
    end(world, case, after(minutes=10))
    (basis,) = world.rows(RecordedBasis)
    assert (basis.ended_why, basis.ended_at) == ("path_ended", after(minutes=10))
    world.worker_at(after(days=300))
    (task,) = world.rows(UserTask)
    assert (task.state, task.held_since) == (TaskStatus.OPEN, after(minutes=10))
    assert kinds(world, BY, after(days=300)) == ["path_ended"]
    resume(world, case, after(days=301))
    assert clocks(world)["reception"] == (DeadlineStatus.ARMED, after(days=301, minutes=50))
    assert world.rows(RecordedBasis)[0].ended_at is not None  # she is asked anew


@pytest.mark.parametrize("kind", list(PauseKind))
def test_a_path_that_has_ended_neither_rests_nor_ends_again(world: World, kind: PauseKind) -> None:
    case = world.start("orologi", urgenza="alta")
    end(world, case, after(minutes=10))
    with pytest.raises(errors.Conflict, match="path_ended"):
        if kind is PauseKind.END:
            end(world, case, after(hours=1))
        else:
            pause(world, case, after(hours=1), after(days=7))


def test_a_path_that_goes_on_cannot_be_taken_up_again(world: World) -> None:
    case = world.start("orologi")
    with pytest.raises(errors.Conflict, match="path_not_held"):
        resume(world, case, after(hours=1))


@pytest.mark.parametrize("until", [after(minutes=-1), after(minutes=60), after(days=400), datetime(2026, 4, 1)])  # noqa: DTZ001 - the point
def test_the_date_of_a_rest_lies_ahead_within_a_year(world: World, until: datetime) -> None:
    case = world.start("orologi")
    with pytest.raises(errors.InvalidValue, match="not_ahead"):
        pause(world, case, after(hours=1), until)


def test_a_case_is_cancelled_and_closed_while_it_rests_and_nobody_is_told_that_it_goes_on(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    with world.at(after(hours=1)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="prova")
    assert {state for state, _due in clocks(world).values()} == {DeadlineStatus.VOID}
    world.worker_at(after(days=8))
    assert "path_resumed" not in kinds(world, BY, after(days=8))
    with pytest.raises(errors.CaseClosed):
        pause(world, case, after(days=9), after(days=20))


def test_all_agencies_that_take_part_are_told_and_one_without_computers_by_who_telephones(world: World) -> None:
    case = world.start("telefonata")
    world.do(after(minutes=5), case, "apre", {"obbligatoria": "x"})
    pause(world, case, after(minutes=10), after(days=7))
    assert kinds(world, BY, after(minutes=11)) == ["path_paused"]


def test_rows_follow_from_the_state_whatever_is_held(world: World) -> None:
    case = world.start("tutto")
    pause(world, case, after(minutes=10), after(days=7))
    world.worker_at(after(hours=3))
    assert_rows_follow_from_state(world.network_id)
    world.worker_at(after(days=8))
    assert_rows_follow_from_state(world.network_id)


def test_the_page_of_the_case_says_since_when_it_rests(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    with world.at(after(hours=1)) as session:
        page = case_page.case(session, world.people[BY], case.id)
        assert (page.case.held_since, page.case.held_until) == (after(minutes=10), after(days=7))


def test_her_answers_can_be_recorded_while_her_path_rests(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    pause(world, case, after(minutes=10), after(days=7))
    basis_id = answered(world, case, after(hours=1))
    with world.at(after(hours=2)) as session:
        agreements.withdraw(session, world.people[BY], basis_id, manner=Manner.A_VOCE)
