"""The main job, end to end, on the real protocols."""

from __future__ import annotations

import pytest

from engine import errors, notifications
from engine.cases import case_page, inbox, task_page, tasks
from engine.oversight import board
from tests.engine.cases.conftest import World

LATER = "2026-03-02T11:30:00+01:00"


def test_a_started_case_lands_in_the_inbox_of_the_agency_that_owes_it(world: World) -> None:
    case = world.open_case()
    with world.at("2026-03-02T09:10:00+01:00") as session:
        page = inbox.page(session, world.people["operatrice.cav"])
        assert [(row.name, row.case_code, row.late) for row in page.rows] == [("Accetta l'invio", case.code, False)]
        assert page.counts == {"to_take": 1, "mine": 0, "others": 0}
        assert inbox.page(session, world.people["estranea"]).rows == ()
        assert inbox.page(session, world.people["amministratrice"]).rows == ()


def test_a_late_step_climbs_to_the_lead_and_to_the_coordination(world: World) -> None:
    world.open_case()
    assert world.worker_at("2026-03-02T09:29:59+01:00") == 0
    assert world.worker_at("2026-03-02T09:30:00+01:00") == 1
    assert world.worker_at("2026-03-02T10:00:00+01:00") == 1
    assert world.worker_at("2026-03-02T11:00:00+01:00") == 1
    with world.at(LATER) as session:
        told = {
            name: {notice.kind for notice in notifications.inbox(session, actor)}
            for name, actor in world.people.items()
        }
        assert told["operatrice.cav"] == {"reminder"}
        assert told["responsabile.cav"] == {"breach"}
        assert told["coordinatrice"] == {"escalation"}
        assert told["estranea"] == set()
        late = board.overdue(session, world.people["coordinatrice"]).late
        assert [row.agency_name for row in late] == ["Centro antiviolenza"]
        assert [row.label for row in late] == [None], "another agency's step has a neutral label"
        own = board.overdue(session, world.people["responsabile.cav"]).late
        assert [row.label for row in own] == ["Accetta l'invio"]


def test_taking_a_task_stops_the_ladder_and_completing_it_moves_the_case_on(world: World) -> None:
    case = world.open_case()
    actor = world.people["operatrice.cav"]
    with world.at("2026-03-02T09:40:00+01:00") as session:
        (row,) = inbox.page(session, actor).rows
        tasks.claim(session, actor, row.task_id)
        page = task_page.task(session, actor, row.task_id)
        assert page.form is not None
        assert {deadline.clock: deadline.kept for deadline in page.deadlines}["reception"] is True
    with world.at("2026-03-02T09:50:00+01:00") as session:
        done = tasks.complete(session, actor, row.task_id, {"esito_invio": "accetta"})
        assert [task.element_id for task in done.opened] == ["fissa_colloquio"]
        with pytest.raises(errors.TaskNotOpen):
            tasks.complete(session, actor, row.task_id, {"esito_invio": "accetta"})
    with world.at("2026-03-02T09:55:00+01:00") as session:
        kinds = {line.kind for line in case_page.case(session, actor, case.id).timeline}
        assert {"case_opened", "instance_started", "task_opened", "task_claimed", "task_completed"} <= kinds
