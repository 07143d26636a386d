"""Who stands in takes over what the absent one holds: nothing more, nobody's for good, past nothing that keeps out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from engine import errors
from engine.audit import AuditEntry
from engine.cases import case_page, exclusions, standing_in, task_page, tasks
from engine.cases.models import Case, TaskStatus, UserTask
from engine.notifications.models import Notice
from engine.participants import directory, substitutes
from engine.participants.access import Action
from engine.participants.models import Substitution
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.test_concurrency import at_once

AWAY, OTHER, LEAD = "operatrice.cav", "collega.cav", "responsabile.cav"
NOW = after(minutes=30)
BACK = after(days=7)


def appoint(world: World, *, by: str = AWAY, at: Any = START, **said: Any) -> UUID:
    absent, substitute = said.pop("absent", AWAY), said.pop("substitute", OTHER)
    with world.at(at) as session:
        row = substitutes.appoint(
            session,
            world.people[by],
            world.agencies[said.pop("agency", "cav")],
            absent=world.people[absent].user_id,
            substitute=world.people[substitute].user_id,
            **{"until": BACK, **said},
        )
        return row.id


def take_over(world: World, task_id: UUID, *, by: str = OTHER, at: Any = NOW) -> None:
    with world.at(at) as session:
        tasks.take_over(session, world.people[by], task_id, reason="assenza")


@pytest.fixture
def held(world: World) -> tuple[Case, UUID]:
    """A case with a step that the absent one holds."""
    case = world.start("appaiati")
    return case, world.claim(after(minutes=10), case, "primo")


def test_a_substitute_takes_over_what_the_absent_one_holds(world: World, held: tuple[Case, UUID]) -> None:
    case, task_id = held
    with pytest.raises(errors.Forbidden):
        take_over(world, task_id)
    substitution = appoint(world)
    with world.at(NOW) as session:
        assert [step.task_id for step in standing_in.steps(session, world.people[OTHER])] == [task_id]
        assert Action.TAKE_OVER in task_page.task(session, world.people[OTHER], task_id).may
    take_over(world, task_id)
    (task,) = world.rows(UserTask, UserTask.id == task_id)
    assert (task.state, task.assignee_id) == (TaskStatus.CLAIMED, world.people[OTHER].user_id)
    assert [told.user_id for told in world.rows(Notice, Notice.kind == "taken_over")] == [world.people[AWAY].user_id]
    with world.at(NOW) as session:
        line = next(
            line
            for line in case_page.case(session, world.people[AWAY], case.id).timeline
            if line.kind == "task_taken_over"
        )
    assert (line.actor_name, line.instead_of) == (OTHER, AWAY)
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "task.substituted")
    assert entry.details == {"substitution": str(substitution), "absent": str(world.people[AWAY].user_id)}


@pytest.mark.parametrize(
    ("since", "until", "at"),
    [(after(hours=1), BACK, NOW), (START, after(minutes=30), NOW), (START, BACK, after(days=8))],
)
def test_before_its_time_and_after_it_there_is_none(
    world: World, held: tuple[Case, UUID], since: Any, until: datetime, at: datetime
) -> None:
    appoint(world, since=since if isinstance(since, datetime) else None, until=until)
    with world.at(at) as session:
        assert standing_in.steps(session, world.people[OTHER]) == ()
    with pytest.raises(errors.Forbidden):
        take_over(world, held[1], at=at)


def test_it_is_hers_or_her_lead_s_to_say_and_of_two_who_work_there(world: World) -> None:
    for said, refusal in (
        ({"by": OTHER}, errors.Forbidden),
        ({"by": "coordinatrice"}, errors.Forbidden),
        ({"by": "progettista"}, errors.Forbidden),
        ({"by": "estranea"}, errors.Forbidden),
        ({"substitute": AWAY}, errors.InvalidValue),
        ({"substitute": "estranea"}, errors.InvalidValue),
        ({"substitute": "forestiera"}, errors.InvalidValue),
        ({"by": LEAD, "absent": "estranea"}, errors.InvalidValue),
        ({"agency": "estraneo"}, errors.Forbidden),
        ({"until": after(minutes=-1)}, errors.InvalidValue),
        ({"until": after(days=400)}, errors.InvalidValue),
    ):
        with pytest.raises(refusal):
            appoint(world, **said)
    appoint(world, by=LEAD)
    assert len(world.rows(Substitution)) == 1


def test_one_person_has_one_substitute_at_a_time_however_many_say_so_at_once(world: World) -> None:
    def act(session: Any, who: str, other: str) -> None:
        people = {"absent": world.people[AWAY].user_id, "substitute": world.people[other].user_id}
        substitutes.appoint(session, world.people[who], world.agencies["cav"], until=BACK, **people)

    acts = [
        lambda session, who=who, other=other: act(session, who, other)
        for who, other in [(AWAY, OTHER), (LEAD, LEAD)] * 2
    ]
    ends = at_once(acts, [NOW] * len(acts))
    assert sorted(ends) == ["InvalidValue"] * 3 + ["done"]
    appoint(world, since=BACK, until=after(days=9))


def test_either_of_the_two_ends_it_and_the_lead(world: World, held: tuple[Case, UUID]) -> None:
    for name in (AWAY, OTHER, LEAD):
        substitution = appoint(world, at=after(minutes=15))
        for stranger in ("estranea", "coordinatrice", "forestiera"):
            with pytest.raises(errors.NotFound), world.at(after(minutes=15)) as session:
                substitutes.end(session, world.people[stranger], substitution)
        with world.at(after(minutes=15)) as session:
            substitutes.end(session, world.people[name], substitution)
    with pytest.raises(errors.Forbidden):
        take_over(world, held[1])
    made = [row.action for row in world.rows(AuditEntry, AuditEntry.subject_type == "substitution")]
    assert made == ["substitution.set", "substitution.ended"] * 3


def test_who_is_kept_out_of_the_case_is_kept_out_as_a_substitute(world: World, held: tuple[Case, UUID]) -> None:
    appoint(world)
    with world.at(NOW) as session:
        exclusions.abstain(session, world.people[OTHER], held[0].id)
    with world.at(NOW) as session:
        assert standing_in.steps(session, world.people[OTHER]) == ()
    with pytest.raises(errors.NotFound):
        take_over(world, held[1])


def test_steps_that_are_kept_apart_stay_apart(world: World) -> None:
    case = world.start("appaiati")
    world.do(after(minutes=5), case, "primo", {}, by=OTHER)
    task_id = world.claim(after(minutes=6), case, "secondo")
    appoint(world)
    with pytest.raises(errors.MustBeAnotherPerson):
        take_over(world, task_id)


def test_nobody_does_for_her_what_she_may_not_do_herself(world: World) -> None:
    case = world.start("appaiati")
    task_id = world.claim(after(minutes=5), case, "secondo")
    world.do(after(minutes=6), case, "primo", {})
    appoint(world)
    with pytest.raises(errors.MustBeAnotherPerson):
        take_over(world, task_id)


def test_it_gives_no_role(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(after(minutes=10), case, "passo", by="collega.cav")
    appoint(world, by=LEAD, absent=LEAD, substitute=AWAY)
    with pytest.raises(errors.Forbidden):
        take_over(world, task_id, by=AWAY)


def test_it_gives_nothing_of_whoever_works_there_no_longer(world: World, held: tuple[Case, UUID]) -> None:
    appoint(world)
    with world.at(NOW) as session:
        directory.disable_user(session, world.people[AWAY].user_id)
    with pytest.raises(errors.Forbidden):
        take_over(world, held[1])


def test_what_would_be_offered_to_the_absent_one_is_offered_to_who_stands_in(world: World) -> None:
    case = world.start("conosciuta")
    world.do(after(minutes=5), case, "accoglie", {})
    appoint(world)
    world.do(NOW, case, "scrive", {}, by=LEAD)
    (task,) = world.rows(UserTask, UserTask.case_id == case.id, UserTask.element_id == "richiama")
    assert task.offered_to_id == world.people[OTHER].user_id


def test_the_reminder_of_a_step_reaches_who_stands_in_too(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    world.claim(after(minutes=10), case, "passo")
    appoint(world, at=after(hours=1))
    world.worker_at(after(hours=12))
    told = {notice.user_id for notice in world.rows(Notice, Notice.kind == "reminder")}
    assert told == {world.people[AWAY].user_id, world.people[OTHER].user_id}
