"""A clock whose date the case does not know: asked for, climbing, set from the date when it is known, never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from engine import errors
from engine.cases import stating
from engine.cases.models import CaseEvent, Incident, UserTask
from engine.cases.unknown_dates import NOTICE
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.definitions import deployment
from engine.notifications.models import Notice
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after, moment
from tests.engine.cases.invariants import assert_rows_follow_from_state

PROTOCOL = protocols.process(
    "registro",
    [
        protocols.start("inizio"),
        protocols.both("insieme"),
        protocols.task(
            "aspetta",
            protocols.deadline("conclusion", "T.legge", "E3", starts="=iscritta_il", nature="legge"),
            form="registro",
        ),
        protocols.task("chiede", form="registro"),
        protocols.both("uniti"),
        protocols.end("fatto"),
    ],
    [
        ("inizio", "insieme"),
        ("insieme", "aspetta"),
        ("insieme", "chiede"),
        ("aspetta", "uniti"),
        ("chiede", "uniti"),
        ("uniti", "fatto"),
    ],
    lanes={"cav": "inizio insieme aspetta chiede uniti fatto"},
)
FORM = protocols.form(
    "registro",
    protocols.field("datetime", "iscritta_il", routing=True, subtype="date", dateLabel="Iscritta il"),
)
ENTERED = date(2026, 5, 30)  # a Saturday: three days of law end on a holiday, and roll on


@pytest.fixture
def registry(world: World) -> World:
    with world.at(START) as session:
        deployment.deploy(
            session, world.people["progettista"], {"registro.bpmn": PROTOCOL}, forms_given={"registro": FORM}
        )
    return world


def asked(world: World) -> list[tuple[str, str]]:
    rows = sorted(world.rows(Notice, Notice.kind == NOTICE), key=lambda row: row.created_at)
    return [(row.created_at.strftime("%d %H:%M"), row.role or "person") for row in rows]


def test_what_is_not_known_is_asked_for_on_working_days_and_then_climbs(registry: World) -> None:
    world = registry
    world.start("registro", "2026-06-04T10:00:00+02:00")  # a Thursday; the table works from nine to five
    assert world.rows(Deadline) == []
    for day in range(5, 16):
        world.worker_at(f"2026-06-{day:02}T10:00:00+02:00")
    assert asked(world) == [
        ("04 08:00", "operatrice"),
        ("05 08:00", "operatrice"),
        ("08 08:00", "operatrice"),
        ("09 08:00", "responsabile"),
        ("10 08:00", "coordinamento"),
        ("11 08:00", "coordinamento"),
        ("12 08:00", "coordinamento"),
        ("15 08:00", "coordinamento"),
    ]
    assert world.rows(Deadline) == [], "nothing counts from a guess"
    (incident,) = world.rows(Incident)
    assert (incident.code, incident.resolved_at) == ("deadline_conclusion_date_unknown", None)
    assert_rows_follow_from_state(world.network_id)


def test_a_date_that_is_stated_sets_the_clock_from_it(registry: World) -> None:
    world = registry
    case = world.start("registro", "2026-06-01T10:00:00+02:00")
    task_id = world.task(case, "aspetta")
    with world.at("2026-06-01T12:00:00+02:00") as session:
        (unknown,) = stating.of_task(session, session.get_one(UserTask, task_id))
        assert (unknown.name, unknown.label_it, unknown.with_time, unknown.askable) == (
            "iscritta_il",
            "Iscritta il",
            False,
            True,
        )
        stating.state(session, world.people["operatrice.cav"], task_id, {"iscritta_il": ENTERED})
    (row,) = world.rows(Deadline)
    assert (row.clock, row.state) == (DeadlineClock.CONCLUSION, DeadlineStatus.ARMED)
    assert (row.starts_at, row.due_at) == (moment("2026-05-30T00:00:00+02:00"), moment("2026-06-04T00:00:00+02:00"))
    (incident,) = world.rows(Incident)
    assert incident.resolved_at == moment("2026-06-01T12:00:00+02:00")
    assert [row.kind for row in world.rows(CaseEvent, CaseEvent.kind == "date_stated")] == ["date_stated"]
    assert world.rows(UserTask, UserTask.id == task_id)[0].due_at == row.due_at
    assert_rows_follow_from_state(world.network_id)
    before = asked(world)
    world.worker_at("2026-06-02T18:00:00+02:00")
    assert asked(world) == before


def test_another_step_that_writes_the_date_sets_the_clock_too_even_into_the_past(registry: World) -> None:
    world = registry
    case = world.start("registro", "2026-06-10T10:00:00+02:00")
    world.do("2026-06-10T11:00:00+02:00", case, "chiede", {"iscritta_il": ENTERED.isoformat()})
    (row,) = world.rows(Deadline)
    assert row.due_at == moment("2026-06-04T00:00:00+02:00")
    assert world.worker_at("2026-06-10T11:00:00+02:00") == 1
    late = world.rows(Notice, Notice.deadline_id == row.id)
    assert late, "what was late before anybody knew is told at once"
    assert_rows_follow_from_state(world.network_id)


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({}, "required"),
        ({"altro": ENTERED}, "not_asked"),
        ({"iscritta_il": moment("2026-05-30T10:00:00+02:00")}, "not_a_date"),
        ({"iscritta_il": date(1926, 5, 30)}, "too_far_away"),
    ],
)
def test_a_date_that_cannot_be_right_is_refused(registry: World, dates: dict[str, date], code: str) -> None:
    world = registry
    task_id = world.task(world.start("registro", START), "aspetta")
    with world.at(after(hours=1)) as session:
        with pytest.raises(errors.InvalidValue) as refused:
            stating.state(session, world.people["operatrice.cav"], task_id, dates)
        assert refused.value.code == code
    assert world.rows(Deadline) == []


@pytest.mark.parametrize(("who", "refusal"), [("estranea", errors.NotFound), ("coordinatrice", errors.NotFound)])
def test_only_whoever_owes_the_step_states_it(registry: World, who: str, refusal: type[errors.Refused]) -> None:
    world = registry
    task_id = world.task(world.start("registro", START), "aspetta")
    with world.at(after(hours=1)) as session, pytest.raises(refusal):
        stating.state(session, world.people[who], task_id, {"iscritta_il": ENTERED})


def test_nothing_is_asked_for_a_step_that_is_over(registry: World) -> None:
    world = registry
    case = world.start("registro", "2026-06-01T10:00:00+02:00")
    world.do("2026-06-01T11:00:00+02:00", case, "aspetta", {})
    world.worker_at("2026-06-03T18:00:00+02:00")
    assert asked(world) == [("01 08:00", "operatrice")]
    assert [row.resolved_at for row in world.rows(Incident)] == [moment("2026-06-01T11:00:00+02:00")]
