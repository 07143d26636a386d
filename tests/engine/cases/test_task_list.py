"""Tasks as a list to be walked through."""

from __future__ import annotations

import pytest

from engine.cases import task_list, tasks
from engine.cases.task_list import Order, TaskRow, Which
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after

TIMELESS = protocols.process(
    "senza_tempo",
    [protocols.start("inizio"), protocols.task("passo"), protocols.end("fatto")],
    [("inizio", "passo"), ("passo", "fatto")],
    lanes={"cav": "inizio passo fatto"},
)


@pytest.fixture
def five(world: World) -> World:
    """Two tasks due within an hour of their start, one within a day, two never."""
    with world.at(START) as session:
        deployment.deploy(session, world.people["progettista"], {"senza_tempo.bpmn": TIMELESS}, forms_given={})
    world.start("senza_tempo", after(minutes=1))
    world.open_case(after(minutes=2))
    world.start("conteso", after(minutes=3))
    world.open_case(after(minutes=4))
    world.start("senza_tempo", after(minutes=5))
    return world


def listed(world: World, *, by: str = "operatrice.cav", hours: float = 0.1, **options: object) -> list[TaskRow]:
    with world.at(after(hours=hours)) as session:
        return list(task_list.page(session, world.people[by], **options))


def minutes(rows: list[TaskRow]) -> list[int]:
    """When each was opened, in minutes from the beginning: what tells them apart here."""
    return [(row.created_at - after(minutes=0)).seconds // 60 for row in rows]


@pytest.mark.parametrize(
    ("order", "expected"),
    [(Order.DUE, [2, 4, 3, 1, 5]), (Order.OLDEST, [1, 2, 3, 4, 5]), (Order.NEWEST, [5, 4, 3, 2, 1])],
)
def test_the_order_holds_across_pages_also_where_nothing_is_due(five: World, order: Order, expected: list[int]) -> None:
    assert minutes(listed(five, order=order)) == expected
    for limit in (1, 2, 3, 4):
        rows: list[TaskRow] = []
        while page := listed(five, order=order, limit=limit, after=rows[-1].position if rows else None):
            rows += page
        assert minutes(rows) == expected


def test_late_is_what_the_clock_says_whoever_holds_it(five: World) -> None:
    assert listed(five, which=Which.LATE) == []
    (first, *_) = listed(five)
    with five.at(after(hours=0.2)) as session:
        tasks.claim(session, five.people["collega.cav"], first.id)
    late = listed(five, which=Which.LATE, hours=30 * 24)
    assert sorted(minutes(late)) == [2, 3, 4]
    assert all(row.late for row in late)
    assert {row.state for row in late} == {"open", "claimed"}


def test_each_state_is_a_part_of_the_whole(five: World) -> None:
    mine, hers, *_ = listed(five)
    for name, row in (("operatrice.cav", mine), ("collega.cav", hers)):
        with five.at(after(hours=0.2)) as session:
            tasks.claim(session, five.people[name], row.id)
    assert [row.id for row in listed(five, which=Which.MINE, hours=0.3)] == [mine.id]
    assert [row.id for row in listed(five, which=Which.WAITING, hours=0.3)] == [hers.id]
    assert len(listed(five, which=Which.TO_TAKE, hours=0.3)) == 3
    assert len(listed(five, hours=0.3)) == 5


@pytest.mark.parametrize("by", ["estranea", "forestiera", "progettista", "amministratrice", "supervisora"])
def test_what_another_agency_owes_is_in_no_list(five: World, by: str) -> None:
    assert listed(five, by=by) == []
    assert listed(five, by=by, agency_id=five.agencies["cav"]) == []


def test_an_agency_narrows_the_list(five: World) -> None:
    assert len(listed(five, agency_id=five.agencies["cav"])) == 5
    assert listed(five, agency_id=five.agencies["estraneo"]) == []


def test_no_page_is_longer_than_the_limit(five: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_list, "LIMIT", 2)
    assert len(listed(five, limit=10**6)) == 2
