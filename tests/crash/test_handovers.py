"""kill -9 between the phases of a hand-over: each is done once or not at all, and done again it is done once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine import clock
from engine.cases import timers
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Baton, Case, CaseEvent
from engine.notifications.models import Notice
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.cases.conftest import World
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.invariants import assert_rows_follow_from_state

KILLED = -signal.SIGKILL
# For each act: in which phase it begins and ends, by whom it is done, and the line of history that it leaves.
ACTS = {
    "send": ("prepare", Baton.SENT, "operatrice.cav", "handover_sent"),
    "accept": ("sent", Baton.ACCEPTED, "rosa.operatrice", "handover_accepted"),
    "decline": ("sent", Baton.PREPARE, "rosa.operatrice", "handover_declined"),
    "ask_back": ("sent", Baton.PREPARE, "operatrice.cav", "handover_asked_back"),
    "revoke": ("accepted", Baton.PREPARE, "responsabile.cav", "handover_revoked"),
}


@pytest.fixture
def relay(station: Station) -> Iterator[tuple[str, Relay]]:
    with station.database("few") as name:
        support.drain()
        assert station.world is not None
        made = station.world
        yield name, Relay.of(World(made.network_id, dict(made.agencies), dict(made.people)))


def stand(relay: Relay, phase: str) -> Case:
    """A case whose hand-over stands so."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    case = relay.listened(now)
    relay.agrees(case, at=now)
    if phase != "prepare":
        relay.send(case, at=now)
    if phase == "accepted":
        relay.act("accept", case, now, by="rosa.operatrice")
    return case


def act(station: Station, name: str, relay: Relay, case: Case, verb: str, **dying: int) -> int:
    """Do it in a process of its own, which dies where it is told to; give how that ended."""
    options = {"send": [f"to_agency={relay.shelters['rosa']}"], "accept": []}.get(verb, ["reason=prova"])
    person = relay.world.people[ACTS[verb][2]]
    command = (f"handovers.{verb}", person.user_id, relay.world.network_id, relay.under_way(case).id, *options)
    return support.run_dying_command(station, name, *command, **dying)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ACTS)
def test_an_act_that_is_killed_is_done_once_or_not_at_all(
    station: Station, relay: tuple[str, Relay], verb: str
) -> None:
    name, made = relay
    phase, after_it, _who, kind = ACTS[verb]
    case = stand(made, phase)
    before = made.under_way(case)
    assert act(station, name, made, case, verb, before=1) == KILLED, "the kill has to land"
    assert made.under_way(case).id == before.id
    assert made.under_way(case).state == phase, "not at all"
    assert made.world.rows(CaseEvent, CaseEvent.case_id == case.id, CaseEvent.kind == kind) == []
    assert act(station, name, made, case, verb, after=1) == KILLED
    assert made.baton(case).handover is after_it, "done, though nobody heard of it"
    assert len(made.world.rows(CaseEvent, CaseEvent.case_id == case.id, CaseEvent.kind == kind)) == 1
    assert len(made.world.rows(Handover, Handover.case_id == case.id, Handover.state.in_(["prepare", "sent"]))) <= 1
    assert_rows_follow_from_state(made.world.network_id)


@pytest.mark.slow
@pytest.mark.parametrize("dying", [{"before": 3}, {"before": 5}, {"after": 5}])
def test_a_worker_killed_while_a_silent_hand_over_climbs_tells_everybody_once(
    station: Station, relay: tuple[str, Relay], dying: dict[str, int]
) -> None:
    name, made = relay
    now = datetime.now(UTC) - timedelta(minutes=70)
    case = made.listened(now)
    made.agrees(case, at=now)
    made.send(case, at=now)
    assert made.under_way(case).state is HandoverState.SENT
    assert support.run_dying_worker(station, name, **dying) == KILLED, "the kill has to land"
    with clock.frozen(datetime.now(UTC) + timedelta(minutes=1)):
        for case_id in timers.due(limit=10).case_ids:
            timers.fire(case_id)
    kinds = [row.kind for row in made.world.rows(Notice, Notice.case_id == case.id)]
    assert (kinds.count("breach"), kinds.count("handover_silent")) == (1, 1)
    assert_rows_follow_from_state(made.world.network_id)
