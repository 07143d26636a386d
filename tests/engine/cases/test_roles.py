"""Who may do what: every verb, by every role, in the owing agency, in another one, and on what is not there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import (
    case_page,
    corrections,
    inbox,
    incidents,
    lifecycle,
    messages,
    reassignment,
    submission_page,
    task_page,
    tasks,
)
from engine.cases.models import FormSubmission, Incident, TaskStatus, UserTask
from engine.cases.narrowing import Narrowing
from engine.oversight import board
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import CaseParticipation, Role
from tests.engine.cases.conftest import World, after

SOON = after(minutes=10)
ANSWER = {"obbligatoria": "risposta"}
OK, FORBIDDEN, NOT_FOUND = "ok", "forbidden", "not_found"


@dataclass(frozen=True)
class Scene:
    """A case with an open step, one of the actor's own, an answered one and an incident; or ids of nothing."""

    case_id: UUID
    case_code: str
    open_id: UUID
    held_id: UUID
    answer_id: UUID
    incident_id: UUID
    colleague_id: UUID


Verb = Callable[[Session, Actor, Scene], Any]

ON_A_CASE: dict[str, Verb] = {
    "claim": lambda session, actor, scene: tasks.claim(session, actor, scene.open_id),
    "release": lambda session, actor, scene: tasks.release(session, actor, scene.held_id, reason="x"),
    "take_over": lambda session, actor, scene: tasks.take_over(session, actor, scene.open_id, reason="x"),
    "offer": lambda session, actor, scene: reassignment.offer(
        session, actor, scene.open_id, to=scene.colleague_id, reason="x"
    ),
    "save_draft": lambda session, actor, scene: tasks.save_draft(session, actor, scene.held_id, {"nota": "x"}),
    "complete": lambda session, actor, scene: tasks.complete(session, actor, scene.held_id, ANSWER),
    "correct": lambda session, actor, scene: corrections.correct(session, actor, scene.answer_id, ANSWER, reason="x"),
    "cancel": lambda session, actor, scene: lifecycle.cancel(session, actor, scene.case_id, reason="x"),
    "deliver": lambda session, actor, scene: messages.deliver(session, actor, "MSG_INIZIO", case_code=scene.case_code),
    "retry": lambda session, actor, scene: incidents.retry(session, actor, scene.incident_id),
    "task page": lambda session, actor, scene: task_page.task(session, actor, scene.open_id),
    "case page": lambda session, actor, scene: case_page.case(session, actor, scene.case_id),
    "submission page": lambda session, actor, scene: submission_page.submission(session, actor, scene.answer_id),
}

# What each role gets in the agency that owes the steps. In any other agency, and for what does not exist, the answer is
# NOT_FOUND, unless the role may not do such a thing anywhere (FORBIDDEN says so before anything is looked up).
OWN: dict[str, dict[Role, str]] = {
    "claim": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "release": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "take_over": {Role.OPERATRICE: FORBIDDEN, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "offer": {Role.OPERATRICE: FORBIDDEN, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "save_draft": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "complete": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "correct": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: FORBIDDEN},
    "cancel": {Role.OPERATRICE: FORBIDDEN, Role.RESPONSABILE: OK, Role.COORDINAMENTO: OK},
    "deliver": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: OK},
    "retry": {Role.OPERATRICE: FORBIDDEN, Role.RESPONSABILE: OK, Role.COORDINAMENTO: OK},
    "task page": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: OK},
    "case page": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: OK},
    "submission page": {Role.OPERATRICE: OK, Role.RESPONSABILE: OK, Role.COORDINAMENTO: OK},
}
# Roles of no case: nothing is there for them; where the role is asked first, they hear that.
ASKED_FIRST = {"deliver", "retry"}


def outcome(act: Callable[[], Any]) -> str:
    try:
        act()
    except errors.NotFound:
        return NOT_FOUND
    except errors.Forbidden:
        return FORBIDDEN
    return OK


class Undone(Exception):
    """Takes back what a verb has done, so that the next one finds the scene as it was."""


def tried(world: World, act: Callable[[Session], Any]) -> str:
    found = ""
    with contextlib.suppress(Undone), world.at(SOON) as session:
        found = outcome(lambda: act(session))
        raise Undone
    return found


@pytest.fixture
def scene(world: World) -> Scene:
    answered = world.start("telefonata")
    world.do(SOON, answered, "apre", ANSWER)
    case = world.start("conteso")
    other = world.start("conteso")
    with world.at(SOON) as session:
        incident = Incident(network_id=world.network_id, case_id=case.id, code="prova")
        session.add(incident)
    (answer,) = world.rows(FormSubmission)
    colleague = world.people["collega.cav"].user_id
    assert colleague is not None
    steps = world.task(case, "passo"), world.task(other, "passo")
    return Scene(case.id, case.code, *steps, answer.id, incident.id, colleague)


