"""When a shift ends its urgent steps pass to who comes, with their clocks going on; without a note all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from engine import clock, errors
from engine.cases import acknowledging, exclusions, shift_changes, task_page
from engine.cases.exclusions import Subject
from engine.cases.models import Case, CaseEvent, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, SeenBy
from engine.notifications.models import Notice
from engine.roster import planning
from engine.roster.models import Shift
from engine.roster.planning import Wanted
from tests.engine.cases.conftest import World, after

EVENING = after(hours=9)  # Monday, 18:00
CHANGE = after(hours=11)
AWAY, COMES, LEAD = "operatrice.cav", "collega.cav", "responsabile.cav"


def on_call(world: World, *shifts: tuple[datetime, datetime, str]) -> None:
    with world.at(after()) as session:
        coordination = world.people["coordinatrice"]
        roster = planning.set_up(session, coordination, "cav", None)
        for since, until, who in shifts:
            planning.add(session, coordination, roster.id, Wanted(since, until, world.people[who].user_id))
        planning.publish(session, coordination, roster.id, after(days=3), despite_faults=True)


def held(world: World, *, urgency: str = "alta") -> tuple[Case, UUID]:
    case = world.start("orologi", EVENING, urgenza=urgency)
    return case, world.claim(EVENING + timedelta(minutes=10), case, "passo", by=AWAY)


def run(at: datetime) -> None:
    with clock.frozen(at):
        shift_changes.run()


def the_step(world: World) -> UserTask:
    (task,) = world.rows(UserTask)
    return task


def conclusion(world: World) -> tuple[str, datetime]:
    (row,) = world.rows(Deadline, Deadline.clock == DeadlineClock.CONCLUSION)
    return row.state, row.due_at


def test_the_step_is_kept_in_view_for_who_comes_and_its_conclusion_goes_on(world: World) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    held(world)
    before = conclusion(world)
    run(CHANGE - timedelta(seconds=1))
    assert the_step(world).state is TaskStatus.CLAIMED
    run(CHANGE)
    task = the_step(world)
    assert (task.state, task.assignee_id, task.offered_to_id) == ("open", None, world.people[COMES].user_id)
    assert conclusion(world) == before
    armed = Deadline.state == DeadlineStatus.ARMED
    assert len(world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION, armed)) == 1
    told = {(row.kind, row.user_id) for row in world.rows(Notice, Notice.created_at == CHANGE)}
    assert told == {("offered", world.people[COMES].user_id), ("taken_over", world.people[AWAY].user_id)}
    run(CHANGE + timedelta(minutes=1))
    assert len(world.rows(CaseEvent, CaseEvent.kind == "task_offered")) == 1


def test_who_says_that_she_is_acting_keeps_the_step_beyond_her_shift_as_long_as_that_counts(world: World) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    _case, task_id = held(world)
    with world.at(CHANGE - timedelta(minutes=5)) as session:
        acknowledging.acknowledge_step(session, world.people[AWAY], task_id, SeenBy.CALL)
    for minutes, state in [(0, TaskStatus.CLAIMED), (24, TaskStatus.CLAIMED), (25, TaskStatus.OPEN)]:
        run(CHANGE + timedelta(minutes=minutes))
        assert the_step(world).state is state
    assert all(row.passed_on_at for row in world.rows(Shift, Shift.ends_at <= CHANGE))


def test_killed_before_it_says_that_it_is_done_it_is_done_once_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    case, _task_id = held(world)
    with monkeypatch.context() as patch:
        patch.setattr(shift_changes, "_passed_on", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(CHANGE)
    run(CHANGE)
    assert all(row.passed_on_at for row in world.rows(Shift, Shift.ends_at <= CHANGE))
    world.claim(CHANGE + timedelta(minutes=1), case, "passo", by=COMES)
    run(CHANGE + timedelta(minutes=2))
    assert the_step(world).assignee_id == world.people[COMES].user_id


def test_one_step_that_fails_holds_no_other_up_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    held(world)
    _case, second = held(world)
    whole = shift_changes._pass_on

    def fails(session: object, shift_id: UUID, task_id: UUID) -> bool:
        if task_id != second:
            raise ZeroDivisionError
        return whole(session, shift_id, task_id)

    with monkeypatch.context() as patch:
        patch.setattr(shift_changes, "_pass_on", fails)
        run(CHANGE)
    assert {row.id for row in world.rows(UserTask, UserTask.assignee_id.is_(None))} == {second}
    run(CHANGE + timedelta(minutes=1))
    assert world.rows(UserTask, UserTask.assignee_id.is_not(None)) == []


def test_who_is_still_on_call_and_what_is_not_urgent_stay_as_they_are(world: World) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=2), AWAY))
    held(world)
    run(CHANGE)
    assert the_step(world).assignee_id == world.people[AWAY].user_id
    run(CHANGE + timedelta(hours=2))
    # Nobody comes: it is to be taken, and climbs.
    task = the_step(world)
    assert (task.state, task.offered_to_id) == (TaskStatus.OPEN, None)
    assert [row.kind for row in world.rows(CaseEvent, CaseEvent.kind == "task_returned")] == ["task_returned"]


def test_what_is_not_urgent_waits_for_who_has_it(world: World) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    held(world, urgency="bassa")
    run(CHANGE)
    assert the_step(world).assignee_id == world.people[AWAY].user_id


def test_who_comes_and_may_not_know_of_the_case_is_offered_nothing(world: World) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    case, _task_id = held(world)
    with world.at(EVENING + timedelta(minutes=20)) as session:
        kept_out = world.people[COMES].user_id
        exclusions.put(session, world.people[LEAD], case.id, Subject(user_id=kept_out), reason="Conosce lui")
    run(CHANGE)
    assert (the_step(world).state, the_step(world).offered_to_id) == (TaskStatus.OPEN, None)
    assert not world.rows(Notice, Notice.user_id == kept_out)


def test_a_note_is_asked_for_before_the_end_and_read_by_who_comes_alone(world: World) -> None:
    on_call(world, (EVENING, CHANGE, AWAY), (CHANGE, CHANGE + timedelta(hours=12), COMES))
    case, task_id = held(world)
    asked = CHANGE - shift_changes.ASK_BEFORE
    for at in (asked - timedelta(seconds=1), asked, asked + timedelta(minutes=1)):
        run(at)
    (notice,) = world.rows(Notice, Notice.kind == shift_changes.NOTE_ASKED)
    assert (notice.user_id, notice.task_id, notice.created_at) == (world.people[AWAY].user_id, task_id, asked)
    with world.at(asked) as session:
        shift_changes.leave_note(session, world.people[AWAY], task_id, "Richiama alle otto")
    (line,) = world.rows(CaseEvent, CaseEvent.kind == "shift_note")
    assert b"Richiama" not in line.sealed
    run(CHANGE)
    with world.at(CHANGE) as session:
        page = task_page.task(session, world.people[COMES], task_id)
        assert [(one.note, one.of_colleague) for one in page.followed] == [("Richiama alle otto", True)]
        for text, refusal in (("", errors.InvalidValue), ("x" * 2001, errors.InvalidValue)):
            with pytest.raises(refusal):
                shift_changes.leave_note(session, world.people[COMES], task_id, text)
        with pytest.raises(errors.NotFound):
            shift_changes.leave_note(session, world.people["estranea"], task_id, "x")
    assert case.id == line.case_id
