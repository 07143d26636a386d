"""A request that is declined: who said no is marked, chosen again only on purpose, and who asked is told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from engine import errors, notifications
from engine.cases import task_page, tasks
from engine.cases.models import Case, TaskStatus, UserTask
from engine.cases.task_page import LaneChoice
from engine.notifications.notices import NoticeRow
from tests.engine.cases.conftest import World, after

NO = {"esito_invio": "declina", "motivo_rifiuto": "lingua"}
TOLD = {"mittente_avvisato": True}


@pytest.fixture
def case(world: World) -> Case:
    """A case that the supervision sends to the centre, which declines it after ten minutes."""
    case = world.start("accoglienza_cav", by="supervisora", rischio_segnalato="ALTO", canale="pronto_soccorso")
    world.do(after(minutes=10), case, "accetta_invio", NO)
    return case


def choice(world: World, case: Case, instant: datetime) -> LaneChoice:
    task_id = world.claim(instant, case, "riassegna_invio", by="operatrice.capofila")
    with world.at(instant) as session:
        (asked,) = task_page.task(session, world.people["operatrice.capofila"], task_id).lane_choices
    return asked


def give(world: World, case: Case, agency: str, instant: datetime, *again: str) -> UUID:
    task_id = world.claim(instant, case, "riassegna_invio", by="operatrice.capofila")
    with world.at(instant) as session:
        actor, lanes = world.people["operatrice.capofila"], {"cav": world.agencies[agency]}
        tasks.complete(session, actor, task_id, TOLD, lanes=lanes, lanes_again=again)
    world.pass_on(instant, case)
    return task_id


def told(world: World, name: str) -> list[str]:
    with world.at(after(hours=2)) as session:
        kinds = [notice.kind for notice in notifications.inbox(session, world.people[name])]
    return [kind for kind in kinds if kind.startswith("request")]


def test_the_choice_marks_who_said_no_and_when(world: World, case: Case) -> None:
    asked = choice(world, case, after(minutes=11))
    assert [(no.agency_id, no.at) for no in asked.declined] == [(world.agencies["cav"], after(minutes=10))]


def test_each_of_several_that_said_no_is_marked(world: World, case: Case) -> None:
    give(world, case, "estraneo", after(minutes=20))
    world.do(after(minutes=30), case, "accetta_invio", NO, by="estranea")
    asked = choice(world, case, after(minutes=31))
    assert {(no.agency_id, no.at) for no in asked.declined} == {
        (world.agencies["cav"], after(minutes=10)),
        (world.agencies["estraneo"], after(minutes=30)),
    }


def test_choosing_it_again_needs_to_be_on_purpose(world: World, case: Case) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        give(world, case, "cav", after(minutes=20))
    assert (refused.value.field, refused.value.code) == ("lanes.cav", "declined_before")
    give(world, case, "cav", after(minutes=21), "cav")
    (task,) = world.rows(UserTask, UserTask.element_id == "accetta_invio", UserTask.state == TaskStatus.OPEN)
    assert task.agency_id == world.agencies["cav"]


def test_another_centre_needs_no_confirmation(world: World, case: Case) -> None:
    give(world, case, "estraneo", after(minutes=20))
    (task,) = world.rows(UserTask, UserTask.element_id == "accetta_invio", UserTask.state == TaskStatus.OPEN)
    assert task.agency_id == world.agencies["estraneo"]


def test_a_confirmation_for_a_lane_that_the_step_does_not_give_is_refused(world: World, case: Case) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        give(world, case, "estraneo", after(minutes=20), "capofila")
    assert (refused.value.field, refused.value.code) == ("lanes.capofila", "no_such_lane")


def test_who_asked_hears_of_the_no_and_of_the_next_centre_and_nothing_else(world: World, case: Case) -> None:
    assert told(world, "supervisora") == ["request_declined"]
    give(world, case, "estraneo", after(minutes=20))
    assert sorted(told(world, "supervisora")) == ["request_declined", "request_reassigned"]
    others = set(world.people) - {"supervisora"}
    assert {kind for name in others for kind in told(world, name)} & {"request_declined", "request_reassigned"} == set()


def test_that_a_request_was_declined_is_settled_when_another_centre_has_it(world: World, case: Case) -> None:
    def declined() -> NoticeRow:
        with world.at(after(hours=2)) as session:
            rows = notifications.inbox(session, world.people["supervisora"])
            return next(row for row in rows if row.kind == "request_declined")

    assert (declined().settled, declined().task_id) == (False, None)  # the step is not hers
    give(world, case, "estraneo", after(minutes=20))
    assert (declined().settled, declined().settled_at) == (True, after(minutes=20))


def test_who_declined_its_own_request_or_chooses_itself_is_not_told_what_it_did(world: World) -> None:
    own = world.open_case()
    world.do(after(minutes=10), own, "accetta_invio", NO)
    assert told(world, "operatrice.cav") == []
    sent = world.start("accoglienza_cav", by="operatrice.capofila", rischio_segnalato="ALTO", canale="altro")
    world.do(after(minutes=10), sent, "accetta_invio", NO)
    give(world, sent, "estraneo", after(minutes=20))
    assert told(world, "operatrice.capofila") == []
