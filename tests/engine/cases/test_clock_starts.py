"""From when clocks run: a date in the case, an event, wherever a step stands; a start that could not be is refused."""

from __future__ import annotations

import pytest

from engine import errors
from engine.cases import messages, reopening, step_clocks, task_page, tasks
from engine.cases import migration as carrying
from engine.cases.models import Incident, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.definitions import checking, deployment
from engine.definitions.models import ProcessDefinition
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after, moment
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.protocols import both, catch, deadline, end, inside, process, start, task, timer

BY = "operatrice.cav"
HEARD = moment("2026-03-01T10:00:00+01:00")  # the day before the case is opened
SEVERAL = (
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=date"'
    ' inputElement="udienza"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>'
)
ARRIVED = (
    '<bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="=now()" target="arrivata"/></zeebe:ioMapping>'
    "</bpmn:extensionElements><bpmn:messageEventDefinition"
)


def clocks(starts: str) -> tuple[str, str]:
    return (
        deadline("reception", "T.ora", starts=f"={starts}"),
        deadline("conclusion", "T.giorno", starts=f"={starts}"),
    )


def beside() -> str:
    """A step that an event opens, without taking anything away: after an hour."""
    reminded = inside(
        "evento",
        [start("parte"), task("ricordato", *clocks("sentita")), end("ricordata")],
        [("parte", "ricordato"), ("ricordato", "ricordata")],
    )
    timed = (
        '<bpmn:startEvent id="parte" name="" isInterrupting="false"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:startEvent>"
    )
    reminded = reminded.replace('<bpmn:startEvent id="parte" name=""></bpmn:startEvent>', timed)
    return reminded.replace("<bpmn:subProcess ", '<bpmn:subProcess triggeredByEvent="true" ', 1)


EVERYWHERE = process(
    "partenze",
    [
        start("inizio"),
        both("insieme"),
        inside(
            "dentro",
            [start("dentro_inizio"), task("interno", *clocks("sentita")), end("dentro_fine")],
            [("dentro_inizio", "interno"), ("interno", "dentro_fine")],
        ),
        task("ciascuna", *clocks("udienza")).replace("</bpmn:userTask>", SEVERAL),
        catch("aspetta", "MSG_PROVA").replace("<bpmn:messageEventDefinition", ARRIVED),
        task("dopo", *clocks("arrivata")),
        both("uniti"),
        end("fine"),
        beside(),
    ],
    [
        ("inizio", "insieme"),
        ("insieme", "dentro"),
        ("insieme", "ciascuna"),
        ("insieme", "aspetta"),
        ("aspetta", "dopo"),
        ("dentro", "uniti"),
        ("ciascuna", "uniti"),
        ("dopo", "uniti"),
        ("uniti", "fine"),
    ],
    lanes={"cav": "inizio insieme dentro ciascuna aspetta dopo uniti fine evento"},
    variables={"sentita": "date-time", "date": "list"},
    messages=["MSG_PROVA"],
)


def deploy(world: World, source: bytes, at: str = START) -> None:
    with world.at(at) as session:
        sources = {"partenze.bpmn": source}
        deployment.deploy(session, world.people["progettista"], sources, forms_given=protocols.FORMS)


def starts(world: World) -> dict[str, set[tuple[object, object]]]:
    """From when, and until when, the clocks of each step run; of both kinds alike."""
    names = {row.id: row.element_id for row in world.rows(UserTask)}
    found: dict[str, set[tuple[object, object]]] = {}
    for row in world.rows(Deadline):
        length = after(row.starts_at, hours=1 if row.clock is DeadlineClock.RECEPTION else 24)
        found.setdefault(names[row.task_id], set()).add((row.clock, row.starts_at))
        assert row.due_at == length
    return found


def both_from(*instants: object) -> set[tuple[object, object]]:
    kinds = (DeadlineClock.RECEPTION, DeadlineClock.CONCLUSION)
    return {(kind, instant) for kind in kinds for instant in instants}


def test_a_date_of_the_case_and_an_event_start_both_clocks_wherever_the_step_stands(world: World) -> None:
    deploy(world, EVERYWHERE)
    hearings = [moment("2026-03-10T09:00:00+01:00"), moment("2026-04-01T09:00:00+02:00")]
    case = world.start("partenze", sentita=HEARD, date=hearings)
    world.worker_at(after(hours=1))
    with world.at(after(hours=3)) as session:
        messages.deliver(session, world.people[BY], "MSG_PROVA", case_code=case.code)
    assert starts(world) == {
        "interno": both_from(HEARD),
        "ciascuna": both_from(*hearings),
        "ricordato": both_from(HEARD),
        "dopo": both_from(after(hours=3)),
    }
    assert world.rows(Incident) == []
    assert_rows_follow_from_state(world.network_id)


