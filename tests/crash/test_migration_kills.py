"""kill -9 in the middle of carrying cases over: each case goes as a whole or not at all, and the rest goes later."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import db
from engine.cases.models import CaseEvent, ProcessInstance, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineStatus
from engine.definitions import deployment
from tests.crash.station import Station
from tests.engine.cases import protocols
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.protocols import deadline, end, start, task

CASES = 4
DYING = Path(__file__).parent / "dying_migration.py"

pytestmark = pytest.mark.slow


def version(station: Station, *clocks: str) -> UUID:
    """Deploy a version of a protocol of one step with these clocks."""
    assert station.world is not None
    source = protocols.process(
        "passa",
        [start("inizio"), task("passo", *clocks), end("fatto")],
        [("inizio", "passo"), ("passo", "fatto")],
        lanes={"cav": "inizio passo fatto"},
    )
    with db.transaction() as session:
        designer = station.world.people["progettista"]
        (one,) = deployment.deploy(session, designer, {"passa.bpmn": source}, forms_given={})
        return one.definition.id


def migrate(station: Station, name: str, target: UUID, **how: int) -> tuple[int, str]:
    told = {f"DIE_{key.upper()}": str(value) for key, value in how.items()}
    ran = subprocess.run(
        [sys.executable, str(DYING)],
        env={**station.environment(name), "MIGRATE_TO": str(target), **told},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout.strip()


@pytest.mark.parametrize(
    "how",
    [{"before": 1}, {"after": 1}, {"before": 3}, {"after": 3}, {"statement": 9}, {"statement": 25}, {"statement": 40}],
)
def test_killed_while_cases_go_over(station: Station, how: dict[str, int]) -> None:
    assert station.world is not None
    with station.database("few") as name:
        version(station, deadline("reception", "T.mese"))
        made = [station.world.start("passa", datetime.now(UTC)).id for _number in range(CASES)]
        target = version(station, deadline("conclusion", "T.mese"))
        assert migrate(station, name, target, **how)[0] == -signal.SIGKILL, "the kill has to land"
        before = whole(target, made)
        code, said = migrate(station, name, target)
        assert (code, said) == (0, str(CASES - before)), "what has gone over does not go again, the others do"
        assert whole(target, made) == CASES
        assert_rows_follow_from_state(station.world.network_id, only=made)


def whole(target: UUID, cases: list[UUID]) -> int:
    """How many cases have gone over; of each everything has, exactly once, or nothing."""
    with Session(db.engine()) as session:
        of_cases = ProcessInstance.case_id.in_(cases)
        gone = set(
            session.scalars(select(ProcessInstance.case_id).where(of_cases, ProcessInstance.definition_id == target))
        )
        tasks = session.scalars(select(UserTask).where(UserTask.case_id.in_(cases))).all()
        assert {row.case_id for row in tasks if row.definition_id == target} == gone
        assert Counter(row.case_id for row in tasks) == dict.fromkeys(cases, 1)
        assert {row.state for row in tasks} == {TaskStatus.OPEN}
        told = select(CaseEvent.case_id).where(CaseEvent.kind == "instance_migrated", CaseEvent.case_id.in_(cases))
        assert Counter(session.scalars(told)) == dict.fromkeys(gone, 1)
        armed = session.scalars(
            select(Deadline).where(Deadline.case_id.in_(cases), Deadline.state == DeadlineStatus.ARMED)
        ).all()
        assert {(row.case_id, row.clock.value) for row in armed} == {
            (case_id, "conclusion" if case_id in gone else "reception") for case_id in cases
        }
        return len(gone)
