"""A late step in the hands of the coordination: what it sees, what it can do, what the agency learns of it."""

from __future__ import annotations

from uuid import UUID

import pytest

from engine import audit, errors, notifications
from engine.cases import case_page, lifecycle, task_page, tasks
from engine.cases.models import Case, CaseEvent
from engine.deadlines.models import DeadlineClock
from engine.ladders.steps import EscalationClass
from engine.oversight import board, late_step
from engine.oversight.late_step import LateStep
from engine.participants.access import Action
from tests.engine.cases.conftest import World, after

LATE = 85  # minutes: the third rung of the first clock is climbed


@pytest.fixture
def late(world: World) -> tuple[Case, UUID]:
    """A step of the centre that is late by its first clock, and of which the coordination has been told."""
    case = world.start("orologi", urgenza="alta")
    for minutes in (30, 60, 80):
        world.worker_at(after(minutes=minutes))
    return case, world.task(case, "passo")


def seen(world: World, step_id: UUID, who: str = "coordinatrice", minutes: float = LATE) -> LateStep:
    with world.at(after(minutes=minutes)) as session:
        return late_step.show(session, world.people[who], step_id)


def test_the_coordination_sees_whose_it_is_and_since_when_and_not_what_it_is(
    world: World, late: tuple[Case, UUID]
) -> None:
    case, step_id = late
    page = seen(world, step_id)
    assert (page.case_code, page.agency.name, page.late_since) == (case.code, "Centro antiviolenza", after(hours=1))
    assert (page.label, page.task_id, page.case_id, page.assignee_name) == (None,) * 4
    assert page.leads == ("responsabile.cav",)
    first, second = page.clocks
    assert (first.clock, first.late, first.escalation_class) == (DeadlineClock.RECEPTION, True, EscalationClass.E0)
    assert (second.clock, second.late) == (DeadlineClock.CONCLUSION, False)


def test_the_trail_says_who_was_told_of_which_clock_and_who_comes_next(world: World, late: tuple[Case, UUID]) -> None:
    page = seen(world, late[1])
    assert [(each.step, each.at, each.role, each.clocks, each.channel) for each in page.told] == [
        ("reminder", after(minutes=30), "operatrice", ("reception",), "inbox"),
        ("breach", after(minutes=60), "responsabile", ("reception",), "inbox"),
        ("escalation", after(minutes=80), "coordinamento", ("reception",), "inbox"),
    ]
    assert [(each.step, each.clock, each.at) for each in page.next] == [
        ("reminder", "conclusion", after(hours=12)),
        ("breach", "conclusion", after(hours=24)),
        ("escalation", "conclusion", after(hours=25)),
    ]


def test_a_notice_of_the_third_rung_leads_there_and_one_of_the_agency_to_the_step(
    world: World, late: tuple[Case, UUID]
) -> None:
    case, step_id = late
    with world.at(after(minutes=LATE)) as session:
        (outside,) = notifications.inbox(session, world.people["coordinatrice"])
        (inside,) = notifications.inbox(session, world.people["responsabile.cav"])
    assert (outside.late_step_id, outside.task_id, outside.case_id) == (step_id, None, None)
    assert (inside.late_step_id, inside.task_id, inside.case_id) == (None, step_id, case.id)


def test_a_step_of_another_agency_in_a_case_of_ones_own_is_not_linked_as_a_task(world: World) -> None:
    case = world.start("orologi", by="operatrice.capofila", urgenza="alta")
    for minutes in (30, 60, 80):
        world.worker_at(after(minutes=minutes))
    with world.at(after(minutes=LATE)) as session:
        (notice,) = notifications.inbox(session, world.people["coordinatrice"])
    step_id = world.task(case, "passo")
    assert (notice.case_id, notice.task_id, notice.late_step_id) == (case.id, None, step_id)


@pytest.mark.parametrize("who", ["operatrice.cav", "estranea", "supervisora", "forestiera", "progettista"])
def test_for_everybody_else_there_is_no_such_page(world: World, late: tuple[Case, UUID], who: str) -> None:
    for verb in (late_step.show, late_step.follow):
        with pytest.raises(errors.NotFound), world.at(after(minutes=LATE)) as session:
            verb(session, world.people[who], late[1])


def test_a_lead_reads_the_page_of_her_agencys_step_and_does_not_follow_it_for_the_coordination(
    world: World, late: tuple[Case, UUID]
) -> None:
    page = seen(world, late[1], "responsabile.cav")
    assert (page.label, page.task_id) == ("Passo passo", late[1])
    assert Action.FOLLOW not in page.may
    for act in (late_step.follow, lambda *asked: late_step.note(*asked, "x")):
        with pytest.raises(errors.Forbidden), world.at(after(minutes=LATE)) as session:
            act(session, world.people["responsabile.cav"], late[1])


def test_a_step_that_nobody_was_told_of_and_that_is_not_late_has_no_such_page(world: World) -> None:
    step_id = world.task(world.start("orologi", urgenza="alta"), "passo")
    with pytest.raises(errors.NotFound):
        seen(world, step_id, minutes=59)
    assert seen(world, step_id, minutes=61).late_since == after(hours=1)


