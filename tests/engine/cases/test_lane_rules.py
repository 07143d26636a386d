"""The diagram chooses the agency of a lane: by the case's area, or by an expression; nobody is guessed."""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import quoteattr

import pytest

from engine import errors
from engine.cases import incidents, lifecycle
from engine.cases.handover_models import HandoverState
from engine.cases.models import Baton, Case, Incident
from engine.definitions import deployment, queries
from engine.notifications.models import Notice
from engine.participants import directory
from engine.participants.models import Area, NetworkAgency, Role
from tests.engine.cases.conftest import START, World
from tests.engine.cases.handing_over import FORMS, Relay, ruled

AREA = '<staffetta:laneRule by="area"/>'


def named(expression: str) -> str:
    return f'<staffetta:laneRule by="rule" expression={quoteattr(expression)}/>'


@pytest.fixture
def by(world: World) -> Callable[..., Relay]:
    """The network at work with a rule; the centre and the shelter `rosa` are in the area «Ambito nord»."""

    def made(rule: str, **said: str) -> Relay:
        relay = Relay.of(world)
        with world.at(START) as session:
            north, south = (Area(network_id=world.network_id, name=name) for name in ("Ambito nord", "Ambito sud"))
            session.add_all([north, south])
            session.flush()
            for agency, area in (("cav", north), ("rosa", north), ("viola", south)):
                session.get_one(NetworkAgency, (world.network_id, world.agencies[agency])).area_id = area.id
            deployment.deploy(
                session, world.people["progettista"], {"staffetta.bpmn": ruled(rule, **said)}, forms_given=FORMS
            )
        return relay

    return made


def foreseen(relay: Relay, case: Case) -> str | None:
    row = relay.under_way(case)
    names = {agency_id: name for name, agency_id in relay.world.agencies.items()}
    return names[row.to_agency_id] if row.to_agency_id else None


def raised(relay: Relay, case: Case) -> list[str]:
    return [row.code for row in relay.world.rows(Incident, Incident.case_id == case.id, Incident.resolved_at.is_(None))]


def test_by_area_the_case_goes_to_the_agency_of_the_area_of_the_one_that_opened_it(by) -> None:
    relay = by(AREA)
    case = relay.listened()
    assert (foreseen(relay, case), raised(relay, case)) == ("rosa", [])
    assert relay.baton(case).handover is Baton.PREPARE


def test_a_rule_chooses_and_does_not_allow_without_her_agreement_nothing_is_sent(by) -> None:
    relay = by(AREA, send="automatic")
    case = relay.listened()
    assert relay.under_way(case).state is HandoverState.PREPARE
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.act("send", case, by="operatrice.cav")
    relay.agrees(case, "rosa")
    assert relay.act("send", case, by="operatrice.cav").to_agency_id == relay.shelters["rosa"]


def test_what_goes_by_itself_goes_to_whom_the_rule_names(by) -> None:
    relay = by(AREA, send="automatic", basis="compito", fields="rischio", purpose="coordinamento")
    case = relay.listened()
    row = relay.under_way(case)
    assert (row.state, row.to_agency_id) == (HandoverState.SENT, relay.shelters["rosa"])


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ('=if rischio = "si" then "ambito SUD" else "Ambito nord"', "viola"),
        ('=if rischio = "si" then "Casa Rosa" else "Casa Viola"', "rosa"),
        ('=if rischio = "no" then "Casa Rosa" else " casa viola "', "viola"),
    ],
)
def test_a_rule_names_an_area_or_an_agency(by, expression: str, chosen: str) -> None:
    relay = by(named(expression))
    case = relay.listened()
    assert (foreseen(relay, case), raised(relay, case)) == (chosen, [])


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ('=if rischio = "si" then "Ambito ovest" else "Ambito nord"', "lane_rule_none"),
        ('=if rischio = "si" then null else "Ambito nord"', "lane_rule_none"),
        ('=rischio = "si"', "lane_rule_none"),
        ("=for n in 1..100000000 return rischio", "lane_rule_failed"),
    ],
)
def test_where_a_rule_finds_nobody_no_agency_is_guessed_and_the_coordination_sees_it(by, expression, code) -> None:
    relay = by(named(expression), send="automatic", basis="compito", fields="rischio", purpose="coordinamento")
    case = relay.listened()
    assert (foreseen(relay, case), raised(relay, case)) == (None, [code])
    assert relay.baton(case).agency_id == relay.world.agencies["cav"]
    told = {(row.kind, row.role) for row in relay.world.rows(Notice, Notice.case_id == case.id)}
    assert ("without_agency", Role.COORDINAMENTO) in told


