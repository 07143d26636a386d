"""Running deadlines after a change of opening hours, or of a length: recounted in an order, seen first, journalled."""

from __future__ import annotations

from collections.abc import Sequence
from unittest import mock

import pytest

from engine import clock, errors, parameters
from engine.audit import AuditEntry
from engine.calendars import administration
from engine.calendars.timetables import Owner
from engine.cases import pauses, recounting
from engine.cases.models import CaseEvent, UserTask
from engine.cases.recounting import Plan
from engine.consent.models import Manner
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStep
from engine.deadlines.recount_models import DeadlineMove, Recount
from engine.definitions import deployment
from engine.notifications.models import Notice
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, moment
from tests.engine.cases.invariants import assert_rows_follow_from_state

FRIDAY = "2026-03-06T11:00:00+01:00"
LATER = "2026-03-06T15:00:00+01:00"
URGENT = protocols.process(
    "urgente",
    [
        protocols.start("inizio"),
        protocols.task(
            "passo", protocols.deadline("reception", "T.lavoro", "E1"), protocols.deadline("conclusion", "T.giorno")
        ),
        protocols.end("fatto"),
    ],
    [("inizio", "passo"), ("passo", "fatto")],
    lanes={"cav": "inizio passo fatto"},
)


def set_hours(world: World, week: Sequence[str], at: str = LATER) -> None:
    with world.at(at) as session:
        whose = Owner(agency_id=world.agencies["cav"])
        administration.change(session, world.people["amministratrice"], whose, week=week)


def plan(world: World, who: str = "amministratrice", at: str = LATER) -> Plan | None:
    with world.at(at) as session:
        return next(iter(recounting.page(session, world.people[who]).plans), None)


def order(world: World, expected: int, *, who: str = "amministratrice", parameter: str | None = None) -> None:
    with world.at(LATER) as session:
        recounting.order(session, world.people[who], parameter=parameter, reason="Nuovi orari", expected=expected)


def recount(world: World, at: str = LATER) -> bool:
    with clock.frozen(moment(at)):
        return any(recounting.go_on(order_id) for order_id in recounting.due())


