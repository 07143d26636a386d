"""kill -9 while an answer is taken out of the wrong case: destroyed, moved and to be judged all at once, or nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from engine.cases.breach_models import Breach
from engine.cases.models import Case, CaseEvent, Draft, FormSubmission, UserTask
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.cases.conftest import World
from tests.engine.cases.invariants import assert_rows_follow_from_state

pytestmark = pytest.mark.slow

KILLED = -signal.SIGKILL
STEP = "accetta_invio"


@pytest.fixture
def installed(station: Station) -> Iterator[tuple[str, World]]:
    with station.database("few") as name:
        support.drain()
        assert station.world is not None
        yield name, station.world


def test_it_is_taken_out_and_moved_once_or_not_at_all(station: Station, installed: tuple[str, World]) -> None:
    name, world = installed
    now = datetime.now(UTC) - timedelta(minutes=5)
    wrong, right = world.open_case(now), world.open_case(now)
    first = world.do(now, wrong, STEP, {"esito_invio": "accetta"})
    (answer,) = world.rows(FormSubmission, FormSubmission.task_id == first)
    target = world.task(right, STEP)
    person = world.people["operatrice.cav"]
    command = ("misfiling.take_out", person.user_id, world.network_id, answer.id, f"to_task={target}")

    for dying in ({"statement": 12}, {"statement": 25}, {"statement": 40}, {"before": 1}):
        assert support.run_dying_command(station, name, *command, **dying) == KILLED, "the kill has to land"
        assert _what_is_done(world, answer.id, wrong, target) == (0, 0, 0, 0), dying
        assert world.rows(FormSubmission, FormSubmission.id == answer.id)[0].sealed == answer.sealed
    assert support.run_dying_command(station, name, *command, after=1) == KILLED
    assert _what_is_done(world, answer.id, wrong, target) == (1, 1, 1, 1), "done, though nobody heard of it"
    assert support.run_dying_command(station, name, *command) > 0, "what is done already is refused"
    assert _what_is_done(world, answer.id, wrong, target) == (1, 1, 1, 1)
    assert world.rows(UserTask, UserTask.id == target)[0].assignee_id == person.user_id
    assert_rows_follow_from_state(world.network_id)


def _what_is_done(world: World, answer_id: UUID, wrong: Case, target: UUID) -> tuple[int, int, int, int]:
    """How many are emptied, told of in the wrong case, put down in the right one, and to be judged."""
    emptied = world.rows(FormSubmission, FormSubmission.id == answer_id, FormSubmission.sealed == b"")
    told = world.rows(CaseEvent, CaseEvent.case_id == wrong.id, CaseEvent.kind == "answer_taken_out")
    drafts = world.rows(Draft, Draft.task_id == target)
    return len(emptied), len(told), len(drafts), len(world.rows(Breach, Breach.submission_id == answer_id))
