"""A case is offered to all who may have it: the first to accept has it, and it never waits with nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import errors
from engine.cases import agreements, exclusions, handover_page, handovers, lifecycle, lookup, offers
from engine.cases.exclusions import Subject
from engine.cases.handover_models import HandoverState
from engine.cases.models import Baton, Case, TaskStatus
from engine.consent.models import Manner, RecordedBasis
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.definitions import deployment
from engine.notifications.models import Notice
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases.conftest import PASSWORD, START, World, after
from tests.engine.cases.handing_over import FORMS, Relay, ruled

OFFER = '<staffetta:laneRule by="offer"/>'


@pytest.fixture
def relay(world: World) -> Relay:
    return offering(world)


def offering(world: World, **said: str) -> Relay:
    relay = Relay.of(world)
    with world.at(START) as session:
        files = {"staffetta.bpmn": ruled(OFFER, **said)}
        deployment.deploy(session, world.people["progettista"], files, forms_given=FORMS)
    return relay


def offered(relay: Relay, *shelters: str) -> Case:
    """A case that is offered to the shelters that she agrees to."""
    case = relay.listened()
    for shelter in shelters:
        relay.agrees(case, shelter)
    relay.act("send", case, by="operatrice.cav", to_all=True)
    return case


def told(relay: Relay, case: Case, kind: str) -> set[str]:
    names = {agency_id: name for name, agency_id in relay.world.agencies.items()}
    return {names[row.agency_id] for row in relay.world.rows(Notice, Notice.case_id == case.id, Notice.kind == kind)}


def seen(relay: Relay, person: str, case: Case) -> handover_page.HandoverPage:
    with relay.world.at(START) as session:
        return handover_page.show(session, relay.world.people[person], relay.now(case).id)


def test_all_who_may_be_told_see_it_and_nobody_else_does(relay: Relay) -> None:
    case = offered(relay, "rosa")
    assert told(relay, case, "handover_offered") == {"rosa"}
    assert seen(relay, "rosa.operatrice", case).may == {"answer_handover"}
    with pytest.raises(errors.NotFound):
        seen(relay, "viola.operatrice", case)
    assert seen(relay, "operatrice.cav", case).offered == ("Casa Rosa",)


def test_to_whom_it_is_offered_sees_nothing_of_the_case(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    page = seen(relay, "viola.operatrice", case)
    assert (page.case_id, page.task_id, page.recipients, page.came_back, page.offered) == (None, None, (), None, ())
    with relay.world.at(START) as session, pytest.raises(errors.NotFound):
        lookup.case(session, relay.world.people["viola.operatrice"], case.id)
    with relay.world.at(START) as session, pytest.raises(errors.NotFound):
        lookup.task(session, relay.world.people["viola.operatrice"], relay.baton(case).id)


def test_the_first_to_accept_has_it_and_the_others_are_told_that_it_is_gone(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    handover = relay.under_way(case)
    relay.act("accept", case, by="viola.operatrice")
    task, row = relay.baton(case), relay.under_way(case)
    assert (row.state, row.to_agency_id) == (HandoverState.ACCEPTED, relay.shelters["viola"])
    assert (task.agency_id, task.handover, task.state) == (relay.shelters["viola"], Baton.ACCEPTED, TaskStatus.CLAIMED)
    assert [part.agency_id for part in relay.parts(case)] == [relay.shelters["viola"]]
    assert told(relay, case, "handover_gone") == {"rosa"}
    assert told(relay, case, "handover_accepted") == {"cav"}
    for verb, options in (("accept", {}), ("decline", {"reason": "no"})):
        with relay.world.at(START) as session, pytest.raises(errors.Conflict, match="offer_gone"):
            getattr(handovers, verb)(session, relay.world.people["rosa.operatrice"], handover.id, **options)
    with pytest.raises(errors.Conflict, match="offer_gone"):
        seen(relay, "rosa.operatrice", case)


def test_of_two_who_accept_at_once_one_wins(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    handover_id = relay.under_way(case).id

    def accept(person: str) -> str:
        try:
            with relay.world.at(START) as session:
                handovers.accept(session, relay.world.people[person], handover_id)
        except errors.Conflict as refused:
            return refused.code
        return "has it"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(accept, ["rosa.operatrice", "viola.operatrice"]))
    assert answers == ["has it", "offer_gone"]
    assert len(relay.parts(case)) == 1


def test_as_long_as_nobody_accepts_the_senders_clock_runs(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    rows = relay.world.rows(Deadline, Deadline.task_id == relay.baton(case).id, Deadline.state == DeadlineStatus.ARMED)
    assert [(row.clock, row.agency_id) for row in rows] == [(DeadlineClock.SENDING, relay.world.agencies["cav"])]
    relay.act("accept", case, by="rosa.operatrice")
    rows = relay.world.rows(Deadline, Deadline.task_id == relay.baton(case).id, Deadline.state == DeadlineStatus.ARMED)
    assert [(row.clock, row.agency_id) for row in rows] == [(DeadlineClock.CONCLUSION, relay.shelters["rosa"])]


def test_when_all_have_declined_the_sender_is_told_and_has_it_still(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    relay.act("decline", case, by="rosa.operatrice", reason="Non c'è posto")
    assert told(relay, case, "handover_unwanted") == set()
    with pytest.raises(errors.NotFound):
        seen(relay, "rosa.operatrice", case)
    relay.act("decline", case, by="viola.operatrice", reason="Non c'è posto")
    assert told(relay, case, "handover_unwanted") == {"cav"}
    assert (relay.baton(case).agency_id, relay.under_way(case).state) == (
        relay.world.agencies["cav"],
        HandoverState.PREPARE,
    )


def test_without_a_basis_for_anybody_nothing_is_offered(relay: Relay) -> None:
    case = relay.listened()
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.act("send", case, by="operatrice.cav", to_all=True)
    assert told(relay, case, "handover_offered") == set()


def test_who_is_offered_it_cannot_accept_what_she_has_taken_back_since(relay: Relay) -> None:
    case = relay.listened()
    basis_id = relay.agrees(case, "rosa")
    relay.agrees(case, "viola")
    relay.act("send", case, by="operatrice.cav", to_all=True)
    with relay.world.at(START) as session:
        session.get_one(RecordedBasis, basis_id).ended_recorded_at = after(minutes=1)
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.act("accept", case, by="rosa.operatrice")
    assert relay.under_way(case).state is HandoverState.PREPARE


def test_to_whom_nothing_allows_it_any_more_it_is_offered_no_more(relay: Relay) -> None:
    world, case = relay.world, relay.listened()
    basis_id = relay.agrees(case, "rosa")
    with world.at(START) as session:
        agreements.invoke_vital_interest(
            session,
            world.people["operatrice.cav"],
            case.id,
            purpose="protezione",
            agency_id=relay.shelters["viola"],
            reason="priva di sensi",
        )
    relay.act("send", case, by="operatrice.cav", to_all=True)
    with world.at(after(minutes=1)) as session:
        agreements.withdraw(session, world.people["operatrice.cav"], basis_id, manner=Manner.A_VOCE)
    assert relay.under_way(case).offered_to == [relay.shelters["viola"]]
    assert told(relay, case, "handover_asked_back") == {"rosa"}
    with pytest.raises(errors.NotFound):
        seen(relay, "rosa.operatrice", case)
    viola = world.people["viola.operatrice"]
    for hours, shown in ((23, 1), (24, 0)):
        with world.at(after(hours=hours)) as session:
            assert len(offers.listing(session, viola)) == shown, "no worker has come"
    world.worker_at(after(hours=24))
    assert relay.under_way(case).offered_to == []
    assert told(relay, case, "handover_unwanted") == {"cav"}


def test_who_is_kept_out_since_sees_nothing_of_the_offer(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    with relay.world.at(START) as session:
        sender = relay.world.people["operatrice.cav"]
        exclusions.put(session, sender, case.id, Subject(agency_id=relay.shelters["rosa"]), reason="ci lavora lui")
    for act in (lambda: seen(relay, "rosa.operatrice", case), lambda: relay.act("accept", case, by="rosa.operatrice")):
        with pytest.raises(errors.NotFound):
            act()
    relay.act("accept", case, by="viola.operatrice")
    with pytest.raises(errors.NotFound):
        seen(relay, "rosa.operatrice", case)
    assert told(relay, case, "handover_gone") <= {"rosa"}


def test_the_sender_may_still_hand_it_to_one_of_them_and_the_others_are_told(relay: Relay) -> None:
    case = offered(relay, "rosa", "viola")
    relay.send(case, "rosa")
    assert relay.under_way(case).state is HandoverState.SENT
    assert told(relay, case, "handover_gone") == {"viola"}


def test_a_diagram_that_says_nothing_of_offers_has_none(world: World) -> None:
    relay = Relay.of(world)
    case = relay.listened()
    relay.agrees(case, "rosa")
    with pytest.raises(errors.InvalidValue, match="not_by_offer"):
        relay.act("send", case, by="operatrice.cav", to_all=True)


def test_what_goes_by_itself_is_offered_as_soon_as_its_step_is_there(world: World) -> None:
    relay = offering(world, send="automatic", basis="compito", fields="rischio", purpose="coordinamento")
    case = relay.listened()
    assert told(relay, case, "handover_offered") == {"rosa", "viola"}, "who has no computers is called"
    relay.act("accept", case, by="rosa.operatrice")
    assert relay.baton(case).agency_id == relay.shelters["rosa"]


def test_a_forged_answer_of_who_was_not_asked_is_not_there(relay: Relay) -> None:
    case = offered(relay, "rosa")
    with relay.world.at(START) as session:
        user = directory.create_user(session, username="altra", display_name="altra", password=PASSWORD)
        agency = directory.create_agency(session, case.network_id, name="Altro", services=["rifugio"])
        directory.create_membership(
            session, network_id=case.network_id, user_id=user.id, agency_id=agency.id, role=Role.OPERATRICE
        )
        stranger: Any = directory.actor(session, user.id, case.network_id)
    for person in (stranger, relay.world.people["viola.operatrice"]):
        with relay.world.at(START) as session, pytest.raises(errors.NotFound):
            handovers.accept(session, person, relay.under_way(case).id)


def test_what_was_offered_in_a_case_that_is_cancelled_is_gone(relay: Relay) -> None:
    case = offered(relay, "rosa")
    handover_id = relay.under_way(case).id
    with relay.world.at(START) as session:
        lifecycle.cancel(session, relay.world.people["responsabile.cav"], case.id, reason="Aperto per errore")
    with relay.world.at(START) as session, pytest.raises(errors.Conflict, match="offer_gone"):
        handovers.accept(session, relay.world.people["rosa.operatrice"], handover_id)
    assert relay.parts(case) == []