def test_following_is_recorded_once_and_the_agency_learns_who_and_when(world: World, late: tuple[Case, UUID]) -> None:
    case, step_id = late
    for minutes in (LATE, LATE + 1):
        with world.at(after(minutes=minutes)) as session:
            late_step.follow(session, world.people["coordinatrice"], step_id)
    (line,) = seen(world, step_id, minutes=LATE + 2).followed
    assert (line.at, line.by, line.note) == (after(minutes=LATE), "coordinatrice", None)
    with world.at(after(minutes=LATE + 3)) as session:
        actor = world.people["responsabile.cav"]
        kinds = [notice.kind for notice in notifications.inbox(session, actor)]
        (row,) = board.overdue(session, actor).late
        assert task_page.task(session, actor, step_id).followed == (line,)
        timeline = case_page.case(session, actor, case.id).timeline
    assert kinds == ["followed", "breach"]
    assert row.followed_at == after(minutes=LATE)
    told = [(each.kind, each.actor_name) for each in timeline if each.kind.startswith("coordination")]
    assert told == [("coordination_follows", "coordinatrice")]


def test_whoever_holds_the_step_learns_of_it_too(world: World, late: tuple[Case, UUID]) -> None:
    world.claim(after(minutes=LATE), late[0], "passo", by="collega.cav")
    with world.at(after(hours=26)) as session:
        late_step.follow(session, world.people["coordinatrice"], late[1])
    with world.at(after(hours=26)) as session:
        kinds = [notice.kind for notice in notifications.inbox(session, world.people["collega.cav"])]
    assert "followed" in kinds


def test_that_the_coordination_follows_it_is_settled_when_the_step_is_done(
    world: World, late: tuple[Case, UUID]
) -> None:
    lead = world.people["responsabile.cav"]
    with world.at(after(minutes=LATE)) as session:
        late_step.follow(session, world.people["coordinatrice"], late[1])
    with world.at(after(minutes=LATE)) as session:
        assert [row.kind for row in notifications.inbox(session, lead, unread=True)] == ["followed", "breach"]
        tasks.claim(session, world.people["operatrice.cav"], late[1])
        tasks.complete(session, world.people["operatrice.cav"], late[1], {})
    with world.at(after(minutes=LATE + 1)) as session:
        assert notifications.inbox(session, lead, unread=True) == []
        followed = next(row for row in notifications.inbox(session, lead) if row.kind == "followed")
    assert (followed.settled, followed.settled_at) == (True, after(minutes=LATE))


def test_what_was_agreed_is_sealed_and_read_by_the_agency_that_owes_the_step_only(
    world: World, late: tuple[Case, UUID]
) -> None:
    case, step_id = late
    with world.at(after(minutes=LATE)) as session:
        late_step.note(session, world.people["coordinatrice"], step_id, "  Richiamano alle 15.  ")
    assert all(b"Richiamano" not in (event.sealed or b"") for event in world.rows(CaseEvent))
    assert [line.note for line in seen(world, step_id).followed] == ["Richiamano alle 15."]
    with world.at(after(minutes=LATE)) as session:
        lines = case_page.case(session, world.people["operatrice.cav"], case.id).timeline
    assert [line.note for line in lines if line.kind == "coordination_note"] == ["Richiamano alle 15."]


@pytest.mark.parametrize(("text", "code"), [("  ", "required"), ("x" * 2001, "too_long")])
def test_an_empty_or_endless_note_is_refused(world: World, late: tuple[Case, UUID], text: str, code: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused, world.at(after(minutes=LATE)) as session:
        late_step.note(session, world.people["coordinatrice"], late[1], text)
    assert (refused.value.field, refused.value.code) == ("note", code)


def test_a_step_that_is_done_is_followed_no_more_but_its_trail_stays(world: World, late: tuple[Case, UUID]) -> None:
    case, step_id = late
    with world.at(after(minutes=LATE)) as session:
        tasks.claim(session, world.people["operatrice.cav"], step_id)
        tasks.complete(session, world.people["operatrice.cav"], step_id, {})
    with pytest.raises(errors.TaskNotOpen), world.at(after(minutes=LATE + 1)) as session:
        late_step.follow(session, world.people["coordinatrice"], step_id)
    page = seen(world, step_id, minutes=LATE + 1)
    assert (page.late_since, len(page.told), case.code) == (None, 3, page.case_code)


def test_the_trail_of_a_cancelled_case_stays_too(world: World, late: tuple[Case, UUID]) -> None:
    with world.at(after(minutes=LATE)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], late[0].id, reason="x")
    assert len(seen(world, late[1], minutes=LATE + 1).told) == 3


def test_reading_the_page_is_audited(world: World, late: tuple[Case, UUID]) -> None:
    seen(world, late[1])
    (entry,) = world.rows(audit.AuditEntry, audit.AuditEntry.action == "late_step.read")
    assert (entry.subject_id, entry.actor_id) == (str(late[1]), world.people["coordinatrice"].user_id)


def test_what_was_done_in_time_and_recorded_after_it_is_on_the_board_for_a_week(
    world: World, late: tuple[Case, UUID]
) -> None:
    with world.at(after(minutes=LATE)) as session:
        tasks.claim(session, world.people["operatrice.cav"], late[1], happened_at=after(minutes=50))
    with world.at(after(minutes=LATE + 1)) as session:
        own = board.overdue(session, world.people["responsabile.cav"])
        (neutral,) = board.overdue(session, world.people["coordinatrice"]).recorded_late
    assert own.late == ()
    (row,) = own.recorded_late
    assert (row.task_id, row.label, row.due_at) == (late[1], "Passo passo", after(hours=1))
    assert (row.happened_at, row.recorded_at) == (after(minutes=50), after(minutes=LATE))
    assert (neutral.task_id, neutral.label, neutral.case_id) == (None, None, None)
    with world.at(after(days=8)) as session:
        assert board.overdue(session, world.people["responsabile.cav"]).recorded_late == ()
