"""Who is called at night: the roster of the area, that of the network, the coordination; never nobody in silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.cases.models import Case
from engine.notifications import Receiver
from engine.participants import directory, substitutes
from engine.participants.models import Exclusion, Role
from engine.roster import on_call, planning
from engine.roster.on_call import Level, OnCall
from engine.roster.planning import Wanted
from tests.engine.roster.conftest import NOON, World, rome

NIGHT = rome("2026-03-02 23:00")


def asked(world: World, at: datetime = NIGHT, area: Any = None, **options: Any) -> OnCall:
    with world.at() as session:
        return on_call.on_call(session, world.network_id, "cav", area, at, **options)


def names(found: OnCall) -> list[str]:
    return [duty.name for duty in found.positions]


def test_the_published_shift_of_that_instant_is_called_at_the_number_of_the_service(world: World) -> None:
    roster = world.roster(telephone="099999 0199")
    world.shift(roster, "2026-03-02 18:00", "2026-03-03 08:00", second=world.who("seconda"))
    world.shift(roster, "2026-03-03 08:00", "2026-03-03 09:00", "terza")
    found = asked(world)
    assert (found.level, found.gap, names(found)) == (Level.NETWORK, False, ["prima", "seconda"])
    assert found.first is not None
    assert (found.first.telephone, found.first.receiver) == ("099999 0199", Receiver.person(world.who("prima")))
    # The end of a shift is not part of it.
    assert names(asked(world, rome("2026-03-03 08:00"))) == ["terza"]


def test_a_draft_and_what_was_withdrawn_count_for_nothing(world: World) -> None:
    roster = world.roster()
    world.shift(roster, "2026-03-02 18:00", "2026-03-03 08:00", draft=True)
    assert asked(world).gap
    shift = world.shift(roster, "2026-03-02 18:00", "2026-03-03 08:00", "seconda")
    assert not asked(world).gap
    with world.at() as session:
        planning.withdraw(session, world.people["responsabile"], shift.id)
    assert names(asked(world)) == ["prima"]


def test_the_roster_of_the_area_goes_before_that_of_the_network(world: World) -> None:
    world.shift(world.roster(), "2026-03-02 18:00", "2026-03-03 08:00")
    assert (asked(world, area=world.area_id).level, names(asked(world, area=world.area_id))) == ("network", ["prima"])
    own = world.roster(world.area_id)
    world.shift(own, "2026-03-02 18:00", "2026-03-03 08:00", "vicina")
    assert (asked(world, area=world.area_id).level, names(asked(world, area=world.area_id))) == ("area", ["vicina"])
    assert names(asked(world)) == ["prima"]


def test_where_nobody_is_on_call_it_is_the_coordination_and_a_gap(world: World) -> None:
    world.roster()
    found = asked(world)
    assert (found.level, found.gap, names(found)) == (Level.LEAD, True, ["comune"])
    assert found.first is not None
    assert found.first.receiver == Receiver.with_role(Role.COORDINAMENTO, world.agencies["comune"])


def test_in_office_hours_the_desk_is_first_and_who_is_on_call_second(world: World) -> None:
    world.shift(world.roster(), "2026-03-02 08:00", "2026-03-03 08:00")
    found = asked(world, NOON)
    assert names(found) == ["altro", "cav", "prima"]
    assert found.first is not None
    assert found.first.receiver == Receiver.with_role(Role.OPERATRICE, world.agencies["altro"])
    assert names(asked(world, NOON, area=world.area_id)) == ["altro"]


def test_whoever_no_longer_works_there_is_passed_over(world: World) -> None:
    world.shift(world.roster(), "2026-03-02 18:00", "2026-03-03 08:00", second=world.who("seconda"))
    with world.at() as session:
        directory.disable_user(session, world.who("prima"))
    assert names(asked(world)) == ["seconda"]
    with world.at() as session:
        directory.disable_user(session, world.who("seconda"))
    assert asked(world).gap


def test_a_replacement_goes_before_the_roster_for_as_long_as_it_lasts(world: World) -> None:
    roster = world.roster()
    world.shift(roster, "2026-03-02 18:00", "2026-03-03 08:00")
    with world.at() as session:
        wanted = Wanted(rome("2026-03-02 22:00"), rome("2026-03-03 02:00"), world.who("terza"))
        planning.replace(session, world.people["responsabile"], roster.id, wanted, reason="Malattia")
    assert [names(asked(world, rome(f"2026-03-0{at}"))) for at in ("2 21:59", "2 22:00", "3 02:00")] == [
        ["prima"],
        ["terza"],
        ["prima"],
    ]


def test_who_stands_in_for_somebody_is_on_call_for_her(world: World) -> None:
    world.shift(world.roster(), "2026-03-02 18:00", "2026-03-03 08:00", second=world.who("seconda"))
    with world.at() as session:
        substitutes.appoint(
            session,
            world.people["prima"],
            world.agencies["cav"],
            absent=world.who("prima"),
            substitute=world.who("terza"),
            until=rome("2026-03-04 00:00"),
        )
    assert names(asked(world)) == ["terza", "seconda"]


def test_whom_the_case_keeps_out_is_passed_over_and_so_is_her_desk(world: World) -> None:
    world.shift(world.roster(), "2026-03-02 08:00", "2026-03-03 08:00", second=world.who("vicina"))
    with world.at() as session:
        case = Case(network_id=world.network_id, code="PROVA-1")
        session.add(case)
        session.flush()
        for subject in ({"user_id": world.who("prima")}, {"agency_id": world.agencies["comune"]}):
            put_by, controller = world.who("responsabile"), world.agencies["cav"]
            session.add(
                Exclusion(
                    network_id=world.network_id, case_id=case.id, put_by_id=put_by, controller_id=controller, **subject
                )
            )
    assert names(asked(world, case_id=case.id)) == ["vicina"]
    with world.at() as session:
        session.add(
            Exclusion(
                network_id=world.network_id,
                case_id=case.id,
                put_by_id=world.who("responsabile"),
                controller_id=world.agencies["cav"],
                agency_id=world.agencies["altro"],
            )
        )
    assert names(asked(world, NOON, case_id=case.id)) == ["cav"]
    found = asked(world, case_id=case.id)
    assert (found.gap, found.first) == (True, None)
