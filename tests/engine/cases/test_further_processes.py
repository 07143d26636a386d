"""A further process in a case that is open already."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from engine import errors
from engine.cases import lifecycle
from engine.cases.models import CaseEvent, ProcessInstance, UserTask
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after

TYPED = protocols.process(
    "tipi",
    [protocols.start("inizio"), protocols.task("passo"), protocols.end("fatto")],
    [("inizio", "passo"), ("passo", "fatto")],
    lanes={"cav": "inizio passo fatto"},
    variables={"quanto": "number", "giorno": "date", "istante": "date-time"},
)


def further(
    world: World, case: Any, key: str, *, by: str = "operatrice.cav", minutes: int = 5, **options: Any
) -> ProcessInstance:
    with world.at(after(minutes=minutes)) as session:
        return lifecycle.start_in(session, world.people[by], case.id, key, **options)


def test_it_runs_beside_the_first_under_the_same_agencies(world: World) -> None:
    case = world.open_case()
    made = further(world, case, "conteso")
    assert (made.case_id, made.state) == (case.id, "running")
    (task,) = world.rows(UserTask, UserTask.instance_id == made.id)
    assert (task.element_id, task.agency_id) == ("passo", world.agencies["cav"])
    assert "instance_started" in {event.kind for event in world.rows(CaseEvent, CaseEvent.instance_id == made.id)}


def test_what_the_case_has_an_agency_for_already_cannot_be_given_to_another(world: World) -> None:
    case = world.open_case()
    with pytest.raises(errors.InvalidValue) as refused:
        further(world, case, "conteso", lanes={"cav": world.agencies["estraneo"]})
    assert refused.value.field == "lanes.cav"
    assert len(world.rows(ProcessInstance)) == 1


def test_a_lane_that_only_the_further_process_has_is_bound_to_the_agency_chosen(world: World) -> None:
    case = world.start("conteso")
    made = further(world, case, "tutto", lanes={"supervisione": world.agencies["supervisione"]})
    world.pass_on(after(minutes=6), case)
    agencies = {task.element_id: task.agency_id for task in world.rows(UserTask, UserTask.instance_id == made.id)}
    assert agencies == {"uno": world.agencies["cav"], "due": world.agencies["supervisione"]}


@pytest.mark.parametrize(
    ("key", "by", "kind"),
    [
        ("conteso", "estranea", errors.NotFound),
        ("conteso", "forestiera", errors.NotFound),
        ("ignoto", "operatrice.cav", errors.NotFound),
        ("su_messaggio", "operatrice.cav", errors.InvalidValue),
    ],
)
def test_who_may_not_and_what_cannot_is_refused(world: World, key: str, by: str, kind: type[Exception]) -> None:
    case = world.open_case()
    with pytest.raises(kind):
        further(world, case, key, by=by)
    assert len(world.rows(ProcessInstance)) == 1


def test_a_case_that_is_not_there_or_not_open_takes_none(world: World) -> None:
    case = world.open_case()
    with world.at(after(minutes=1)) as session, pytest.raises(errors.NotFound):
        lifecycle.start_in(session, world.people["operatrice.cav"], uuid4(), "conteso")
    with world.at(after(minutes=1)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="Aperto per errore")
    with pytest.raises(errors.CaseClosed):
        further(world, case, "conteso")


def test_values_come_typed_or_as_json_writes_them(world: World) -> None:
    with world.at(after(minutes=1)) as session:
        deployment.deploy(session, world.people["progettista"], {"tipi.bpmn": TYPED}, forms_given={})
    case = world.open_case()
    written = {"quanto": Decimal("1.5"), "giorno": "2026-03-02", "istante": "2026-03-02T09:00:00+01:00"}
    typed = {**written, "giorno": date(2026, 3, 2), "istante": datetime(2026, 3, 2, 8, tzinfo=UTC)}
    for number, variables in enumerate((written, typed), 5):
        assert further(world, case, "tipi", minutes=number, variables=variables).state == "running"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quanto", "1.5"),
        ("quanto", True),
        ("giorno", "2026-02-30"),
        ("giorno", "02/03/2026"),
        ("giorno", "1026-03-02"),
        ("giorno", datetime(2026, 3, 2, tzinfo=UTC)),
        ("istante", "2026-03-02T09:00:00"),
        ("istante", "2026-03-02"),
        ("istante", "0001-01-01T00:00:00+14:00"),
        ("istante", 0),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused(world: World, name: str, value: object) -> None:
    with world.at(after(minutes=1)) as session:
        deployment.deploy(session, world.people["progettista"], {"tipi.bpmn": TYPED}, forms_given={})
    case = world.open_case()
    with pytest.raises(errors.InvalidAnswer) as refused:
        further(world, case, "tipi", variables={name: value})
    assert refused.value.errors == {name: "wrong_type"}
