"""kill -9 between two networks: a referral is sent, accepted or declined once or not at all, at both ends alike."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.cases.models import Case, CaseEvent
from engine.cases.referral_models import Referral
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.cases.conftest import World
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.referring import Far, gone

KILLED = -signal.SIGKILL
# For each act: its module, how both ends stand after it, and what it says besides.
ACTS = {
    "accept": ("received", "accepted", ()),
    "decline": ("received", "declined", ("reason=prova",)),
    "ask_back": ("referrals", "asked_back", ()),
}


@pytest.fixture
def far(station: Station) -> Iterator[tuple[str, Far]]:
    with station.database("few") as name:
        support.drain()
        assert station.world is not None
        made = station.world
        yield name, Far.of(World(made.network_id, dict(made.agencies), dict(made.people)))


def act(station: Station, name: str, far: Far, row: Referral, verb: str, **dying: int) -> int:
    """Do it in a process of its own, which dies where it is told to; give how that ended."""
    module, _after, options = ACTS[verb]
    actor = far.people["operatrice"] if module == "received" else far.world.people["operatrice.cav"]
    command = (f"{module}.{verb}", actor.user_id, actor.network_id, row.id, *options)
    return support.run_dying_command(station, name, *command, **dying)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ACTS)
def test_what_is_killed_between_two_networks_is_done_at_both_ends_or_at_neither(
    station: Station, far: tuple[str, Far], verb: str
) -> None:
    name, made = far
    now, after_it = datetime.now(UTC) - timedelta(minutes=5), ACTS[verb][1]
    case = made.world.open_case(now)
    made.agrees(case)
    row = made.send(case, now)
    assert act(station, name, made, row, verb, before=1) == KILLED, "the kill has to land"
    assert {end.state for end in made.ends(row)} == {"sent"}, "at neither end"
    assert made.world.rows(Case, Case.network_id == made.network_id) == []
    assert act(station, name, made, row, verb, after=1) == KILLED
    assert {end.state for end in made.ends(row)} == {after_it}, "at both, though nobody heard of it"
    assert gone(made, row)
    assert len(made.world.rows(Case, Case.network_id == made.network_id)) == (verb == "accept")
    kind = f"referral_{after_it}"
    assert len(made.world.rows(CaseEvent, CaseEvent.case_id == case.id, CaseEvent.kind == kind)) == 1
    assert act(station, name, made, row, verb) not in {0, KILLED}, "done again it is refused"
    assert_rows_follow_from_state(made.world.network_id)
