"""A message for another agency goes only where something allows it; otherwise it waits, and its sender sees it wait."""

from __future__ import annotations

from uuid import UUID

import pytest

from engine import sight
from engine.cases import agreements, agreements_page, execution, incidents, instances, lifecycle
from engine.cases.agreements import Asked
from engine.cases.models import Case, CaseEvent, Incident
from engine.cases.post_models import Outgoing
from engine.cases.withheld import WITHOUT_BASIS
from engine.consent.models import BasisEnd, Manner, RecordedBasis
from engine.notifications.models import Notice
from engine.oversight import board
from engine.participants import sights
from tests.engine.cases import invariants
from tests.engine.cases.conftest import World, after
from tests.engine.cases.test_messages import SOURCES, deploy, kinds, posti, steps

PURPOSE = "presa_in_carico"


@pytest.fixture
def net(world: World) -> World:
    deploy(world, SOURCES)
    return world


def elsewhere(world: World, minute: float = 0) -> Case:
    """A case of another centre that waits for the message, opened there."""
    with world.at(after(minutes=minute)) as session:
        lanes = {"cav": world.agencies["estraneo"]}
        case = lifecycle.start(session, world.people["estranea"], "risponde", lanes=lanes, variables={"chiave": "1"})
    world.do(after(minutes=minute), case, "pronto", {}, by="estranea")
    return case


def sent(world: World) -> Case:
    """A case that sends it, to whoever waits under the same key."""
    case = world.start("chiede", chiave="1")
    world.do(after(minutes=5), case, "prepara", {})
    world.worker_at(after(minutes=6))
    return case


def agrees(world: World, case: Case, *, minute: float, given: bool = True) -> UUID:
    asked = Asked(PURPOSE, world.agencies["estraneo"], Manner.A_VOCE, "it", 0, "it", None)
    with world.at(after(minutes=minute)) as session:
        return agreements.record(session, world.people["operatrice.cav"], case.id, asked, given=given).id


def test_without_a_basis_it_waits_as_a_thing_of_its_sender_and_tells_nothing(net: World) -> None:
    other = elsewhere(net)
    case = sent(net)
    assert (steps(net, other), kinds(net, other)) == ([], [])
    (row,) = net.rows(Outgoing)
    assert (row.to_case_id, row.asks_agency_id, row.asks_purpose) == (None, net.agencies["estraneo"], PURPOSE)
    assert sorted(kinds(net, case)) == ["message_sent", "message_waits"]
    assert [one.agency_id for one in net.rows(Notice, Notice.case_id == case.id)] == [net.agencies["cav"]]
    assert net.rows(Notice, Notice.case_id == other.id) == []
    with net.at(after(minutes=7)) as session:
        (shown,) = board.overdue(session, net.people["responsabile.cav"]).incidents
        assert (shown.code, shown.case_id, shown.retryable) == (WITHOUT_BASIS, case.id, True)
        (waiting,) = agreements_page.agreements_of(session, net.people["operatrice.cav"], case.id).waiting
        assert (waiting.agency_name, waiting.purpose, waiting.until) == ("Altro centro", PURPOSE, row.until)
    net.worker_at(after(minutes=8))
    assert len(net.rows(Incident, Incident.case_id == case.id)) == 1, "nobody is told of it twice"
    invariants.assert_rows_follow_from_state(net.network_id)


def test_once_she_agrees_it_goes_by_itself_and_not_for_her_no(net: World) -> None:
    other = elsewhere(net)
    case = sent(net)
    agrees(net, case, minute=7, given=False)
    net.worker_at(after(minutes=8))
    assert (steps(net, other), len(net.rows(Outgoing))) == ([], 1)
    agrees(net, case, minute=9)
    net.worker_at(after(minutes=10))
    assert (steps(net, other), posti(net, other), net.rows(Outgoing)) == (["legge"], 2, [])
    assert [row for row in net.rows(Incident, Incident.case_id == case.id) if row.resolved_at is None] == []


def test_what_she_takes_back_on_the_way_stays_with_its_sender(net: World) -> None:
    other = elsewhere(net)
    case = net.start("chiede", chiave="1")
    basis_id = agrees(net, case, minute=2)
    net.do(after(minutes=5), case, "prepara", {})
    with net.at(after(minutes=6)) as session:
        # Addressed, and not delivered yet.
        session.query(Outgoing).update({"to_case_id": other.id})
        row = session.get_one(RecordedBasis, basis_id)
        row.ended_recorded_at, row.ended_why = after(minutes=6), BasisEnd.WITHDRAWN
        session.get_one(Case, other.id).next_due_at = after(minutes=6)
    net.worker_at(after(minutes=7))
    net.worker_at(after(minutes=8))
    assert (steps(net, other), len(net.rows(Outgoing))) == ([], 1)
    assert "message_waits" in kinds(net, case)


def test_it_lapses_in_its_time_and_its_incident_with_it(net: World) -> None:
    elsewhere(net)
    case = sent(net)
    net.worker_at(after(hours=3))
    assert net.rows(Outgoing) == []
    assert kinds(net, case)[-1] == "message_lapsed"
    (incident,) = net.rows(Incident, Incident.case_id == case.id)
    assert incident.resolved_at is not None


def test_a_lead_lets_it_be_looked_at_again_and_that_allows_nothing(net: World) -> None:
    other = elsewhere(net)
    case = sent(net)
    for minute in (10, 20):
        (incident,) = net.rows(Incident, Incident.case_id == case.id, Incident.resolved_at.is_(None))
        with net.at(after(minutes=minute)) as session:
            incidents.retry(session, net.people["responsabile.cav"], incident.id)
        net.worker_at(after(minutes=minute + 1))
        assert (steps(net, other), len(net.rows(Outgoing))) == ([], 1)


def test_who_knows_of_the_case_is_told_without_being_asked_for(net: World) -> None:
    other = elsewhere(net)
    case = net.start("chiede", chiave="1")
    with net.at(after(minutes=2)) as session:
        row = session.merge(case)
        part = instances.participation(row, "altra", net.agencies["estraneo"], basis="adesione", since=after(minutes=2))
        session.add(part)
    net.do(after(minutes=5), case, "prepara", {})
    net.worker_at(after(minutes=6))
    assert steps(net, other) == ["legge"]
    assert net.rows(CaseEvent, CaseEvent.case_id == case.id, CaseEvent.kind == "message_waits") == []


@pytest.mark.parametrize("agreed", [True, False])
def test_it_is_judged_alike_in_the_command_of_who_sees_only_the_receiving_case(net: World, *, agreed: bool) -> None:
    other = elsewhere(net)
    case = net.start("chiede", chiave="1")
    if agreed:
        agrees(net, case, minute=2)
    net.do(after(minutes=5), case, "prepara", {})
    with net.at(after(minutes=6)) as session:
        # Addressed, and not delivered yet.
        session.query(Outgoing).update({"to_case_id": other.id})
        session.get_one(Case, other.id).next_due_at = after(minutes=6)
    stranger = net.people["estranea"]
    given = sight.give(sights.of(stranger))
    try:
        with net.at(after(minutes=7)) as session, execution.locked(session, other.id, stranger):
            pass
    finally:
        sight.take_back(given)
    assert steps(net, other) == (["legge"] if agreed else [])
    assert [row.to_case_id for row in net.rows(Outgoing)] == ([] if agreed else [None])
