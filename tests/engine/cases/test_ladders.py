"""Clocks of steps in running cases: which are armed, when they climb, whom they tell, when they fall away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine import clock, db, notifications
from engine.bpmn.expressions import Host
from engine.cases import case_page, execution, inbox, incidents, lifecycle, task_page, tasks, timers
from engine.cases.models import Case, CaseEvent, Incident, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.notifications.models import Notice
from engine.oversight import board
from engine.participants.models import Membership, Role
from engine.terms import Nature
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state

ANSWER = {"obbligatoria": "risposta"}
MICROSECOND = timedelta(microseconds=1)


def clocks(world: World) -> dict[str, Deadline]:
    return {row.clock.value: row for row in world.rows(Deadline)}


def told(world: World, instant: datetime, *names: str) -> dict[str, list[str]]:
    with world.at(instant) as session:
        return {
            name: [notice.kind for notice in notifications.inbox(session, world.people[name])][::-1] for name in names
        }


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        # the first condition that is true counts, the last one without condition otherwise
        ({"urgenza": "alta"}, {"reception": (1, "E0"), "conclusion": (24, "E1")}),
        ({"urgenza": "bassa"}, {"reception": (24, "E2"), "conclusion": (720, None)}),
        ({}, {"reception": (24, "E2"), "conclusion": (720, None)}),
    ],
)
def test_of_the_deadlines_of_a_clock_the_first_whose_condition_is_true_counts(
    world: World, variables: dict[str, Any], expected: dict[str, tuple[int, str | None]]
) -> None:
    world.start("orologi", **variables)
    found = {
        name: ((row.due_at - row.starts_at) / timedelta(hours=1), row.escalation_class)
        for name, row in clocks(world).items()
    }
    assert found == expected
    assert {row.starts_at for row in clocks(world).values()} == {after()}


@pytest.mark.parametrize("risk", ["ALTO", "BASSO"])
def test_no_clock_says_in_clear_which_of_its_lengths_the_case_called_for(world: World, risk: str) -> None:
    case = world.open_case(risk=risk)
    assert {row.parameter for row in world.rows(Deadline)} == {"D03", "P03.risposta"}
    with world.at(START) as session:
        page = task_page.task(session, world.people["operatrice.cav"], world.task(case, "accetta_invio"))
    shown = {(row.parameter, row.title_it) for row in page.deadlines}
    assert shown == {("D03", "Presa in carico dell'invio"), ("P03.risposta", "Risposta all'invio")}


def test_a_length_that_no_condition_chooses_keeps_its_name(world: World) -> None:
    world.start("giro")
    assert {row.parameter for row in world.rows(Deadline)} == {"T.giorno"}


def test_a_nature_of_law_is_kept_as_such(world: World) -> None:
    world.start("orologi")
    assert clocks(world)["conclusion"].nature is Nature.LEGGE


def test_a_deadline_may_run_from_an_instant_of_the_case(world: World) -> None:
    appointed = after(days=10)
    world.start("orologi", urgenza="datata", data=appointed)
    row = clocks(world)["conclusion"]
    assert (row.starts_at, row.due_at) == (appointed, appointed + timedelta(hours=24))
    assert world.worker_at(after(days=10, hours=11)) == 1  # the reception alone
    assert told(world, after(days=10, hours=11), "responsabile.cav")["responsabile.cav"] == []


def test_an_unknown_start_is_an_incident_and_not_a_guess(world: World) -> None:
    case = world.start("orologi", urgenza="datata")
    assert set(clocks(world)) == {"reception"}, "the other clock is not touched by it"
    (incident,) = world.rows(Incident)
    assert incident.code == "deadline_conclusion_date_unknown"
    assert incident.token_id == str(world.task(case, "passo"))
    with world.at(after(minutes=1)) as session:
        shown = board.overdue(session, world.people["responsabile.cav"]).incidents
        assert [row.code for row in shown] == ["deadline_conclusion_date_unknown"]


@pytest.mark.parametrize("ending", ["complete", "cancel"])
def test_the_incident_of_a_clock_that_could_not_be_set_ends_with_its_step(world: World, ending: str) -> None:
    case = world.start("orologi", urgenza="datata")
    if ending == "complete":
        world.do(after(minutes=2), case, "passo", {})
    else:
        with world.at(after(minutes=2)) as session:
            lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
    assert [row.resolved_at for row in world.rows(Incident)] == [after(minutes=2)]


def test_taking_a_step_does_not_settle_that_its_conclusion_has_no_clock(world: World) -> None:
    case = world.start("orologi", urgenza="datata")
    world.claim(after(minutes=2), case, "passo")
    assert [row.resolved_at for row in world.rows(Incident)] == [None]


def test_trying_again_to_set_a_clock_says_anew_that_it_cannot_be_set(world: World) -> None:
    world.start("orologi", urgenza="datata")
    (incident,) = world.rows(Incident)
    with world.at(after(minutes=1)) as session:
        incidents.retry(session, world.people["responsabile.cav"], incident.id)
    rows = sorted(world.rows(Incident), key=lambda row: row.raised_at)
    assert [(row.code, row.resolved_at) for row in rows] == [
        ("deadline_conclusion_date_unknown", after(minutes=1)),
        ("deadline_conclusion_date_unknown", None),
    ]


def test_a_clock_that_can_be_set_now_runs_from_where_it_would_have_run(world: World) -> None:
    without = Host(now=after(), parameters={})
    with mock.patch.object(execution, "host_of", return_value=without):
        world.start("giro")
    assert world.rows(Deadline) == []
    (incident,) = world.rows(Incident)
    assert incident.code == "deadline_conclusion_unknown_parameter"
    with world.at(after(hours=30)) as session:
        incidents.retry(session, world.people["responsabile.cav"], incident.id)
    (row,) = world.rows(Deadline)
    assert (row.starts_at, row.due_at, row.state) == (after(), after(hours=24), DeadlineStatus.ARMED)
    assert world.worker_at(after(hours=30)) == 1
    assert_rows_follow_from_state(world.network_id)


def test_a_start_beyond_all_calendars_is_an_incident_too(world: World) -> None:
    world.start("orologi", urgenza="datata", data=datetime(9999, 12, 31, tzinfo=UTC))
    assert [row.code for row in world.rows(Incident)] == ["deadline_conclusion_beyond_the_calendar"]


def test_each_rung_fires_at_its_instant_and_not_a_microsecond_earlier(world: World) -> None:
    world.start("orologi", urgenza="alta")  # reception: 30, 60 and 80 minutes; conclusion: 12, 24 and 25 hours
    for minutes, kind, whom in [
        (30, "reminder", "operatrice.cav"),
        (60, "breach", "responsabile.cav"),
        (80, "escalation", "coordinatrice"),
        (720, "reminder", "operatrice.cav"),
        (1440, "breach", "responsabile.cav"),
        (1500, "escalation", "coordinatrice"),
    ]:
        before = len(world.rows(Notice))
        assert world.worker_at(after(minutes=minutes) - MICROSECOND) == 0
        assert world.worker_at(after(minutes=minutes)) == 1
        assert world.worker_at(after(minutes=minutes)) == 0
        notices = sorted(world.rows(Notice), key=lambda notice: notice.created_at)
        assert len(notices) == before + 1
        assert (notices[-1].kind, notices[-1].created_at) == (kind, after(minutes=minutes))
        assert told(world, after(minutes=minutes), whom)[whom][-1] == kind
    assert [case.next_due_at for case in world.rows(Case)] == [None]
    assert_rows_follow_from_state(world.network_id)


def test_the_reminder_goes_to_who_holds_the_step(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    world.claim(after(minutes=10), case, "passo", by="collega.cav")
    world.worker_at(after(hours=12))
    found = told(world, after(hours=12), "operatrice.cav", "collega.cav", "responsabile.cav")
    assert found == {"operatrice.cav": [], "collega.cav": ["reminder"], "responsabile.cav": []}


def test_where_nobody_leads_the_agency_the_coordination_hears_of_the_breach(world: World) -> None:
    with world.at(START) as session:
        session.execute(delete(Membership).where(Membership.role == Role.RESPONSABILE))
    world.start("orologi", urgenza="alta")
    world.worker_at(after(minutes=30))
    world.worker_at(after(hours=1))
    assert told(world, after(hours=1), "coordinatrice")["coordinatrice"] == ["breach"]


def test_after_an_outage_each_deadline_tells_once_at_its_highest_rung_oldest_first(world: World) -> None:
    world.start("orologi", urgenza="alta")
    assert world.worker_at(after(days=3)) == 1
    notices = world.rows(Notice)
    assert [(notice.kind, notice.created_at) for notice in notices] == [("escalation", after(days=3))] * 2
    states = {(rung.deadline_id, rung.step): rung.state for rung in world.rows(Rung)}
    for row in world.rows(Deadline):
        assert [states[row.id, step] for step in RungStep] == [
            RungStatus.MERGED,
            RungStatus.MERGED,
            RungStatus.FIRED,
        ]
    lines = sorted(world.rows(CaseEvent, CaseEvent.kind.like("rung_%")), key=lambda line: line.id)
    assert [line.kind for line in lines] == ["rung_escalation"] * 2
    assert world.worker_at(after(days=3)) == 0


def test_after_an_outage_cases_are_caught_up_oldest_first(world: World) -> None:
    late, later = world.start("conteso", after(hours=1)), world.start("conteso", after(minutes=1))
    with clock.frozen(after(days=1)):
        assert timers.due(limit=10).case_ids == (later.id, late.id)
        assert timers.due(limit=1).case_ids == (later.id,)


def test_what_was_taken_away_by_a_timer_tells_nothing_that_lay_after_it(world: World) -> None:
    """The step went away after an hour; its reception would have been late after a day. The worker comes in a week."""
    world.start("conteso")
    assert world.worker_at(after(days=7)) == 1
    of_passo = [row for row in world.rows(UserTask) if row.element_id == "passo"]
    assert [row.state for row in of_passo] == [TaskStatus.CANCELLED]
    assert [notice.kind for notice in world.rows(Notice, Notice.task_id == of_passo[0].id)] == []


def test_what_was_late_before_a_timer_took_it_away_is_told(world: World) -> None:
    """`uno` is owed within the hour; nothing takes it away before: the worker that comes after two days says so."""
    case = world.start("tutto")
    task_id = world.task(case, "uno")
    world.worker_at(after(days=2))
    kinds = {notice.kind for notice in world.rows(Notice, Notice.task_id == task_id)}
    assert kinds == {"escalation"}
    assert_rows_follow_from_state(world.network_id)


@pytest.mark.parametrize("ending", ["cancel", "path", "complete"])
def test_nothing_stays_armed_when_the_step_goes(world: World, ending: str) -> None:
    case = world.start("conteso")
    if ending == "cancel":
        with world.at(after(minutes=10)) as session:
            lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
    elif ending == "path":
        world.worker_at(after(hours=1))
    else:
        world.do(after(minutes=10), case, "passo", ANSWER)
    (task,) = world.rows(UserTask, UserTask.element_id == "passo")
    states = {row.state for row in world.rows(Deadline, Deadline.task_id == task.id)}
    assert states == {DeadlineStatus.STOPPED if ending == "complete" else DeadlineStatus.VOID}
    ids = [row.id for row in world.rows(Deadline, Deadline.task_id == task.id)]
    assert {rung.state for rung in world.rows(Rung, Rung.deadline_id.in_(ids))} == {RungStatus.VOID}
    assert_rows_follow_from_state(world.network_id)


@pytest.mark.parametrize(
    ("start", "breach"),
    [
        ("2026-03-28T20:00:00+01:00", "2026-03-29T21:00:00+02:00"),
        ("2026-10-24T20:00:00+02:00", "2026-10-25T19:00:00+01:00"),
        ("2026-10-25T02:30:00+02:00", "2026-10-26T01:30:00+01:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-26T02:30:00+01:00"),
    ],
)
def test_a_day_is_24_hours_also_when_the_clocks_change(world: World, start: str, breach: str) -> None:
    world.start("giro", start)
    (row,) = world.rows(Deadline)
    assert row.due_at == datetime.fromisoformat(breach)
    assert world.worker_at(datetime.fromisoformat(start) + timedelta(hours=12)) == 1  # the reminder
    assert world.worker_at(datetime.fromisoformat(breach) - MICROSECOND) == 0
    assert world.worker_at(breach) == 1


def test_a_boundary_timer_is_exact_across_the_clock_change(world: World) -> None:
    world.start("tutto", "2026-10-25T01:00:00+02:00")  # PT2H later it is 02:00+01:00, the clocks having gone back
    world.worker_at("2026-10-25T01:30:00+02:00")  # due_tardi
    for case in world.rows(Case):
        with world.at("2026-10-25T02:59:59.999999+02:00") as session:
            assert not _fired(session, case, "avviso")
    world.worker_at("2026-10-25T02:00:00+01:00")
    with world.at("2026-10-25T02:00:00+01:00") as session:
        assert _fired(session, world.rows(Case)[0], "avviso")


def _fired(session: Session, case: Case, element_id: str) -> bool:
    query = (CaseEvent.case_id == case.id, CaseEvent.element_id == element_id, CaseEvent.kind == "timer_fired")
    return session.query(CaseEvent).where(*query).count() > 0


def test_lateness_on_the_pages_comes_from_the_clock_though_no_worker_runs(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    for instant, late in [(after(hours=1), False), (after(hours=1) + MICROSECOND, True)]:
        with world.at(instant) as session:
            (row,) = inbox.page(session, world.people["operatrice.cav"]).rows
            assert (row.late, row.clock) == (late, DeadlineClock.RECEPTION)
            (step,) = case_page.case(session, world.people["operatrice.cav"], case.id).steps
            assert step.late is late
            assert bool(board.overdue(session, world.people["coordinatrice"]).late) is late


def test_late_tasks_come_first_in_the_inbox_then_what_is_due_soonest(world: World) -> None:
    calm = world.start("giro")
    late = world.start("orologi", urgenza="alta")
    soon = world.start("conteso", after(minutes=30))
    with world.at(after(hours=2)) as session:
        rows = inbox.page(session, world.people["operatrice.cav"]).rows
        # `soon` was taken away by nobody: no worker ran
        assert [(row.case_id, row.late) for row in rows] == [(late.id, True), (calm.id, False), (soon.id, False)]


def test_a_commands_instant_is_the_databases(world: World) -> None:
    """Without a frozen clock, the deadline of a case starts at the instant that the database said."""
    with db.transaction() as session:
        now = clock.now()
        lanes = {"cav": world.agencies["cav"]}
        lifecycle.start(session, world.people["operatrice.cav"], "giro", lanes=lanes)
    (row,) = world.rows(Deadline)
    assert (row.starts_at, row.due_at) == (now, now + timedelta(hours=24))
    with db.transaction() as session:
        (task,) = inbox.page(session, world.people["operatrice.cav"]).rows
        assert not task.late
        tasks.claim(session, world.people["operatrice.cav"], task.task_id)
