"""The functions of the calendars in a diagram: on the hours of the agency of a lane, refused where they err."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from engine import errors
from engine.calendars import administration
from engine.calendars.timetables import Owner
from engine.cases import lifecycle, tasks
from engine.cases.models import Incident, TaskStatus, Timer, UserTask
from engine.deadlines.models import Deadline
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, moment
from tests.engine.cases.protocols import deadline, end, process, start, task, timer, xor

FRIDAY = "2026-03-06T16:00:00+01:00"


def diagram(
    when: str = 'next opening(now(), "cav")',
    condition: str = 'is working day(today(), "cav")',
    begins: str = "add legal days(quando, 3)",
) -> bytes:
    drawn = process(
        "apertura",
        [
            start("inizio"),
            task("passo", form="prova"),
            timer("riapre", "passo", f"={when}".replace('"', "&quot;"), interrupting=False),
            task("avviso"),
            xor("lavorativo", default="dopo"),
            task("subito", deadline("conclusion", "T.giorno", starts=f"={begins}")),
            task("dopo"),
            end("fine"),
            end("avvisato"),
        ],
        [
            ("inizio", "passo"),
            ("passo", "lavorativo"),
            ("lavorativo", "subito", f"={condition}".replace("<", "&lt;")),
            ("lavorativo", "dopo"),
            ("subito", "fine"),
            ("dopo", "fine"),
            ("riapre", "avviso"),
            ("avviso", "avvisato"),
        ],
        lanes={"cav": "inizio passo lavorativo subito dopo fine avviso avvisato"},
    )
    return drawn.replace(b"timeDuration>", b"timeDate>")


def deployed(world: World, source: bytes) -> None:
    with world.at(FRIDAY) as session:
        actor = world.people["progettista"]
        deployment.deploy(session, actor, {"apertura.bpmn": source}, forms_given=protocols.FORMS)


def opened(world: World, at: str = FRIDAY) -> None:
    with world.at(at) as session:
        lanes = {"cav": world.agencies["cav"]}
        lifecycle.start(session, world.people["operatrice.cav"], "apertura", lanes=lanes)


def open_steps(world: World) -> dict[str, UUID]:
    rows = world.rows(UserTask, UserTask.state.in_([TaskStatus.OPEN, TaskStatus.CLAIMED]))
    return {row.element_id: row.id for row in rows}


def test_a_diagram_counts_on_the_hours_of_the_agency_that_plays_the_lane(world: World) -> None:
    with world.at(FRIDAY) as session:
        whose = Owner(agency_id=world.agencies["cav"])
        administration.change(
            session, world.people["amministratrice"], whose, week=["09:00-13:00"] * 5 + ["10:00-12:00", ""]
        )
    deployed(world, diagram())
    opened(world)
    (waiting,) = world.rows(Timer)
    assert waiting.due_at == moment("2026-03-07T10:00:00+01:00")
    world.worker_at("2026-03-07T10:00:00+01:00")
    assert "avviso" in open_steps(world)
    actor = world.people["operatrice.cav"]
    with world.at("2026-03-07T11:00:00+01:00") as session:
        task_id = open_steps(world)["passo"]
        tasks.claim(session, actor, task_id)
        answer = {"obbligatoria": "x", "quando": moment("2026-05-30T10:00:00+02:00")}
        tasks.complete(session, actor, task_id, answer)
    assert "subito" in open_steps(world), "Saturday is a working day of theirs"
    (row,) = world.rows(Deadline)
    assert (row.starts_at, row.due_at) == (moment("2026-06-04T00:00:00+02:00"), moment("2026-06-05T00:00:00+02:00"))


def test_a_calendar_that_changes_counts_for_the_next_command(world: World) -> None:
    deployed(world, diagram(condition="true"))
    with world.at(FRIDAY) as session:
        whose = Owner(agency_id=world.agencies["cav"])
        actor = world.people["amministratrice"]
        administration.add_day(session, actor, whose, date(2026, 3, 9), every_year=False, hours="", reason="Festa")
    opened(world, "2026-03-06T18:00:00+01:00")
    (waiting,) = world.rows(Timer)
    assert waiting.due_at == moment("2026-03-10T09:00:00+01:00")


WRONG = {
    "a lane that is not there": (diagram(when='next opening(now(), "rifugio")'), "riapre", "«rifugio»"),
    "a lane that is worked out": (diagram(condition='is open(now(), "c" + "av")'), "lavorativo__subito", "calcolata"),
    "a literal of another kind": (diagram(condition='is working day("lunedì", "cav")'), "lavorativo__subito", "null"),
    "too few arguments": (diagram(when="next opening(now())"), "riapre", "non si usa con 1 argomenti"),
    "an unknown parameter": (diagram(when='due("T.mai", now())'), "riapre", "«T.mai»"),
    "a parameter that is worked out": (diagram(when='due("T." + "ora", now())'), "riapre", "calcolato"),
    "working days of nobody": (diagram(when='due("T.lavoro", now())'), "riapre", "di quale corsia"),
    "a condition with an unknown parameter": (
        diagram(condition='param("T.mai") < duration("PT1H")'),
        "lavorativo__subito",
        "«T.mai»",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_worked_out_fails_the_deploy(world: World, name: str) -> None:
    source, element, piece = WRONG[name]
    with pytest.raises(errors.InvalidProcess) as refused:
        deployed(world, source)
    (problem,) = [problem for problem in refused.value.problems if not problem.warns]
    assert problem.element == element
    assert piece in problem.reason
    assert problem.way_out
    assert problem.in_language("en").reason != problem.reason


def test_a_deadline_may_start_when_the_working_days_of_a_lane_are_over(world: World) -> None:
    deployed(world, diagram(condition="true", begins='due("T.lavoro", quando, "cav")'))
    opened(world, "2026-03-06T10:00:00+01:00")
    actor = world.people["operatrice.cav"]
    with world.at("2026-03-06T11:00:00+01:00") as session:
        task_id = open_steps(world)["passo"]
        tasks.claim(session, actor, task_id)
        tasks.complete(session, actor, task_id, {"obbligatoria": "x", "quando": moment("2026-03-06T12:00:00+01:00")})
    (row,) = world.rows(Deadline)
    assert row.starts_at == moment("2026-03-09T12:00:00+01:00")
    assert world.rows(Incident) == []
