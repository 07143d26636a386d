"""Protocols that begin by themselves: a case of its own each time, once, in the version in force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from engine import clock, errors
from engine.cases import case_page, lifecycle, scheduled
from engine.cases.models import Case, CaseEvent, ProcessInstance, UserTask
from engine.definitions import deployment, schedules
from engine.definitions.models import ScheduledStart
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after


def source(*timers: str, lane: str = "supervisione", step: str = "verifica") -> bytes:
    begins = [
        f'<bpmn:startEvent id="ora_{number}" name="Verifica mensile"><bpmn:timerEventDefinition>{timer}'
        "</bpmn:timerEventDefinition></bpmn:startEvent>"
        for number, timer in enumerate(timers)
    ]
    names = [f"ora_{number}" for number in range(len(timers))]
    return protocols.process(
        "mensile",
        [*begins, protocols.start("a_mano"), protocols.task(step), protocols.end("fatta")],
        [*((name, step) for name in names), ("a_mano", step), (step, "fatta")],
        lanes={lane: " ".join(["a_mano", *names, step, "fatta"])},
    )


MONTHLY = "<bpmn:timeCycle>R/2026-03-10T09:00:00+01:00/P1M</bpmn:timeCycle>"
ONCE = "<bpmn:timeDate>2026-03-05T09:00:00+01:00</bpmn:timeDate>"
FIRST = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)


def deploy(world: World, bpmn: bytes, instant: str | datetime = START) -> None:
    with world.at(instant) as session:
        deployment.deploy(session, world.people["progettista"], {"mensile.bpmn": bpmn}, forms_given={})


def run(instant: str | datetime) -> int:
    """Let a worker do what begins by itself at an instant; give how many attempts it made."""
    with clock.frozen(datetime.fromisoformat(instant) if isinstance(instant, str) else instant):
        return sum(scheduled.begin(row_id) for row_id in scheduled.due())


def planned(world: World) -> list[datetime]:
    return sorted(row.due_at for row in world.rows(ScheduledStart))


def test_at_its_time_it_opens_a_case_that_nobody_has_opened(world: World) -> None:
    deploy(world, source(MONTHLY))
    assert run(after(FIRST, seconds=-1)) == 0
    assert run(FIRST) == 1
    (case,), (instance,), (task,) = world.rows(Case), world.rows(ProcessInstance), world.rows(UserTask)
    assert (case.opened_by_id, case.opened_by_agency_id, case.opened_at) == (None, None, FIRST)
    assert instance.start_event == "ora_0"
    assert (task.element_id, task.agency_id) == ("verifica", world.agencies["supervisione"])
    with world.at(after(FIRST, minutes=1)) as session:
        page = case_page.case(session, world.people["supervisora"], case.id)
        assert [line.kind for line in page.timeline][::-1] == ["case_opened", "instance_started", "task_opened"]
        with pytest.raises(errors.NotFound):
            case_page.case(session, world.people["operatrice.cav"], case.id)
    world.do(after(FIRST, minutes=2), case, "verifica", {}, by="supervisora")
    assert [row.state for row in world.rows(Case)] == ["closed"]


def test_it_happens_once_each_time_and_what_was_missed_is_one(world: World) -> None:
    deploy(world, source(MONTHLY))
    assert [run(FIRST), run(FIRST)] == [1, 0]
    assert planned(world) == [datetime(2026, 4, 10, 7, 0, tzinfo=UTC)]
    assert [run(after(FIRST, days=100)), run(after(FIRST, days=100))] == [1, 0]
    assert len(world.rows(Case)) == 2
    assert planned(world) == [datetime(2026, 7, 10, 7, 0, tzinfo=UTC)]


def test_a_date_is_over_when_it_has_happened(world: World) -> None:
    deploy(world, source(ONCE, MONTHLY))
    assert run("2026-03-06T09:00:00+01:00") == 1
    assert planned(world) == [FIRST]
    assert [row.start_event for row in world.rows(ProcessInstance)] == ["ora_0"]


def test_workers_that_come_together_open_one_case(world: World) -> None:
    deploy(world, source(MONTHLY))
    with clock.frozen(FIRST):
        found = scheduled.due() * 8
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(scheduled.begin, found))
    assert len(world.rows(Case)) == 1


def test_a_new_version_replaces_the_plan_and_opens_its_own_steps(world: World) -> None:
    deploy(world, source(MONTHLY))
    deploy(world, source(MONTHLY, step="controllo"), "2026-03-04T09:00:00+01:00")
    assert planned(world) == [FIRST]
    run(FIRST)
    assert [task.element_id for task in world.rows(UserTask)] == ["controllo"]


def test_a_new_version_without_a_time_stops_it(world: World) -> None:
    deploy(world, source(MONTHLY))
    deploy(world, source(), "2026-03-04T09:00:00+01:00")
    assert planned(world) == []
    assert run(after(FIRST, days=1)) == 0


def test_the_same_version_again_changes_nothing(world: World) -> None:
    file = source("<bpmn:timeCycle>R/P7D</bpmn:timeCycle>")
    deploy(world, file)
    deploy(world, file, after(days=3))
    assert planned(world) == [after(days=7)]


def test_people_can_begin_it_too_but_not_at_the_time(world: World) -> None:
    deploy(world, source(MONTHLY))
    with world.at(after(minutes=1)) as session:
        lifecycle.start(session, world.people["supervisora"], "mensile", lanes={})
    with world.at(after(minutes=1)) as session, pytest.raises(errors.InvalidValue) as refused:
        lifecycle.start(session, world.people["supervisora"], "mensile", lanes={}, start="ora_0")
    assert refused.value.code == "no_such_start"


def test_a_lane_that_several_agencies_could_play_keeps_it_from_beginning_and_says_so(world: World) -> None:
    deploy(world, source(MONTHLY, lane="cav"))
    assert run(FIRST) == 1
    assert world.rows(Case) == []
    with world.at(after(FIRST, seconds=5)) as session:
        (row,) = schedules.upcoming(session, world.people["coordinatrice"])
    assert (row.protocol_name, row.start_name) == ("Prova mensile", "Verifica mensile")
    assert (row.due_at, row.repeats, row.failure) == (FIRST, True, "lane_without_agency")
    # It is tried again, with growing pauses, and late rather than never.
    assert [run(after(FIRST, seconds=5)), run(after(FIRST, seconds=10)), run(after(FIRST, seconds=20))] == [0, 1, 0]
    deploy(world, source(MONTHLY), after(FIRST, minutes=1))
    assert planned(world) == [datetime(2026, 4, 10, 7, 0, tzinfo=UTC)]


def test_one_that_fails_is_tried_until_it_succeeds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(world, source(MONTHLY))
    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "start_by_itself", lambda *_: 1 / 0)
        assert run(FIRST) == 1
    (row,) = world.rows(ScheduledStart)
    assert (row.failure_code, row.attempts) == (scheduled.FAILED, 1)
    assert run(after(FIRST, seconds=10)) == 1
    (row,) = world.rows(ScheduledStart)
    assert (row.failure_code, row.attempts) == (None, 0)
    assert len(world.rows(Case)) == 1


def test_a_time_that_cannot_be_computed_is_refused_when_it_would_come_into_force(world: World) -> None:
    with pytest.raises(errors.InvalidProcess) as refused:
        deploy(world, source('<bpmn:timeCycle>="ogni tanto"</bpmn:timeCycle>'))
    (problem,) = refused.value.problems
    assert (problem.element, problem.file) == ("ora_0", "mensile.bpmn")
    assert "not_a_cycle" in problem.reason
    assert world.rows(CaseEvent) == []
