"""What may happen at any time in a case: messages and times, watched for in rows of their own."""

from __future__ import annotations

import pytest

from engine import errors
from engine.cases import messages
from engine.cases.history import EventKind
from engine.cases.models import (
    Case,
    CaseEvent,
    CaseStatus,
    MessageSubscription,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after, moment


def _trigger(key: str, definition: str, *, interrupting: bool) -> str:
    return f'<bpmn:startEvent id="{key}" isInterrupting="{str(interrupting).lower()}">{definition}</bpmn:startEvent>'


def _message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{name}"/>'


def _time(tag: str, when: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{tag}>{when}</bpmn:{tag}></bpmn:timerEventDefinition>"


def _watching(key: str, definition: str, *, interrupting: bool) -> str:
    inside = protocols.inside(
        key,
        [
            _trigger(f"{key}_inizio", definition, interrupting=interrupting),
            protocols.task(f"{key}_passo"),
            protocols.end(f"{key}_fine"),
        ],
        [(f"{key}_inizio", f"{key}_passo"), (f"{key}_passo", f"{key}_fine")],
    )
    return inside.replace("<bpmn:subProcess ", '<bpmn:subProcess triggeredByEvent="true" ', 1)


PROTOCOL = protocols.process(
    "veglia",
    [
        protocols.start("inizio"),
        protocols.task("passo"),
        (
            f'<bpmn:boundaryEvent id="ricorda" attachedToRef="passo" cancelActivity="false">'
            f"{_time('timeCycle', 'R3/PT1H')}</bpmn:boundaryEvent>"
        ),
        protocols.task("ricordato"),
        '<bpmn:eventBasedGateway id="bivio"/>',
        protocols.catch("esito", "MSG_RITIRO"),
        f'<bpmn:intermediateCatchEvent id="tardi">{_time("timeDuration", "P3D")}</bpmn:intermediateCatchEvent>',
        protocols.end("fine"),
        _watching("ritiro", _message("MSG_RITIRO"), interrupting=True),
        _watching("episodio", _message("MSG_EPISODIO"), interrupting=False),
        _watching("mese", _time("timeDuration", "P30D"), interrupting=False),
    ],
    [
        ("inizio", "passo"),
        ("passo", "bivio"),
        ("ricorda", "ricordato"),
        ("ricordato", "fine"),
        ("bivio", "esito"),
        ("bivio", "tardi"),
        ("esito", "fine"),
        ("tardi", "fine"),
    ],
    lanes={"cav": "inizio passo ricordato fine ritiro episodio mese"},
    messages=["MSG_RITIRO", "MSG_EPISODIO"],
)


@pytest.fixture
def case(world: World) -> Case:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        deployment.deploy(session, world.people["progettista"], {"veglia.bpmn": PROTOCOL}, forms_given={})
    return world.start("veglia")


def _deliver(world: World, case: Case, name: str, **later: float) -> int:
    with world.at(after(**later)) as session:
        return messages.deliver(session, world.people["operatrice.cav"], name, case_code=case.code)


def _open(world: World) -> list[str]:
    return sorted(row.element_id for row in world.rows(UserTask, UserTask.state == TaskStatus.OPEN))


def _history(world: World) -> list[str]:
    shown = {EventKind.TIMER_FIRED, EventKind.MESSAGE_RECEIVED, EventKind.ESCALATION_CAUGHT}
    return [row.kind for row in sorted(world.rows(CaseEvent), key=lambda row: row.id) if row.kind in shown]


def test_what_is_watched_for_stands_in_rows_from_the_beginning(world: World, case: Case) -> None:
    assert {row.element_id: row.due_at - moment(START) for row in world.rows(Timer)} == {
        "ricorda": after(hours=1) - moment(START),
        "mese": after(days=30) - moment(START),
    }
    assert {row.element_id: row.name for row in world.rows(MessageSubscription)} == {
        "ritiro": "MSG_RITIRO",
        "episodio": "MSG_EPISODIO",
    }
    assert _open(world) == ["passo"]
    assert world.rows(Case)[0].next_due_at == after(hours=1)
    assert case.state is CaseStatus.OPEN


def test_a_message_joins_in_and_is_awaited_again(world: World, case: Case) -> None:
    assert _deliver(world, case, "MSG_EPISODIO", minutes=5) == 1
    assert _deliver(world, case, "MSG_EPISODIO", minutes=6) == 1
    assert _open(world) == ["episodio_passo", "episodio_passo", "passo"]
    assert _history(world) == ["message_received", "message_received"]


def test_a_message_that_takes_over_closes_steps_timers_and_whatever_else_waits(world: World, case: Case) -> None:
    assert _deliver(world, case, "MSG_RITIRO", minutes=5) == 1
    assert _open(world) == ["ritiro_passo"]
    assert world.rows(Timer) == world.rows(MessageSubscription) == []
    assert {row.closed_reason for row in world.rows(UserTask, UserTask.element_id == "passo")} == {"path_changed"}
    world.do(after(minutes=6), case, "ritiro_passo", {})
    assert world.rows(Case)[0].state is CaseStatus.CLOSED


def test_a_message_that_two_wait_for_moves_only_what_the_first_has_left(world: World, case: Case) -> None:
    world.do(after(minutes=5), case, "passo", {})
    assert {row.element_id for row in world.rows(MessageSubscription)} == {"ritiro", "episodio", "esito"}
    assert _deliver(world, case, "MSG_RITIRO", minutes=6) == 1
    assert _open(world) == ["ritiro_passo"]
    with pytest.raises(errors.NobodyWaits):
        _deliver(world, case, "MSG_RITIRO", minutes=7)


def test_a_cycle_goes_on_after_an_outage_with_what_is_still_to_come(world: World, case: Case) -> None:
    assert world.worker_at(after(hours=2, minutes=30)) == 1
    assert _open(world) == ["passo", "ricordato"]
    assert {row.due_at for row in world.rows(Timer, Timer.element_id == "ricorda")} == {after(hours=3)}
    assert world.worker_at(after(hours=3)) == 1
    assert world.worker_at(after(hours=9)) == 0
    assert _open(world) == ["passo", "ricordato", "ricordato"]
    assert _history(world) == ["timer_fired", "timer_fired"]
    assert case.code


def test_the_first_event_of_a_gateway_withdraws_the_rows_of_the_others(world: World, case: Case) -> None:
    world.do(after(minutes=5), case, "passo", {})
    assert {row.element_id for row in world.rows(Timer)} == {"tardi", "mese"}
    assert world.worker_at(after(days=3, minutes=5)) == 1
    assert world.rows(Timer) == world.rows(MessageSubscription) == []
    assert world.rows(Case)[0].state is CaseStatus.CLOSED


ESCALATING = protocols.process(
    "avviso",
    [
        protocols.start("inizio"),
        protocols.inside(
            "riquadro",
            [
                protocols.start("dentro"),
                (
                    '<bpmn:intermediateThrowEvent id="alza"><bpmn:escalationEventDefinition escalationRef="grave"/>'
                    "</bpmn:intermediateThrowEvent>"
                ),
                protocols.task("passo"),
                protocols.end("fuori"),
            ],
            [("dentro", "alza"), ("alza", "passo"), ("passo", "fuori")],
        ),
        (
            '<bpmn:boundaryEvent id="alzata" attachedToRef="riquadro" cancelActivity="false">'
            '<bpmn:escalationEventDefinition escalationRef="grave"/></bpmn:boundaryEvent>'
        ),
        protocols.task("avvisa"),
        protocols.end("fine"),
    ],
    [("inizio", "riquadro"), ("riquadro", "fine"), ("alzata", "avvisa"), ("avvisa", "fine")],
    lanes={"cav": "inizio riquadro avvisa fine"},
).replace(b"</bpmn:definitions>", b'<bpmn:escalation id="grave" escalationCode="GRAVE"/></bpmn:definitions>')


def test_an_escalation_opens_a_step_beside_and_stands_in_the_history(world: World) -> None:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        deployment.deploy(session, world.people["progettista"], {"avviso.bpmn": ESCALATING}, forms_given={})
    world.start("avviso")
    assert _open(world) == ["avvisa", "passo"]
    assert _history(world) == ["escalation_caught"]
