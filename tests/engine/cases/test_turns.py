"""Steps of which one at a time is done: people choose which by taking it, also when several take at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from engine import clock, db, errors
from engine.cases import reopening, tasks
from engine.cases.models import Case, TaskStatus, UserTask
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after, moment


@pytest.fixture
def case(world: World) -> Case:
    steps = "".join(protocols.task(key) for key in ("chiama", "scrivi", "visita"))
    inner = f'<bpmn:adHocSubProcess id="contatti" ordering="Sequential">{steps}</bpmn:adHocSubProcess>'
    source = protocols.process(
        "a_scelta",
        [protocols.start("inizio"), inner, protocols.end("fatto")],
        [("inizio", "contatti"), ("contatti", "fatto")],
        lanes={"cav": "inizio contatti fatto chiama scrivi visita"},
    )
    with world.at(START) as session:
        deployment.deploy(session, world.people["progettista"], {"a_scelta.bpmn": source}, forms_given={})
    return world.start("a_scelta")


def claim(world: World, case: Case, key: str, minutes: int, *, by: str = "collega.cav") -> None:
    with world.at(after(minutes=minutes)) as session:
        tasks.claim(session, world.people[by], world.task(case, key))


def test_while_one_is_in_hand_no_other_can_be_taken(world: World, case: Case) -> None:
    claim(world, case, "scrivi", 1)
    for key in ("chiama", "visita"):
        with pytest.raises(errors.AnotherStepFirst):
            claim(world, case, key, 2, by="operatrice.cav")
    with world.at(after(minutes=3)) as session, pytest.raises(errors.AnotherStepFirst):
        tasks.take_over(session, world.people["responsabile.cav"], world.task(case, "visita"), reason="urgente")
    with world.at(after(minutes=4)) as session:
        tasks.complete(session, world.people["collega.cav"], world.task(case, "scrivi"), {})
    claim(world, case, "visita", 5, by="operatrice.cav")


def test_one_that_is_given_back_lets_another_be_chosen(world: World, case: Case) -> None:
    claim(world, case, "scrivi", 1)
    with world.at(after(minutes=2)) as session:
        tasks.release(session, world.people["collega.cav"], world.task(case, "scrivi"), reason="non risponde")
    claim(world, case, "chiama", 3)


def test_of_those_who_take_at_once_one_succeeds(world: World, case: Case) -> None:
    ids = [world.task(case, key) for key in ("chiama", "scrivi", "visita")]

    def take(task_id: object) -> bool:
        try:
            with db.transaction() as session:
                tasks.claim(session, world.people["operatrice.cav"], task_id)  # type: ignore[arg-type]
        except errors.AnotherStepFirst:
            return False
        return True

    with clock.frozen(moment(after(minutes=1))), ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(take, ids)) == [False, False, True]
    assert [row.state for row in world.rows(UserTask)].count(TaskStatus.CLAIMED) == 1


def test_a_step_is_not_opened_again_beside_one_that_is_in_hand(world: World, case: Case) -> None:
    task_id = world.do(after(minutes=1), case, "scrivi", {}, by="collega.cav")
    claim(world, case, "chiama", 2)
    with world.at(after(minutes=3)) as session, pytest.raises(errors.AnotherStepFirst):
        reopening.reopen(session, world.people["responsabile.cav"], task_id, reason="sbagliato")
    with world.at(after(minutes=4)) as session:
        tasks.complete(session, world.people["collega.cav"], world.task(case, "chiama"), {})
    assert world.task(case, "visita")
