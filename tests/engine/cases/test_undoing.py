"""What is undone in a case, and steps in any order: rows, clocks and history are those of any other step."""

from __future__ import annotations

from engine.cases import case_page, task_page
from engine.cases.history import EventKind
from engine.cases.models import Case, CaseEvent, CaseStatus, TaskStatus, Timer, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state

_CLOCK = protocols.deadline("conclusion", "T.giorno")
_UNDO = "<bpmn:compensateEventDefinition/>"
_CANCEL = "<bpmn:cancelEventDefinition/>"


def _undoable(key: str) -> list[str]:
    """A step, and the one that undoes it, which has a clock of its own."""
    undo = protocols.task(f"via_{key}", _CLOCK).replace("<bpmn:userTask", '<bpmn:userTask isForCompensation="true"', 1)
    return [
        protocols.task(key),
        f'<bpmn:boundaryEvent id="disfa_{key}" attachedToRef="{key}">{_UNDO}</bpmn:boundaryEvent>',
        f'<bpmn:association id="lega_{key}" sourceRef="disfa_{key}" targetRef="via_{key}"/>',
        undo,
    ]


def _deploy(world: World, protocol: bytes) -> Case:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        designer = world.people["progettista"]
        deployment.deploy(session, designer, {"prova.bpmn": protocol}, forms_given=protocols.FORMS)
    return world.start("prova")


def _states(world: World) -> dict[str, TaskStatus]:
    return {row.element_id: row.state for row in world.rows(UserTask)}


def test_what_undoes_is_a_step_with_rows_and_clocks_of_its_own(world: World) -> None:
    throw = f'<bpmn:intermediateThrowEvent id="annulla">{_UNDO}</bpmn:intermediateThrowEvent>'
    case = _deploy(
        world,
        protocols.process(
            "prova",
            [protocols.start("inizio"), *_undoable("prenota"), *_undoable("avvisa"), throw, protocols.end("fatto")],
            [("inizio", "prenota"), ("prenota", "avvisa"), ("avvisa", "annulla"), ("annulla", "fatto")],
            lanes={"cav": "prenota avvisa via_prenota via_avvisa"},
        ),
    )
    world.do(after(minutes=5), case, "prenota", {})
    assert_rows_follow_from_state(world.network_id)
    world.do(after(minutes=10), case, "avvisa", {})
    assert_rows_follow_from_state(world.network_id)
    assert _states(world)["via_avvisa"] is TaskStatus.OPEN
    assert len(world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED)) == 1
    world.do(after(minutes=15), case, "via_avvisa", {})
    assert _states(world)["via_prenota"] is TaskStatus.OPEN
    world.do(after(minutes=20), case, "via_prenota", {})
    assert world.rows(Case)[0].state is CaseStatus.CLOSED
    assert set(_states(world).values()) == {TaskStatus.COMPLETED}
    opened = world.rows(CaseEvent, CaseEvent.kind == EventKind.TASK_OPENED)
    assert sorted(row.element_id for row in opened) == ["avvisa", "prenota", "via_avvisa", "via_prenota"]
    assert_rows_follow_from_state(world.network_id)
    undone = [("Passo avvisa", "Passo via_avvisa"), ("Passo prenota", "Passo via_prenota")]
    assert _undone(world, case, "operatrice.cav") == undone


def _undone(world: World, case: Case, who: str) -> list[tuple[str | None, str | None]]:
    """What somebody reads in the history of what has been undone, and by what."""
    with world.at(after(hours=1)) as session:
        lines = case_page.timeline(session, world.people[who], case.id)
        return [(line.label, line.undone_by) for line in lines if line.kind == EventKind.STEP_UNDONE][::-1]


