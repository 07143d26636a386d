"""Data keys follow one another while people work: nothing that was sealed is lost, nothing new waits."""

from __future__ import annotations

import threading
from datetime import timedelta

from engine import clock, db
from engine.cases import lifecycle, openings, rotation, submission_page, tasks
from engine.cases.models import FormSubmission
from engine.crypto import CaseKey
from tests.engine.cases.conftest import World, after

LATER = after(days=400)


def rotate(world: World, instant: object = LATER) -> int:
    with world.at(instant) as session:  # type: ignore[arg-type] # an instant
        return rotation.rotate(session, clock.now() - timedelta(days=365))


def test_old_keys_of_open_cases_are_followed_once_and_what_they_sealed_stays_readable(world: World) -> None:
    case, ended = world.open_case(), world.open_case()
    world.do(after(minutes=1), case, "accetta_invio", {"esito_invio": "accetta", "nota": "prima"})
    with world.at(after(minutes=2)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], ended.id, reason="x")
    assert rotate(world, after(days=10)) == 0
    assert rotate(world) == 2, "the centre's and the network's"
    assert rotate(world) == 0
    versions = {(row.case_id, row.version) for row in world.rows(CaseKey)}
    assert (case.id, 2) in versions
    assert (ended.id, 2) not in versions
    (answer,) = world.rows(FormSubmission, FormSubmission.task_id.is_not(None))
    opening = openings.opening("atti", ["libero"])
    with world.at(LATER) as session:
        page = submission_page.submission(session, world.people["operatrice.cav"], answer.id, opening=opening)
    assert page.values["nota"] == "prima"


def test_what_is_sealed_afterwards_is_sealed_by_the_new_key(world: World) -> None:
    case = world.open_case()
    world.do(after(minutes=1), case, "accetta_invio", {"esito_invio": "accetta", "nota": "prima"})
    rotate(world)
    task_id = world.claim(LATER, case, "fissa_colloquio")
    with world.at(LATER) as session:
        actor = world.people["operatrice.cav"]
        tasks.complete(session, actor, task_id, {"esito_contatto": "non_raggiunta", "contatto_sicuro_usato": "si"})
    (row,) = world.rows(FormSubmission, FormSubmission.task_id == task_id)
    assert row.key_version == 2


def test_two_that_rotate_at_once_lose_nothing(world: World) -> None:
    case = world.open_case()
    world.do(after(minutes=1), case, "accetta_invio", {"esito_invio": "accetta", "nota": "prima"})
    together = threading.Barrier(2)

    def one() -> None:
        with clock.frozen(LATER), db.transaction() as session:
            together.wait()
            rotation.rotate(session, clock.now() - timedelta(days=365))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.version for row in world.rows(CaseKey, CaseKey.case_id == case.id)} <= {1, 2, 3}
    task_id = world.claim(LATER, case, "fissa_colloquio")
    with world.at(LATER) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"contatto_sicuro_usato": "si"})
