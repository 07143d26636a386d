"""Steps that are done several times in a case: rows, clocks, answers and history of each instance are its own."""

from __future__ import annotations

import pytest

from engine import errors
from engine.cases import diagram, lifecycle, submissions, tasks
from engine.cases.history import EventKind
from engine.cases.models import Case, CaseEvent, CaseStatus, FormSubmission, Incident, TaskStatus, Timer, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after, moment
from tests.engine.cases.invariants import assert_rows_follow_from_state

_MANY = "multiInstanceLoopCharacteristics"


def _several(step: str, given: str, *, sequential: bool = False, until: str = "") -> str:
    """Let a step be done once for each of a list, or as often as a number says."""
    inner = f"<bpmn:extensionElements><zeebe:loopCharacteristics {given}/></bpmn:extensionElements>"
    inner += f"<bpmn:completionCondition>{until}</bpmn:completionCondition>" if until else ""
    marked = f'<bpmn:{_MANY} isSequential="{str(sequential).lower()}">{inner}</bpmn:{_MANY}>'
    opening, closing, rest = step.rpartition("</")
    return f"{opening}{marked}{closing}{rest}"


_EACH = 'inputCollection="=enti" inputElement="ente" outputCollection="numeri" outputElement="=numero"'
_STEP = protocols.task(
    "chiedi", protocols.deadline("reception", "T.ora"), protocols.deadline("conclusion", "T.giorno"), form="prova"
)


def _protocol(step: str, *more: str, flows: tuple[protocols.Flow, ...] = ()) -> bytes:
    return protocols.process(
        "giro_enti",
        [protocols.start("inizio"), step, *more, protocols.task("poi"), protocols.end("fatto")],
        [("inizio", "chiedi"), ("chiedi", "poi"), ("poi", "fatto"), *flows],
        lanes={"cav": "inizio chiedi poi fatto"},
        variables={"enti": "list"},
    )


def _open(world: World, protocol: bytes, enti: object = ("a", "b", "c")) -> Case:
    with world.at("2026-01-02T00:00:00+00:00") as session:
        deployment.deploy(
            session, world.people["progettista"], {"giro_enti.bpmn": protocol}, forms_given=protocols.FORMS
        )
    return world.start("giro_enti", enti=list(enti) if isinstance(enti, tuple) else enti)


def _steps(world: World, element: str = "chiedi") -> list[UserTask]:
    return sorted(world.rows(UserTask, UserTask.element_id == element), key=lambda row: row.name)


def _do(world: World, task: UserTask, number: float, *, by: str = "operatrice.cav", minutes: float = 5) -> None:
    with world.at(after(minutes=minutes)) as session:
        tasks.claim(session, world.people[by], task.id)
    answer = {"numero": number, "obbligatoria": "x"} if task.form_id else {}
    with world.at(after(minutes=minutes)) as session:
        tasks.complete(session, world.people[by], task.id, answer)


def test_each_instance_is_a_step_that_says_which_it_is(world: World) -> None:
    _open(world, _protocol(_several(_STEP, _EACH)))
    found = _steps(world)
    assert [row.name for row in found] == [f"Passo chiedi ({number} di 3)" for number in (1, 2, 3)]
    assert {row.state for row in found} == {TaskStatus.OPEN}
    assert len(world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED)) == 6
    assert_rows_follow_from_state(world.network_id)


def test_instances_one_after_the_other_have_their_clocks_from_their_own_beginning(world: World) -> None:
    _open(world, _protocol(_several(_STEP, _EACH, sequential=True)))
    _do(world, _steps(world)[0], 1, minutes=30)
    found = _steps(world)
    assert [row.name for row in found] == ["Passo chiedi (1 di 3)", "Passo chiedi (2 di 3)"]
    assert found[1].due_at == after(minutes=30, hours=1)
    assert_rows_follow_from_state(world.network_id)


def test_the_answers_of_the_instances_are_kept_apart_and_their_results_go_on(world: World) -> None:
    case = _open(world, _protocol(_several(_STEP, _EACH)))
    for number, task in enumerate(_steps(world), start=1):
        _do(world, task, number * 10)
    kept = {row.task_id: row for row in world.rows(FormSubmission)}
    assert set(kept) == {row.id for row in _steps(world)}
    with world.at(after(hours=1)) as session:
        numbers = [submissions.opened(session, kept[row.id]).values["numero"] for row in _steps(world)]
    assert numbers == [10, 20, 30]
    assert [row.state for row in _steps(world, "poi")] == [TaskStatus.OPEN]
    world.do(after(hours=1), case, "poi", {})
    assert world.rows(Case)[0].state is CaseStatus.CLOSED


def test_when_it_is_enough_the_other_steps_are_closed_with_their_clocks(world: World) -> None:
    _open(world, _protocol(_several(_STEP, _EACH, until="=numero &gt; 5")))
    _do(world, _steps(world)[1], 9)
    states = [row.state for row in _steps(world)]
    assert states == [TaskStatus.CANCELLED, TaskStatus.COMPLETED, TaskStatus.CANCELLED]
    assert world.rows(Deadline, Deadline.state == DeadlineStatus.ARMED) == []
    kinds = [row.kind for row in world.rows(CaseEvent, CaseEvent.element_id == "chiedi")]
    assert [kinds.count(kind) for kind in (EventKind.TASK_OPENED, EventKind.TASK_CANCELLED)] == [3, 2]
    assert_rows_follow_from_state(world.network_id)


