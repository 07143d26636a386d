"""Notices about steps: one for a rung whatever its clocks, settled when the step is done, and a word on cancelling."""

from __future__ import annotations

import pytest

from engine import notifications
from engine.cases import lifecycle, tasks
from engine.cases.models import Case
from engine.notifications.models import Notice
from tests.engine.cases.conftest import World, after

BOTH = after(hours=26)  # both clocks of a step are breached


def told(world: World, who: str, *, unread: bool = False, at: object = BOTH) -> list[notifications.NoticeRow]:
    with world.at(at) as session:  # type: ignore[arg-type] # an instant
        return notifications.inbox(session, world.people[who], unread=unread)


@pytest.fixture
def twice(world: World) -> Case:
    case = world.start("orologi", urgenza="alta")
    world.worker_at(BOTH)
    return case


def test_two_clocks_of_a_step_are_one_notice_that_names_both(world: World, twice: Case) -> None:
    assert len(world.rows(Notice)) == 2
    (notice,) = told(world, "coordinatrice")
    assert (notice.kind, notice.clocks, notice.settled) == ("escalation", ("reception", "conclusion"), False)


def test_rungs_and_receivers_stay_apart(world: World) -> None:
    world.start("orologi", urgenza="alta")
    for hours in (0.5, 1, 12, 24):
        world.worker_at(after(hours=hours))
    assert [(row.kind, row.clocks) for row in told(world, "responsabile.cav")] == [
        ("breach", ("reception", "conclusion"))
    ]
    assert [(row.kind, row.clocks) for row in told(world, "operatrice.cav")] == [
        ("reminder", ("reception", "conclusion"))
    ]


def test_reading_it_reads_all_of_it_and_nothing_else(world: World, twice: Case) -> None:
    world.start("orologi", urgenza="alta")
    with world.at(BOTH) as session:
        (notice,) = notifications.inbox(session, world.people["coordinatrice"])
        notifications.mark_read(session, world.people["coordinatrice"], notice.id)
    assert told(world, "coordinatrice", unread=True) == []
    (row,) = told(world, "coordinatrice")
    assert row.read_at == BOTH
    assert {row.read_at for row in world.rows(Notice, Notice.case_id == twice.id)} == {BOTH}


def test_a_notice_whose_step_is_done_is_settled_and_not_among_the_unread(world: World, twice: Case) -> None:
    task_id = world.claim(after(hours=27), twice, "passo")
    (halfway,) = told(world, "coordinatrice", unread=True, at=after(hours=27))
    assert (halfway.clocks, halfway.settled) == (("conclusion",), False)
    with world.at(after(hours=28)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {})
    assert told(world, "coordinatrice", unread=True, at=after(hours=28)) == []
    (done,) = told(world, "coordinatrice", at=after(hours=28))
    assert (done.settled, done.settled_at, done.clocks) == (True, after(hours=28), ("reception", "conclusion"))


def test_a_notice_of_a_step_that_nobody_owes_any_more_is_settled_without_an_hour(world: World, twice: Case) -> None:
    with world.at(BOTH) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], twice.id, reason="x")
    (notice,) = told(world, "coordinatrice")
    assert (notice.settled, notice.settled_at) == (True, None)


def cancelled(world: World, case: Case, by: str = "responsabile.cav") -> dict[str, list[notifications.NoticeRow]]:
    with world.at(after(minutes=10)) as session:
        lifecycle.cancel(session, world.people[by], case.id, reason="CÀNARY")
    return {
        name: [row for row in told(world, name, at=after(minutes=11)) if row.kind == "case_cancelled"]
        for name in ("operatrice.cav", "collega.cav", "responsabile.cav", "supervisora", "estranea", "coordinatrice")
    }


def test_cancelling_tells_who_was_owed_an_open_step_once_and_nothing_of_why(world: World) -> None:
    case = world.start("tutto")
    found = cancelled(world, case)
    assert {name: len(rows) for name, rows in found.items()} == {
        "operatrice.cav": 1,
        "collega.cav": 1,
        "responsabile.cav": 0,
        "supervisora": 1,
        "estranea": 0,
        "coordinatrice": 0,
    }
    (row,) = found["operatrice.cav"]
    assert (row.case_id, row.task_id) == (case.id, None)


def test_it_tells_who_held_a_step_and_not_her_colleagues_nor_whoever_cancels(world: World) -> None:
    case = world.start("conteso")
    world.claim(after(minutes=1), case, "passo", by="collega.cav")
    found = cancelled(world, case)
    assert {name for name, rows in found.items() if rows} == {"collega.cav"}
    case = world.start("conteso")
    world.claim(after(minutes=1), case, "passo", by="responsabile.cav")
    before = len(world.rows(Notice))
    cancelled(world, case)
    assert len(world.rows(Notice)) == before


def test_for_an_agency_on_the_telephone_it_tells_those_who_telephone(world: World) -> None:
    case = world.start("telefonata")
    world.do(after(minutes=1), case, "apre", {"obbligatoria": "x"})
    found = cancelled(world, case)
    assert {name for name, rows in found.items() if rows} == {"operatrice.cav", "collega.cav"}
