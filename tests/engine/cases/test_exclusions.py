"""Keeping somebody out of a case: what she held, is offered and told, who is told instead, letting her in again."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from engine import clock, db, errors
from engine.audit import AuditEntry
from engine.cases import exclusion_page, exclusions, lookup, reassignment, task_page, tasks
from engine.cases.exclusions import Subject
from engine.cases.models import Case, CaseEvent, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStep
from engine.notifications.models import Notice
from engine.participants.models import Exclusion, Role
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.test_concurrency import at_once

NO = {"esito_invio": "declina", "motivo_rifiuto": "lingua"}
LATER = after(hours=1)


def put(world: World, case: Case, *, at: datetime = LATER, by: str = "operatrice.cav", **named: Any) -> UUID:
    subject = Subject(
        user_id=world.people[named["person"]].user_id if "person" in named else None,
        agency_id=world.agencies[named["agency"]] if "agency" in named else None,
        interpreter=named.get("interpreter", ""),
    )
    with world.at(at) as session:
        return exclusions.put(session, world.people[by], case.id, subject, reason="Parente di lui").id


def told(world: World, kind: str) -> list[tuple[UUID | None, UUID | None, Role | None]]:
    return [(row.user_id, row.agency_id, row.role) for row in world.rows(Notice, Notice.kind == kind)]


def one(world: World, task_id: UUID) -> UserTask:
    (task,) = world.rows(UserTask, UserTask.id == task_id)
    return task


def test_what_she_held_is_her_agency_s_again_at_once_and_its_clocks_go_on(world: World) -> None:
    case = world.open_case()
    task_id = world.claim(after(minutes=5), case, "accetta_invio", by="collega.cav")
    conclusion = [row for row in world.rows(Deadline) if row.clock is DeadlineClock.CONCLUSION]
    put(world, case, person="collega.cav")
    task = one(world, task_id)
    assert (task.state, task.assignee_id) == (TaskStatus.OPEN, None)
    assert [row.state for row in world.rows(Deadline, Deadline.id.in_([row.id for row in conclusion]))] == [
        DeadlineStatus.ARMED for _ in conclusion
    ]
    running = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION, Deadline.state == DeadlineStatus.ARMED)
    assert [row.starts_at for row in running] == [LATER], "somebody is to take it, with a clock"
    (line,) = world.rows(CaseEvent, CaseEvent.kind == "task_returned")
    assert (line.actor_id, line.sealed) == (None, None), "neither who nor why"
    with pytest.raises(errors.NotFound), world.at(LATER) as session:
        tasks.claim(session, world.people["collega.cav"], task_id)
    world.claim(LATER, case, "accetta_invio")


def test_who_abstains_is_out_from_then_on_and_only_her_lead_knows(world: World) -> None:
    case = world.open_case()
    task_id = world.claim(after(minutes=5), case, "accetta_invio", by="collega.cav")
    with world.at(LATER) as session:
        exclusions.abstain(session, world.people["collega.cav"], case.id)
    assert one(world, task_id).assignee_id is None
    with pytest.raises(errors.NotFound), world.at(LATER) as session:
        lookup.case(session, world.people["collega.cav"], case.id)
    (row,) = world.rows(Exclusion)
    assert (row.abstained, row.sealed) == (True, None)
    with world.at(LATER) as session:
        assert exclusion_page.show(session, world.people["operatrice.cav"], case.id).rows == ()
        (shown,) = exclusion_page.show(session, world.people["responsabile.cav"], case.id).rows
    assert (shown.abstained, shown.reason) == (True, None)


def test_letting_in_again_takes_two(world: World) -> None:
    case = world.open_case()
    exclusion_id = put(world, case, person="collega.cav")
    with world.at(LATER) as session:
        exclusions.lift(session, world.people["operatrice.cav"], case.id, exclusion_id)
    with pytest.raises(errors.MustBeAnotherPerson), world.at(LATER) as session:
        exclusions.lift(session, world.people["operatrice.cav"], case.id, exclusion_id)
    with pytest.raises(errors.NotFound), world.at(LATER) as session:
        exclusions.lift(session, world.people["collega.cav"], case.id, exclusion_id)
    with world.at(after(hours=2)) as session:
        exclusions.lift(session, world.people["responsabile.cav"], case.id, exclusion_id)
    with world.at(after(hours=2)) as session:
        assert lookup.case(session, world.people["collega.cav"], case.id).id == case.id
    (row,) = world.rows(Exclusion)
    assert (row.until, row.lifted_by_id) == (after(hours=2), world.people["responsabile.cav"].user_id)


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({}, "one_of_three"),
        ({"person": "collega.cav", "agency": "capofila"}, "one_of_three"),
        ({"person": "operatrice.cav"}, "oneself"),
        ({"agency": "cav"}, "own_agency"),
        ({"interpreter": "x" * 201}, "one_of_three"),
    ],
)
def test_a_subject_that_is_none_is_refused(world: World, subject: dict[str, Any], code: str) -> None:
    case = world.open_case()
    with pytest.raises(errors.InvalidValue) as refused:
        put(world, case, **subject)
    assert (refused.value.field, refused.value.code) == ("subject", code)


def test_nobody_unknown_is_kept_out_nobody_twice_and_never_without_a_reason(world: World) -> None:
    case = world.open_case()
    for subject in (Subject(user_id=uuid4()), Subject(agency_id=uuid4())):
        with pytest.raises(errors.InvalidValue), world.at(LATER) as session:
            exclusions.put(session, world.people["operatrice.cav"], case.id, subject, reason="x")
    put(world, case, person="collega.cav")
    with pytest.raises(errors.DuplicateName):
        put(world, case, person="collega.cav")
    with pytest.raises(errors.InvalidValue), world.at(LATER) as session:
        subject = Subject(interpreter="n. 12")
        exclusions.put(session, world.people["operatrice.cav"], case.id, subject, reason=" ")


def test_only_who_works_on_the_case_puts_and_reads_the_list(world: World) -> None:
    case = world.open_case()
    for name in ("estranea", "coordinatrice", "amministratrice", "supervisora"):
        with pytest.raises(errors.NotFound):
            put(world, case, by=name, person="collega.cav")
    put(world, case, interpreter="interprete n. 12")
    with world.at(LATER) as session:
        (row,) = exclusion_page.show(session, world.people["operatrice.cav"], case.id).rows
        assert (row.name, row.reason) == ("interprete n. 12", "Parente di lui")
    (stored,) = world.rows(Exclusion)
    assert b"interprete" not in stored.sealed
    assert b"Parente" not in stored.sealed


def test_who_is_kept_out_is_offered_nothing(world: World) -> None:
    case = world.open_case()
    task_id = world.task(case, "accetta_invio")
    to = world.people["collega.cav"].user_id
    with world.at(after(minutes=1)) as session:
        reassignment.offer(session, world.people["responsabile.cav"], task_id, to=to, reason="turno")
    put(world, case, person="collega.cav")
    assert one(world, task_id).offered_to_id is None
    with pytest.raises(errors.InvalidValue) as refused, world.at(LATER) as session:
        reassignment.offer(session, world.people["responsabile.cav"], task_id, to=to, reason="turno")
    assert refused.value.code == "not_of_the_agency", "as if she were of another agency"


def test_an_agency_that_is_kept_out_is_not_proposed_and_cannot_be_chosen(world: World) -> None:
    case = world.open_case()
    world.do(after(minutes=5), case, "accetta_invio", NO)
    task_id = world.claim(after(minutes=6), case, "riassegna_invio", by="operatrice.capofila")
    put(world, case, agency="estraneo")
    actor = world.people["operatrice.capofila"]
    with world.at(LATER) as session:
        (choice,) = task_page.task(session, actor, task_id).lane_choices
        assert world.agencies["estraneo"] not in {agency.id for agency in choice.agencies}
    with pytest.raises(errors.LaneWithoutAgency), world.at(LATER) as session:
        tasks.complete(session, actor, task_id, {"mittente_avvisato": True}, lanes={"cav": world.agencies["estraneo"]})


def test_a_rung_whose_people_are_all_kept_out_falls_to_the_next_at_once(world: World) -> None:
    case = world.open_case()
    put(world, case, at=after(minutes=1), person="responsabile.cav")
    breach = min(row.due_at for row in world.rows(Rung, Rung.case_id == case.id, Rung.step == RungStep.BREACH))
    world.worker_at(breach)
    assert told(world, "breach") == [(None, None, Role.COORDINAMENTO)]
    put(world, case, at=breach, person="coordinatrice")
    world.worker_at(after(breach, days=9))
    last = {(row.kind, row.agency_id, row.role) for row in world.rows(Notice, Notice.created_at > breach)}
    assert ("escalation", world.agencies["cav"], Role.OPERATRICE) in last, "those who are left are told"
    assert Role.COORDINAMENTO not in {role for _kind, _agency, role in last}


def test_the_alternate_is_told_what_must_not_reach_the_coordination(world: World) -> None:
    case = world.open_case()
    put(world, case, at=after(minutes=1), agency="capofila")
    chosen = world.people["collega.cav"].user_id
    with world.at(after(minutes=2)) as session:
        exclusions.choose_alternate(session, world.people["operatrice.cav"], case.id, chosen)
    world.worker_at(after(days=9))
    assert (chosen, None, None) in told(world, "escalation")
    assert all(role is not Role.COORDINAMENTO for _user, _agency, role in told(world, "escalation"))
    for wrong in (world.people["estranea"].user_id, world.people["coordinatrice"].user_id):
        with pytest.raises(errors.InvalidValue), world.at(after(days=9)) as session:
            exclusions.choose_alternate(session, world.people["operatrice.cav"], case.id, wrong)
    put(world, case, at=after(days=9), person="collega.cav")
    with Session(db.engine()) as session:
        assert session.get_one(Case, case.id).alternate_id is None, "who is kept out is told nothing more"


def test_the_steps_of_an_agency_that_is_kept_out_are_told_at_once_and_given_to_another(world: World) -> None:
    case = world.open_case(by="operatrice.capofila")
    task_id = world.task(case, "accetta_invio")
    put(world, case, by="operatrice.capofila", agency="cav")
    assert told(world, "without_agency") == [(None, None, Role.COORDINAMENTO)]
    actor = world.people["operatrice.capofila"]
    with world.at(LATER) as session:
        (free,) = exclusion_page.show(session, actor, case.id).free
        assert world.agencies["estraneo"] in {agency.id for agency in free.agencies}
        assert world.agencies["cav"] not in {agency.id for agency in free.agencies}
    with pytest.raises(errors.LaneWithoutAgency), world.at(LATER) as session:
        exclusions.entrust(session, actor, case.id, "cav", world.agencies["cav"])
    with world.at(LATER) as session:
        exclusions.entrust(session, actor, case.id, "cav", world.agencies["estraneo"])
    assert one(world, task_id).agency_id == world.agencies["capofila"], "it is told nothing before she agrees"
    world.pass_on(LATER, case)
    assert one(world, task_id).agency_id == world.agencies["estraneo"]
    world.claim(after(hours=2), case, "accetta_invio", by="estranea")


def test_that_an_agency_opened_the_case_is_nothing_to_be_given_to_another(world: World) -> None:
    case = world.open_case(by="operatrice.capofila")
    world.claim(START, case, "accetta_invio")
    put(world, case, agency="capofila")
    with world.at(LATER) as session:
        lanes = {free.lane for free in exclusion_page.show(session, world.people["operatrice.cav"], case.id).free}
    assert lanes == {"capofila"}
    with pytest.raises(errors.InvalidValue), world.at(LATER) as session:
        actor = world.people["operatrice.cav"]
        exclusions.entrust(session, actor, case.id, "apertura", world.agencies["estraneo"])


def attempt(world: World, who: str, at: datetime, **named: UUID) -> None:
    """Somebody asks for an address; then a worker comes by, twice."""
    with world.at(at) as session:
        exclusion_page.attempted(session, world.people[who], named)
    for _ in range(2):
        with world.at(at) as session:
            exclusion_page.tell_attempts(session)


def test_an_attempt_is_kept_and_told_and_he_learns_nothing(world: World) -> None:
    case = world.open_case()
    task_id = world.task(case, "accetta_invio")
    put(world, case, person="collega.cav")
    attempt(world, "collega.cav", after(hours=2), case=case.id)
    attempt(world, "collega.cav", after(hours=2, minutes=5), task=task_id)
    assert told(world, "attempted") == [(None, world.agencies["cav"], Role.RESPONSABILE)]
    with world.at(after(hours=3)) as session:
        shown = exclusion_page.show(session, world.people["operatrice.cav"], case.id).attempts
        assert [row.at for row in shown] == [after(hours=2, minutes=5), after(hours=2)]
    attempt(world, "estranea", after(hours=3), case=case.id)
    attempt(world, "collega.cav", after(hours=3), case=uuid4())
    assert len(world.rows(Notice, Notice.kind == "attempted")) == 1
    assert len(world.rows(AuditEntry, AuditEntry.action == "address.refused")) == 2
    attempt(world, "collega.cav", after(hours=2, minutes=59), task=task_id)
    assert len(world.rows(Notice, Notice.kind == "attempted")) == 1, "once in an hour"
    attempt(world, "collega.cav", after(hours=3), task=task_id)
    assert len(world.rows(Notice, Notice.kind == "attempted")) == 2
    put(world, case, person="operatrice.cav", by="responsabile.cav")
    attempt(world, "operatrice.cav", after(hours=3), case=case.id)
    assert len(world.rows(Notice, Notice.kind == "attempted")) == 3, "of each person"


def test_when_everybody_of_the_holder_is_kept_out_the_coordination_hears_of_an_attempt(world: World) -> None:
    case = world.open_case(by="operatrice.capofila")
    put(world, case, by="operatrice.capofila", agency="cav")
    put(world, case, by="operatrice.capofila", person="responsabile.cav")
    attempt(world, "operatrice.cav", after(hours=2), case=case.id)
    assert told(world, "attempted") == [(None, world.agencies["capofila"], Role.OPERATRICE)]


def test_claims_and_exclusions_at_once_leave_nothing_with_who_is_kept_out(world: World) -> None:
    """Two claim, one of them abstains, the lead offers it to her: whoever has the lock first, the case decides."""
    people = world.people
    her = people["collega.cav"].user_id
    for number in range(8):
        case = world.open_case()
        task_id = world.task(case, "accetta_invio")
        acts = [
            lambda session, task_id=task_id: tasks.claim(session, people["collega.cav"], task_id),
            lambda session, task_id=task_id: tasks.claim(session, people["operatrice.cav"], task_id),
            lambda session, task_id=task_id: reassignment.offer(
                session, people["responsabile.cav"], task_id, to=her, reason="turno"
            ),
            lambda session, case=case, number=number: _keep_out(session, world, case, number),
        ]
        order = acts[number % 4 :] + acts[: number % 4]
        at_once(order, [LATER] * 4)
        task = one(world, task_id)
        assert her not in {task.assignee_id, task.offered_to_id}
        assert len(world.rows(Exclusion, Exclusion.case_id == case.id)) == 1
        if task.state is TaskStatus.OPEN:
            armed = (Deadline.task_id == task_id, Deadline.state == DeadlineStatus.ARMED)
            assert world.rows(Deadline, *armed, Deadline.clock == DeadlineClock.RECEPTION)


def _keep_out(session: Session, world: World, case: Case, number: int) -> None:
    if number % 2:
        exclusions.abstain(session, world.people["collega.cav"], case.id)
    else:
        subject = Subject(user_id=world.people["collega.cav"].user_id)
        exclusions.put(session, world.people["responsabile.cav"], case.id, subject, reason="x")


def test_a_claim_that_waited_for_the_lock_finds_her_kept_out(world: World) -> None:
    """She was let in when her command looked, and is not when it has the lock: the state under the lock counts."""
    case = world.open_case()
    task_id = world.task(case, "accetta_invio")
    subject = Subject(user_id=world.people["collega.cav"].user_id)
    put_now, is_put = threading.Event(), threading.Event()

    def keep_out() -> None:
        with clock.frozen(LATER), db.transaction() as session:
            exclusions.put(session, world.people["operatrice.cav"], case.id, subject, reason="x")
            is_put.set()
            put_now.wait(20)

    holding = threading.Thread(target=keep_out)
    holding.start()
    assert is_put.wait(20)
    releasing = threading.Timer(0.5, put_now.set)
    releasing.start()
    try:
        with pytest.raises(errors.NotFound), world.at(LATER) as session:
            tasks.claim(session, world.people["collega.cav"], task_id)
    finally:
        holding.join()
    assert one(world, task_id).assignee_id is None
