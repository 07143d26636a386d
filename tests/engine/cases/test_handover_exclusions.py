"""Where a case was handed over to an agency that is then kept out: its sender hands it over anew, through the gate."""

from __future__ import annotations

import pytest

from engine import errors
from engine.cases import exclusions, handover_page
from engine.cases.exclusions import Subject
from engine.cases.handover_models import HandoverState
from engine.cases.models import Baton, Case
from engine.consent import gate
from engine.consent.gate import Needs
from engine.consent.models import BasisKind
from engine.participants.models import Entry
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.handing_over import Relay

ANSWER = {"esito": "si", "nota": "accolta"}


@pytest.fixture
def relay(world: World) -> Relay:
    return Relay.of(world)


def entrusted(relay: Relay) -> Case:
    """A case that a shelter had accepted, which is kept out of it now; the lane is entrusted to the other one."""
    case, actor = relay.accepted(), relay.world.people["operatrice.cav"]
    with relay.world.at(START) as session:
        exclusions.put(session, actor, case.id, Subject(agency_id=relay.shelters["rosa"]), reason="ci lavora lui")
    with relay.world.at(START) as session:
        exclusions.entrust(session, actor, case.id, "rifugio", relay.shelters["viola"])
    return case


def test_a_lane_that_was_handed_over_is_entrusted_only_on_a_basis(relay: Relay) -> None:
    case = entrusted(relay)
    task, row = relay.baton(case), relay.under_way(case)
    assert (task.agency_id, task.handover) == (relay.world.agencies["cav"], Baton.PREPARE)
    assert (row.state, row.to_agency_id) == (HandoverState.PREPARE, relay.shelters["viola"])
    assert [part.agency_id for part in relay.parts(case) if part.since is not None and part.ended_why is None] == []
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.act("send", case, by="operatrice.cav")
    relay.agrees(case, "viola")
    relay.act("send", case, by="operatrice.cav")
    relay.act("accept", case, by="viola.operatrice")
    (part,) = [part for part in relay.parts(case) if part.ended_why is None]
    assert (part.agency_id, part.entered_by) == (relay.shelters["viola"], Entry.HANDOVER)
    assert part.fields is not None, "it reads what was handed over, and not all that the process holds"


def test_who_is_kept_out_is_not_asked_again_and_the_one_entrusted_has_the_later_steps(relay: Relay) -> None:
    case = entrusted(relay)
    relay.agrees(case, "viola")
    with pytest.raises(errors.LaneWithoutAgency):
        relay.send(case, "rosa")
    relay.send(case, "viola")
    relay.act("accept", case, by="viola.operatrice")
    relay.world.do(START, case, "ospita", ANSWER, by="viola.operatrice")
    assert relay.baton(case, "segue").agency_id == relay.shelters["viola"]


def test_who_is_kept_out_sees_no_hand_over_that_waits_for_her_agency(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.send(case)
    world, row, asked = relay.world, relay.under_way(case), relay.world.people["rosa.operatrice"]
    with world.at(START) as session:
        assert handover_page.show(session, asked, row.id).handover.id == row.id
        person = Subject(user_id=asked.user_id)
        exclusions.put(session, world.people["operatrice.cav"], case.id, person, reason="lo conosce")
    with world.at(START) as session, pytest.raises(errors.NotFound):
        handover_page.show(session, asked, row.id)
    with pytest.raises(errors.NotFound):
        relay.act("accept", case, by="rosa.operatrice")


@pytest.mark.parametrize("needs", [Needs(BasisKind.ADESIONE), Needs(BasisKind.OBBLIGO, "segnalazione")])
def test_nothing_allows_an_agency_to_be_told_that_is_kept_out(relay: Relay, needs: Needs) -> None:
    case, rosa = entrusted(relay), relay.shelters["rosa"]
    asked = {"case_id": case.id, "purpose": "protezione", "needs": needs, "now": after(minutes=1)}
    relay.agrees(case, "viola")
    with relay.world.at(START) as session:
        assert gate.basis_for(session, agency_id=rosa, **asked) is None
        assert gate.basis_for(session, agency_id=relay.shelters["viola"], **asked) is not None
