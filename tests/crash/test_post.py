"""kill -9 of a worker that carries messages between cases: each arrives once, wherever the kill lands."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock, db
from engine.cases import post
from engine.cases.models import CaseEvent, MessageSubscription, UserTask
from engine.cases.post_models import Outgoing
from engine.definitions import deployment
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.bpmn.diagram import catch, element, end, message, process, sends, start, task, way

KILLED = -signal.SIGKILL
PAIRS = 3
TOP = message("m", "MSG_RICHIESTA", "=chiave")
SENDS = process(
    start(), element("intermediateThrowEvent", "manda", sends("m", keyed="=chiave", lives="P1D")), task("mandato"),
    end(), way("inizio manda mandato fine"), key="manda_messaggio", variables="chiave", top=TOP,
)  # fmt: skip
TAKES = process(
    start(), catch("riceve", "m"), task("ricevuto"), end(), way("inizio riceve ricevuto fine"),
    key="riceve_messaggio", variables="chiave", top=TOP,
)  # fmt: skip


def prepare(station: Station) -> None:
    """Send a message from each of some cases to another one; none has arrived."""
    assert station.world is not None
    past = datetime.now(UTC) - timedelta(minutes=5)
    with station.world.at(past) as session:
        sources = {"manda.bpmn": SENDS, "riceve.bpmn": TAKES}
        deployment.deploy(session, station.world.people["progettista"], sources, forms_given={})
    support.drain()
    for number in range(PAIRS):
        station.world.start("riceve_messaggio", past, chiave=str(number))
        station.world.start("manda_messaggio", past, chiave=str(number))


def finish() -> None:
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=1)):
        post.sort()
    support.drain()


def assert_each_arrived_once() -> None:
    with Session(db.engine()) as session:
        received = Counter(session.scalars(select(CaseEvent.case_id).where(CaseEvent.kind == "message_received")).all())
        steps = session.scalars(select(UserTask.case_id).where(UserTask.element_id == "ricevuto")).all()
        assert (len(received), set(received.values()), len(steps)) == (PAIRS, {1}, PAIRS)
        for rows in (Outgoing, MessageSubscription):
            assert session.scalar(select(func.count()).select_from(rows)) == 0


# The sorting, then for each case a commit of the attempt and one of the work, then a look at what else is due.
@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("side", ["before", "after"])
def test_killed_at_a_commit_boundary(station: Station, side: str, number: int) -> None:
    with station.database("few") as name:
        prepare(station)
        assert support.run_dying_worker(station, name, **{side: number}) == KILLED, "the kill has to land"
        finish()
        assert_each_arrived_once()


@pytest.mark.slow
@pytest.mark.parametrize("number", [4, 7, 12, 19, 26])
def test_killed_in_the_middle_of_a_transaction(station: Station, number: int) -> None:
    with station.database("few") as name:
        prepare(station)
        assert support.run_dying_worker(station, name, statement=number) == KILLED, "the kill has to land"
        finish()
        assert_each_arrived_once()


@pytest.mark.slow
def test_two_workers_carry_what_is_sent_while_they_run(station: Station) -> None:
    with station.database("few") as name, support.workers(station, name):
        prepare(station)
        support.wait_until(lambda: _left() == 0, seconds=60, what="everything has arrived")
        support.wait_until(lambda: support.undone() == 0, seconds=60, what="nothing is due any more")
        assert_each_arrived_once()


def _left() -> int:
    with Session(db.engine()) as session:
        return session.scalar(select(func.count()).select_from(MessageSubscription)) or 0
