"""Who writes rosters, what is refused, and that what is wrong is read before it is published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit import AuditEntry
from engine.errors import Conflict, DuplicateName, Forbidden, InvalidValue, NotFound
from engine.roster import planning
from engine.roster.models import Roster
from engine.roster.planning import Wanted
from tests.engine.roster.conftest import NOON, World, rome

SINCE, UNTIL = rome("2026-03-02 17:00"), rome("2026-03-03 09:00")


def add(world: World, roster: Roster, by: str = "responsabile", **said: Any) -> None:
    wanted = {"starts_at": SINCE, "ends_at": UNTIL, "first": world.who("prima"), **said}
    with world.at() as session:
        planning.add(session, world.people[by], roster.id, Wanted(**wanted))


def test_a_lead_writes_the_rosters_of_her_agency_s_services_and_the_coordination_all(world: World) -> None:
    roster, of_area = world.roster(), world.roster(world.area_id)
    for by, where in (("responsabile", roster), ("responsabile.altro", roster), ("responsabile.altro", of_area)):
        add(world, where, by)
    for by, where, refusal in (
        ("prima", roster, Forbidden),
        ("responsabile", of_area, Forbidden),
        ("assistente", roster, NotFound),
    ):
        with pytest.raises(refusal):
            add(world, where, by)
    with world.at() as session, pytest.raises(Forbidden):
        planning.set_up(session, world.people["responsabile"], "pis", None)


def test_a_service_has_one_roster_in_a_place_and_only_one_that_somebody_offers(world: World) -> None:
    world.roster()
    with world.at() as session:
        coordination = world.people["coordinamento"]
        with pytest.raises(DuplicateName):
            planning.set_up(session, coordination, "cav", None)
        for said, field in (
            ({"service": "nessuno", "area_id": None}, "service"),
            ({"service": "pis", "area_id": world.network_id}, "area"),
            ({"service": "pis", "area_id": None, "telephone": "?"}, "telephone"),
            ({"service": "pis", "area_id": None, "needs": ["volo"]}, "capabilities"),
        ):
            with pytest.raises(InvalidValue) as wrong:
                planning.set_up(session, coordination, **said)
            assert wrong.value.field == field


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"ends_at": SINCE}, "ends_at", "not_after_the_beginning"),
        ({"starts_at": NOON - timedelta(days=1), "ends_at": NOON}, "ends_at", "is_over"),
        ({"ends_at": SINCE + timedelta(days=8)}, "ends_at", "shift_too_long"),
        ({"first": "assistente"}, "first", "not_of_the_service"),
        ({"second": "assistente"}, "second", "not_of_the_service"),
        ({"second": "prima"}, "second", "the_same_person"),
        ({"languages": ("italiano",)}, "languages", "no_codes"),
        ({"capabilities": ("volo",)}, "capabilities", "unknown"),
    ],
)
def test_a_shift_that_cannot_be_is_refused(world: World, said: dict[str, Any], field: str, code: str) -> None:
    who = {name: world.who(value) for name, value in said.items() if name in {"first", "second"}}
    with pytest.raises(InvalidValue) as wrong:
        add(world, world.roster(), **{**said, **who})
    assert (wrong.value.field, wrong.value.code) == (field, code)


def test_a_roster_with_a_gap_is_published_only_by_who_has_read_of_it(world: World) -> None:
    roster, by = world.roster(), world.people["responsabile"]
    add(world, roster, ends_at=UNTIL - timedelta(hours=1))
    with world.at() as session:
        with pytest.raises(Conflict, match="roster_has_faults"):
            planning.publish(session, by, roster.id, UNTIL)
        assert planning.publish(session, by, roster.id, UNTIL, despite_faults=True) == 1
        with pytest.raises(Conflict, match="nothing_to_publish"):
            planning.publish(session, by, roster.id, UNTIL)
    with world.at() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.published"))
        assert entry.details["faults"] == ["gap"]


def test_only_drafts_that_begin_before_the_day_are_published(world: World) -> None:
    roster = world.roster()
    add(world, roster)
    add(world, roster, starts_at=UNTIL, ends_at=UNTIL + timedelta(days=1))
    with world.at() as session:
        assert planning.publish(session, world.people["responsabile"], roster.id, UNTIL) == 1


def test_what_is_over_is_not_withdrawn_and_nobody_withdraws_what_is_not_hers(world: World) -> None:
    shift = world.shift(world.roster(), "2026-03-02 17:00", "2026-03-03 09:00")
    with world.at() as session, pytest.raises(Forbidden):
        planning.withdraw(session, world.people["prima"], shift.id)
    with world.at(UNTIL) as session, pytest.raises(Conflict, match="shift_is_over"):
        planning.withdraw(session, world.people["responsabile"], shift.id)
    with world.at() as session:
        planning.withdraw(session, world.people["responsabile"], shift.id)
        with pytest.raises(NotFound):
            planning.withdraw(session, world.people["responsabile"], shift.id)


def test_a_replacement_needs_its_reason(world: World) -> None:
    roster, wanted = world.roster(), Wanted(SINCE, UNTIL, world.who("prima"))
    for reason, code in (("  ", "required"), ("x" * 201, "too_long")):
        with world.at() as session, pytest.raises(InvalidValue) as wrong:
            planning.replace(session, world.people["responsabile"], roster.id, wanted, reason=reason)
        assert wrong.value.code == code
