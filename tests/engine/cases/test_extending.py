"""Extending a term: asked for by one, decided by another, and what it was is judged all the same."""

from __future__ import annotations

from typing import Any

import pytest

from engine import errors
from engine.cases import extending, tasks
from engine.cases.models import Case, CaseEvent, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state


@pytest.fixture
def case(world: World) -> Case:
    """A step whose conclusion is due after a day (E1), taken by a worker."""
    made = world.start("orologi", urgenza="alta")
    world.claim(after(minutes=5), made, "passo")
    return made


def asked(world: World, case: Case, *, by: str = "operatrice.cav", hours: float = 48, at: float = 1) -> Any:
    task_id = world.task(case, "passo")
    with world.at(after(hours=at)) as session:
        return extending.propose(
            session,
            world.people[by],
            task_id,
            DeadlineClock.CONCLUSION,
            to=after(hours=hours),
            reason="La donna è in ospedale",
        ).id


def decided(
    world: World, extension_id: Any, *, approve: bool = True, by: str = "responsabile.cav", at: float = 2
) -> None:
    with world.at(after(hours=at)) as session:
        extending.decide(session, world.people[by], extension_id, approve=approve)


def conclusions(world: World) -> list[Deadline]:
    return sorted(world.rows(Deadline, Deadline.clock == DeadlineClock.CONCLUSION), key=lambda row: row.starts_at)


def test_another_person_extends_and_the_ladder_begins_anew(world: World, case: Case) -> None:
    extension_id = asked(world, case)
    assert [row.user_id for row in world.rows(Notice, Notice.kind == "extension_asked")] == [
        world.people["responsabile.cav"].user_id
    ]
    with world.at(after(hours=1.5)) as session:
        task = session.get_one(UserTask, world.task(case, "passo"))
        (waits,) = extending.of_task(session, world.people["responsabile.cav"], task)
        assert (waits.reason, waits.may_decide) == ("La donna è in ospedale", True)
        (waits,) = extending.of_task(session, world.people["operatrice.cav"], task)
        assert not waits.may_decide
    decided(world, extension_id)
    before, now = conclusions(world)
    assert (before.state, before.due_at, now.extends_id) == (DeadlineStatus.EXTENDED, after(hours=24), before.id)
    assert (now.state, now.due_at) == (DeadlineStatus.ARMED, after(hours=48))
    assert {rung.state for rung in world.rows(Rung, Rung.deadline_id == before.id)} == {RungStatus.VOID}
    steps = world.rows(Rung, Rung.deadline_id == now.id, Rung.state == RungStatus.WAITING)
    assert min(rung.due_at for rung in steps) == after(hours=25), "a reminder after half of what is left"
    assert world.rows(UserTask)[0].due_at == now.due_at
    assert_rows_follow_from_state(world.network_id)


def test_what_is_done_in_the_longer_term_is_late_by_the_first_one(world: World, case: Case) -> None:
    decided(world, asked(world, case))
    world_task = world.task(case, "passo")
    with world.at(after(hours=30)) as session:
        tasks.complete(session, world.people["operatrice.cav"], world_task, {})
    before, now = conclusions(world)
    assert (before.state, before.kept, before.happened_at) == (DeadlineStatus.EXTENDED, False, after(hours=30))
    assert (now.state, now.kept) == (DeadlineStatus.STOPPED, True)


def test_a_breach_stays_one_though_the_term_is_extended_after_it(world: World, case: Case) -> None:
    world.worker_at(after(hours=24))
    decided(world, asked(world, case, at=25), at=26)
    before, now = conclusions(world)
    assert RungStatus.FIRED in {rung.state for rung in world.rows(Rung, Rung.deadline_id == before.id)}
    assert now.due_at == after(hours=48)
    world.worker_at(after(hours=48))
    assert len(world.rows(Notice, Notice.kind == "breach", Notice.deadline_id == now.id)) == 1


def test_what_is_refused_leaves_everything_as_it_is(world: World, case: Case) -> None:
    decided(world, asked(world, case), approve=False)
    (row,) = conclusions(world)
    assert (row.state, row.due_at) == (DeadlineStatus.ARMED, after(hours=24))
    assert [row.user_id for row in world.rows(Notice, Notice.kind == "extension_refused")] == [
        world.people["operatrice.cav"].user_id
    ]
    kinds = {row.kind for row in world.rows(CaseEvent)}
    assert {"extension_asked", "extension_refused"} <= kinds


def test_nobody_decides_on_her_own_nor_without_a_part(world: World, case: Case) -> None:
    extension_id = asked(world, case)
    with pytest.raises(errors.MustBeAnotherPerson):
        decided(world, extension_id, by="operatrice.cav")
    with pytest.raises(errors.Forbidden):
        decided(world, extension_id, by="collega.cav")  # the agency has a lead
    for who in ("estranea", "coordinatrice"):
        with pytest.raises(errors.NotFound):
            decided(world, extension_id, by=who)
    decided(world, extension_id)
    with pytest.raises(errors.Conflict, match="extension_over"):
        decided(world, extension_id, at=3)


def test_where_the_lead_asks_a_colleague_decides(world: World, case: Case) -> None:
    decided(world, asked(world, case, by="responsabile.cav"), by="collega.cav")
    assert conclusions(world)[-1].due_at == after(hours=48)


@pytest.mark.parametrize(
    ("hours", "by", "code"), [(24, "operatrice.cav", "not_later"), (24 * 400, "operatrice.cav", "not_later")]
)
def test_a_term_is_only_made_longer_and_not_without_end(
    world: World, case: Case, hours: int, by: str, code: str
) -> None:
    with pytest.raises(errors.InvalidValue, match="to") as refused:
        asked(world, case, hours=hours, by=by)
    assert refused.value.code == code


def test_a_term_of_law_is_not_ours_to_extend(world: World) -> None:
    case = world.start("orologi")
    world.claim(after(minutes=5), case, "passo")
    with pytest.raises(errors.Conflict, match="term_of_law"):
        asked(world, case, hours=24 * 60)


def test_only_one_extension_waits_at_a_time(world: World, case: Case) -> None:
    asked(world, case)
    with pytest.raises(errors.Conflict, match="extension_under_way"):
        asked(world, case, hours=72)


def test_an_extension_of_a_step_that_is_done_is_over(world: World, case: Case) -> None:
    extension_id = asked(world, case)
    with world.at(after(hours=1.5)) as session:
        tasks.complete(session, world.people["operatrice.cav"], world.task(case, "passo"), {})
    with pytest.raises(errors.TaskNotOpen):
        decided(world, extension_id)
