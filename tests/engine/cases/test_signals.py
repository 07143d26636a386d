"""Signals between the processes of one case, in the transaction of what throws them."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.cases import lifecycle, tasks
from engine.cases.models import CaseEvent, Incident, ProcessInstance, SignalSubscription, TaskStatus, UserTask
from engine.definitions import deployment
from tests.engine.bpmn import diagram
from tests.engine.bpmn.diagram import end, hears, of_signal, on_border, process, signal, start, task, throws, way
from tests.engine.cases import invariants
from tests.engine.cases.conftest import World, after

TOP = signal("s", "SIG_REVOCA") + signal("t", "SIG_RISPOSTA")
SOURCES = {
    "lancia.bpmn": process(
        start(),
        task("decide"),
        throws("revoca", of_signal("s")),
        task("chiude"),
        end(),
        way("inizio decide revoca chiude fine"),
        key="lancia",
        top=TOP,
    ),
    "sente.bpmn": process(
        start(),
        task("segue"),
        on_border("revocato", "segue", of_signal("s")),
        throws("risponde", of_signal("t")),
        task("saluta"),
        end(),
        way("inizio segue fine"),
        way("revocato risponde saluta fine"),
        key="sente",
        top=TOP,
    ),
    "aspetta.bpmn": process(
        start(), hears("risposta", of_signal("t")), task("legge"), end(), way("inizio risposta legge fine"),
        key="aspetta", top=TOP,
    ),
}  # fmt: skip
BEGINS = process(
    diagram.element("startEvent", "inizio", of_signal("t")), task("accoglie"), end(), way("inizio accoglie fine"),
    key="comincia", top=TOP,
)  # fmt: skip


def echo(key: str, hears_signal: str, says: str) -> bytes:
    """A process that answers a signal with another one, without end."""
    parts = (start(), hears("sente", of_signal(hears_signal)), throws("dice", of_signal(says)))
    return process(*parts, way("inizio sente dice sente"), key=key, top=TOP)


@pytest.fixture
def signals(world: World) -> World:
    deploy(world, SOURCES)
    return world


def deploy(world: World, sources: dict[str, bytes]) -> None:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        deployment.deploy(session, world.people["progettista"], sources, forms_given={})


def further(world: World, case: Any, key: str) -> ProcessInstance:
    with world.at(after(minutes=1)) as session:
        return lifecycle.start_in(session, world.people["operatrice.cav"], case.id, key)


def open_steps(world: World, case: Any) -> list[str]:
    rows = world.rows(UserTask, UserTask.case_id == case.id, UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]))
    return sorted(row.element_id for row in rows)


def kinds(world: World, case: Any) -> list[str]:
    return [row.kind for row in world.rows(CaseEvent, CaseEvent.case_id == case.id) if row.kind.startswith("signal")]


def test_a_signal_reaches_the_other_processes_of_its_case_at_once_and_no_other_case(signals: World) -> None:
    case, other = signals.start("lancia"), signals.start("sente")
    for key in ("sente", "aspetta"):
        further(signals, case, key)
    signals.do(after(minutes=5), case, "decide", {})
    assert open_steps(signals, case) == ["chiude", "legge", "saluta"], "and so does what is thrown in answer"
    assert open_steps(signals, other) == ["segue"]
    assert [row.case_id for row in signals.rows(SignalSubscription)] == [other.id]
    assert sorted(kinds(signals, case)) == ["signal_caught", "signal_caught", "signal_thrown", "signal_thrown"]
    invariants.assert_rows_follow_from_state(signals.network_id)


def test_a_signal_starts_in_its_case_the_process_that_begins_with_it(signals: World) -> None:
    deploy(signals, {"comincia.bpmn": BEGINS})
    case = signals.start("sente")
    further(signals, case, "lancia")
    signals.do(after(minutes=5), case, "decide", {})
    assert open_steps(signals, case) == ["accoglie", "chiude", "saluta"]
    assert [row.kind for row in signals.rows(CaseEvent, CaseEvent.actor_id.is_(None))].count("instance_started") == 1
    invariants.assert_rows_follow_from_state(signals.network_id)


def test_a_refused_command_throws_nothing(signals: World) -> None:
    case = signals.start("lancia")
    further(signals, case, "sente")
    task_id = signals.claim(after(minutes=4), case, "decide")
    with pytest.raises(RuntimeError), signals.at(after(minutes=5)) as session:
        tasks.complete(session, signals.people["operatrice.cav"], task_id, {})
        raise RuntimeError
    assert open_steps(signals, case) == ["decide", "segue"]


def test_processes_that_answer_each_other_for_ever_are_refused(signals: World) -> None:
    deploy(signals, {"eco.bpmn": echo("eco", "s", "t"), "controeco.bpmn": echo("controeco", "t", "s")})
    case = signals.start("lancia")
    further(signals, case, "eco")
    further(signals, case, "controeco")
    with pytest.raises(errors.Conflict, match="endless_exchange"):
        signals.do(after(minutes=5), case, "decide", {})
    assert "decide" in open_steps(signals, case)
    assert signals.rows(Incident) == []
