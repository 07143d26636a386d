"""The overdue board: what is late, who was told, what is stuck, and whether the clockwork runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import clock, errors, notifications
from engine.cases import acknowledging, lifecycle, timers
from engine.cases.models import Case, CaseStatus, Incident
from engine.deadlines.models import DeadlineClock, SeenBy
from engine.notifications.models import Notice
from engine.notifications.outbox_models import Delivery, Medium, Message, MessageStatus, Purpose
from engine.oversight import board
from engine.oversight.told import How
from engine.oversight.watchdog import Code
from engine.terms import Nature
from tests.engine.cases.conftest import World, after


def shown(world: World, minutes: float, who: str = "responsabile.cav") -> board.Board:
    with world.at(after(minutes=minutes)) as session:
        return board.overdue(session, world.people[who])


@pytest.mark.parametrize("who", ["operatrice.cav", "estranea", "progettista", "amministratrice", "forestiera"])
def test_it_is_for_leads_and_the_coordination_only(world: World, who: str) -> None:
    with pytest.raises(errors.Forbidden):
        shown(world, 1, who)


def test_a_lead_sees_her_agencys_steps_with_everything_that_she_needs(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.task(case, "passo")
    (row,) = shown(world, 75).late
    assert (row.task_id, row.case_id, row.case_code) == (task_id, case.id, case.code)
    assert (row.label, row.agency_name, row.assignee_name) == ("Passo passo", "Centro antiviolenza", None)
    assert (row.clock, row.parameter, row.nature) == (DeadlineClock.RECEPTION, "T", Nature.INTERNO)
    assert row.late_by == timedelta(minutes=15)


def test_the_coordination_sees_that_a_step_of_another_agency_is_late_and_not_which(world: World) -> None:
    world.start("orologi", urgenza="alta")
    (row,) = shown(world, 75, "coordinatrice").late
    assert row.agency_name == "Centro antiviolenza"
    assert (row.label, row.task_id, row.case_id, row.parameter, row.title_it, row.assignee_name) == (None,) * 6


def test_the_worst_comes_first_and_a_step_that_is_late_twice_stands_once(world: World) -> None:
    worst = world.start("orologi", urgenza="alta")
    late = world.start("orologi", after(hours=30), urgenza="alta")
    rows = shown(world, 32 * 60).late
    assert [(row.case_id, row.clock) for row in rows] == [
        (worst.id, DeadlineClock.RECEPTION),
        (late.id, DeadlineClock.RECEPTION),
    ]


def test_what_falls_due_within_four_hours_is_announced(world: World) -> None:
    world.start("giro")  # 24 hours
    assert shown(world, 20 * 60 - 1).due_soon == ()
    (row,) = shown(world, 20 * 60).due_soon
    assert row.late_by == timedelta(hours=-4)
    assert shown(world, 24 * 60).late == ()
    assert shown(world, 24 * 60 + 1).due_soon == ()


def test_it_says_who_was_told_when_and_whether_somebody_read_it(world: World) -> None:
    world.start("orologi", urgenza="alta")
    for minutes in (30, 60, 80):
        world.worker_at(after(minutes=minutes))
    with world.at(after(minutes=85)) as session:
        lead = world.people["responsabile.cav"]
        (notice,) = notifications.inbox(session, lead)
        notifications.mark_read(session, lead, notice.id)
    (row,) = shown(world, 90).late
    assert [(told.step, told.at, told.read_at) for told in row.told] == [
        ("reminder", after(minutes=30), None),
        ("breach", after(minutes=60), after(minutes=85)),
        ("escalation", after(minutes=80), None),
    ]


def test_another_agencys_lead_sees_nothing_of_it(world: World) -> None:
    world.start("tutto")
    rows = shown(world, 600).late
    assert {row.agency_name for row in rows} == {"Centro antiviolenza"}


def test_a_case_put_aside_is_an_incident_and_no_stalled_clockwork(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    with clock.frozen(after(minutes=40)):
        for _number in range(timers.MAX_ATTEMPTS):
            with world.at(after(minutes=40)) as session:
                session.get_one(Case, case.id).attempts += 1
        timers.note_failure(case.id, timers.FAILED)
    found = shown(world, 41)
    assert [row.code for row in found.incidents] == ["due_work_failed"]
    assert Code.DUE_UNDONE not in {finding.code for finding in found.watchdog.findings}


def test_incidents_of_cases_that_are_not_mine_show_no_more_than_that_they_exist(world: World) -> None:
    case = world.start("orologi", urgenza="datata")
    (own,) = shown(world, 1).incidents
    assert (own.case_id, own.element_id, own.retryable) == (case.id, "passo", True)
    (foreign,) = shown(world, 1, "coordinatrice").incidents
    assert (foreign.case_id, foreign.element_id, foreign.retryable) == (None, None, False)


def test_a_resolved_incident_and_a_cancelled_case_are_off_the_board(world: World) -> None:
    case = world.start("orologi", urgenza="datata")
    with world.at(after(minutes=5)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
    found = shown(world, 60 * 24 * 40)
    assert (found.late, found.due_soon, found.incidents) == ((), (), ())
    assert [row.state for row in world.rows(Case)] == [CaseStatus.CANCELLED]
    assert all(row.resolved_at for row in world.rows(Incident))


def test_what_went_out_of_a_rung_and_who_acts_stand_beside_it(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    world.worker_at(after(minutes=60))
    (notice,) = world.rows(Notice, Notice.kind == "breach")
    who, task_id = world.people["responsabile.cav"], world.task(case, "passo")
    with world.at(after(minutes=61)) as session:
        sent = {"network_id": case.network_id, "user_id": who.user_id, "purpose": Purpose.NOTICES, "urgency": "E1"}
        text = Message(**sent, medium=Medium.SMS, state=MessageStatus.SENT, next_at=after(), sent_at=after(minutes=61))
        session.add(text)
        session.flush()
        for medium, message_id in ((Medium.SMS, text.id), (Medium.EMAIL, None)):
            row = {"notice_id": notice.id, "user_id": who.user_id, "urgency": "E1", "message_id": message_id}
            session.add(Delivery(**row, medium=medium, not_before=after(minutes=63)))
    with world.at(after(minutes=62)) as session:
        acknowledging.acknowledge_step(session, who, task_id, SeenBy.PAGE)
    (row,) = shown(world, 65, "coordinatrice").late
    ((breach,), (seen,)) = row.told, row.seen
    assert {(one.person, one.medium, one.how, one.at) for one in breach.sent} == {
        ("responsabile.cav", Medium.SMS, How.SENT, after(minutes=61)),
        ("responsabile.cav", Medium.EMAIL, How.WAITING, after(minutes=63)),
    }
    assert (seen.by, seen.until) == ("responsabile.cav", after(minutes=72))
    with world.at(after(minutes=65)) as session:
        session.get_one(Message, text.id).answered_at = after(minutes=64)
    (row,) = shown(world, 66).late
    assert [one.how for one in row.told[0].sent if one.medium is Medium.SMS] == [How.ANSWERED]