def test_a_time_on_the_border_is_one_row_and_closes_all_instances(world: World) -> None:
    border = (protocols.timer("tardi", "chiedi", "PT2H"), protocols.end("scaduto"))
    _open(world, _protocol(_several(_STEP, _EACH), *border, flows=(("tardi", "scaduto"),)))
    assert [row.due_at - moment(START) for row in world.rows(Timer)] == [after(hours=2) - moment(START)]
    assert world.worker_at(after(hours=2)) == 1
    assert {row.state for row in _steps(world)} == {TaskStatus.CANCELLED}
    assert world.rows(Case)[0].state is CaseStatus.CLOSED


def test_a_case_with_open_instances_can_be_cancelled(world: World) -> None:
    case = _open(world, _protocol(_several(_STEP, _EACH)))
    with world.at(after(minutes=5)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="prova")
    assert {row.state for row in _steps(world)} == {TaskStatus.CANCELLED}


def test_every_instance_can_ask_for_another_person(world: World) -> None:
    apart = protocols.task("chiedi", form="prova", separate_from="chiedi")
    _open(world, _protocol(_several(apart, _EACH)), ("a", "b"))
    first, second = _steps(world)
    _do(world, first, 1)
    with pytest.raises(errors.MustBeAnotherPerson):
        _do(world, second, 2)
    _do(world, second, 2, by="collega.cav")
    assert [row.state for row in _steps(world, "poi")] == [TaskStatus.OPEN]


def test_too_many_instances_are_a_fault_of_the_case_and_none_of_them_is_opened(world: World) -> None:
    _open(world, _protocol(_several(_STEP, _EACH)), [str(number) for number in range(201)])
    assert [(row.element_id, row.code) for row in world.rows(Incident)] == [("chiedi", "too_many_instances")]
    assert _steps(world) == []
    assert_rows_follow_from_state(world.network_id)


def test_a_loop_says_from_the_second_time_on_which_it_is(world: World) -> None:
    loop = "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>=numero &lt; 3</bpmn:loopCondition>"
    step = _STEP.replace("</bpmn:userTask>", f"{loop}</bpmn:standardLoopCharacteristics></bpmn:userTask>")
    _open(world, _protocol(step))
    _do(world, _steps(world)[0], 1)
    assert [row.name for row in _steps(world)] == ["Passo chiedi", "Passo chiedi (2ª volta)"]
    _do(world, _steps(world)[1], 4)
    assert [row.state for row in _steps(world, "poi")] == [TaskStatus.OPEN]


def test_steps_within_repetitions_within_repetitions_say_where_they_are(world: World) -> None:
    inner = _several(protocols.task("chiedi"), 'inputCollection="=[1, 2]"', sequential=True)
    box = protocols.inside(
        "giro",
        [protocols.start("giro_inizio"), inner, protocols.end("giro_fine")],
        [("giro_inizio", "chiedi"), ("chiedi", "giro_fine")],
    )
    nodes = [protocols.start("inizio"), _several(box, 'inputCollection="=enti"'), protocols.end("fatto")]
    flows = [("inizio", "giro"), ("giro", "fatto")]
    lanes, variables = {"cav": "inizio giro fatto"}, {"enti": "list"}
    _open(world, protocols.process("giro_enti", nodes, flows, lanes=lanes, variables=variables), ("a", "b"))
    _do(world, _steps(world)[1], 0)
    assert [row.name for row in _steps(world)] == [
        "Passo chiedi (1 di 2, 1 di 2)",
        "Passo chiedi (2 di 2, 1 di 2)",
        "Passo chiedi (2 di 2, 2 di 2)",
    ]


def test_a_step_that_could_never_be_opened_is_taken_away_like_any_other(world: World) -> None:
    broken = (
        protocols.task("chiedi")
        .replace(
            "<zeebe:userTask/>",
            '<zeebe:userTask/><zeebe:ioMapping><zeebe:input source="=range" target="r"/></zeebe:ioMapping>',
        )
        .replace("=range", "=if ente = 1 then (function(x) x) else 1")
    )
    border = (protocols.timer("tardi", "chiedi", "PT2H"), protocols.end("scaduto"))
    _open(
        world,
        _protocol(
            _several(broken, 'inputCollection="=enti" inputElement="ente"'), *border, flows=(("tardi", "scaduto"),)
        ),
        [1, 2],
    )
    assert [(row.element_id, row.code) for row in world.rows(Incident)] == [("chiedi", "value_unusable")]
    assert [row.name for row in _steps(world)] == ["Passo chiedi (2 di 2)"]
    assert world.worker_at(after(hours=2)) == 1
    assert {row.state for row in _steps(world)} == {TaskStatus.CANCELLED}
    assert world.rows(Case)[0].state is CaseStatus.CLOSED
    assert all(row.resolved_at for row in world.rows(Incident))


def test_the_diagram_says_how_many_of_several_steps_are_done(world: World) -> None:
    picture = (
        b'<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI">'
        b'<bpmndi:BPMNPlane bpmnElement="giro_enti" /></bpmndi:BPMNDiagram></bpmn:definitions>'
    )
    drawn = _protocol(_several(_STEP, _EACH)).replace(b"</bpmn:definitions>", picture)
    case = _open(world, drawn)
    _do(world, _steps(world)[0], 1)
    with world.at(after(minutes=6)) as session:
        (shown,) = diagram.of_case(session, world.people["operatrice.cav"], case.id, foreign_name="Altro ente")
    assert shown.counts == {"chiedi": (1, 3)}
    assert shown.marks == {"chiedi": diagram.Mark.CURRENT}
