"""An answer in the wrong woman's case: taken out, moved, and judged."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from engine import db, errors
from engine.audit import AuditEntry
from engine.cases import (
    corrections,
    erasure,
    lifecycle,
    misfiling,
    reopening,
    submission_page,
    submissions,
    task_page,
    tasks,
    tombstones,
)
from engine.cases.breach_models import Breach
from engine.cases.models import Case, CaseEvent, Draft, FormSubmission, TaskStatus, UserTask
from engine.cases.openings import Opening, Purpose
from engine.notifications.models import Notice
from engine.oversight import breaches
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Role
from tests import database
from tests.engine.cases.conftest import PASSWORD, World, after

ANSWER = {"esito_invio": "accetta"}
STEP = "accetta_invio"


@pytest.fixture
def dpo(world: World) -> Actor:
    with world.at(after()) as session:
        user = directory.create_user(session, username="dpo", display_name="DPO", password=PASSWORD)
        agency = world.agencies["capofila"]
        network_id = world.network_id
        directory.create_membership(session, network_id=network_id, user_id=user.id, agency_id=agency, role=Role.DPO)
        found = directory.actor(session, user.id, network_id)
    assert found is not None
    return found


def answered(world: World, case: Case, minute: float = 1) -> FormSubmission:
    """Complete the first step; give its answer."""
    task_id = world.do(after(minutes=minute), case, STEP, ANSWER)
    return answer_of(task_id)


def answer_of(task_id: UUID) -> FormSubmission:
    with Session(db.engine(), expire_on_commit=False) as session:
        query = select(FormSubmission).where(FormSubmission.task_id == task_id, FormSubmission.corrects_id.is_(None))
        return session.scalars(query.order_by(FormSubmission.recorded_at.desc())).first()


def row(kind: Any, id_: UUID) -> Any:
    with Session(db.engine(), expire_on_commit=False) as session:
        return session.get(kind, id_)


def take_out(
    world: World, submission: FormSubmission, minute: float = 5, *, by: str = "operatrice.cav", to: UUID | None = None
) -> Breach:
    with world.at(after(minutes=minute)) as session:
        return misfiling.take_out(session, world.people[by], submission.id, to_task=to)


def kinds(case: Case) -> list[str]:
    with Session(db.engine()) as session:
        return list(session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)))


def test_nothing_is_left_of_it_and_the_step_is_open_again(world: World) -> None:
    case = world.open_case()
    answer = answered(world, case)
    take_out(world, answer)
    emptied = row(FormSubmission, answer.id)
    assert (emptied.sealed, emptied.sealed_kinds, emptied.misfiled_at) == (b"", {}, after(minutes=5))
    task = row(UserTask, answer.task_id)
    assert (task.state, task.assignee_id) == (TaskStatus.CLAIMED, world.people["operatrice.cav"].user_id)
    assert row(Draft, task.id) is None, "what was written for another woman comes back as no draft"
    assert {"task_reopened", "answer_taken_out"} <= set(kinds(case))
    with world.at(after(minutes=6)) as session:
        page = submission_page.submission(session, world.people["operatrice.cav"], answer.id)
        assert (page.values, page.erased, page.removable, page.row.correctable) == ({}, True, False, False)
    with world.at(after(minutes=7)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task.id, ANSWER)
    assert answer_of(task.id).misfiled_at is None


def test_where_the_case_has_gone_on_the_step_stays_done_without_an_answer(world: World) -> None:
    case = world.open_case()
    answer = answered(world, case)
    with Session(db.engine()) as session:
        following = session.scalars(
            select(UserTask).where(UserTask.case_id == case.id, UserTask.state == TaskStatus.OPEN)
        ).one()
    with world.at(after(minutes=2)) as session:
        tasks.claim(session, world.people["operatrice.cav"], following.id)
    take_out(world, answer)
    assert row(UserTask, answer.task_id).state is TaskStatus.COMPLETED
    assert row(FormSubmission, answer.id).sealed == b""
    assert "task_reopened" not in kinds(case)
    with world.at(after(minutes=6)) as session, pytest.raises(errors.Refused):
        corrections.correct(session, world.people["operatrice.cav"], answer.id, ANSWER, reason="errore")


def test_corrections_go_with_it_and_so_does_the_draft_of_a_step_that_was_opened_again(world: World) -> None:
    case = world.open_case()
    answer = answered(world, case)
    with world.at(after(minutes=2)) as session:
        who = world.people["operatrice.cav"]
        correction = corrections.correct(session, who, answer.id, {"esito_invio": "accetta"}, reason="errore")
    with world.at(after(minutes=3)) as session:
        reopening.reopen(session, world.people["responsabile.cav"], answer.task_id, reason="errore")
    assert row(Draft, answer.task_id) is not None
    take_out(world, row(FormSubmission, correction.id))
    assert {row(FormSubmission, one).sealed for one in (answer.id, correction.id)} == {b""}
    assert row(Draft, answer.task_id) is None


def test_it_is_moved_to_the_right_case_as_a_draft_that_she_sends_there(world: World) -> None:
    wrong, right = world.open_case(), world.open_case(after(seconds=1))
    answer = answered(world, wrong)
    target = world.task(right, STEP)
    with world.at(after(minutes=4)) as session:
        assert misfiling.targets(session, world.people["operatrice.cav"], answer.id) == [
            (target, right.code, "Accetta l'invio")
        ]
    take_out(world, answer, to=target)
    task = row(UserTask, target)
    assert (task.state, task.assignee_id) == (TaskStatus.CLAIMED, world.people["operatrice.cav"].user_id)
    with world.at(after(minutes=6)) as session:
        assert task_page.task(session, world.people["operatrice.cav"], target).draft == ANSWER
        tasks.complete(session, world.people["operatrice.cav"], target, ANSWER)
    assert answer_of(target).sealed
    assert "answer_put_down" in kinds(right)
    assert row(FormSubmission, answer.id).sealed == b""


def test_whatever_keeps_it_from_the_right_case_nothing_is_destroyed(world: World) -> None:
    wrong, right = world.open_case(), world.open_case(after(seconds=1))
    answer = answered(world, wrong)
    target = world.claim(after(minutes=2), right, STEP)
    with world.at(after(minutes=3)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], target, ANSWER)
    with pytest.raises(errors.Conflict, match="draft_in_the_way"):
        take_out(world, answer, to=target)
    with Session(db.engine()) as session:
        other = session.scalars(
            select(UserTask.id).where(UserTask.case_id == wrong.id, UserTask.state == TaskStatus.OPEN)
        ).first()
    with pytest.raises(errors.Conflict, match="another_form"):
        take_out(world, answer, to=other)
    third = world.open_case(after(seconds=2))
    taken = world.claim(after(minutes=3), third, STEP, by="collega.cav")
    with pytest.raises(errors.TaskTaken):
        take_out(world, answer, to=taken)
    assert row(FormSubmission, answer.id).sealed
    assert "answer_taken_out" not in kinds(wrong)


def test_who_gave_it_takes_it_out_or_her_lead_and_nobody_else(world: World) -> None:
    case = world.open_case()
    answer = answered(world, case)
    for stranger, refusal in (
        ("collega.cav", errors.Forbidden),
        ("estranea", errors.NotFound),
        ("coordinatrice", errors.NotFound),
        ("supervisora", errors.NotFound),
    ):
        with pytest.raises(refusal):
            take_out(world, answer, by=stranger)
    take_out(world, answer, by="responsabile.cav")
    with pytest.raises(errors.Conflict, match="misfiled_already"):
        take_out(world, answer, minute=6)


def test_what_an_authority_holds_is_not_destroyed(world: World) -> None:
    case = world.open_case()
    answer = answered(world, case)
    with world.at(after(minutes=2)) as session:
        erasure.hold(session, world.people["responsabile.cav"], case.id, "tribunale")
    with pytest.raises(errors.Conflict, match="erasure_held"):
        take_out(world, answer)


def test_a_breach_is_to_be_judged_within_72_hours_by_another_person(world: World, dpo: Actor) -> None:
    case = world.open_case()
    answer = answered(world, case)
    with world.at(after(minutes=2)) as session:
        opening = Opening(Purpose.ATTI, ("libero",))
        submission_page.submission(session, world.people["collega.cav"], answer.id, opening=opening)
    breach = take_out(world, answer)
    assert breach.due_at == after(minutes=5) + timedelta(hours=72)
    with world.at(after(hours=1)) as session:
        assert breaches.waiting(session, dpo) == (1, breach.due_at)
        (found,) = breaches.listing(session, dpo)
        assert [reader.person for reader in found.readers] == ["collega.cav"]
        assert found.assessed_at is None
        with pytest.raises(errors.Forbidden):
            breaches.listing(session, world.people["responsabile.cav"])
        with pytest.raises(errors.InvalidValue):
            breaches.assess(session, dpo, breach.id, to_notify=False, reason=" ")
    with world.at(after(hours=2)) as session:
        breaches.assess(session, dpo, breach.id, to_notify=True, reason="L'ha letta una collega.")
    with world.at(after(hours=3)) as session:
        (found,) = breaches.listing(session, dpo)
        assert (found.to_notify, found.reason, found.assessed_by_name) == (True, "L'ha letta una collega.", "DPO")
        assert breaches.waiting(session, dpo) == (0, None)
        with pytest.raises(errors.Conflict, match="assessed_already"):
            breaches.assess(session, dpo, breach.id, to_notify=False, reason="ripensamento")


def test_a_breach_that_nobody_judges_is_told_of_again_and_again(world: World, dpo: Actor) -> None:
    breach = take_out(world, answered(world, world.open_case()))

    def told(hours: float) -> list[str]:
        with world.at(breach.known_at + timedelta(hours=hours)) as session:
            breaches.remind(session)
        with Session(db.engine()) as session:
            query = select(Notice.kind).where(Notice.kind.like("breach%"), Notice.role == Role.DPO)
            return sorted(session.scalars(query))

    assert told(1) == ["breach_found"]
    assert told(24) == told(30) == ["breach_due", "breach_found"]
    assert told(48) == ["breach_due", "breach_due", "breach_found"]
    assert told(72) == told(99) == ["breach_due", "breach_due", "breach_found", "breach_late"]


def test_what_a_restore_brings_back_is_destroyed_again(world: World, world_urls: database.Urls, tmp_path: Path) -> None:
    case = world.open_case()
    answer = answered(world, case)
    before = row(FormSubmission, answer.id)
    take_out(world, answer)
    file = tmp_path / "erasures.jsonl"
    assert (tombstones.keep(file), tombstones.keep(file)) == (1, 0)
    stones = tombstones.read(file)
    tombstones.require_erased(file)
    restored = {"sealed": before.sealed, "sealed_kinds": before.sealed_kinds, "misfiled_at": None}
    owner = create_engine(world_urls.owner)
    with owner.begin() as connection:
        connection.execute(update(FormSubmission).where(FormSubmission.id == answer.id).values(**restored))
    owner.dispose()
    with pytest.raises(errors.ConfigurationError, match="1 erasures"):
        tombstones.require_erased(file)
    with world.at(after(hours=2)) as session:
        assert tombstones.readable_again(session, stones) == stones
        assert tombstones.replay(session, stones) == 1
    with world.at(after(hours=2)) as session:
        assert submissions.opened(session, session.get_one(FormSubmission, answer.id)).erased
        assert tombstones.replay(session, stones) == 0


def test_two_who_move_answers_between_the_same_cases_at_once_do_not_wait_for_each_other_for_ever(world: World) -> None:
    one, two = world.open_case(), world.open_case(after(seconds=1))
    for case in (one, two):
        with world.at(after(seconds=2)) as session:
            actor, variables = world.people["operatrice.cav"], {"rischio_segnalato": "ALTO", "canale": "da_sola"}
            lifecycle.start_in(session, actor, case.id, "accoglienza_cav", variables=variables)

    def steps(case: Case) -> list[UUID]:
        with Session(db.engine()) as session:
            query = select(UserTask.id).where(UserTask.case_id == case.id, UserTask.element_id == STEP)
            return list(session.scalars(query.order_by(UserTask.id)))

    answers = {}
    for case in (one, two):
        task_id = steps(case)[0]
        with world.at(after(minutes=1)) as session:
            tasks.claim(session, world.people["operatrice.cav"], task_id)
            tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER)
        answers[case.id] = answer_of(task_id)
    moves = [(answers[one.id], steps(two)[1]), (answers[two.id], steps(one)[1])]
    done = at_once([lambda move=move: take_out(world, move[0], to=move[1]) for move in moves])
    assert done == [None, None]
    assert {row(FormSubmission, answer.id).sealed for answer in answers.values()} == {b""}
    assert all(row(Draft, task_id) is not None for _answer, task_id in moves)


def at_once(acts: list[Callable[[], object]]) -> list[BaseException | None]:
    found: list[BaseException | None] = [None] * len(acts)

    def run(number: int) -> None:
        try:
            acts[number]()
        except BaseException as error:  # noqa: BLE001 - told to the test
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_who_has_the_same_step_in_two_cases_is_asked_to_look_twice(world: World) -> None:
    first, second = world.open_case(), world.open_case(after(seconds=1))
    task_id = world.claim(after(minutes=1), first, STEP)

    def doubtful() -> bool:
        with world.at(after(minutes=2)) as session:
            return task_page.task(session, world.people["operatrice.cav"], task_id).right_case.doubtful

    assert not doubtful()
    world.claim(after(minutes=1), second, STEP, by="collega.cav")
    assert not doubtful(), "a colleague's is no risk of hers"
    third = world.open_case(after(seconds=2))
    world.claim(after(minutes=1), third, STEP)
    assert doubtful()


def test_every_act_leaves_its_entry(world: World, dpo: Actor) -> None:
    breach = take_out(world, answered(world, world.open_case()))
    with world.at(after(hours=1)) as session:
        breaches.listing(session, dpo)
        breaches.assess(session, dpo, breach.id, to_notify=False, reason="Nessuno l'ha letta.")
    with Session(db.engine()) as session:
        found = set(session.scalars(select(AuditEntry.action).where(AuditEntry.case_id == breach.case_id)))
    assert {"answer.taken_out", "breach.read", "breach.assessed"} <= found
