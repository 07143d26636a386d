"""Random histories of all that changes who reads what, against a list on paper, by every way in that the engine has.

What is compared are sets of (person, way in, field).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import (
    case_list,
    case_page,
    exclusion_page,
    lifecycle,
    links,
    openings,
    questions,
    submission_page,
    task_page,
)
from engine.cases.models import Case, UserTask
from engine.consent.models import Manner
from engine.participants.access import Actor
from forms import secrecy
from tests.engine.cases.conftest import START, World, moment
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.on_paper import HISTORY, NEAR, QUESTION, READERS, WHY, Act, Paper, fresh, play
from tests.engine.cases.test_handover_histories import shelters_of


@settings(max_examples=int(os.environ.get("EXAMPLES", "8")), deadline=None, suppress_health_check=list(HealthCheck))
@given(history=HISTORY)
def test_who_reads_what_is_as_it_is_noted_on_paper(world: World, history: list[tuple[list[Act], int]]) -> None:
    relay, paper, now = Relay(world, shelters_of(world)), Paper(), moment(START)
    case = relay.listened()
    linked(world, case)
    for scene, minutes in history:
        for what, whom in scene:
            now = play(relay, case, paper, what, whom, now + timedelta(minutes=minutes))
        # Who never has to do with the case is asked once, at the end.
        for person in READERS if scene is history[-1][0] else NEAR:
            assert _read(world, case, person, now) == paper.readable(person, now), (person, scene)


def linked(world: World, case: Case) -> Case:
    """Another contact of hers, which the centre alone knows of."""
    with world.at(START) as session:
        lanes, actor = {"cav": world.agencies["cav"]}, world.people["operatrice.cav"]
        other = lifecycle.start(session, actor, "staffetta", lanes=lanes)
        links.link(session, actor, case.id, other.code, manner=Manner.A_VOCE)
    return other


def _read(world: World, case: Case, person: str, now: datetime) -> set[str]:
    """Try every way in; give what was read."""
    found: set[str] = set()
    with world.at(now) as session:
        actor = fresh(session, world.people[person])
        for way in (_case, _lists, _answers, _steps, _links, _questions, _kept_out):
            with suppress(errors.Refused):
                found |= set(way(session, actor, case))
    return found


def _case(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    yield {case.code: "the case"}[case_page.case(session, actor, case.id).case.code]


def _lists(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    if any(row.code == case.code for row in case_list.page(session, actor).rows):
        yield "the list"
    if case_list.named(session, actor, case.code) is not None:
        yield "its code"


def _answers(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    opening = openings.opening("atti", secrecy.KINDS)
    for row in submission_page.rows(session, actor, case.id):
        page = submission_page.submission(session, actor, row.id, opening=opening)
        yield from (f"answer: {key}" for key in page.values)


def _steps(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    for step in session.query(UserTask.id).where(UserTask.case_id == case.id).all():
        try:
            handed = task_page.task(session, actor, step.id).handed
        except errors.NotFound:
            continue
        yield from (f"handed over: {one.key}" for one in handed)


def _links(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    if links.show(session, actor, case.id).links:
        yield "the link"


def _questions(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    lists = questions.lists(session, actor)
    if f"{QUESTION} {case.code}" in {one.question for one in (*lists.to_answer, *lists.asked)}:
        yield "the question"


def _kept_out(session: Session, actor: Actor, case: Case) -> Iterator[str]:
    if WHY in repr(exclusion_page.show(session, actor, case.id)):
        yield "why"
