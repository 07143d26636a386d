"""What an agency sees before it closes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import errors
from engine.calendars import administration
from engine.calendars.timetables import Owner, Source
from engine.cases import tasks
from engine.oversight import closing
from engine.oversight.closing import Closing
from tests.engine.cases.conftest import World, after, moment


def page(world: World, at: datetime, who: str = "operatrice.cav") -> Closing:
    with world.at(at) as session:
        return closing.before_closing(session, world.people[who])


def hours(world: World, agency: str, week: list[str], **more: Any) -> None:
    with world.at(after()) as session:
        whose = Owner(agency_id=world.agencies[agency])
        administration.change(session, world.people["amministratrice"], whose, week=week, **more)


@pytest.mark.parametrize(
    ("now", "closes", "reopens"),
    [
        ("2026-03-02T16:00:00+01:00", "2026-03-02T17:00:00+01:00", "2026-03-03T09:00:00+01:00"),
        ("2026-03-02T18:00:00+01:00", None, "2026-03-03T09:00:00+01:00"),
        ("2026-03-03T00:30:00+01:00", None, "2026-03-03T09:00:00+01:00"),
        ("2026-03-27T16:00:00+01:00", "2026-03-27T17:00:00+01:00", "2026-03-30T09:00:00+02:00"),
        ("2026-10-24T18:00:00+02:00", None, "2026-10-26T09:00:00+01:00"),
        ("2026-12-31T23:30:00+01:00", None, "2027-01-04T09:00:00+01:00"),
    ],
)
def test_an_agency_opens_again_by_its_calendar(world: World, now: str, closes: str | None, reopens: str) -> None:
    (agency,) = page(world, moment(now)).agencies
    assert agency.closes_at == (moment(closes) if closes else None)
    assert (agency.reopens_at, agency.until) == (moment(reopens), moment(reopens))
    assert (agency.source, agency.out_of_hours) == (Source.DEFAULT, None)


def test_what_falls_due_over_a_weekend_is_listed_on_friday(world: World) -> None:
    friday = moment("2026-03-06T10:00:00+01:00")
    world.open_case(friday, risk="BASSO")  # taken within 24 hours, on Saturday
    assert page(world, friday + timedelta(hours=6)).due_count == 1
    hours(world, "cav", ["9-17"] * 6 + [""])
    assert page(world, friday + timedelta(hours=6)).due_count == 0


def test_who_never_closes_looks_a_whole_shift_ahead(world: World) -> None:
    hours(world, "cav", ["0-24"] * 7, open_on_holidays=True, out_of_hours="Numero di reperibilità")
    world.open_case(after(minutes=1), risk="BASSO")
    (agency,) = page(world, after(minutes=2)).agencies
    assert (agency.closes_at, agency.reopens_at, agency.out_of_hours) == (None, None, "Numero di reperibilità")
    assert agency.until == after(minutes=2) + closing.SHIFT
    assert page(world, after(minutes=2)).due_count == 0
    assert page(world, after(hours=13)).due_count == 1


def test_what_falls_due_in_the_night_is_listed_soonest_first_with_who_is_told(world: World) -> None:
    later = world.open_case(after(minutes=20))
    sooner = world.open_case()
    found = page(world, after(minutes=25))
    assert [row.case_code for row in found.due] == [sooner.code, later.code]
    assert found.due_count == 2
    assert all(row.to_pass_on for row in found.due)
    assert [told.step for told in found.due[0].told] == ["reminder"]
    assert found.due[0].clock == "reception"


def test_what_can_wait_until_the_agency_opens_is_left_out(world: World) -> None:
    world.open_case(risk="BASSO")
    assert page(world, after()).due != ()  # 24 hours: tomorrow at nine to the second
    world.open_case(after(minutes=1), risk="BASSO")
    assert page(world, after(minutes=2)).due_count == 1


def test_what_is_late_already_is_listed_too(world: World) -> None:
    world.open_case()
    (row,) = page(world, after(hours=3)).due
    assert row.due_at == after(hours=1)


def test_a_step_that_a_colleague_has_is_not_passed_on(world: World) -> None:
    case = world.open_case()
    world.claim(after(minutes=5), case, "accetta_invio", by="collega.cav")
    (row,) = page(world, after(minutes=6)).due
    assert (row.assignee_name, row.mine, row.to_pass_on) == ("collega.cav", False, False)
    (row,) = page(world, after(minutes=6), "collega.cav").due
    assert (row.mine, row.to_pass_on) == (True, True)


def test_only_one_s_own_drafts_are_listed(world: World) -> None:
    case = world.open_case()
    task_id = world.claim(after(minutes=5), case, "accetta_invio")
    with world.at(after(minutes=6)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"esito_invio": "accetta"}, revision=1)
    (draft,) = page(world, after(minutes=7)).drafts
    assert (draft.task_id, draft.case_code, draft.saved_at) == (task_id, case.code, after(minutes=6))
    assert page(world, after(minutes=7), "collega.cav").drafts == ()
    with world.at(after(minutes=8)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"esito_invio": "accetta"})
    assert page(world, after(minutes=9)).drafts == ()


def test_other_agencies_steps_are_not_listed(world: World) -> None:
    world.open_case()
    assert page(world, after(minutes=5), "estranea").due == ()
    assert page(world, after(minutes=5), "operatrice.capofila").due == ()


@pytest.mark.parametrize("who", ["amministratrice", "progettista", "coordinatrice"])
def test_it_is_for_who_works_on_steps(world: World, who: str) -> None:
    with pytest.raises(errors.Forbidden):
        page(world, after(minutes=5), who)
