"""Steps kept apart: who did one does not do the other, also when somebody types what an agency said by telephone."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import case_page, handover_page, inbox, task_page, tasks
from engine.cases.models import Case, CaseEvent, TaskStatus, UserTask
from engine.participants.access import Action
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.test_concurrency import at_once


@pytest.fixture
def proposed(world: World) -> Case:
    """A case in which `operatrice.cav` has proposed, and the agency on the telephone has to say what it thinks."""
    case = world.start("pareri")
    world.do(START, case, "propone", {})
    return case


def opinion(world: World, case: Case, step: str, *, by: str, **said: Any) -> None:
    world.do(after(minutes=5), case, step, {}, by=by, on_behalf_of=world.agencies["telefono"], **said)


def test_whoever_did_the_earlier_step_does_not_type_the_opinion_of_another_agency(world: World, proposed: Case) -> None:
    with pytest.raises(errors.MustBeAnotherPerson):
        opinion(world, proposed, "parere", by="operatrice.cav", decided_by="presidente")


def test_whoever_typed_an_opinion_does_not_type_the_one_kept_apart_from_it(world: World, proposed: Case) -> None:
    opinion(world, proposed, "parere", by="collega.cav", decided_by="presidente")
    with pytest.raises(errors.MustBeAnotherPerson):
        opinion(world, proposed, "riparere", by="collega.cav", decided_by="vicepresidente")
    opinion(world, proposed, "riparere", by="operatrice.cav", decided_by="vicepresidente")


@pytest.mark.parametrize("said", [None, "", "  "])
def test_it_must_be_said_who_decided(world: World, proposed: Case, said: str | None) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        opinion(world, proposed, "parere", by="collega.cav", decided_by=said)
    assert (refused.value.field, refused.value.code) == ("decided_by", "required")
    assert [row.state for row in world.rows(UserTask, UserTask.element_id == "parere")] == [TaskStatus.CLAIMED]


@pytest.mark.parametrize("name", ["operatrice.cav", " Operatrice.CAV "])
def test_whoever_decides_there_is_not_who_did_the_earlier_step(world: World, proposed: Case, name: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        opinion(world, proposed, "parere", by="collega.cav", decided_by=name)
    assert refused.value.code == "must_be_another_person"


def test_nor_who_decided_the_earlier_one_by_telephone(world: World, proposed: Case) -> None:
    opinion(world, proposed, "parere", by="collega.cav", decided_by="La presidente")
    with pytest.raises(errors.InvalidValue) as refused:
        opinion(world, proposed, "riparere", by="operatrice.cav", decided_by="la  Presidente")
    assert refused.value.code == "must_be_another_person"


def test_where_nothing_is_kept_apart_it_may_be_said_and_need_not(world: World, proposed: Case) -> None:
    opinion(world, proposed, "parere", by="collega.cav", decided_by="presidente")
    opinion(world, proposed, "riparere", by="operatrice.cav", decided_by="vicepresidente")
    opinion(world, proposed, "annota", by="operatrice.cav")


def test_who_decides_in_her_own_agency_is_who_acts(world: World) -> None:
    case = world.start("pareri")
    with pytest.raises(errors.InvalidValue) as refused:
        world.do(START, case, "propone", {}, decided_by="un'altra")
    assert refused.value.code == "only_on_behalf"


@pytest.mark.parametrize("name", ["x" * 201, "una\nriga"])
def test_a_name_is_one_line(world: World, proposed: Case, name: str) -> None:
    with pytest.raises(errors.InvalidValue) as refused:
        opinion(world, proposed, "parere", by="collega.cav", decided_by=name)
    assert refused.value.code == "invalid_name"


def test_who_decided_stands_in_the_history_sealed(world: World, proposed: Case) -> None:
    opinion(world, proposed, "parere", by="collega.cav", decided_by="la presidente")
    with world.at(after(minutes=6)) as session:
        timeline = case_page.case(session, world.people["operatrice.cav"], proposed.id).timeline
    said = [line.decided_by for line in timeline if line.kind == "task_completed"]
    assert said == ["la presidente", None]
    assert all(b"la presidente" not in (event.sealed or b"") for event in world.rows(CaseEvent))


def test_whoever_is_excluded_is_not_offered_the_step_and_is_told_why(world: World, proposed: Case) -> None:
    task_id = world.task(proposed, "parere")
    for name, other in [("operatrice.cav", True), ("collega.cav", False)]:
        with world.at(after(minutes=5)) as session:
            (row,) = inbox.page(session, world.people[name]).rows
            before = handover_page.of_task(session, world.people[name], task_id)
            assert before is not None
            page = handover_page.show(session, world.people[name], before)
        assert (page.must_be_another, row.must_be_another) == (other, other)
    world.claim(after(minutes=6), proposed, "parere", by="collega.cav", on_behalf_of=world.agencies["telefono"])
    with world.at(after(minutes=7)) as session:
        assert task_page.task(session, world.people["collega.cav"], task_id).must_name_decider


def test_a_lead_who_did_the_earlier_step_is_not_offered_to_take_over(world: World) -> None:
    case = world.start("telefonata")
    world.do(START, case, "apre", {"obbligatoria": "x"}, by="responsabile.cav")
    world.do(START, case, "ospita", {"obbligatoria": "x"}, on_behalf_of=world.agencies["telefono"])
    task_id = world.claim(after(minutes=1), case, "controlla")
    with world.at(after(minutes=2)) as session:
        page = task_page.task(session, world.people["responsabile.cav"], task_id)
        assert (page.must_be_another, Action.TAKE_OVER in page.may) == (True, False)
        with pytest.raises(errors.MustBeAnotherPerson):
            tasks.take_over(session, world.people["responsabile.cav"], task_id, reason="x")


def test_whichever_of_two_steps_kept_apart_is_done_first_the_other_is_another_person_s(world: World) -> None:
    for first, then in (("primo", "secondo"), ("secondo", "primo")):
        case = world.start("appaiati")
        world.do(after(minutes=1), case, first, {})
        with pytest.raises(errors.MustBeAnotherPerson):
            world.claim(after(minutes=2), case, then)
        world.do(after(minutes=3), case, then, {}, by="collega.cav")


def test_two_steps_kept_apart_are_never_both_done_by_one_person_however_many_act_at_once(world: World) -> None:
    """She holds both before either is done; colleagues claim, release and complete at the same moment."""
    people = [world.people[name] for name in ("operatrice.cav", "collega.cav")]
    chance = random.Random(6)  # noqa: S311 - no secret
    for _round in range(8):
        case = world.start("appaiati")
        steps = [world.task(case, name) for name in ("primo", "secondo")]
        acts: list[Callable[[Session], Any]] = []
        for actor, step in product(people, steps):
            acts.append(lambda session, actor=actor, step=step: tasks.claim(session, actor, step))
            acts.append(lambda session, actor=actor, step=step: tasks.complete(session, actor, step, {}))
            acts.append(lambda session, actor=actor, step=step: tasks.release(session, actor, step, reason="x"))
        for step in steps:
            world.claim(after(minutes=1), case, "primo" if step == steps[0] else "secondo")
        # Both are hers: two completions race, then whatever else comes.
        both = [acts[number] for number in (1, 4)]
        ends = at_once([*both, *chance.sample(acts, 4)], [after(minutes=2)] * 6)
        done = world.rows(UserTask, UserTask.case_id == case.id, UserTask.state == TaskStatus.COMPLETED)
        assert len({row.completed_by_id for row in done}) == len(done), ends
        assert ends[:2].count("done") <= 1
