"""Deadlines on the calendar of the agency that owes the step: its hours, its area's, its network's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from engine import errors, parameters
from engine.calendars import administration, timetables
from engine.calendars.timetables import NETWORK, Owner, Source, Timetables
from engine.cases import incidents, lifecycle, tasks
from engine.cases.models import Incident, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStep
from engine.definitions import deployment
from engine.participants.access import Actor
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after, moment

MORNINGS = ["09:00-13:00"] * 5 + ["", ""]
ALWAYS = ["0-24"] * 7


def set_hours(world: World, name: str | None, week: Sequence[str], at: str = START, **more: object) -> None:
    with world.at(at) as session:
        whose = Owner(agency_id=world.agencies[name]) if name else NETWORK
        administration.change(session, world.people["amministratrice"], whose, week=week, **more)


def close(world: World, name: str, day: str, *, hours: str = "", every_year: bool = False) -> None:
    with world.at(START) as session:
        administration.add_day(
            session,
            world.people["amministratrice"],
            Owner(agency_id=world.agencies[name]),
            date.fromisoformat(day),
            every_year=every_year,
            hours=hours,
            reason="Patrono",
        )


def clock_of(world: World, name: DeadlineClock = DeadlineClock.RECEPTION) -> Deadline:
    (row,) = world.rows(Deadline, Deadline.clock == name, Deadline.state == DeadlineStatus.ARMED)
    return row


def rungs(world: World, deadline: Deadline) -> dict[RungStep, object]:
    return {row.step: row.due_at for row in world.rows(Rung, Rung.deadline_id == deadline.id)}


def test_a_working_day_ends_at_the_same_time_of_the_next_one(world: World) -> None:
    world.start("ufficio", "2026-03-06T11:00:00+01:00")  # a Friday
    row = clock_of(world)
    assert (row.counts, row.length, row.parameter) == ("GL", "P1D", "T.lavoro")
    assert row.due_at == moment("2026-03-09T11:00:00+01:00")
    assert rungs(world, row) == {
        RungStep.REMINDER: moment("2026-03-06T15:00:00+01:00"),  # half of eight working hours
        RungStep.BREACH: row.due_at,
        RungStep.ESCALATION: moment("2026-03-10T11:00:00+01:00"),
    }


def test_days_of_law_do_not_ask_when_the_office_is_open(world: World) -> None:
    set_hours(world, "cav", ["", "", "", "", "", "", "09:00-10:00"])
    world.start("ufficio", "2026-05-30T11:00:00+02:00")
    row = clock_of(world, DeadlineClock.CONCLUSION)
    assert (row.counts, row.due_at) == ("GCL", moment("2026-06-04T00:00:00+02:00"))
    assert rungs(world, row)[RungStep.ESCALATION] == moment("2026-06-14T09:00:00+02:00")


def test_the_hours_of_the_agency_go_before_those_of_the_network(world: World) -> None:
    set_hours(world, None, ["08:00-20:00"] * 7)
    set_hours(world, "cav", MORNINGS)
    world.start("ufficio", "2026-03-06T15:00:00+01:00")
    assert clock_of(world).due_at == moment("2026-03-10T09:00:00+01:00")


def test_a_closing_day_and_a_patron_day_are_no_working_days(world: World) -> None:
    close(world, "cav", "2026-03-09")
    close(world, "cav", "2020-03-10", every_year=True)
    close(world, "cav", "2026-03-11", hours="9-10")
    world.start("ufficio", "2026-03-06T11:00:00+01:00")
    assert clock_of(world).due_at == moment("2026-03-11T10:00:00+01:00")


def test_the_area_stands_between_agency_and_network(world: World) -> None:
    admin, cav = world.people["amministratrice"], world.agencies["cav"]
    with world.at(START) as session:
        area = administration.create_area(session, admin, "Ambito di prova")
        administration.place(session, admin, cav, area.id)
        whose = Owner(area_id=area.id)
        administration.add_day(
            session, admin, whose, date(2026, 3, 9), every_year=True, hours="", reason="Patrono dell'ambito"
        )
    world.start("ufficio", "2026-03-06T11:00:00+01:00")
    assert clock_of(world).due_at == moment("2026-03-10T11:00:00+01:00")
    with world.at(START) as session:
        administration.change(session, admin, whose, week=MORNINGS)
        assert Timetables(session, world.network_id).found(Owner(agency_id=cav)).source is Source.AREA
        other = Timetables(session, world.network_id).found(Owner(agency_id=world.agencies["estraneo"]))
        assert (other.source, other.calendar.week) == (Source.DEFAULT, timetables.DEFAULT_WEEK)


def test_whoever_is_always_open_is_not_closed_by_holidays_of_others(world: World) -> None:
    set_hours(world, "cav", ALWAYS, open_on_holidays=True)
    with world.at(START) as session:
        administration.add_day(
            session,
            world.people["amministratrice"],
            NETWORK,
            date(2026, 4, 4),
            every_year=False,
            hours="",
            reason="Chiusura della rete",
        )
    world.start("ufficio", "2026-04-03T23:30:00+02:00")
    assert clock_of(world).due_at == moment("2026-04-04T23:30:00+02:00")


def test_another_network_s_hours_are_not_ours(world: World) -> None:
    far = world.people["forestiera"]
    with world.at(START) as session:
        administration.change(session, Actor.system(far.network_id), NETWORK, week=ALWAYS)
    world.start("ufficio", "2026-03-06T11:00:00+01:00")
    assert clock_of(world).due_at == moment("2026-03-09T11:00:00+01:00")


def test_a_change_of_hours_leaves_running_deadlines_as_they_are(world: World) -> None:
    world.start("ufficio", "2026-03-06T11:00:00+01:00")
    before = clock_of(world)
    set_hours(world, "cav", ["", "", "", "09:00-18:00", "", "", ""])
    after_it = clock_of(world)
    assert (after_it.due_at, rungs(world, after_it)) == (before.due_at, rungs(world, before))


def test_what_is_given_back_runs_anew_on_the_calendar_of_the_day(world: World) -> None:
    case = world.start("ufficio", "2026-03-04T11:00:00+01:00")
    task_id = world.claim("2026-03-04T12:00:00+01:00", case, "passo")
    with world.at("2026-03-06T12:00:00+01:00") as session:  # a Friday
        tasks.release(session, world.people["operatrice.cav"], task_id, reason="fine turno")
    row = clock_of(world)
    assert (row.counts, row.due_at) == ("GL", moment("2026-03-09T12:00:00+01:00"))
    assert rungs(world, row)[RungStep.ESCALATION] == moment("2026-03-10T12:00:00+01:00")
    assert world.rows(UserTask)[0].due_at == min(row.due_at, clock_of(world, DeadlineClock.CONCLUSION).due_at)


def _close_for_good(world: World) -> None:
    """One open day a week, and that one closed for more than a year: as near to never as the pages let one come."""
    set_hours(world, "cav", ["09:00-10:00", "", "", "", "", "", ""])
    for number in range(60):
        close(world, "cav", f"{date(2026, 3, 2) + timedelta(weeks=number):%Y-%m-%d}")


def test_an_agency_that_never_opens_is_an_incident_and_not_a_guess(world: World) -> None:
    _close_for_good(world)
    world.start("ufficio")
    assert {row.code for row in world.rows(Incident)} == {
        "deadline_reception_never_open",
        "deadline_conclusion_never_open",
    }
    assert world.rows(Deadline) == []
    set_hours(world, "cav", ["", "09:00-10:00", "", "", "", "", ""])
    for incident in world.rows(Incident):
        with world.at(after(minutes=5)) as session:
            incidents.retry(session, world.people["responsabile.cav"], incident.id)
    assert clock_of(world).due_at == moment("2026-03-10T09:00:00+01:00")


def test_giving_back_to_an_agency_that_never_opens_is_refused(world: World) -> None:
    case = world.start("ufficio", "2026-03-04T11:00:00+01:00")
    task_id = world.claim("2026-03-04T12:00:00+01:00", case, "passo")
    _close_for_good(world)
    with pytest.raises(errors.NeverOpen), world.at("2026-03-04T13:00:00+01:00") as session:
        tasks.release(session, world.people["operatrice.cav"], task_id, reason="fine turno")


def test_a_length_of_an_office_is_refused_where_a_diagram_counts_elapsed_time(world: World) -> None:
    source = protocols.SOURCES["conteso.bpmn"].replace(b'param("T.ora")', b'param("T.lavoro")')
    source = source.replace(b"param(&#34;T.ora&#34;)", b"param(&#34;T.lavoro&#34;)")
    with pytest.raises(errors.InvalidProcess) as refused, world.at(START) as session:
        deployment.deploy(session, world.people["progettista"], {"conteso.bpmn": source}, forms_given=protocols.FORMS)
    (problem,) = [problem for problem in refused.value.problems if not problem.warns]
    assert "«T.lavoro» conta giorni di calendario o di lavoro" in problem.reason


def test_a_parameter_that_came_to_count_working_days_stops_a_timer_and_says_so(world: World) -> None:
    toml = protocols.PARAMETERS.replace('length = "PT1H"\nclock = "H"', 'length = "PT1H"\nclock = "GL"')
    with world.at(START) as session:
        assert parameters.load_defaults(session, world.network_id, toml) == ["T.ora"]
    with world.at(START) as session:
        actor, lanes = world.people["operatrice.cav"], {"cav": world.agencies["cav"]}
        lifecycle.start(session, actor, "conteso", lanes=lanes)
    assert "parameter_of_a_calendar" in {row.code for row in world.rows(Incident)}
