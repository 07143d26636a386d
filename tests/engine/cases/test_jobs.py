"""Functions of service tasks in cases: called by a worker, outside of transactions, at least once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from engine import clock, db, functions
from engine.cases import incidents, jobs, lifecycle
from engine.cases.models import Case, CaseEvent, Incident, Job, TaskStatus, UserTask
from engine.definitions import deployment
from engine.functions import BpmnError, Function
from tests.engine.bpmn.diagram import caught, end, error, process, service, start, task, way
from tests.engine.cases import invariants
from tests.engine.cases.conftest import World, after

DRAWN = process(
    start(), service("chiama", "prova", "> n = x", "< esito = doppio"), caught("b", "chiama", "e1"), task("fatto"),
    task("occupato"), end(), way("inizio chiama fatto fine"), way("b occupato fine"), key="con_servizio", variables="x",
    top=error("e1", "OCCUPATO"),
).replace(b'name="x" type="string"', b'name="x" type="number"')  # fmt: skip


class Remote:
    """Another system: notes who asked what, and does as it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, Any], str]] = []
        self.answer: Callable[[int], Mapping[str, Any]] = lambda number: {"doppio": number * 2}

    def call(self, inputs: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        self.calls.append((dict(inputs), key))
        return self.answer(int(inputs["n"]))


@pytest.fixture
def remote(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    made = Remote()
    function = Function("prova", frozenset({"n"}), frozenset({"doppio"}), made.call)
    monkeypatch.setattr(functions, "known", lambda: {"prova": function})
    with world.at("2026-01-02T00:00:00+00:00") as session:
        people = world.people["progettista"]
        deployment.deploy(session, people, {"con_servizio.bpmn": DRAWN}, forms_given={})
    yield made
    invariants.assert_rows_follow_from_state(world.network_id)


def work(at: datetime) -> int:
    with clock.frozen(at):
        return sum(jobs.run(job_id) for job_id in jobs.due())


def steps(world: World, case: Case) -> list[str]:
    rows = world.rows(UserTask, UserTask.case_id == case.id, UserTask.state == TaskStatus.OPEN)
    return sorted(row.element_id for row in rows)


def raising(error: Exception) -> Callable[[int], Mapping[str, Any]]:
    def answer(_number: int) -> Mapping[str, Any]:
        raise error

    return answer


def test_a_worker_calls_it_and_the_case_goes_on(world: World, remote: Remote) -> None:
    case = world.start("con_servizio", x=2)
    (row,) = world.rows(Job)
    assert (steps(world, case), remote.calls) == ([], [])
    assert work(after(minutes=1)) == 1
    assert remote.calls == [({"n": 2}, row.id.hex)]
    assert (steps(world, case), world.rows(Job)) == (["fatto"], [])
    assert "service_done" in {event.kind for event in world.rows(CaseEvent, CaseEvent.case_id == case.id)}
    assert work(after(minutes=2)) == 0


def test_it_is_called_outside_of_every_transaction(world: World, remote: Remote) -> None:
    def answer(number: int) -> Mapping[str, Any]:
        with db.transaction() as session:  # would raise within a command
            assert session.get_one(Case, case.id, with_for_update={"nowait": True})
        return {"doppio": number}

    remote.answer = answer
    case = world.start("con_servizio", x=2)
    work(after(minutes=1))
    assert steps(world, case) == ["fatto"]


def test_what_fails_is_tried_again_with_growing_pauses_and_the_same_key(world: World, remote: Remote) -> None:
    case = world.start("con_servizio", x=2)
    remote.answer = raising(OSError())
    assert [work(after(seconds=second)) for second in (0, 9, 11, 40, 52)] == [1, 0, 1, 0, 1]
    assert len({key for _inputs, key in remote.calls}) == 1
    (stuck,) = world.rows(Incident)
    assert (stuck.element_id, stuck.code, world.rows(Job)) == ("chiama", "service_failed", [])
    remote.answer = lambda number: {"doppio": number}
    with world.at(after(minutes=5)) as session:
        incidents.retry(session, world.people["responsabile.cav"], stuck.id)
    assert work(after(minutes=6)) == 1
    assert steps(world, case) == ["fatto"]


@pytest.mark.parametrize("outputs", [{}, {"doppio": 1, "altro": 2}, {"doppio": object()}])
def test_what_it_did_not_declare_is_a_failure(world: World, remote: Remote, outputs: dict[str, Any]) -> None:
    case = world.start("con_servizio", x=2)
    remote.answer = lambda _number: outputs
    work(after(minutes=1))
    assert (steps(world, case), world.rows(Job)[0].attempts) == ([], 1)


def test_an_error_that_the_protocol_foresees_takes_its_way(world: World, remote: Remote) -> None:
    case = world.start("con_servizio", x=2)
    remote.answer = raising(BpmnError("OCCUPATO"))
    work(after(minutes=1))
    assert (steps(world, case), world.rows(Job), world.rows(Incident)) == (["occupato"], [], [])


def test_one_whose_worker_dies_each_time_is_an_incident_in_the_end(world: World, remote: Remote) -> None:
    world.start("con_servizio", x=2)
    (row,) = world.rows(Job)
    for hour in range(1, 4):
        with clock.frozen(after(hours=hour)):
            assert jobs._begin(row.id) is not None  # and then nothing more is heard of it
    work(after(hours=5))
    assert ([stuck.code for stuck in world.rows(Incident)], remote.calls) == (["service_failed"], [])


def test_a_case_that_was_cancelled_meanwhile_takes_nothing_in(world: World, remote: Remote) -> None:
    case = world.start("con_servizio", x=2)

    def answer(number: int) -> Mapping[str, Any]:
        with world.at(after(minutes=1)) as session:
            lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
        return {"doppio": number}

    remote.answer = answer
    assert work(after(minutes=1)) == 1
    assert (steps(world, case), world.rows(Job), world.rows(Incident)) == ([], [], [])


def test_two_workers_call_it_once(world: World, remote: Remote) -> None:
    cases = [world.start("con_servizio", x=number) for number in range(6)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _number: work(after(minutes=1)), range(2)))
    work(after(minutes=1))
    assert sorted(inputs["n"] for inputs, _key in remote.calls) == list(range(6))
    assert all(steps(world, case) == ["fatto"] for case in cases)
