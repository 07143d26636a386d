"""A case goes from agency to agency by a hand-over: nobody is told without one, and none waits with nobody."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import errors
from engine.cases import case_page, execution, handed, handing, handovers, inbox, lookup, resting, task_page, tasks
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Baton, CaseEvent, Draft, TaskStatus
from engine.consent.models import BasisEnd, RecordedBasis
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus
from engine.notifications.models import Notice
from engine.participants.models import PartEnd
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.handing_over import Relay

ANSWER = {"esito": "si", "nota": "accolta"}


@pytest.fixture
def relay(world: World) -> Relay:
    return Relay.of(world)


def inbox_of(relay: Relay, person: str) -> list[tuple[str, Baton | None]]:
    with relay.world.at(START) as session:
        page = inbox.page(session, relay.world.people[person])
        return [(row.name, row.handover) for row in page.rows]


def clocks(relay: Relay, task_id: Any) -> dict[DeadlineClock, DeadlineStatus]:
    rows = relay.world.rows(Deadline, Deadline.task_id == task_id)
    return {row.clock: row.state for row in sorted(rows, key=lambda row: row.starts_at)}


def test_the_sender_has_the_step_until_it_is_sent(relay: Relay) -> None:
    case = relay.listened()
    task = relay.baton(case)
    assert (task.agency_id, task.handover) == (relay.world.agencies["cav"], Baton.PREPARE)
    assert clocks(relay, task.id) == {DeadlineClock.SENDING: DeadlineStatus.ARMED}
    assert inbox_of(relay, "operatrice.cav") == [("Passo ospita", Baton.PREPARE)]
    assert inbox_of(relay, "rosa.operatrice") == []
    with relay.world.at(START) as session, pytest.raises(errors.Conflict, match="handover_to_send"):
        tasks.claim(session, relay.world.people["operatrice.cav"], task.id)


def test_without_a_basis_nothing_is_sent_and_the_step_stays_with_its_sender(relay: Relay) -> None:
    case = relay.listened()
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.send(case)
    assert relay.baton(case).agency_id == relay.world.agencies["cav"]
    relay.agrees(case, "viola")
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.send(case, "rosa")
    relay.agrees(case, "rosa", purpose="cura")
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.send(case, "rosa")
    relay.agrees(case, "rosa")
    assert relay.send(case, "rosa").state is HandoverState.SENT


def test_who_is_asked_sees_the_step_and_nothing_of_the_case(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.send(case)
    task, rosa = relay.baton(case), relay.world.people["rosa.operatrice"]
    assert (task.agency_id, task.handover) == (relay.shelters["rosa"], Baton.SENT)
    assert clocks(relay, task.id) == {
        DeadlineClock.SENDING: DeadlineStatus.STOPPED,
        DeadlineClock.RECEPTION: DeadlineStatus.ARMED,
        DeadlineClock.CONCLUSION: DeadlineStatus.ARMED,
    }
    assert inbox_of(relay, "rosa.operatrice") == [("Passo ospita", Baton.SENT)]
    assert inbox_of(relay, "viola.operatrice") == []
    with relay.world.at(START) as session:
        assert lookup.case_named(session, rosa, case.code) is None
        with pytest.raises(errors.NotFound):
            case_page.case(session, rosa, case.id)
        with pytest.raises(errors.Conflict, match="handover_under_way"):
            task_page.task(session, rosa, task.id)
    assert relay.parts(case) == []


def test_with_the_acceptance_its_part_begins_and_the_step_is_taken(relay: Relay) -> None:
    case = relay.accepted()
    task = relay.baton(case)
    assert (task.state, task.handover) == (TaskStatus.CLAIMED, Baton.ACCEPTED)
    assert task.assignee_id == relay.world.people["rosa.operatrice"].user_id
    (part,) = relay.parts(case)
    assert (part.purpose, part.fields, part.ends_with) == (
        "protezione",
        ["rischio", "ascolto.racconto"],
        PartEnd.PROCESS,
    )
    assert part.basis_id is not None
    with relay.world.at(START) as session:
        assert case_page.case(session, relay.world.people["rosa.operatrice"], case.id).case.code == case.code


def test_the_later_steps_of_the_lane_are_ordinary_ones_and_the_part_ends_with_the_process(relay: Relay) -> None:
    case = relay.accepted()
    world = relay.world
    with world.at(START) as session:
        tasks.complete(session, world.people["rosa.operatrice"], world.task(case, "ospita"), ANSWER)
    assert [row.state for row in world.rows(Handover)] == [HandoverState.DONE]
    world.do(START, case, "segue", {}, by="rosa.operatrice")
    assert relay.parts(case)[0].until is None
    world.do(START, case, "chiude", {})
    (part,) = relay.parts(case)
    assert part.until is not None
    assert part.ended_why == "process_ended"
    with world.at(after(minutes=1)) as session, pytest.raises(errors.NotFound):
        case_page.case(session, world.people["rosa.operatrice"], case.id)


def test_a_part_for_a_step_ends_with_it(world: World) -> None:
    relay = Relay.of(world, until="step")
    case = relay.accepted()
    with world.at(START) as session:
        tasks.complete(session, world.people["rosa.operatrice"], world.task(case, "ospita"), ANSWER)
    assert [part.ended_why for part in relay.parts(case)] == ["step_ended"]


def test_a_refusal_comes_back_to_the_sender_with_its_reason_for_another_agency(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.agrees(case, "viola")
    relay.send(case)
    relay.act("decline", case, after(minutes=5), by="rosa.operatrice", reason="nessun posto")
    task = relay.baton(case)
    assert (task.agency_id, task.handover, task.state) == (relay.world.agencies["cav"], Baton.PREPARE, TaskStatus.OPEN)
    assert clocks(relay, task.id)[DeadlineClock.SENDING] is DeadlineStatus.ARMED
    assert clocks(relay, task.id)[DeadlineClock.CONCLUSION] is DeadlineStatus.VOID
    assert inbox_of(relay, "rosa.operatrice") == []
    assert "handover_declined" in [notice.kind for notice in relay.world.rows(Notice)]
    with pytest.raises(errors.InvalidValue, match="declined_before"):
        relay.send(case, "rosa")
    assert relay.send(case, "viola", after(minutes=9)).state is HandoverState.SENT
    with relay.world.at(START) as session, pytest.raises(errors.NotFound):
        declined = next(row for row in relay.world.rows(Handover) if row.state is HandoverState.DECLINED)
        handovers.accept(session, relay.world.people["rosa.operatrice"], declined.id)


def test_a_case_accepted_more_than_an_hour_before_it_is_recorded_says_why(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.send(case)
    with pytest.raises(errors.InvalidValue, match="late_reason"):
        relay.act("accept", case, after(minutes=66), by="rosa.operatrice", happened_at=after(minutes=5))
    said = {"happened_at": after(minutes=5), "late_reason": "senza rete"}
    relay.act("accept", case, after(minutes=66), by="rosa.operatrice", **said)
    with relay.world.at(after(minutes=67)) as session:
        lines = case_page.case(session, relay.world.people["rosa.operatrice"], case.id).timeline
    (line,) = [line for line in lines if line.kind == "handover_accepted"]
    assert (line.happened_at, line.recorded_at, line.reason) == (after(minutes=5), after(minutes=66), "senza rete")


def test_what_nobody_has_accepted_can_be_asked_back(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.send(case)
    sent = relay.under_way(case)
    relay.act("ask_back", case, after(minutes=5), by="collega.cav", reason="sbagliato ente")
    assert relay.baton(case).handover is Baton.PREPARE
    with relay.world.at(START) as session, pytest.raises(errors.NotFound):
        handovers.accept(session, relay.world.people["rosa.operatrice"], sent.id)


def test_the_senders_lead_ends_the_part_of_an_agency_that_has_accepted(relay: Relay) -> None:
    case = relay.accepted()
    with relay.world.at(START) as session:
        tasks.save_draft(session, relay.world.people["rosa.operatrice"], relay.world.task(case, "ospita"), ANSWER)
    with pytest.raises(errors.Forbidden):
        relay.act("revoke", case, by="operatrice.cav", reason="lei non vuole")
    relay.act("revoke", case, after(minutes=5), by="responsabile.cav", reason="lei non vuole")
    task = relay.baton(case)
    assert (task.agency_id, task.handover, task.assignee_id) == (relay.world.agencies["cav"], Baton.PREPARE, None)
    assert [part.ended_why for part in relay.parts(case)] == ["revoked"]
    assert relay.world.rows(Draft) == []
    with relay.world.at(after(minutes=6)) as session, pytest.raises(errors.NotFound):
        tasks.complete(session, relay.world.people["rosa.operatrice"], task.id, ANSWER)


def test_a_lane_that_was_left_is_handed_over_anew_for_its_later_steps(relay: Relay) -> None:
    case = relay.accepted()
    world = relay.world
    with world.at(START) as session:
        tasks.complete(session, world.people["rosa.operatrice"], world.task(case, "ospita"), ANSWER)
    with world.at(after(minutes=1)) as session, execution.locked(session, case.id, None) as running:
        handing.leave(running, None, running.participations["rifugio"], why="withdrawn", reason="ritirata")
    task = relay.baton(case, "segue")
    assert (task.agency_id, task.handover) == (world.agencies["cav"], Baton.PREPARE)
    assert relay.under_way(case).purpose == "protezione"


def test_what_rests_on_a_basis_that_ended_comes_back(relay: Relay) -> None:
    case = relay.listened()
    basis_id = relay.agrees(case)
    relay.send(case)
    with relay.world.at(after(minutes=1)) as session, execution.locked(session, case.id, None) as running:
        session.get_one(RecordedBasis, basis_id).ended_recorded_at = after(minutes=1)
        resting.basis_ended(running, None, basis_id, why=BasisEnd.WITHDRAWN)
    assert relay.baton(case).handover is Baton.PREPARE
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.send(case, at=after(minutes=2))


def test_an_agreement_withdrawn_after_the_sending_lets_nobody_accept(relay: Relay) -> None:
    case = relay.listened()
    basis_id = relay.agrees(case)
    relay.send(case)
    with relay.world.at(after(minutes=1)) as session:
        session.get_one(RecordedBasis, basis_id).ended_recorded_at = after(minutes=1)
    with pytest.raises(errors.Conflict, match="basis_missing"):
        relay.act("accept", case, after(minutes=2), by="rosa.operatrice")
    with relay.world.at(after(minutes=2)) as session, pytest.raises(errors.Conflict, match="basis_missing"):
        tasks.claim(session, relay.world.people["rosa.operatrice"], relay.baton(case).id)
    assert relay.parts(case) == []


def test_for_an_agency_without_computers_the_sender_records_the_answer(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case, "muta")
    relay.send(case, "muta")
    assert relay.baton(case).proxy_id == relay.world.agencies["cav"]
    with pytest.raises(errors.Forbidden, match="on_behalf_of_needed"):
        relay.act("accept", case, by="operatrice.cav")
    relay.act("accept", case, by="operatrice.cav", on_behalf_of=relay.shelters["muta"])
    (row,) = relay.world.rows(Handover)
    assert row.on_behalf_of_id == relay.shelters["muta"]
    assert relay.baton(case).on_behalf_of_id == relay.shelters["muta"]


@pytest.mark.parametrize("by", ["rosa.operatrice", "viola.operatrice", "estranea", "coordinatrice", "progettista"])
def test_a_hand_over_that_is_prepared_is_nobodys_but_its_senders(relay: Relay, by: str) -> None:
    case = relay.listened()
    relay.agrees(case)
    for verb, options in (
        ("send", {"to_agency": relay.shelters["rosa"]}),
        ("prepare", {"to_agency": relay.shelters["rosa"]}),
        ("accept", {}),
        ("decline", {"reason": "no"}),
        ("ask_back", {"reason": "no"}),
        ("revoke", {"reason": "no"}),
    ):
        with pytest.raises(errors.NotFound):
            relay.act(verb, case, by=by, **options)


@pytest.mark.parametrize("by", ["operatrice.cav", "viola.operatrice", "estranea"])
def test_only_who_is_asked_answers(relay: Relay, by: str) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.send(case)
    for verb, options in (("accept", {}), ("decline", {"reason": "no"})):
        with pytest.raises((errors.NotFound, errors.Forbidden)):
            relay.act(verb, case, by=by, **options)
    with pytest.raises(errors.NotFound if by != "operatrice.cav" else errors.Conflict):
        relay.act("send", case, by=by, to_agency=relay.shelters["viola"])


def test_of_two_that_act_at_once_one_prevails(relay: Relay) -> None:
    case = relay.listened()
    relay.agrees(case)
    relay.agrees(case, "viola")
    row = relay.under_way(case)

    def outcome(act: Callable[[], object]) -> str:
        try:
            act()
        except (errors.Conflict, errors.NotFound):
            return "refused"
        return "done"

    def at_once(*acts: tuple[str, str, dict[str, Any]]) -> list[str]:
        current = relay.under_way(case).id

        def one(verb: str, by: str, options: dict[str, Any]) -> str:
            def act() -> None:
                with relay.world.at(after(minutes=3)) as session:
                    getattr(handovers, verb)(session, relay.world.people[by], current, **options)

            return outcome(act)

        with ThreadPoolExecutor(len(acts)) as pool:
            return [future.result() for future in [pool.submit(one, *act) for act in acts]]

    to = relay.shelters
    sent = at_once(
        ("send", "operatrice.cav", {"to_agency": to["rosa"]}),
        ("send", "collega.cav", {"to_agency": to["viola"]}),
    )
    assert sorted(sent) == ["done", "refused"]
    asked = "rosa.operatrice" if relay.under_way(case).to_agency_id == to["rosa"] else "viola.operatrice"
    answered = at_once(
        ("accept", asked, {}),
        ("decline", asked, {"reason": "no"}),
        ("ask_back", "operatrice.cav", {"reason": "no"}),
    )
    assert sorted(answered) == ["done", "refused", "refused"]
    assert row.id in {one.id for one in relay.world.rows(Handover)}
    assert len(relay.world.rows(Handover, Handover.state.in_(["prepare", "sent", "accepted"]))) == 1


def test_each_phase_is_a_line_of_history(relay: Relay) -> None:
    case = relay.accepted()
    kinds = [event.kind for event in relay.world.rows(CaseEvent) if event.kind.startswith("handover")]
    assert kinds == ["handover_sent", "handover_accepted"]
    assert case.code


def test_what_was_not_handed_over_is_null_to_the_conditions_of_a_step() -> None:
    variables = {"rischio": "si", "segreto": "si"}
    read = handed.narrowed(variables, variables, frozenset({"rischio"}))
    assert read == {"rischio": "si", "segreto": None}
    assert handed.narrowed(["segreto"], variables, None) == {"segreto": "si"}, "a lane that began the process reads all"