def reception(world: World) -> Deadline:
    (row,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    return row


def test_what_would_move_is_seen_first_and_moves_when_it_is_ordered(world: World) -> None:
    world.start("ufficio", FRIDAY)
    assert plan(world) is None, "nothing has changed"
    set_hours(world, ["", "", "", "09:00-18:00", "", "", ""])
    seen = plan(world)
    assert seen is not None
    # The reception moves, and whom the ladder of the other clock reaches after its end.
    assert (seen.moving, seen.agencies[0].later, seen.agencies[0].ladders) == (2, 1, 1)
    assert (seen.agencies[0].agency_name, seen.agencies[0].earlier) == ("Centro antiviolenza", 0)
    assert reception(world).due_at == moment("2026-03-09T11:00:00+01:00")
    with pytest.raises(errors.Conflict, match="recount_changed"):
        order(world, 1)
    order(world, 2)
    with pytest.raises(errors.Conflict, match="recount_under_way"):
        order(world, 2)
    assert recount(world) is False
    row = reception(world)
    assert row.due_at == moment("2026-03-19T09:00:00+01:00")  # it began to run on Thursday at nine
    steps = {rung.step: rung.due_at for rung in world.rows(Rung, Rung.deadline_id == row.id)}
    assert (steps[RungStep.BREACH], steps[RungStep.ESCALATION]) == (row.due_at, moment("2026-03-26T09:00:00+01:00"))
    (move,) = world.rows(DeadlineMove)
    assert (move.from_due_at, move.to_due_at) == (moment("2026-03-09T11:00:00+01:00"), row.due_at)
    (done,) = world.rows(Recount)
    assert (done.moved, done.failed, done.done_at, done.reason) == (2, 0, moment(LATER), "Nuovi orari")
    assert len(world.rows(CaseEvent, CaseEvent.kind == "term_moved")) == 1
    assert len(world.rows(AuditEntry, AuditEntry.action == "deadlines.recounted")) == 1
    assert world.rows(Notice, Notice.kind == recounting.NOTICE) == [], "nobody has less time"
    assert plan(world) is None
    assert_rows_follow_from_state(world.network_id)


def test_who_has_less_time_is_told_and_what_is_late_by_it_too(world: World) -> None:
    world.start("ufficio", FRIDAY)
    set_hours(world, ["00:00-24:00"] * 7, at="2026-03-08T12:00:00+01:00")
    at = "2026-03-08T12:00:00+01:00"  # Sunday: the centre works around the clock
    seen = plan(world, at=at)
    assert seen is not None
    assert (seen.agencies[0].earlier, seen.agencies[0].late) == (1, 1)
    with world.at(at) as session:
        recounting.order(
            session, world.people["amministratrice"], parameter=None, reason="Sempre aperti", expected=seen.moving
        )
    recount(world, at)
    assert reception(world).due_at == moment("2026-03-07T11:00:00+01:00")
    assert len(world.rows(Notice, Notice.kind == recounting.NOTICE)) == 1
    assert world.worker_at(at) == 1


def test_what_is_urgent_never_comes_later_and_what_is_over_stays_late(world: World) -> None:
    with world.at(FRIDAY) as session:
        deployment.deploy(session, world.people["progettista"], {"urgente.bpmn": URGENT}, forms_given={})
    world.start("urgente", FRIDAY)
    set_hours(world, ["", "", "", "09:00-18:00", "", "", ""])
    seen = plan(world)
    assert seen is None or (seen.moving, seen.agencies[0].held_back) == (0, 1)
    late = "2026-03-10T12:00:00+01:00"
    world.start("ufficio", FRIDAY)
    set_hours(world, ["", "", "09:00-18:00", "", "", "", ""], at=late)
    overdue = plan(world, at=late)
    assert overdue is not None
    assert overdue.agencies[0].later == 0, "the breach is not moved away"


def test_a_clock_that_stood_still_keeps_the_time_that_it_stood(world: World) -> None:
    case = world.start("ufficio", FRIDAY)
    her = world.people["operatrice.cav"]
    with world.at("2026-03-06T12:00:00+01:00") as session:
        pauses.pause(session, her, case.id, until=moment("2026-03-20T12:00:00+01:00"), manner=Manner.A_VOCE)
    with world.at("2026-03-11T10:00:00+01:00") as session:
        pauses.resume(session, her, case.id)
    assert reception(world).due_at == moment("2026-03-11T17:00:00+01:00")  # seven hours of eight were left
    assert plan(world, at="2026-03-11T10:30:00+01:00") is None, "recounted from its ledger it comes to the same"


def test_the_running_deadlines_of_a_parameter_take_its_new_length(world: World) -> None:
    world.start("giro", FRIDAY)
    author = world.people["progettista"]
    with world.at(LATER) as session:
        parameters.change(session, author, "T.giorno", length="PT20H", approved_by="Tavolo tecnico, 6 marzo")
    (before,) = world.rows(Deadline)
    assert before.length == "P1D"
    with world.at(LATER) as session:
        (seen,) = [each for each in recounting.page(session, author).plans if each.parameter == "T.giorno"]
    assert (seen.moving, seen.length, seen.agencies[0].earlier) == (1, "PT20H", 1)
    with pytest.raises(errors.Forbidden):
        order(world, 1, parameter="T.giorno")
    order(world, 1, who="progettista", parameter="T.giorno")
    recount(world)
    (row,) = world.rows(Deadline)
    assert (row.length, row.due_at) == ("PT20H", moment("2026-03-07T07:00:00+01:00"))
    assert world.rows(UserTask)[0].due_at == row.due_at
    assert row.state is DeadlineStatus.ARMED
    assert_rows_follow_from_state(world.network_id)


def test_a_worker_that_dies_in_the_middle_is_followed_where_it_stood(world: World) -> None:
    for _ in range(4):
        world.start("ufficio", FRIDAY)
    set_hours(world, ["", "", "", "09:00-18:00", "", "", ""])
    order(world, 8)
    move, done = recounting._move, 0

    def dies(*args: object) -> None:
        nonlocal done
        done += 1
        if done == 4:
            raise KeyboardInterrupt  # in the midst of the second case
        move(*args)  # type: ignore[arg-type]

    with mock.patch.object(recounting, "_move", dies), pytest.raises(KeyboardInterrupt):
        recount(world)
    assert len(world.rows(DeadlineMove)) == 1, "what was half done is undone"
    assert recount(world) is False
    (row,) = world.rows(Recount)
    assert (row.moved, row.failed) == (8, 0)
    assert len(world.rows(DeadlineMove)) == 4
    assert plan(world) is None


def test_a_case_that_cannot_be_recounted_keeps_nobody_else_waiting(world: World) -> None:
    for _ in range(3):
        world.start("ufficio", FRIDAY)
    set_hours(world, ["", "", "", "09:00-18:00", "", "", ""])
    order(world, 6)
    real, calls = recounting._recount, []

    def fails(session: object, row: object, case_id: object) -> int:
        calls.append(case_id)
        if len(calls) == 2:
            raise ValueError
        return real(session, row, case_id)  # type: ignore[arg-type]

    with mock.patch.object(recounting, "_recount", fails):
        recount(world)
    (row,) = world.rows(Recount)
    assert (row.moved, row.failed, row.done_at) == (4, 1, moment(LATER))