def somebody(world: World, agency: str, role: Role) -> Actor:
    with world.at(SOON) as session:
        user = directory.create_user(session, username=f"persona.{role}.{agency}", display_name="x", password="x" * 20)
        directory.create_membership(
            session, network_id=world.network_id, user_id=user.id, agency_id=world.agencies[agency], role=role
        )
        actor = directory.actor(session, user.id, world.network_id)
    assert actor is not None
    return actor


def hold(world: World, actor: Actor, task_id: UUID) -> None:
    """Make somebody the holder of a task past every rule, so that only the role of who acts decides."""
    with world.at(SOON) as session:
        task = session.get_one(UserTask, task_id)
        task.state, task.assignee_id = TaskStatus.CLAIMED, actor.user_id


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("agency", ["cav", "estraneo"])
def test_each_role_may_do_what_is_written_and_nothing_else(world: World, scene: Scene, agency: str, role: Role) -> None:
    actor = somebody(world, agency, role)
    hold(world, actor, scene.held_id)
    found = {}
    for name, verb in ON_A_CASE.items():
        found[name] = tried(world, lambda session, verb=verb: verb(session, actor, scene))
    expected = {name: _expected(name, agency, role) for name in ON_A_CASE}
    assert found == expected


def _expected(verb: str, agency: str, role: Role) -> str:
    if role not in OWN[verb]:
        return FORBIDDEN if verb in ASKED_FIRST else NOT_FOUND
    if agency == "cav":
        return OWN[verb][role]
    if OWN[verb][role] is FORBIDDEN and verb in ASKED_FIRST:
        return FORBIDDEN
    return NOT_FOUND


@pytest.mark.parametrize("role", Role)
def test_what_does_not_exist_answers_like_what_is_not_mine(world: World, scene: Scene, role: Role) -> None:
    nothing = Scene(uuid4(), "2222-22", uuid4(), uuid4(), uuid4(), uuid4(), uuid4())
    actor = somebody(world, "estraneo", role)
    for name, verb in ON_A_CASE.items():
        absent = tried(world, lambda session, verb=verb: verb(session, actor, nothing))
        foreign = tried(world, lambda session, verb=verb: verb(session, actor, scene))
        assert (name, absent) == (name, foreign)


@pytest.mark.parametrize("role", Role)
def test_only_who_works_on_cases_starts_one_and_only_who_leads_sees_the_board(world: World, role: Role) -> None:
    actor = somebody(world, "cav", role)
    lanes = {"cav": world.agencies["cav"]}
    with world.at(SOON) as session:
        assert (outcome(lambda: lifecycle.start(session, actor, "conteso", lanes=lanes)) == OK) is (
            role in {Role.OPERATRICE, Role.RESPONSABILE}
        )
        assert (outcome(lambda: board.overdue(session, actor)) == OK) is (
            role in {Role.RESPONSABILE, Role.COORDINAMENTO}
        )


@pytest.mark.parametrize(("agency", "role"), [("cav", Role.PROGETTISTA), ("estraneo", Role.OPERATRICE)])
def test_lists_show_nothing_of_other_peoples_cases(world: World, agency: str, role: Role) -> None:
    case = world.open_case()
    actor = somebody(world, agency, role)
    with world.at(SOON) as session:
        for tab in inbox.Tab:
            assert inbox.page(session, actor, tab=tab).rows == ()
        assert inbox.page(session, actor, narrowing=Narrowing(code=case.code)).counts == {
            "to_take": 0,
            "mine": 0,
            "others": 0,
        }


def test_another_agencys_step_shows_only_that_it_exists(world: World) -> None:
    case = world.start("tutto")
    world.claim(after(minutes=1), case, "due", by="supervisora")
    with world.at(SOON) as session:
        page = case_page.case(session, world.people["supervisora"], case.id)
        steps = {(step.label, step.own, step.task_id is None) for step in page.steps}
        assert steps == {(None, False, True), ("Passo due", True, False)}
        with pytest.raises(errors.NotFound):
            task_page.task(session, world.people["supervisora"], world.task(case, "uno"))


def test_an_agency_that_no_longer_takes_part_sees_nothing_more(world: World) -> None:
    case = world.start("tutto")
    world.claim(after(minutes=1), case, "due", by="supervisora")
    with world.at(SOON) as session:
        query = select(CaseParticipation).where(CaseParticipation.agency_id == world.agencies["supervisione"])
        session.scalars(query).one().until = SOON
    with world.at(after(minutes=11)) as session:
        assert outcome(lambda: case_page.case(session, world.people["supervisora"], case.id)) == NOT_FOUND
        assert inbox.page(session, world.people["supervisora"]).rows == ()
