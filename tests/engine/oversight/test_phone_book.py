"""The telephone directory: who is reached where, and whether now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.calendars import administration
from engine.calendars.timetables import Owner, Timetables
from engine.oversight import phone_book
from engine.oversight.phone_book import Listed, PhoneBook, Wanted
from engine.participants.models import NetworkAgency
from tests.engine.cases.conftest import World, moment
from tests.engine.cases.test_cost import counted

CLOSED = [""] * 6 + ["8-9"]
NOW = moment("2026-03-02T12:00:00+01:00")  # a Monday


def book(world: World, at: datetime = NOW, who: str = "operatrice.cav", **wanted: Any) -> PhoneBook:
    with world.at(at) as session:
        return phone_book.look_up(session, world.people[who], Wanted(**wanted))


def centre(world: World, at: datetime) -> Listed:
    (found,) = [agency for agency in book(world, at).agencies if agency.id == world.agencies["cav"]]
    return found


def hours(world: World, week: list[str] | None, **more: Any) -> None:
    with world.at(NOW) as session:
        whose = Owner(agency_id=world.agencies["cav"])
        administration.change(session, world.people["amministratrice"], whose, week=week, **more)


@pytest.mark.parametrize(
    ("week", "now", "changes"),
    [
        (["9-13 14-18"] * 5 + ["", ""], "2026-03-02T12:00:00+01:00", "+2026-03-02T13:00:00+01:00"),
        (["9-13 14-18"] * 5 + ["", ""], "2026-03-02T13:00:00+01:00", "-2026-03-02T14:00:00+01:00"),
        (["9-13 14-18"] * 5 + ["", ""], "2026-03-06T18:00:00+01:00", "-2026-03-09T09:00:00+01:00"),
        (["0-24"] * 5 + ["", ""], "2026-03-03T12:00:00+01:00", "+2026-03-07T00:00:00+01:00"),
    ],
)
def test_an_agency_is_open_or_not_and_until_when(world: World, week: list[str], now: str, changes: str) -> None:
    hours(world, week)
    found = centre(world, moment(now))
    assert found.is_open is (changes[0] == "+")
    assert found.changes_at == moment(changes[1:])


def test_who_never_closes_has_no_end(world: World) -> None:
    hours(world, ["0-24"] * 7, open_on_holidays=True, out_of_hours="Reperibilità, 099999 0199")
    found = centre(world, NOW)
    assert (found.is_open, found.changes_at, found.today) == (True, None, "00:00-24:00")
    assert found.out_of_hours == "Reperibilità, 099999 0199"


def test_all_calendars_at_once_are_those_that_are_read_one_by_one(world: World) -> None:
    with world.at(NOW) as session:
        area = administration.create_area(session, world.people["amministratrice"], "Pianura")
        administration.place(session, world.people["amministratrice"], world.agencies["telefono"], area.id)
        for whose, week in ((Owner(area_id=area.id), ["8-12"] * 7), (Owner(agency_id=world.agencies["cav"]), CLOSED)):
            administration.change(session, world.people["amministratrice"], whose, week=week)
    with world.at(NOW) as session:
        network_id = world.people["operatrice.cav"].network_id
        together = Timetables(session, network_id).of_all()
        assert set(together) >= set(world.agencies.values())
        assert len({str(calendar.week) for calendar in together.values()}) == 3
        for agency_id, calendar in together.items():
            assert calendar == Timetables(session, network_id).of(agency_id)


def test_one_finds_by_service_area_words_and_by_who_is_open(world: World) -> None:
    everybody = {agency.id for agency in book(world).agencies}
    assert everybody == set(world.agencies.values())
    of_service = book(world, service="associazioni").agencies
    assert {agency.id for agency in of_service} == {world.agencies["telefono"]}
    assert book(world, service="nessuno").agencies == ()
    hours(world, CLOSED)
    assert {agency.id for agency in book(world, open_now=True).agencies} == everybody - {world.agencies["cav"]}
    name = of_service[0].name
    assert [agency.name for agency in book(world, text=f" {name.upper()} ").agencies] == [name]
    assert book(world, text="inesistente").agencies == ()


def test_who_has_left_the_network_is_not_listed(world: World) -> None:
    with world.at(NOW) as session:
        place = session.get_one(NetworkAgency, (world.people["operatrice.cav"].network_id, world.agencies["telefono"]))
        place.until = NOW
    assert world.agencies["telefono"] not in {agency.id for agency in book(world).agencies}


def test_the_directory_costs_the_same_for_however_many_agencies(world: World) -> None:
    with world.at(NOW) as session:
        phone_book.look_up(session, world.people["operatrice.cav"], Wanted())  # the protocols are read once
    with world.at(NOW) as session, counted() as statements:
        phone_book.look_up(session, world.people["operatrice.cav"], Wanted())
    assert len(statements) <= 4
