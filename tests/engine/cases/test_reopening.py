"""Torna al passo: a second person opens a completed step again while nothing has been built upon it."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest

from engine import errors
from engine.bpmn.way_back import NoWayBack
from engine.cases import confidential, messages, reopening, tasks
from engine.cases.models import (
    Baton,
    Case,
    CaseEvent,
    Draft,
    FormSubmission,
    Incident,
    MessageSubscription,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.cases.reopening import Outlook
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus, RungStep
from engine.definitions import deployment
from engine.notifications.models import Notice
from engine.participants.models import CaseParticipation
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.protocols import Flow, both, catch, deadline, end, start, task, timer, xor

REASON = "ho scelto la risposta sbagliata"
CLOCKS = (deadline("reception", "T.ora"), deadline("conclusion", "T.giorno"))
CHAIN: list[Flow] = [("inizio", "primo"), ("primo", "secondo"), ("secondo", "fatto")]


def deploy(world: World, nodes: list[str], flows: list[Flow], lanes: dict[str, str], **more: Any) -> None:
    source = protocols.process("ritorno", [start("inizio"), *nodes, end("fatto")], flows, lanes=lanes, **more)
    with world.at("2026-02-01T09:00:00+01:00") as session:
        deployment.deploy(session, world.people["progettista"], {"ritorno.bpmn": source}, forms_given=protocols.FORMS)


@pytest.fixture
def case(world: World) -> Case:
    """A case whose first step, of the centre, is followed by one of the lead municipality."""
    nodes = [
        task("primo", *CLOCKS, form="prova"),
        timer("tardi", "primo", "P2D"),
        end("scaduto"),
        task("secondo", protocols.TASK_OF_THE_NETWORK, deadline("reception", "T.giorno")),
    ]
    lanes = {"cav": "inizio primo tardi scaduto fatto", "capofila": "secondo"}
    deploy(world, nodes, [*CHAIN, ("tardi", "scaduto")], lanes)
    return world.start("ritorno")


def answer(world: World, case: Case, **hours: float) -> UUID:
    values = {"obbligatoria": "sì", "nota": "una nota", "numero": 3}
    return world.do(after(**(hours or {"hours": 2})), case, "primo", values)


def reopen(world: World, task_id: UUID, *, by: str = "responsabile.cav", **at: float) -> UserTask:
    with world.at(after(**(at or {"hours": 3}))) as session:
        return reopening.reopen(session, world.people[by], task_id, reason=REASON)


def seen(world: World, task_id: UUID, *, by: str = "responsabile.cav", **at: float) -> Outlook:
    with world.at(after(**(at or {"hours": 3}))) as session:
        return reopening.outlook(session, world.people[by], task_id)


def refused(world: World, task_id: UUID, **at: float) -> str:
    """The reason, the same for who asks, who looks and who does; nothing is changed by any of them."""
    with pytest.raises(NoWayBack) as refusal:
        reopen(world, task_id, **at)
    with pytest.raises(NoWayBack), world.at(after(**(at or {"hours": 3}))) as session:
        reopening.ask(session, world.people["operatrice.cav"], task_id, reason=REASON)
    outlook = seen(world, task_id, **at)
    assert (outlook.code, outlook.may_decide, outlook.may_ask) == (refusal.value.code, False, False)
    assert_rows_follow_from_state(world.network_id)
    return refusal.value.code


def test_the_step_is_with_the_one_who_had_it_with_her_answer_as_a_draft(world: World, case: Case) -> None:
    task_id = answer(world, case)
    before = world.rows(UserTask, UserTask.id == task_id)[0]
    reopen(world, task_id)
    (again,) = world.rows(UserTask, UserTask.id == task_id)
    assert (again.state, again.assignee_id) == (TaskStatus.CLAIMED, world.people["operatrice.cav"].user_id)
    assert (again.completed_by_id, again.completed_at, again.happened_at) == (None, None, None)
    assert (again.claimed_at, again.created_at) == (before.claimed_at, before.created_at)
    assert again.revision > before.revision
    (draft,) = world.rows(Draft)
    with world.at(after(hours=3)) as session:
        assert confidential.open_draft(session, draft)["nota"] == "una nota"
    assert_rows_follow_from_state(world.network_id)


def test_what_followed_is_withdrawn_and_its_agency_knows_no_more_of_the_case(world: World, case: Case) -> None:
    task_id = answer(world, case)
    (gone,) = world.rows(UserTask, UserTask.element_id == "secondo")
    assert gone.handover is Baton.SENT
    reopen(world, task_id)
    (gone,) = world.rows(UserTask, UserTask.element_id == "secondo")
    assert gone.state is TaskStatus.CANCELLED
    (part,) = world.rows(CaseParticipation, CaseParticipation.lane == "capofila")
    assert part.since is None
    told = {notice.kind: notice for notice in world.rows(Notice)}
    assert told["step_withdrawn"].agency_id == world.agencies["capofila"]
    assert told["step_withdrawn"].task_id is None
    assert told["reopened"].user_id == world.people["operatrice.cav"].user_id


def test_history_says_who_asked_who_decided_when_and_why(world: World, case: Case) -> None:
    task_id = answer(world, case)
    with world.at(after(hours=2.5)) as session:
        reopening.ask(session, world.people["operatrice.cav"], task_id, reason="mi sono sbagliata")
    asked = seen(world, task_id).asked
    assert asked is not None
    assert (asked.by, asked.reason, asked.at) == ("operatrice.cav", "mi sono sbagliata", after(hours=2.5))
    (notice,) = world.rows(Notice, Notice.kind == "reopening_asked")
    assert notice.user_id == world.people["responsabile.cav"].user_id
    reopen(world, task_id)
    events = {event.kind: event for event in world.rows(CaseEvent, CaseEvent.task_id == task_id)}
    assert events["task_reopening_asked"].actor_id == world.people["operatrice.cav"].user_id
    assert events["task_reopened"].actor_id == world.people["responsabile.cav"].user_id
    assert "task_completed" in events
    with world.at(after(hours=3)) as session:
        assert confidential.open_history(session, events["task_reopened"])["reason"] == REASON


def test_it_can_be_completed_again_and_both_answers_stay(world: World, case: Case) -> None:
    task_id = answer(world, case)
    reopen(world, task_id)
    with world.at(after(hours=4)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"obbligatoria": "altro"})
    first, second = sorted(world.rows(FormSubmission), key=lambda row: row.recorded_at)
    assert (first.recorded_at, second.recorded_at) == (after(hours=2), after(hours=4))
    assert len(world.rows(UserTask, UserTask.element_id == "secondo", UserTask.state == TaskStatus.OPEN)) == 1
    (sent,) = world.rows(UserTask, UserTask.element_id == "secondo", UserTask.state == TaskStatus.OPEN)
    assert (sent.handover, sent.created_at) == (Baton.SENT, after(hours=4))
    assert_rows_follow_from_state(world.network_id)


def test_no_new_deadline_is_granted(world: World, case: Case) -> None:
    task_id = answer(world, case)
    reopen(world, task_id, hours=20)
    (running,) = world.rows(Deadline, Deadline.task_id == task_id, Deadline.state == DeadlineStatus.ARMED)
    assert (running.clock, running.due_at, running.kept) == (DeadlineClock.CONCLUSION, after(hours=24), None)
    (border,) = world.rows(Timer)
    assert (border.element_id, border.due_at) == ("tardi", after(days=2))
    # The reminder of half time was missed meanwhile.
    world.worker_at(after(hours=20, minutes=1))
    (reminder,) = world.rows(Rung, Rung.deadline_id == running.id, Rung.step == RungStep.REMINDER)
    assert reminder.state is RungStatus.FIRED
    assert_rows_follow_from_state(world.network_id)


def test_a_breach_stays_a_breach(world: World, case: Case) -> None:
    world.worker_at(after(hours=25))
    task_id = answer(world, case, hours=26)
    fired = {row.id for row in world.rows(Rung, Rung.state == RungStatus.FIRED)}
    reopen(world, task_id, hours=26.5)
    assert fired <= {row.id for row in world.rows(Rung, Rung.state == RungStatus.FIRED)}
    with world.at(after(hours=27)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"obbligatoria": "sì"})
    (clock,) = world.rows(Deadline, Deadline.task_id == task_id, Deadline.clock == DeadlineClock.CONCLUSION)
    assert clock.kept is False


def test_a_clock_that_could_not_be_set_is_missing_again(world: World) -> None:
    clocks = deadline("conclusion", "T.giorno", starts="=quando_era")
    nodes = [task("primo", clocks), task("secondo")]
    deploy(world, nodes, CHAIN, {"cav": "inizio primo secondo fatto"}, variables={"quando_era": "date-time"})
    case = world.start("ritorno")
    task_id = world.do(after(hours=1), case, "primo", {})
    assert [row.resolved_at is None for row in world.rows(Incident)] == [False]
    reopen(world, task_id)
    assert sum(row.resolved_at is None for row in world.rows(Incident)) == 1
    assert_rows_follow_from_state(world.network_id)


# --- who may ---


def test_whoever_completed_it_does_not_decide(world: World, case: Case) -> None:
    task_id = world.do(after(hours=2), case, "primo", {"obbligatoria": "sì"}, by="responsabile.cav")
    with pytest.raises(errors.MustBeAnotherPerson):
        reopen(world, task_id)
    assert seen(world, task_id).must_be_another
    # There is no other lead, so another colleague decides.
    reopen(world, task_id, by="collega.cav")


def test_a_colleague_asks_and_does_not_decide_where_there_is_a_lead(world: World, case: Case) -> None:
    task_id = answer(world, case)
    with pytest.raises(errors.Forbidden):
        reopen(world, task_id, by="collega.cav")
    outlook = seen(world, task_id, by="collega.cav")
    assert (outlook.may_ask, outlook.may_decide) == (True, False)


@pytest.mark.parametrize("who", ["estranea", "coordinatrice", "operatrice.capofila", "forestiera", "progettista"])
def test_nobody_outside_the_agency_can_tell_that_it_is_there(world: World, case: Case, who: str) -> None:
    task_id = answer(world, case)
    for verb in (reopening.reopen, reopening.ask):
        with pytest.raises(errors.NotFound), world.at(after(hours=3)) as session:
            verb(session, world.people[who], task_id, reason=REASON)
    with pytest.raises(errors.NotFound):
        seen(world, task_id, by=who)


def test_a_reason_is_needed(world: World, case: Case) -> None:
    task_id = answer(world, case)
    for verb in (reopening.reopen, reopening.ask):
        with pytest.raises(errors.InvalidValue), world.at(after(hours=3)) as session:
            verb(session, world.people["responsabile.cav"], task_id, reason=" ")


# --- what stands in the way ---


def test_a_step_that_somebody_has_taken(world: World, case: Case) -> None:
    task_id = answer(world, case)
    next_id = world.claim(after(hours=2.5), case, "secondo", by="operatrice.capofila")
    assert refused(world, task_id) == "taken"
    with world.at(after(hours=2.6)) as session:
        tasks.release(session, world.people["operatrice.capofila"], next_id, reason="cambio turno")
    assert refused(world, task_id) == "taken"


def test_a_step_that_is_late_already(world: World, case: Case) -> None:
    task_id = answer(world, case)
    world.worker_at(after(hours=27))
    assert refused(world, task_id, hours=27.5) == "breached"


def test_a_step_that_was_done(world: World, case: Case) -> None:
    nodes = [task("primo"), task("secondo"), task("terzo")]
    flows: list[Flow] = [*CHAIN[:2], ("secondo", "terzo"), ("terzo", "fatto")]
    deploy(world, nodes, flows, {"cav": "inizio primo secondo terzo fatto"})
    case = world.start("ritorno")
    first = world.do(after(hours=1), case, "primo", {})
    world.do(after(hours=2), case, "secondo", {})
    assert refused(world, first) == "gone_on"
    assert seen(world, first).element == "Passo secondo"


def test_the_end_of_the_process_and_of_the_case(world: World) -> None:
    deploy(world, [task("primo"), task("secondo")], CHAIN, {"cav": "inizio primo secondo fatto"})
    case = world.start("ritorno")
    world.do(after(hours=1), case, "primo", {})
    last = world.do(after(hours=2), case, "secondo", {})
    with pytest.raises(errors.CaseClosed):
        reopen(world, last)
    assert seen(world, last).code == "case_closed"


def test_a_step_that_is_open_has_no_way_back(world: World, case: Case) -> None:
    assert refused(world, world.task(case, "primo")) == "not_completed"
    task_id = answer(world, case)
    reopen(world, task_id)
    assert refused(world, task_id) == "not_completed"


def test_a_message_that_has_come(world: World) -> None:
    nodes = [task("primo"), catch("attende", "MSG_PROVA"), task("secondo")]
    flows: list[Flow] = [("inizio", "primo"), ("primo", "attende"), ("attende", "secondo"), ("secondo", "fatto")]
    deploy(world, nodes, flows, {"cav": "inizio primo attende secondo fatto"}, messages=["MSG_PROVA"])
    case = world.start("ritorno")
    first = world.do(after(hours=1), case, "primo", {})
    reopen(world, first)
    assert world.rows(MessageSubscription) == []
    with world.at(after(hours=3)) as session:
        tasks.complete(session, world.people["operatrice.cav"], first, {})
    with world.at(after(hours=3.5)) as session:
        messages.deliver(session, world.people["operatrice.cav"], "MSG_PROVA", case_code=case.code)
    assert refused(world, first, hours=4) == "gone_on"


def test_a_lane_that_was_given_to_another_agency(world: World) -> None:
    case = world.start("accoglienza_cav", by="supervisora", rischio_segnalato="ALTO", canale="pronto_soccorso")
    world.do(after(minutes=10), case, "accetta_invio", {"esito_invio": "declina", "motivo_rifiuto": "lingua"})
    task_id = world.claim(after(minutes=20), case, "riassegna_invio", by="operatrice.capofila")
    with world.at(after(minutes=20)) as session:
        actor, lanes = world.people["operatrice.capofila"], {"cav": world.agencies["estraneo"]}
        tasks.complete(session, actor, task_id, {"mittente_avvisato": True}, lanes=lanes)
    with pytest.raises(NoWayBack, match="lane_handed_over"), world.at(after(minutes=30)) as session:
        reopening.ask(session, world.people["operatrice.capofila"], task_id, reason=REASON)


# --- in every construct ---


def test_in_a_loop_in_a_subprocess_and_beside_other_branches(world: World) -> None:
    case = world.start("tutto")
    inside = world.do(after(minutes=10), case, "due", {}, by="supervisora")
    outside = world.do(after(minutes=20), case, "uno", {})
    with pytest.raises(errors.MustBeAnotherPerson):
        reopen(world, inside, by="supervisora", minutes=25)
    reopen(world, outside, minutes=27)
    assert_rows_follow_from_state(world.network_id)
    with world.at(after(minutes=28)) as session:
        tasks.complete(session, world.people["operatrice.cav"], outside, {})
    with world.at(after(minutes=29)) as session:
        messages.deliver(session, world.people["operatrice.cav"], "MSG_PROVA", case_code=case.code)
    assert refused(world, outside, minutes=30) == "gone_on"
    third = world.do(after(minutes=40), case, "tre", {"ancora": True})
    assert len(world.rows(Timer)) == 3
    reopen(world, third, minutes=45)
    assert world.rows(Timer) == []
    assert_rows_follow_from_state(world.network_id)


def test_the_other_branch_goes_on_meanwhile(world: World) -> None:
    nodes = [both("apri"), task("primo"), task("altro"), xor("via"), both("chiudi"), task("secondo")]
    flows: list[Flow] = [
        ("inizio", "apri"), ("apri", "primo"), ("apri", "altro"), ("primo", "chiudi"), ("altro", "via"),
        ("via", "chiudi"), ("chiudi", "secondo"), ("secondo", "fatto"),
    ]  # fmt: skip
    deploy(world, nodes, flows, {"cav": "inizio apri primo via chiudi secondo fatto", "capofila": "altro"})
    case = world.start("ritorno")
    first = world.do(after(hours=1), case, "primo", {})
    world.claim(after(hours=2), case, "altro", by="operatrice.capofila")
    reopen(world, first)
    assert_rows_follow_from_state(world.network_id)
    with world.at(after(hours=4)) as session:
        tasks.complete(session, world.people["operatrice.cav"], first, {})


# --- at the same moment ---


def test_of_a_claim_and_a_reopening_at_the_same_moment_one_wins(world: World, case: Case) -> None:
    task_id = answer(world, case)
    next_id = world.task(case, "secondo")
    for _round in range(6):
        outcomes: dict[str, str] = {}
        together = threading.Barrier(2)

        def claim(step: UUID = next_id, outcomes: dict[str, str] = outcomes, together: Any = together) -> None:
            together.wait()
            try:
                with world.at(after(hours=3)) as session:
                    tasks.claim(session, world.people["operatrice.capofila"], step)
                outcomes["claim"] = "done"
            except errors.Refused as refusal:
                outcomes["claim"] = refusal.code

        def back(outcomes: dict[str, str] = outcomes, together: Any = together) -> None:
            together.wait()
            try:
                reopen(world, task_id)
                outcomes["reopen"] = "done"
            except errors.Refused as refusal:
                outcomes["reopen"] = refusal.code

        threads = [threading.Thread(target=each) for each in (claim, back)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert_rows_follow_from_state(world.network_id)
        assert outcomes in (
            {"claim": "done", "reopen": "taken"},
            {"claim": "not_found", "reopen": "done"},
            {"claim": "task_not_open", "reopen": "done"},
        )
        if outcomes["reopen"] != "done":
            return
        with world.at(after(hours=3)) as session:
            tasks.complete(session, world.people["operatrice.cav"], task_id, {"obbligatoria": "sì"})
        next_id = world.task(case, "secondo")
