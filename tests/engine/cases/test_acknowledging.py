"""Saying "I have seen it": the ladder stands still for the time of its class, then goes on unless it is said again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from engine import errors
from engine.cases import acknowledging, exclusions
from engine.cases.models import Case, CaseEvent
from engine.deadlines.models import Acknowledgement, Deadline, DeadlineClock, Rung, RungStatus, SeenBy
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state


def reception(world: World) -> Deadline:
    (row,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    return row


def acknowledge(world: World, at: datetime, name: str, deadline_id: UUID) -> Acknowledgement:
    with world.at(at) as session:
        user_id = world.people[name].user_id
        assert user_id is not None
        return acknowledging.acknowledge(session, deadline_id, user_id, SeenBy.LINK)


def told(world: World) -> list[tuple[str, datetime]]:
    rows = world.rows(Notice, Notice.deadline_id == reception(world).id)
    return sorted(((row.kind, row.created_at) for row in rows), key=lambda one: one[1])


@pytest.fixture
def case(world: World) -> Case:
    """A step owed at once: 30, 60 and 80 minutes; an acknowledgement stops it for ten."""
    found = world.start("orologi", urgenza="alta")
    assert world.worker_at(after(minutes=30)) == 1
    return found


def test_it_stops_the_climb_and_what_is_not_said_again_goes_on(world: World, case: Case) -> None:
    assert acknowledge(world, after(minutes=55), "operatrice.cav", reception(world).id).until == after(minutes=65)
    assert world.worker_at(after(minutes=65) - timedelta(microseconds=1)) == 0
    acknowledge(world, after(minutes=64), "operatrice.cav", reception(world).id)
    assert world.worker_at(after(minutes=73)) == 0
    assert world.worker_at(after(minutes=74)) == 1
    assert world.worker_at(after(minutes=80)) == 1
    assert told(world) == [
        ("reminder", after(minutes=30)),
        ("breach", after(minutes=74)),
        ("escalation", after(minutes=80)),
    ]
    kinds = [row.kind for row in sorted(world.rows(CaseEvent, CaseEvent.case_id == case.id), key=lambda row: row.id)]
    assert [kind for kind in kinds if kind.startswith("rung_")] == [
        *("rung_reminder", "rung_acknowledged", "rung_acknowledged", "rung_breach", "rung_escalation"),
    ]
    assert_rows_follow_from_state(world.network_id)


def test_rungs_that_were_stopped_together_make_one_notice_of_the_highest(world: World, case: Case) -> None:
    for minutes in (55, 64, 73):
        acknowledge(world, after(minutes=minutes), "operatrice.cav", reception(world).id)
    assert world.worker_at(after(minutes=83)) == 1
    assert told(world)[1:] == [("escalation", after(minutes=83))]
    states = {row.step.value: row.state for row in world.rows(Rung, Rung.deadline_id == reception(world).id)}
    assert states == {"reminder": RungStatus.FIRED, "breach": RungStatus.MERGED, "escalation": RungStatus.FIRED}


def test_whom_the_ladder_has_told_may_say_it_though_the_case_is_not_hers(world: World, case: Case) -> None:
    with pytest.raises(errors.NotFound):
        acknowledge(world, after(minutes=70), "coordinatrice", reception(world).id)
    world.worker_at(after(minutes=80))
    row = acknowledge(world, after(minutes=81), "coordinatrice", reception(world).id)
    assert (row.user_id, row.how) == (world.people["coordinatrice"].user_id, SeenBy.LINK)
    with world.at(after(minutes=82)) as session:
        (seen,) = acknowledging.of_tasks(session, [reception(world).task_id])[reception(world).task_id]
    assert (seen.by, seen.at, seen.until) == ("coordinatrice", after(minutes=81), after(minutes=91))


def test_nobody_else_may_nor_whom_the_case_keeps_out(world: World, case: Case) -> None:
    for name in ("estranea", "forestiera"):
        with pytest.raises(errors.NotFound):
            acknowledge(world, after(minutes=31), name, reception(world).id)
    with world.at(after(minutes=31)) as session:
        exclusions.abstain(session, world.people["collega.cav"], case.id)
    with pytest.raises(errors.NotFound):
        acknowledge(world, after(minutes=32), "collega.cav", reception(world).id)


def test_what_has_told_nobody_or_is_done_cannot_be_stopped(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    with pytest.raises(errors.Conflict, match="nothing_to_acknowledge"):
        acknowledge(world, after(minutes=10), "operatrice.cav", reception(world).id)
    world.worker_at(after(minutes=30))
    world.claim(after(minutes=31), case, "passo")
    with pytest.raises(errors.Conflict, match="nothing_to_acknowledge"):
        acknowledge(world, after(minutes=32), "operatrice.cav", reception(world).id)
