"""Case codes for the hours in which the system is down, and cases that are entered under them afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import clock, db, errors
from engine.cases import case_page, codes, lifecycle, reserving, tasks
from engine.cases.models import Case, UserTask
from engine.deadlines.models import Deadline, DeadlineClock
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, after

NIGHT, MORNING = after(hours=18), after(hours=22)
WHY = "Il servizio non rispondeva."


def reserve(world: World, number: int = 1, by: str = "operatrice.cav", at: datetime = NIGHT) -> list[str]:
    agency = world.agencies["estraneo" if by == "estranea" else "cav"]
    with world.at(at) as session:
        return [row.code for row in reserving.reserve(session, world.people[by], agency, number)]


def enter(world: World, code: str, by: str = "operatrice.cav", at: datetime = MORNING, **said: Any) -> Case:
    said = {"happened_at": NIGHT + timedelta(hours=1), "late_reason": WHY, "variables": {"urgenza": "alta"}} | said
    agency = world.agencies["estraneo" if by == "estranea" else "cav"]
    with world.at(at) as session:
        lanes = {"cav": agency}
        return lifecycle.start(session, world.people[by], "orologi", lanes=lanes, reserved_code=code, **said)


def test_a_case_that_began_on_paper_keeps_its_code_and_both_instants(world: World) -> None:
    code, unused = reserve(world, 2)
    case = enter(world, code.replace("-", " ").lower())
    assert (case.code, case.opened_at) == (code, MORNING)
    task_id = world.task(case, "passo")
    (task,) = world.rows(UserTask, UserTask.case_id == case.id)
    assert task.created_at == NIGHT + timedelta(hours=1)
    with world.at(MORNING) as session:
        done = {"happened_at": NIGHT + timedelta(hours=1, minutes=20), "late_reason": WHY}
        tasks.claim(session, world.people["operatrice.cav"], task_id, **done)
        assert [row.code for row in reserving.of_actor(session, world.people["operatrice.cav"])] == [unused]
        lines = case_page.timeline(session, world.people["operatrice.cav"], case.id)
    opened = next(line for line in lines if line.kind == "case_opened")
    assert (opened.happened_at, opened.recorded_at) == (NIGHT + timedelta(hours=1), MORNING)
    assert opened.reason == WHY
    # Judged by when it was done; until it was recorded nobody knew, so its ladder has said so, once.
    (row,) = world.rows(Deadline, Deadline.task_id == task_id, Deadline.clock == DeadlineClock.RECEPTION)
    assert (row.kept, row.stopped_at) == (True, MORNING)
    world.worker_at(MORNING + timedelta(minutes=1))
    assert [notice.created_at for notice in world.rows(Notice, Notice.deadline_id == row.id)] == [MORNING]


def test_a_code_is_good_once_for_its_agency_and_for_thirty_days(world: World) -> None:
    (code, late) = reserve(world, 2)
    for who, given, wrong in (
        ("estranea", code, "not_reserved"),
        ("operatrice.cav", codes.new(), "not_reserved"),
        ("operatrice.cav", "ABCD-23", "mistyped"),
    ):
        with pytest.raises(errors.InvalidValue) as refused:
            enter(world, given, who)
        assert (refused.value.field, refused.value.code) == ("reserved_code", wrong)
    enter(world, code)
    with pytest.raises(errors.InvalidValue, match="already_used"):
        enter(world, code)
    month = NIGHT + timedelta(days=30)
    with pytest.raises(errors.InvalidValue, match="expired"):
        enter(world, late, at=month, happened_at=month - timedelta(days=1))


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"happened_at": None}, "happened_at", "required"),
        ({"happened_at": MORNING + timedelta(hours=1)}, "happened_at", "in_the_future"),
        ({"happened_at": NIGHT - timedelta(minutes=1)}, "happened_at", "before_the_reservation"),
        ({"late_reason": " "}, "late_reason", "required"),
    ],
)
def test_it_is_entered_as_it_was_or_not_at_all(world: World, said: dict[str, Any], field: str, code: str) -> None:
    (reserved,) = reserve(world)
    with pytest.raises(errors.InvalidValue) as refused:
        enter(world, reserved, **said)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert enter(world, reserved).code == reserved, "what was refused has used nothing up"


def test_no_case_gets_a_code_that_stands_on_a_sheet(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (reserved,) = reserve(world)
    free, drawn = codes.new(), iter([reserved, reserved])
    monkeypatch.setattr(codes, "new", lambda: next(drawn, free))
    assert world.start("conteso", MORNING).code == free


def test_so_many_are_reserved_at_once_by_who_may_open_a_case(world: World) -> None:
    reserve(world, reserving.MOST)
    with pytest.raises(errors.InvalidValue, match="too_many"):
        reserve(world)
    assert len(reserve(world, at=NIGHT + reserving.VALID)) == 1, "those have expired"
    with pytest.raises(errors.Forbidden):
        reserve(world, by="coordinatrice")
    with clock.frozen(NIGHT), db.transaction() as session:
        assert reserving.of_actor(session, world.people["estranea"]) == []