def test_the_step_that_undoes_says_what_and_other_agencies_do_not_hear_it(world: World) -> None:
    throw = f'<bpmn:intermediateThrowEvent id="annulla">{_UNDO}</bpmn:intermediateThrowEvent>'
    after_it = protocols.task("poi", protocols.TASK_OF_THE_NETWORK, *protocols.HOUR_AND_DAY)
    case = _deploy(
        world,
        protocols.process(
            "prova",
            [protocols.start("inizio"), *_undoable("prenota"), throw, after_it, protocols.end("fatto")],
            [("inizio", "prenota"), ("prenota", "annulla"), ("annulla", "poi"), ("poi", "fatto")],
            lanes={"cav": "prenota via_prenota", "supervisione": "poi"},
        ),
    )
    world.do(after(minutes=5), case, "prenota", {})
    with world.at(after(minutes=6)) as session:
        page = task_page.task(session, world.people["operatrice.cav"], world.task(case, "via_prenota"))
        assert page.undoes == "Passo prenota"
    world.do(after(minutes=10), case, "via_prenota", {})
    poi = world.claim(after(minutes=11), case, "poi", by="supervisora")
    with world.at(after(minutes=11)) as session:
        page = task_page.task(session, world.people["supervisora"], poi)
        assert page.undoes is None
    assert _undone(world, case, "operatrice.cav") == [("Passo prenota", "Passo via_prenota")]
    assert _undone(world, case, "supervisora") == [(None, None)]


def test_a_cancelled_transaction_closes_what_is_open_in_it_before_it_is_undone(world: World) -> None:
    inside = [
        protocols.start("dentro"), protocols.both("p"), *_undoable("prenota"), protocols.task("attende"),
        protocols.timer("tardi", "attende", "PT2H"), protocols.end("tf"),
        f'<bpmn:endEvent id="niente">{_CANCEL}</bpmn:endEvent>',
    ]  # fmt: skip
    flows: list[protocols.Flow] = [
        ("dentro", "p"), ("p", "prenota"), ("p", "attende"), ("prenota", "niente"), ("attende", "tf"), ("tardi", "tf"),
    ]  # fmt: skip
    transaction = protocols.inside("t", inside, flows).replace("bpmn:subProcess", "bpmn:transaction")
    border = f'<bpmn:boundaryEvent id="annullata" attachedToRef="t">{_CANCEL}</bpmn:boundaryEvent>'
    case = _deploy(
        world,
        protocols.process(
            "prova",
            [protocols.start("inizio"), transaction, border, protocols.task("poi"), protocols.end("fatto")],
            [("inizio", "t"), ("t", "fatto"), ("annullata", "poi"), ("poi", "fatto")],
            lanes={"cav": "prenota via_prenota attende poi"},
        ),
    )
    assert len(world.rows(Timer)) == 1
    world.do(after(minutes=5), case, "prenota", {})
    assert (_states(world)["attende"], world.rows(Timer)) == (TaskStatus.CANCELLED, [])
    assert_rows_follow_from_state(world.network_id)
    world.do(after(minutes=10), case, "via_prenota", {})
    assert _states(world)["poi"] is TaskStatus.OPEN
    assert_rows_follow_from_state(world.network_id)


def test_steps_in_any_order_are_open_at_once_and_those_that_are_not_needed_are_closed(world: World) -> None:
    steps = [protocols.task(key, _CLOCK, form="prova") for key in ("visita", "colloquio", "casa")]
    enough = "<bpmn:completionCondition>=numero &gt; 5</bpmn:completionCondition>"
    ad_hoc = f'<bpmn:adHocSubProcess id="libero">{"".join(steps)}{enough}</bpmn:adHocSubProcess>'
    case = _deploy(
        world,
        protocols.process(
            "prova",
            [protocols.start("inizio"), ad_hoc, protocols.task("poi"), protocols.end("fatto")],
            [("inizio", "libero"), ("libero", "poi"), ("poi", "fatto")],
            lanes={"cav": "visita colloquio casa poi"},
        ),
    )
    assert set(_states(world).values()) == {TaskStatus.OPEN}
    assert len(world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED)) == 3
    world.do(after(minutes=5), case, "casa", {"numero": 1, "obbligatoria": "x"})
    assert_rows_follow_from_state(world.network_id)
    world.do(after(minutes=10), case, "visita", {"numero": 9, "obbligatoria": "x"})
    found = _states(world)
    assert (found["colloquio"], found["poi"]) == (TaskStatus.CANCELLED, TaskStatus.OPEN)
    assert world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED) == []
    assert_rows_follow_from_state(world.network_id)
