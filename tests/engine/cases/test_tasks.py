"""Taking, giving back, drafting and completing tasks."""

from __future__ import annotations

import pytest

from engine import db, errors, notifications
from engine.cases import case_page, inbox, task_page, tasks
from engine.cases.models import Draft, FormSubmission, TaskStatus, UserTask
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from tests.engine.cases.conftest import START, World, after

SOON = after(minutes=10)
ANSWER = {"obbligatoria": "risposta", "ancora": False}


def test_a_claimed_task_is_mine_and_no_longer_to_be_taken(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with world.at(SOON) as session:
        assert [
            row.task_id for row in inbox.page(session, world.people["operatrice.cav"], tab=inbox.Tab.MINE).rows
        ] == [task_id]
        colleague = inbox.page(session, world.people["collega.cav"], tab=inbox.Tab.OTHERS)
        assert [(row.task_id, row.assignee_name) for row in colleague.rows] == [(task_id, "operatrice.cav")]
        assert colleague.counts == {"to_take": 0, "mine": 0, "others": 1}


def test_claiming_stops_the_clock_of_reception_and_lets_the_one_of_conclusion_run(world: World) -> None:
    case = world.start("conteso")
    world.claim(SOON, case, "passo")
    clocks = {row.clock: row for row in world.rows(Deadline)}
    assert clocks[DeadlineClock.RECEPTION].state is DeadlineStatus.STOPPED
    assert clocks[DeadlineClock.RECEPTION].kept is True
    assert clocks[DeadlineClock.CONCLUSION].state is DeadlineStatus.ARMED
    rungs = {rung.state for rung in world.rows(Rung, Rung.deadline_id == clocks[DeadlineClock.RECEPTION].id)}
    assert rungs == {RungStatus.VOID}


def test_claiming_again_changes_nothing(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    (before,) = world.rows(UserTask)
    with world.at(after(minutes=20)) as session:
        tasks.claim(session, world.people["operatrice.cav"], task_id)
    (now,) = world.rows(UserTask)
    assert (now.revision, now.claimed_at) == (before.revision, before.claimed_at)


def test_a_claimed_task_is_taken_for_everybody_else(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with pytest.raises(errors.TaskTaken), world.at(SOON) as session:
        tasks.claim(session, world.people["collega.cav"], task_id)
    (task,) = world.rows(UserTask)
    assert task.assignee_id == world.people["operatrice.cav"].user_id


def test_a_released_task_can_be_taken_by_a_colleague_and_the_reason_is_in_the_history(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with world.at(SOON) as session:
        tasks.release(session, world.people["operatrice.cav"], task_id, reason="  fine turno ")
    world.claim(after(minutes=11), case, "passo", by="collega.cav")
    with world.at(after(minutes=12)) as session:
        timeline = case_page.case(session, world.people["operatrice.cav"], case.id).timeline
        assert [(line.kind, line.reason) for line in timeline][:2] == [
            ("task_claimed", None),
            ("task_released", "fine turno"),
        ]


def test_a_released_task_is_owed_again_until_somebody_takes_it(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.claim(SOON, case, "passo")
    with world.at(after(minutes=20)) as session:
        tasks.release(session, world.people["operatrice.cav"], task_id, reason="fine turno")
    first, again = sorted(
        world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION), key=lambda row: row.starts_at
    )
    assert (first.state, first.kept) == (DeadlineStatus.STOPPED, True)
    assert (again.state, again.starts_at, again.due_at) == (
        DeadlineStatus.ARMED,
        after(minutes=20),
        after(minutes=80),
    )
    assert world.worker_at(after(minutes=80)) == 1
    with world.at(after(minutes=80)) as session:
        assert "breach" in {notice.kind for notice in notifications.inbox(session, world.people["responsabile.cav"])}


@pytest.mark.parametrize(("reason", "code"), [("", "required"), ("   ", "required"), ("x" * 2001, "too_long")])
@pytest.mark.parametrize("verb", [tasks.release, tasks.take_over])
def test_giving_back_and_taking_over_need_a_reason(world: World, verb, reason: str, code: str) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with pytest.raises(errors.InvalidValue) as refused, world.at(SOON) as session:
        verb(session, world.people["responsabile.cav"], task_id, reason=reason)
    assert (refused.value.field, refused.value.code) == ("reason", code)


def test_who_does_not_hold_a_task_neither_gives_it_back_nor_drafts_nor_completes(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    actor = world.people["collega.cav"]
    with world.at(SOON) as session:
        for act in (
            lambda: tasks.release(session, actor, task_id, reason="perché no"),
            lambda: tasks.save_draft(session, actor, task_id, {"nota": "x"}),
            lambda: tasks.complete(session, actor, task_id, ANSWER),
        ):
            with pytest.raises(errors.TaskNotYours):
                act()
    assert world.rows(Draft) == []
    assert world.rows(FormSubmission) == []


def test_the_lead_takes_over_what_a_colleague_holds_and_she_is_told(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    lead = world.people["responsabile.cav"]
    with world.at(after(minutes=20)) as session:
        tasks.take_over(session, lead, task_id, reason="assente")
    with world.at(after(minutes=21)) as session:
        told = notifications.inbox(session, world.people["operatrice.cav"])
        assert [(notice.kind, notice.task_id) for notice in told] == [("taken_over", task_id)]
        with pytest.raises(errors.TaskNotYours):
            tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER)
    with world.at(after(minutes=22)) as session:
        tasks.complete(session, lead, task_id, ANSWER)


def test_taking_over_a_task_that_nobody_holds_takes_it_in_charge(world: World) -> None:
    case = world.start("conteso")
    task_id = world.task(case, "passo")
    with world.at(SOON) as session:
        tasks.take_over(session, world.people["responsabile.cav"], task_id, reason="urgente")
    (task,) = world.rows(UserTask)
    assert (task.state, task.claimed_at, task.claim_happened_at) == (TaskStatus.CLAIMED, SOON, SOON)
    (reception,) = world.rows(Deadline, Deadline.clock == DeadlineClock.RECEPTION)
    assert (reception.state, reception.kept) == (DeadlineStatus.STOPPED, True)


def test_a_draft_is_kept_on_the_server_for_its_writer_and_gone_once_the_task_is_done(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    actor = world.people["operatrice.cav"]
    for text in ("prima", "seconda stesura"):
        with world.at(SOON) as session:
            tasks.save_draft(session, actor, task_id, {"nota": text})
    with world.at(SOON) as session:
        assert task_page.task(session, actor, task_id).draft == {"nota": "seconda stesura"}
        assert task_page.task(session, world.people["collega.cav"], task_id).draft is None
    with world.at(SOON) as session:
        tasks.complete(session, actor, task_id, ANSWER)
    assert world.rows(Draft) == []


def test_a_draft_asks_for_nothing_but_keeps_types(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with pytest.raises(errors.InvalidAnswer) as refused, world.at(SOON) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"numero": "molti", "altro": 1})
    assert set(refused.value.errors) <= {"numero", "altro"}
    assert refused.value.errors
    assert world.rows(Draft) == []


def test_a_task_without_form_takes_no_answer_and_no_draft(world: World) -> None:
    case = world.start("orologi", urgenza="alta")
    task_id = world.claim(SOON, case, "passo")
    actor = world.people["operatrice.cav"]
    with world.at(SOON) as session:
        with pytest.raises(errors.InvalidAnswer):
            tasks.save_draft(session, actor, task_id, {"nota": "x"})
        with pytest.raises(errors.InvalidAnswer):
            tasks.complete(session, actor, task_id, {"nota": "x"})
        assert tasks.complete(session, actor, task_id, {}).opened == ()


def test_completing_moves_the_case_on_and_names_what_is_now_mine(world: World) -> None:
    case = world.start("telefonata")
    task_id = world.claim(SOON, case, "apre")
    with world.at(SOON) as session:
        done = tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER)
    assert done.task.state is TaskStatus.COMPLETED
    assert done.opened == (), "the next step is another agency's"
    assert world.task(case, "ospita")


def test_completing_twice_is_refused(world: World) -> None:
    case = world.start("conteso")
    task_id = world.do(SOON, case, "passo", ANSWER)
    with pytest.raises(errors.TaskNotOpen), world.at(SOON) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, ANSWER)
    assert len(world.rows(FormSubmission)) == 1


@pytest.mark.parametrize("verb", ["claim", "release", "take_over", "save_draft"])
def test_nothing_can_be_done_with_a_completed_task(world: World, verb: str) -> None:
    case = world.start("conteso")
    task_id = world.do(SOON, case, "passo", ANSWER)
    actor = world.people["responsabile.cav"]
    acts = {
        "claim": lambda session: tasks.claim(session, actor, task_id),
        "release": lambda session: tasks.release(session, actor, task_id, reason="x"),
        "take_over": lambda session: tasks.take_over(session, actor, task_id, reason="x"),
        "save_draft": lambda session: tasks.save_draft(session, actor, task_id, {}),
    }
    with pytest.raises(errors.TaskNotOpen), world.at(SOON) as session:
        acts[verb](session)


def test_a_page_that_shows_an_older_state_is_refused(world: World) -> None:
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    actor = world.people["operatrice.cav"]
    (shown,) = world.rows(UserTask)
    with world.at(SOON) as session:
        tasks.release(session, actor, task_id, reason="pausa")
    world.claim(SOON, case, "passo")
    with world.at(SOON) as session:
        with pytest.raises(errors.StaleRevision):
            tasks.complete(session, actor, task_id, ANSWER, revision=shown.revision)
        with pytest.raises(errors.StaleRevision):
            tasks.save_draft(session, actor, task_id, {}, revision=shown.revision)
    (task,) = world.rows(UserTask)
    with world.at(SOON) as session:
        tasks.complete(session, actor, task_id, ANSWER, revision=task.revision)


BAD_ANSWERS = {
    "missing": ({"ancora": True}, {"obbligatoria": "required"}),
    "undeclared": ({"obbligatoria": "x", "inventata": 1}, {"inventata": "undeclared"}),
    "wrong type": ({"obbligatoria": "x", "numero": "molti"}, {"numero": "not_a_number"}),
    "10 MB": ({"obbligatoria": "x", "nota": "x" * 10_000_000}, {"__form__": "too_big"}),
    "list for text": ({"obbligatoria": ["x"]}, {"obbligatoria": "not_text"}),
}


@pytest.mark.parametrize("case_name", BAD_ANSWERS)
def test_a_bad_answer_is_refused_field_by_field_and_changes_nothing(world: World, case_name: str) -> None:
    answer, expected = BAD_ANSWERS[case_name]
    case = world.start("conteso")
    task_id = world.claim(SOON, case, "passo")
    with pytest.raises(errors.InvalidAnswer) as refused, world.at(SOON) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, answer)
    assert refused.value.errors == expected
    assert "x" * 20 not in str(refused.value)
    (task,) = world.rows(UserTask)
    assert task.state is TaskStatus.CLAIMED
    assert world.rows(FormSubmission) == []


def test_the_answers_may_not_name_an_absent_or_foreign_task_apart(world: World) -> None:
    case = world.start("conteso")
    task_id = world.task(case, "passo")
    messages = set()
    for actor_name, asked in [
        ("operatrice.cav", db.new_id()),
        ("estranea", task_id),
        ("supervisora", task_id),
        ("forestiera", task_id),
        ("amministratrice", task_id),
        ("progettista", task_id),
    ]:
        actor = world.people[actor_name]
        with world.at(SOON) as session:
            for act in (
                lambda actor=actor, asked=asked, session=session: tasks.claim(session, actor, asked),
                lambda actor=actor, asked=asked, session=session: tasks.release(session, actor, asked, reason="x"),
                lambda actor=actor, asked=asked, session=session: tasks.take_over(session, actor, asked, reason="x"),
                lambda actor=actor, asked=asked, session=session: tasks.save_draft(session, actor, asked, {}),
                lambda actor=actor, asked=asked, session=session: tasks.complete(session, actor, asked, {}),
                lambda actor=actor, asked=asked, session=session: task_page.task(session, actor, asked),
            ):
                with pytest.raises(errors.NotFound) as refused:
                    act()
                messages.add(str(refused.value).replace(str(asked), "ID"))
    assert messages == {"not_found task=ID"}


def test_all_that_happened_stands_in_the_history_in_its_order(world: World) -> None:
    case = world.start("conteso", START)
    world.do(SOON, case, "passo", ANSWER)
    with world.at(SOON) as session:
        kinds = [line.kind for line in case_page.case(session, world.people["operatrice.cav"], case.id).timeline]
    assert kinds[::-1] == [
        "case_opened",
        "instance_started",
        "task_opened",
        "task_claimed",
        "task_completed",
        "instance_ended",
        "case_closed",
    ]
