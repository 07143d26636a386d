"""Two nights of the acceptance scenarios through the engine, with our ladders: who is told, and who may do it, when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine import parameters
from engine.cases import inbox, tasks
from engine.cases.helper_models import TaskHelper
from engine.cases.models import Case, CaseEvent, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, Rung, RungStatus
from engine.ladders import versions
from engine.notifications.models import Notice
from engine.roster import planning
from engine.roster.planning import Wanted
from tests.engine.cases.conftest import ROOT, START, World, moment
from tests.engine.cases.invariants import assert_rows_follow_from_state


@pytest.fixture(autouse=True)
def our_ladders(world: World) -> None:
    with world.at(START) as session:
        versions.load_defaults(session, world.network_id, (ROOT / "processes/ladders.toml").read_bytes())


def told(world: World, case: Case) -> dict[datetime, set[str]]:
    """Whom the reception of the hand-over has told, by instant: people by name, others by role."""
    (row,) = world.rows(Deadline, Deadline.case_id == case.id, Deadline.clock == DeadlineClock.RECEPTION)
    names = {actor.user_id: name for name, actor in world.people.items()}
    found: dict[datetime, set[str]] = {}
    for notice in world.rows(Notice, Notice.deadline_id == row.id):
        who = names[notice.user_id] if notice.user_id else str(notice.role)
        found.setdefault(notice.created_at, set()).add(who)
    return found


def helpers(world: World) -> dict[str, datetime]:
    names = {actor.user_id: name for name, actor in world.people.items()}
    return {names[row.user_id]: row.since for row in world.rows(TaskHelper)}


def test_s1_the_first_on_call_is_silent_in_the_night_in_which_the_clocks_change(world: World) -> None:
    since, until = moment("2026-03-28T18:00+01:00"), moment("2026-03-29T08:00+02:00")
    with world.at(START) as session:
        coordination = world.people["coordinatrice"]
        roster = planning.set_up(session, coordination, "cav", None)
        first, second = world.people["operatrice.cav"].user_id, world.people["collega.cav"].user_id
        planning.add(session, coordination, roster.id, Wanted(since, until, first, second))
        planning.publish(session, coordination, roster.id, until, despite_faults=True)
    case = world.open_case("2026-03-28T23:55+01:00")
    due = [
        ("2026-03-29T00:25+01:00", {"operatrice"}),
        ("2026-03-29T00:43+01:00", {"operatrice", "responsabile"}),
        ("2026-03-29T00:55+01:00", {"collega.cav"}),
        ("2026-03-29T01:55+01:00", {"responsabile"}),
    ]
    for instant, who in due:
        world.worker_at(moment(instant) - timedelta(seconds=1))
        assert moment(instant) not in told(world, case)
        world.worker_at(instant)
        assert told(world, case)[moment(instant)] == who
    assert helpers(world) == {"collega.cav": moment("2026-03-29T00:55+01:00")}, "the second one may do it too"
    task_id = world.claim("2026-03-29T01:58+01:00", case, "accetta_invio", by="responsabile.cav")
    with world.at("2026-03-29T03:05+02:00") as session:
        tasks.save_draft(session, world.people["responsabile.cav"], task_id, {})
    world.worker_at("2026-03-29T04:57+02:00")
    assert set(told(world, case)) == {moment(instant) for instant, _who in due}, "nothing climbs any further"
    with world.at("2026-03-29T03:10+02:00") as session:
        tab = inbox.Tab.MINE
        assert [row.helped for row in inbox.page(session, world.people["collega.cav"], tab=tab).rows] == [True]
    assert_rows_follow_from_state(world.network_id)


def test_s10_machine_down_new_version_of_the_parameter_and_nobody_on_call(world: World) -> None:
    running = world.open_case("2026-06-05T09:55+02:00")
    with world.at("2026-06-05T10:00+02:00") as session:
        parameters.change(
            session, world.people["progettista"], "D03.alto", length="PT45M", approved_by="Tavolo tecnico, 5 giugno"
        )
    lengths = {running.id: "PT1H", world.open_case("2026-06-05T10:01+02:00").id: "PT45M"}
    receptions = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    assert {row.case_id: row.length for row in receptions} == lengths, "what runs keeps the version that it began with"
    for case_id in lengths:
        (task_id,) = (row.id for row in world.rows(UserTask, UserTask.case_id == case_id))
        with world.at("2026-06-05T10:05+02:00") as session:
            tasks.claim(session, world.people["operatrice.cav"], task_id)

    night = world.open_case("2026-06-06T02:25+02:00")
    due = moment("2026-06-06T03:10+02:00")
    with world.at("2026-06-06T04:00+02:00") as session:
        rows = inbox.page(session, world.people["operatrice.cav"]).rows
        late = {row.case_id: row.late for row in rows}
    assert late[night.id] is True, "the page says so by the clock, though nobody works"
    restart = moment("2026-06-06T05:30+02:00")
    world.worker_at(restart)
    assert told(world, night) == {restart: {"responsabile"}}, "once, at the highest step: +1 h, to the lead"
    (row,) = world.rows(Deadline, Deadline.case_id == night.id, Deadline.clock == DeadlineClock.RECEPTION)
    rungs = sorted(world.rows(Rung, Rung.deadline_id == row.id), key=lambda rung: rung.position)
    assert [(rung.due_at - due, rung.state) for rung in rungs[2:]] == [
        (timedelta(), RungStatus.MERGED),
        (timedelta(hours=1), RungStatus.FIRED),
        (timedelta(hours=4), RungStatus.WAITING),
        (timedelta(hours=12), RungStatus.WAITING),
    ]
    assert helpers(world) == {"responsabile.cav": restart}, (
        "nobody is on call: whoever stands on the next rung may do it"
    )
    kinds = [one.kind for one in world.rows(CaseEvent, CaseEvent.case_id == night.id)]
    assert (kinds.count("helper_added"), kinds.count("rung_breach")) == (1, 0)
    assert_rows_follow_from_state(world.network_id, only=[night.id])
