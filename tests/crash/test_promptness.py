"""A worker that nobody disturbs fires what is due when it is due, not at the next sweep."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import db, worker
from engine.cases.models import CaseEvent, Timer
from tests.crash import station as support
from tests.crash.station import Station


@pytest.mark.slow
@pytest.mark.alone
def test_timers_fire_when_they_are_due_and_not_at_the_next_sweep(station: Station) -> None:
    assert station.world is not None
    with station.database("few") as name, support.workers(station, name):
        support.wait_until(lambda: support.undone() == 0, seconds=60, what="the workers have started")
        now = datetime.now(UTC)
        due = {}
        for number in range(8):
            at = now + timedelta(seconds=3 + number * 0.7)
            due[station.world.start("conteso", at - timedelta(hours=1)).id] = at
        support.wait_until(lambda: _fired() >= len(due) + 2, seconds=60, what="all of them have fired")
        with Session(db.engine()) as session:
            query = select(CaseEvent.case_id, CaseEvent.recorded_at).where(CaseEvent.kind == "timer_fired")
            late = [recorded_at - due[case_id] for case_id, recorded_at in session.execute(query) if case_id in due]
            assert session.scalar(select(func.count()).select_from(Timer)) == 0
    assert min(late) >= timedelta(0), "never before its time"
    typical = statistics.median(late)
    print(f"lateness of 8 timers: median {typical}, worst {max(late)}")  # noqa: T201 - the figures are wanted
    assert typical < worker.SWEEP / 2


def _fired() -> int:
    with Session(db.engine()) as session:
        return session.scalar(select(func.count()).where(CaseEvent.kind == "timer_fired")) or 0
