"""Attempts at a batch of due cases: counted together once, and never held against a case that was not tried."""

from __future__ import annotations

import threading

import pytest

from engine import clock, db
from engine.cases import execution, timers
from engine.cases.models import Case, Incident, Timer
from tests.alive import one_round
from tests.engine.cases.conftest import World, after


def states(world: World) -> set[tuple[int, str | None]]:
    return {(case.attempts, case.failure_code) for case in world.rows(Case)}


def test_each_case_is_given_to_one_worker_oldest_first_with_its_attempt_counted(world: World) -> None:
    cases = [world.start("conteso").id for _ in range(5)]
    with clock.frozen(after(hours=1)):
        first, second, third = (timers.take(limit=3) for _ in range(3))
        assert (len(first.counted), len(second.counted), third.counted) == (3, 2, ())
        assert {*first.counted, *second.counted} == set(cases)
        assert (first.case_ids, third.case_ids) == ((), ()), "what was counted a moment ago is somebody's"
        assert states(world) == {(1, None)}, "before any is tried"
        assert all(timers.carry_out(case_id) for case_id in cases)
    assert world.rows(Timer) == []
    assert states(world) == {(0, None)}


def test_whoever_shares_a_batch_with_what_kills_workers_is_never_put_aside_for_it(world: World) -> None:
    poison, *others = [world.start("conteso").id for _ in range(4)]
    with clock.frozen(after(hours=1)):
        assert len(timers.take(limit=100).counted) == 4  # its worker dies at the first of them
    for number in (1, 2):
        with clock.frozen(after(hours=1, seconds=3 * number)):
            again = timers.take(limit=100)
            assert again.counted == (), "no second time together"
            assert set(again.case_ids) == {poison, *others}
            assert timers._count_attempt(poison)  # and so does this one
    with clock.frozen(after(hours=1, seconds=9)):
        assert timers.fire(poison) is False
        assert all(timers.fire(case_id) for case_id in others)
    (incident,) = world.rows(Incident)
    assert (incident.case_id, incident.code) == (poison, timers.KILLED)
    assert {case.attempts for case in world.rows(Case, Case.id != poison)} == {0}


def test_a_case_that_somebody_holds_is_not_counted_and_keeps_no_batch_waiting(world: World) -> None:
    held, free = world.start("conteso"), world.start("conteso")
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with clock.frozen(after(minutes=30)), db.transaction() as session, execution.locked(session, held.id, None):
            holding.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holding.wait(10)
        with clock.frozen(after(hours=1)):
            assert timers.take(limit=100).counted == (free.id,)
    finally:
        done.set()
        thread.join()
    with clock.frozen(after(hours=1)):
        assert timers.take(limit=100).counted == (held.id,)


def test_a_case_that_is_held_for_a_moment_is_tried_again_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = world.start("conteso")
    tried = []

    def held_once(case_id: object) -> bool:
        tried.append(case_id)
        return len(tried) > 1

    monkeypatch.setattr(timers, "carry_out", held_once)
    with clock.frozen(after(hours=1)):
        one_round()
    assert tried == [case.id, case.id]
