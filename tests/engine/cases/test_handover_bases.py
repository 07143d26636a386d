"""Nobody has a part in a case without a basis: at its beginning, in a lane given away, after some time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from engine import errors
from engine.cases import (
    agreements,
    handover_page,
    handovers,
    inbox,
    lifecycle,
    lookup,
    offers,
    pauses,
    task_list,
    tasks,
)
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.inbox import Tab
from engine.cases.models import Baton, Case, UserTask
from engine.consent.models import BasisEnd, BasisKind, Manner, RecordedBasis
from engine.notifications.models import Notice
from engine.participants.access import Action
from engine.participants.models import CaseParticipation, Entry
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.test_agreements import answered

ANSWER = {"esito": "si", "nota": "accolta"}
DECLINES = {"esito_invio": "declina", "motivo_rifiuto": "lingua"}


@pytest.fixture
def relay(world: World) -> Relay:
    return Relay.of(world)


def referred(world: World) -> Case:
    """A case that the municipality opens for the centre, in whose lane the protocol begins; nobody has asked her."""
    with world.at(START) as session:
        lanes, said = {"cav": world.agencies["cav"]}, {"rischio_segnalato": "ALTO", "canale": "altro"}
        actor = world.people["operatrice.capofila"]
        return lifecycle.start(session, actor, "accoglienza_cav", lanes=lanes, variables=said)


def part(world: World, case: Case, lane: str) -> CaseParticipation | None:
    """The part that somebody has in a lane now."""
    running = (CaseParticipation.since.is_not(None), CaseParticipation.ended_why.is_(None))
    of_lane = (CaseParticipation.case_id == case.id, CaseParticipation.lane == lane)
    return next(iter(world.rows(CaseParticipation, *of_lane, *running)), None)


def only(world: World, case: Case) -> UserTask:
    (task,) = world.rows(UserTask, UserTask.case_id == case.id, UserTask.state.in_(["open", "claimed"]))
    return task


def sees(world: World, who: str, case: Case, at: object = START) -> bool:
    with world.at(at) as session:  # type: ignore[arg-type]
        return lookup.sees_case(session, world.people[who], case.id)


def test_whoever_opens_a_case_for_another_agency_has_its_first_step_until_she_agrees(world: World) -> None:
    case = referred(world)
    task = only(world, case)
    assert (task.agency_id, task.handover) == (world.agencies["capofila"], Baton.PREPARE)
    assert part(world, case, "cav") is None
    assert not sees(world, "operatrice.cav", case)
    world.pass_on(START, case)
    assert not sees(world, "operatrice.cav", case), "asked, and not yet in it"
    world.claim(START, case, "accetta_invio")
    begun = part(world, case, "cav")
    assert begun is not None
    assert (begun.agency_id, begun.entered_by) == (world.agencies["cav"], Entry.HANDOVER)
    assert (begun.purpose, begun.basis, begun.fields) == ("presa_in_carico", "adesione", None)
    assert begun.basis_id is not None
    assert_rows_follow_from_state(world.network_id)


def test_whoever_opens_a_case_for_itself_hands_nothing_over(world: World) -> None:
    case = world.open_case()
    assert only(world, case).handover is None
    assert part(world, case, "cav") is not None


def test_a_lane_given_away_in_a_step_is_handed_over_by_who_began_the_process(world: World) -> None:
    case = world.open_case()
    world.do(START, case, "accetta_invio", DECLINES)
    lanes, told = {"cav": world.agencies["estraneo"]}, {"mittente_avvisato": True}
    world.do(START, case, "riassegna_invio", told, by="operatrice.capofila", lanes=lanes)
    task = only(world, case)
    assert (task.agency_id, task.handover) == (world.agencies["cav"], Baton.PREPARE)
    with world.at(START) as session:
        assert inbox.page(session, world.people["estranea"]).rows == ()
    world.pass_on(START, case)
    world.claim(START, case, "accetta_invio", by="estranea")
    assert only(world, case).agency_id == world.agencies["estraneo"]
    assert not sees(world, "operatrice.cav", case) or part(world, case, "apertura") is not None


def test_no_part_that_has_begun_is_without_what_allows_it_but_that_of_who_began(world: World) -> None:
    case = referred(world)
    world.pass_on(START, case)
    world.do(START, case, "accetta_invio", DECLINES)
    world.claim(START, case, "riassegna_invio", by="operatrice.capofila")
    began = world.agencies["capofila"]
    for row in world.rows(CaseParticipation, CaseParticipation.since.is_not(None)):
        allowed = row.purpose is not None and (row.basis_id is not None or row.basis in {"obbligo", "compito"})
        assert allowed or row.agency_id == began, row.lane


def invoked(relay: Relay, case: Case, by: str = "operatrice.cav", at: str | datetime = START) -> RecordedBasis:
    with relay.world.at(at) as session:
        return agreements.invoke_vital_interest(
            session,
            relay.world.people[by],
            case.id,
            purpose="protezione",
            agency_id=relay.shelters["rosa"],
            reason="priva di sensi",
        )


def _found(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except errors.NotFound:
        return False
    except errors.Refused:
        pass
    return True


def in_hand(relay: Relay, case: Case, at: datetime) -> bool:
    """Whether the shelter is shown the step in whatever way."""
    world, task_id = relay.world, relay.world.task(case, "ospita")
    rosa = world.people["rosa.operatrice"]
    row = next(row for row in world.rows(Handover, Handover.case_id == case.id) if row.to_agency_id or row.offered_to)
    with world.at(at) as session:
        shown = [bool(inbox.page(session, rosa, tab=tab).rows) for tab in Tab]
        shown += [bool(task_list.page(session, rosa)), bool(offers.listing(session, rosa))]
        shown.append(_found(lambda: lookup.task(session, rosa, task_id)))
        if row.state is not HandoverState.ACCEPTED:
            shown.append(_found(lambda: handover_page.show(session, rosa, row.id)))
    return any(shown)


@pytest.mark.parametrize("accepted", [True, False])
def test_what_rests_on_a_vital_interest_ends_with_it(relay: Relay, *, accepted: bool) -> None:
    world, case = relay.world, relay.listened()
    row = invoked(relay, case)
    relay.send(case)
    if accepted:
        relay.act("accept", case, by="rosa.operatrice")
        begun = part(world, case, "rifugio")
        assert begun is not None
        assert begun.basis == BasisKind.INTERESSE_VITALE
    (stored,) = world.rows(Case)
    assert stored.basis_until == row.until
    assert world.worker_at(after(hours=23, minutes=59)) <= 1
    assert relay.baton(case).handover is (Baton.ACCEPTED if accepted else Baton.SENT)
    assert sees(world, "rosa.operatrice", case, after(hours=23, minutes=59)) is accepted
    assert in_hand(relay, case, after(hours=23, minutes=59))
    # No worker has come yet.
    assert not sees(world, "rosa.operatrice", case, after(hours=24))
    assert not in_hand(relay, case, after(hours=24))
    assert world.worker_at(after(hours=24)) == 1
    task = relay.baton(case)
    assert (task.agency_id, task.handover, task.assignee_id) == (world.agencies["cav"], Baton.PREPARE, None)
    assert part(world, case, "rifugio") is None
    assert not sees(world, "rosa.operatrice", case, after(hours=24))
    (ended,) = world.rows(RecordedBasis)
    assert (ended.ended_at, ended.ended_why) == (row.until, BasisEnd.LAPSED)
    told = {(notice.kind, notice.agency_id) for notice in world.rows(Notice)}
    assert ("handover_came_back", world.agencies["cav"]) in told
    assert ("part_ended" if accepted else "handover_asked_back", relay.shelters["rosa"]) in told
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.send(case, at=after(hours=25))
    assert_rows_follow_from_state(world.network_id)


def test_where_she_has_agreed_meanwhile_it_goes_on_resting_on_that(relay: Relay) -> None:
    world, case = relay.world, relay.listened()
    invoked(relay, case)
    relay.send(case)
    relay.act("accept", case, by="rosa.operatrice")
    agreed = answered(world, case, after(hours=20), agency="rosa")
    assert sees(world, "rosa.operatrice", case, after(hours=24)), "before any worker came"
    world.worker_at(after(hours=24))
    begun = part(world, case, "rifugio")
    assert begun is not None
    assert (begun.basis, begun.basis_id, begun.until) == (BasisKind.ADESIONE, agreed, None)
    assert relay.baton(case).handover is Baton.ACCEPTED


def test_a_command_after_the_end_finds_it_ended_though_no_worker_came(relay: Relay) -> None:
    world, case = relay.world, relay.listened()
    invoked(relay, case)
    relay.send(case)
    relay.act("accept", case, by="rosa.operatrice")
    with world.at(after(hours=25)) as session, pytest.raises(errors.NotFound):
        tasks.complete(session, world.people["rosa.operatrice"], world.task(case, "ospita"), ANSWER)
    assert relay.baton(case).handover is Baton.ACCEPTED, "who is not in the case any more moves nothing in it"
    with world.at(after(hours=25)) as session, pytest.raises(errors.Conflict, match="handover_not_here"):
        handovers.revoke(session, world.people["responsabile.cav"], relay.under_way(case).id, reason="è finita")
    assert relay.baton(case).handover is Baton.PREPARE


@pytest.mark.parametrize(("until", "reads"), [(20, True), (30, False)])
def test_an_agreement_that_rests_with_the_path_at_the_end_of_a_vital_interest_allows_nothing_then(
    relay: Relay, until: int, *, reads: bool
) -> None:
    world, case = relay.world, relay.listened()
    invoked(relay, case)
    relay.send(case)
    relay.act("accept", case, by="rosa.operatrice")
    answered(world, case, after(hours=1), agency="rosa")
    with world.at(after(hours=2)) as session:
        sender = world.people["operatrice.cav"]
        pauses.pause(session, sender, case.id, until=after(hours=until), manner=Manner.A_VOCE)
    assert sees(world, "rosa.operatrice", case, after(hours=23))
    assert sees(world, "rosa.operatrice", case, after(hours=24)) is reads
    world.worker_at(after(hours=24))
    assert sees(world, "rosa.operatrice", case, after(hours=24)) is reads


def test_two_who_think_it_vital_let_it_be_read_until_the_later_end(relay: Relay) -> None:
    world, case = relay.world, relay.listened()
    invoked(relay, case)
    relay.send(case)
    relay.act("accept", case, by="rosa.operatrice")
    invoked(relay, case, by="collega.cav", at=after(hours=10))
    assert sees(world, "rosa.operatrice", case, after(hours=33))
    assert not sees(world, "rosa.operatrice", case, after(hours=34))
    world.worker_at(after(hours=33))
    assert sees(world, "rosa.operatrice", case, after(hours=33))
    assert not sees(world, "rosa.operatrice", case, after(hours=34))


def test_a_part_that_goes_on_is_revoked_though_what_it_was_handed_over_for_is_done(relay: Relay) -> None:
    world, case = relay.world, relay.accepted()
    with world.at(START) as session:
        tasks.complete(session, world.people["rosa.operatrice"], world.task(case, "ospita"), ANSWER)
    row = relay.now(case)
    assert row.state is HandoverState.DONE
    lead = world.people["responsabile.cav"]
    with world.at(START) as session:
        assert Action.REVOKE_HANDOVER in handover_page.show(session, lead, row.id).may
    with world.at(after(minutes=1)) as session:
        handovers.revoke(session, lead, row.id, reason="lei non vuole più")
    assert part(world, case, "rifugio") is None
    task = relay.baton(case, "segue")
    assert (task.agency_id, task.handover) == (world.agencies["cav"], Baton.PREPARE)
    with world.at(after(minutes=2)) as session, pytest.raises(errors.Conflict, match="handover_not_here"):
        handovers.revoke(session, lead, row.id, reason="ancora")