def simple(*deadlines: str) -> bytes:
    return process(
        "partenze",
        [
            start("inizio"),
            task("primo", *deadlines, form="prova"),
            task("secondo"),
            timer("mai", "secondo", "P30D"),
            end("scaduto"),
            end("fine"),
        ],
        [("inizio", "primo"), ("primo", "secondo"), ("secondo", "fine"), ("mai", "scaduto")],
        lanes={"cav": "inizio primo secondo fine scaduto"},
        variables={"sentita": "date-time"},
    )


def test_a_clock_that_a_new_version_brings_runs_from_its_date_too(world: World) -> None:
    deploy(world, simple())
    case = world.start("partenze", sentita=HEARD)
    assert world.rows(Deadline) == []
    deploy(world, simple(*clocks("sentita")), "2026-03-02T10:00:00+01:00")
    with world.at(after(hours=2)) as session:
        (target,) = [
            row.id for row in world.rows(ProcessDefinition, ProcessDefinition.key == "partenze") if row.version == 2
        ]
        carrying.carry_over(session, world.people["progettista"], target, case.id, {})
    assert starts(world) == {"primo": both_from(HEARD)}


def test_a_step_that_is_opened_again_keeps_the_clock_that_ran_from_its_date(world: World) -> None:
    deploy(world, simple(*clocks("sentita")))
    case = world.start("partenze", sentita=HEARD)
    task_id = world.do(after(minutes=10), case, "primo", {"obbligatoria": "sì"})
    with world.at(after(hours=3)) as session:
        reopening.reopen(session, world.people["responsabile.cav"], task_id, reason="manca una risposta")
    (row,) = world.rows(Deadline, Deadline.clock == DeadlineClock.CONCLUSION)
    assert (row.state, row.starts_at, row.due_at) == (DeadlineStatus.ARMED, HEARD, after(HEARD, hours=24))
    with world.at(after(hours=4)) as session:
        done = tasks.complete(session, world.people[BY], task_id, {"obbligatoria": "sì"})
    assert done.task.state is TaskStatus.COMPLETED


WRONG = {
    "nobody writes it": ("sentito", "«sentito»"),
    "no date": ('"domani"', "non è una data"),
    "a length": ('duration("P1D")', "non è una data"),
    "a day, where hours count": ("today()", "non è una data"),
    "a date without zone": ('date and time("2026-03-02T09:00:00")', "non è una data"),
    "always nothing": ("null", "non è una data"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_start_that_could_not_be_fails_the_deploy(world: World, name: str) -> None:
    text, piece = WRONG[name]
    with pytest.raises(errors.InvalidProcess) as refused:
        deploy(world, simple(deadline("conclusion", "T.giorno", starts=f"={text}")))
    (problem,) = [problem for problem in refused.value.problems if not problem.warns]
    assert problem.element == "primo"
    assert piece in problem.reason
    assert problem.way_out
    assert problem.in_language("en").reason != problem.reason


def test_a_day_starts_a_clock_that_counts_days(world: World) -> None:
    deploy(world, simple(deadline("conclusion", "T.legge", "E3", starts="=today()", nature="legge")))
    world.start("partenze", "2026-05-30T10:00:00+02:00", sentita=HEARD)
    (row,) = world.rows(Deadline)
    assert row.due_at == moment("2026-06-04T00:00:00+02:00")


def test_what_follows_if_a_term_passes_is_read_on_the_step_and_on_the_diagram(world: World) -> None:
    said = ' consequence="L\'atto perde efficacia" consequenceEn="The act loses effect"/>'
    of_law = deadline("conclusion", "T.legge", "E3", nature="legge")
    deploy(world, simple(of_law.replace("/>", said), deadline("reception", "T.ora")))
    case = world.start("partenze", sentita=HEARD)
    with world.at(after(hours=1)) as session:
        rows = task_page.task(session, world.people[BY], world.task(case, "primo")).deadlines
        definition_id = world.rows(UserTask)[0].definition_id
        drawn = step_clocks.of_version(session, world.people["progettista"], definition_id)
    assert {row.clock.value: row.consequence_it for row in rows} == {
        "conclusion": "L'atto perde efficacia",
        "reception": "",
    }
    assert ("legge", "The act loses effect") in {(one.nature, one.consequence_en) for one in drawn}


def test_a_term_of_law_that_does_not_say_what_follows_is_warned_of(world: World) -> None:
    source = simple(deadline("conclusion", "T.legge", "E3", nature="legge"))
    with world.at(START) as session:
        around = deployment.in_force(session, world.people["progettista"])
        found = checking.warnings(checking.check(around, {"partenze.bpmn": source}, protocols.FORMS))
    assert any("non dice che cosa comporta" in warning.reason for warning in found)
