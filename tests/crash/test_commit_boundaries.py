"""kill -9 of a worker before, after and between its commits: nothing lost, nothing doubled, wherever it lands."""

from __future__ import annotations

import signal

import pytest

from tests.crash import station as support
from tests.crash.station import Station

KILLED = -signal.SIGKILL
# Two cases with a timer, two with a ladder: for each a commit of the work; before them one each for the post, what is
# to be started, the functions that are to be called, and the attempts of the batch; after them one for recounts.
COMMITS = 4 + 4 + 1
_BEATS = 10


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, COMMITS + 1))
@pytest.mark.parametrize("side", ["before", "after"])
def test_killed_at_a_commit_boundary(station: Station, side: str, number: int) -> None:
    with station.database("few") as name:
        assert support.run_dying_worker(station, name, **{side: number}) == KILLED, "the kill has to land"
        support.drain()
        support.assert_nothing_lost_or_doubled(2, 2)


@pytest.mark.slow
@pytest.mark.parametrize("number", [5, 9, 14, 20, 27, 35, 44])
def test_killed_in_the_middle_of_a_transaction(station: Station, number: int) -> None:
    with station.database("few") as name:
        assert support.run_dying_worker(station, name, statement=number) == KILLED, "the kill has to land"
        support.drain()
        support.assert_nothing_lost_or_doubled(2, 2)


@pytest.mark.slow
def test_the_boundaries_are_all_of_them(station: Station) -> None:
    """A kill after as many commits as there are, and those of the pulse, never lands: everything is done before it."""
    with station.database("few") as name:
        assert support.run_dying_worker(station, name, before=COMMITS + _BEATS, done=1) == 0
        assert support.undone() == 0
        support.assert_nothing_lost_or_doubled(2, 2)