def test_two_agencies_that_fit_are_none_and_who_sends_it_chooses(by) -> None:
    relay = by(AREA)
    with relay.world.at(START) as session:
        north = session.get_one(NetworkAgency, (relay.world.network_id, relay.shelters["rosa"])).area_id
        session.get_one(NetworkAgency, (relay.world.network_id, relay.shelters["viola"])).area_id = north
    case = relay.listened()
    assert (foreseen(relay, case), raised(relay, case)) == (None, ["lane_rule_several"])
    relay.agrees(case, "viola")
    relay.send(case, "viola")
    assert raised(relay, case) == []


def test_the_rule_is_asked_again_when_the_network_has_been_put_right(by) -> None:
    relay = by(named('=if rischio = "si" then "Casa Gialla" else "Casa Rosa"'))
    case = relay.listened()
    (stuck,) = relay.world.rows(Incident, Incident.case_id == case.id)
    with relay.world.at(START) as session:
        incidents.retry(session, relay.world.people["responsabile.cav"], stuck.id)
    assert raised(relay, case) == ["lane_rule_none"], "nothing has changed"
    with relay.world.at(START) as session:
        made = directory.create_agency(session, relay.world.network_id, name="Casa gialla", services=["rifugio"])
    relay.world.agencies["gialla"] = made.id
    (stuck,) = relay.world.rows(Incident, Incident.case_id == case.id, Incident.resolved_at.is_(None))
    with relay.world.at(START) as session:
        incidents.retry(session, relay.world.people["responsabile.cav"], stuck.id)
    assert (foreseen(relay, case), raised(relay, case)) == ("gialla", [])


def test_an_agency_that_does_not_offer_the_service_or_is_kept_out_is_not_chosen(by) -> None:
    relay = by(AREA)
    with relay.world.at(START) as session:
        session.get_one(NetworkAgency, (relay.world.network_id, relay.shelters["rosa"])).services = ["altro"]
    case = relay.listened()
    assert (foreseen(relay, case), raised(relay, case)) == (None, ["lane_rule_none"])


def test_nobody_is_asked_at_the_start_for_an_agency_that_a_rule_chooses(by) -> None:
    relay = by(AREA, send="automatic")
    with relay.world.at(START) as session:
        startable = queries.startable(session, relay.world.people["operatrice.cav"])
        (found,) = [one for one in startable if one.key == "staffetta"]
        assert [lane.id for lane in found.lanes] == ["cav"]
    lanes = {"cav": relay.world.agencies["cav"], "rifugio": relay.shelters["viola"]}
    with relay.world.at(START) as session, pytest.raises(errors.InvalidValue, match="no_such_lane"):
        lifecycle.start(session, relay.world.people["operatrice.cav"], "staffetta", lanes=lanes)


def test_who_was_chosen_by_a_rule_and_declines_is_not_chosen_again(by) -> None:
    relay = by(AREA)
    case = relay.listened()
    relay.agrees(case, "rosa")
    relay.act("send", case, by="operatrice.cav")
    relay.act("decline", case, by="rosa.operatrice", reason="Non c'è posto")
    assert foreseen(relay, case) is None
    assert relay.parts(case) == []
