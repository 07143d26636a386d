"""Random histories of what she says against a naive list of it; and two people who act at the same moment."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import clock, db, errors
from engine.cases import agreements, execution, pauses
from engine.cases.models import Case
from engine.consent import gate
from engine.consent.models import BasisKind, Manner, RecordedBasis
from tests.engine.cases.conftest import START, World, after, moment
from tests.engine.cases.test_agreements import AGREEMENT, allowed, answered, asked

# Against an oracle: what a plain list of what she said allows.

PAIRS = [("supervisione", "protezione"), ("supervisione", "cura"), ("capofila", "protezione")]
ACTS = st.sampled_from(["yes", "no", "withdraw", "pause", "end", "resume", "vital", "wait"])
HISTORY = st.lists(st.tuples(ACTS, st.sampled_from(PAIRS), st.integers(1, 40)), min_size=1, max_size=12)


class Oracle:
    """Her will, as a person would note it on paper."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], bool] = {}
        self.vital: dict[tuple[str, str], datetime] = {}
        self.stopped: str | None = None
        self.resumes_at: datetime | None = None

    def at(self, instant: datetime) -> None:
        if self.resumes_at is not None and self.resumes_at <= instant:
            self.stopped = self.resumes_at = None

    def act(self, what: str, pair: tuple[str, str], instant: datetime) -> None:
        if what in {"yes", "no"}:
            self.said[pair] = what == "yes"
        elif what == "withdraw":
            self.said.pop(pair)
        elif what == "pause":
            self.stopped, self.resumes_at = "pause", instant + timedelta(hours=20)
        elif what == "end":
            self.stopped, self.resumes_at = "end", None
            self.said = {key: yes for key, yes in self.said.items() if not yes}
        elif what == "resume":
            self.stopped = self.resumes_at = None
        elif what == "vital":
            self.vital[pair] = instant + timedelta(hours=24)

    def allows(self, pair: tuple[str, str], instant: datetime) -> bool:
        agreed = self.said.get(pair, False) and self.stopped is None
        return agreed or self.vital.get(pair, instant) > instant


def attempt(world: World, case: Case, what: str, pair: tuple[str, str], instant: datetime, turn: int) -> bool:
    """Do it; say whether it was carried out."""
    agency, purpose = pair
    # Nobody prolongs what she has invoked herself: two take turns.
    actor = world.people["operatrice.cav" if turn % 2 else "collega.cav"]
    with world.at(instant) as session:
        try:
            if what in {"yes", "no"}:
                agreements.record(session, actor, case.id, asked(world, agency, purpose=purpose), given=what == "yes")
            elif what == "withdraw":
                rows = [
                    row
                    for row in session.query(RecordedBasis).where(RecordedBasis.case_id == case.id)
                    if (row.agency_id, row.purpose) == (world.agencies[agency], purpose)
                    and row.kind is BasisKind.ADESIONE
                ]
                if not rows:
                    return False
                newest = max(rows, key=lambda row: row.recorded_at)
                agreements.withdraw(session, actor, newest.id, manner=Manner.A_VOCE)
            elif what == "pause":
                pauses.pause(session, actor, case.id, until=instant + timedelta(hours=20), manner=Manner.A_VOCE)
            elif what == "end":
                pauses.end(session, actor, case.id, manner=Manner.A_VOCE)
            elif what == "resume":
                pauses.resume(session, actor, case.id)
            elif what == "vital":
                agreements.invoke_vital_interest(
                    session, actor, case.id, purpose=purpose, agency_id=world.agencies[agency], reason="vita"
                )
        except errors.Conflict:
            return False
    return True


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=HISTORY)
def test_the_gate_allows_exactly_what_she_allows_whatever_happens(
    world: World, acts: list[tuple[str, tuple[str, str], int]]
) -> None:
    case, oracle, instant = world.start("giro"), Oracle(), moment(START)
    for turn, (what, pair, hours) in enumerate(acts):
        instant += timedelta(hours=hours)
        oracle.at(instant)
        if attempt(world, case, what, pair, instant, turn):
            oracle.act(what, pair, instant)
        world.worker_at(instant)
        for each in PAIRS:
            found = allowed(world, case, instant, agency=each[0], purpose=each[1])
            assert (found is not None) == oracle.allows(each, instant), (each, acts)


# Two at once.


def send(world: World, basis_id: UUID, ready: threading.Barrier, seen: list[tuple[bool, bool]]) -> None:
    """Ask the gate as whoever sends does; note whether it allows it, and whether she had taken it back by then."""
    with clock.frozen(after(hours=2)), db.transaction() as session:
        case_id = session.get_one(RecordedBasis, basis_id).case_id
        ready.wait()
        execution.lock(session, case_id)
        basis = gate.basis_for(
            session,
            case_id=case_id,
            agency_id=world.agencies["supervisione"],
            purpose="protezione",
            needs=AGREEMENT,
            now=clock.now(),
        )
        row = session.get_one(RecordedBasis, basis_id, populate_existing=True)
        seen.append((basis is not None, row.ended_recorded_at is not None))


def take_back(world: World, basis_id: UUID, ready: threading.Barrier) -> None:
    with clock.frozen(after(hours=2)), db.transaction() as session:
        ready.wait()
        agreements.withdraw(session, world.people["operatrice.cav"], basis_id, manner=Manner.A_VOCE)


def test_after_a_withdrawal_nothing_is_sent_and_what_was_sent_came_before_it(world: World) -> None:
    """Sending and taking back meet at the lock of the case: whoever comes second sees what the first has done."""
    for _round in range(5):
        case = world.start("giro")
        basis_id = answered(world, case, after(hours=1))
        ready: threading.Barrier = threading.Barrier(2)
        seen: list[tuple[bool, bool]] = []
        threads = [
            threading.Thread(target=send, args=(world, basis_id, ready, seen)),
            threading.Thread(target=take_back, args=(world, basis_id, ready)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ((sent, withdrawn),) = seen
        assert sent is not withdrawn
        assert allowed(world, case, after(hours=3)) is None
