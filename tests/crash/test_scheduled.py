"""kill -9 of a worker while a protocol begins by itself: its case is there once, wherever the kill lands."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.cases import scheduled
from engine.cases.models import Case, ProcessInstance, UserTask
from engine.definitions import deployment
from engine.definitions.models import ProcessDefinition, ScheduledStart
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.bpmn.diagram import end, process, start, task, way

KILLED = -signal.SIGKILL
CYCLE = "<timerEventDefinition><timeCycle>R/PT4M</timeCycle></timerEventDefinition>"
WATCH = process(start("ora", inner=CYCLE), task("verifica"), end(), way("ora verifica fine"), key="verifica_rete")
# The lane of the diagram is played by the one agency that offers it.
WATCH = WATCH.replace(b'<lane id="cav"', b'<lane id="supervisione"')


def prepare(station: Station) -> None:
    """Let a protocol have begun by itself just now, in an installation where nothing else is due."""
    assert station.world is not None
    support.drain()
    with station.world.at(datetime.now(UTC) - timedelta(minutes=5)) as session:
        deployment.deploy(session, station.world.people["progettista"], {"verifica.bpmn": WATCH}, forms_given={})


def finish() -> None:
    """Do what is left as the next worker does it, after the pause that follows an attempt."""
    with clock.frozen(datetime.now(UTC) + timedelta(seconds=11)):
        for row_id in scheduled.due():
            scheduled.begin(row_id)


def assert_begun_once() -> None:
    with Session(db.engine()) as session:
        mine = select(ProcessInstance.case_id).join(
            ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id
        )
        (case_id,) = session.scalars(mine.where(ProcessDefinition.key == "verifica_rete")).all()
        assert session.get_one(Case, case_id).opened_by_id is None
        assert len(session.scalars(select(UserTask).where(UserTask.case_id == case_id)).all()) == 1
        (row,) = session.scalars(select(ScheduledStart)).all()
        assert row.due_at > datetime.now(UTC)


# What is on its way, then the attempt, then the case.
@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("side", ["before", "after"])
def test_killed_at_a_commit_boundary(station: Station, side: str, number: int) -> None:
    with station.database("few") as name:
        prepare(station)
        assert support.run_dying_worker(station, name, **{side: number}) == KILLED, "the kill has to land"
        finish()
        assert_begun_once()


@pytest.mark.slow
@pytest.mark.parametrize("number", [4, 8, 12, 16])
def test_killed_in_the_middle_of_a_transaction(station: Station, number: int) -> None:
    with station.database("few") as name:
        prepare(station)
        assert support.run_dying_worker(station, name, statement=number) == KILLED, "the kill has to land"
        finish()
        assert_begun_once()


@pytest.mark.slow
def test_two_workers_begin_it_once(station: Station) -> None:
    with station.database("few") as name:
        prepare(station)
        with support.workers(station, name):
            support.wait_until(lambda: not scheduled.due(), seconds=60, what="it has begun")
        assert_begun_once()
