"""What a rung does besides telling: a further owner, back to the queue. Nobody who is acting loses her step."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import errors
from engine.cases import acknowledging, action_items, exclusions, inbox, reassignment, starting, task_page, tasks
from engine.cases.action_item_models import ActionItem, ItemKind, ItemOutcome
from engine.cases.exclusions import Subject
from engine.cases.helper_models import TaskHelper
from engine.cases.inbox import Tab
from engine.cases.models import Case, CaseEvent, Incident, TaskStatus, UserTask
from engine.deadlines.models import Rung, RungStatus, SeenBy
from engine.ladders import versions
from engine.ladders.steps import EscalationClass
from engine.notifications.models import Notice
from engine.participants.access import Action
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state

ANSWER = {"obbligatoria": "risposta"}
LADDER = """
[{name}]
clock = "H"
acknowledged = "PT30M"
[[{name}.step]]
at = "50%"
to = ["assignee"]
[[{name}.step]]
at = "breach"
to = {to}
do = {do}
[[{name}.step]]
at = "+PT1H"
to = ["agency_lead"]
[[{name}.step]]
at = "+PT4H"
to = ["coordinator"]
"""


def ladder(world: World, *do: str, to: str = "agency_lead", name: str = "E1") -> None:
    """Let the breach of a class do this."""
    text = LADDER.format(name=name, to=f'["{to}"]', do=str(list(do)).replace("'", '"'))
    with world.at(START) as session:
        klass = EscalationClass(name)
        versions.change(session, world.people["coordinatrice"], klass, text, approved_by="tavolo", reason="prova")


def started(world: World, instant: str | datetime = START) -> Case:
    """A step to be taken within the hour (E0), and done within a day (E1)."""
    return world.start("soccorso", instant)


def helpers(world: World) -> dict[str, datetime]:
    names = {actor.user_id: name for name, actor in world.people.items()}
    return {names[row.user_id]: row.since for row in world.rows(TaskHelper)}


def listed(world: World, instant: datetime, who: str, tab: Tab) -> list[bool]:
    with world.at(instant) as session:
        return [row.helped for row in inbox.page(session, world.people[who], tab=tab).rows]


def lines(world: World, case: Case) -> list[str]:
    rows = world.rows(CaseEvent, CaseEvent.case_id == case.id)
    return [row.kind for row in sorted(rows, key=lambda row: row.id)]


BREACH = after(days=1)


@pytest.fixture
def helped(world: World) -> Case:
    """A step that a worker has, of which the lead became a further owner when it was late."""
    ladder(world, "add_helper")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    world.worker_at(BREACH)
    return case


def test_who_stands_on_the_rung_becomes_a_further_owner_and_nothing_is_taken(world: World, helped: Case) -> None:
    assert helpers(world) == {"responsabile.cav": BREACH}
    (task,) = world.rows(UserTask)
    assert (task.state, task.assignee_id) == (TaskStatus.CLAIMED, world.people["operatrice.cav"].user_id)
    assert lines(world, helped)[-2:] == ["helper_added", "rung_breach"]
    for who, expected in [("responsabile.cav", [True]), ("operatrice.cav", [False]), ("collega.cav", [])]:
        assert listed(world, BREACH, who, Tab.MINE) == expected
    assert listed(world, BREACH, "collega.cav", Tab.OTHERS) == [False]
    assert listed(world, BREACH, "responsabile.cav", Tab.OTHERS) == []


def test_either_fills_it_in_and_neither_writes_over_the_other_unawares(world: World, helped: Case) -> None:
    task_id, hers, late = world.task(helped, "passo"), world.people["operatrice.cav"], BREACH + timedelta(minutes=5)
    with world.at(late) as session:
        revision = tasks.save_draft(session, hers, task_id, {"obbligatoria": "di lei"}).revision
    with world.at(late) as session:
        page = task_page.task(session, world.people["responsabile.cav"], task_id)
        assert (page.draft, page.draft_by, page.helpers) == (
            {"obbligatoria": "di lei"},
            "operatrice.cav",
            ("responsabile.cav",),
        )
        assert {Action.SAVE_DRAFT, Action.COMPLETE} <= page.may
        assert Action.RELEASE not in page.may
    with world.at(late) as session:
        values = {"obbligatoria": "della responsabile"}
        tasks.save_draft(session, world.people["responsabile.cav"], task_id, values, revision=revision)
    with pytest.raises(errors.StaleRevision), world.at(late) as session:
        tasks.save_draft(session, hers, task_id, {"obbligatoria": "vecchio"}, revision=revision)
    with pytest.raises(errors.TaskNotYours), world.at(late) as session:
        tasks.complete(session, world.people["collega.cav"], task_id, ANSWER)
    with world.at(late) as session:
        done = tasks.complete(session, world.people["responsabile.cav"], task_id, ANSWER).task
    assert (done.completed_by_id, done.assignee_id) == (world.people["responsabile.cav"].user_id, hers.user_id)


def test_a_helper_cannot_give_away_what_another_has(world: World, helped: Case) -> None:
    with pytest.raises(errors.TaskNotYours), world.at(BREACH) as session:
        tasks.release(session, world.people["responsabile.cav"], world.task(helped, "passo"), reason="x")


def test_who_is_kept_out_or_has_the_step_herself_is_no_helper_and_the_next_rung_is_asked(world: World) -> None:
    ladder(world, "add_helper", to="assignee")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    world.worker_at(BREACH)
    assert helpers(world) == {"responsabile.cav": BREACH}, "she has it herself: those of the next rung"
    assert "rung_empty" in lines(world, case)


def test_where_nobody_may_help_it_is_told_further_up_and_nobody_is_named(world: World) -> None:
    ladder(world, "add_helper")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    with world.at(after(minutes=20)) as session:
        person = Subject(user_id=world.people["responsabile.cav"].user_id)
        exclusions.put(session, world.people["operatrice.cav"], case.id, person, reason="la conosce")
    world.worker_at(BREACH)
    assert helpers(world) == {}
    told = {row.role.value for row in world.rows(Notice, Notice.kind == "breach") if row.role}
    assert told == {"coordinamento"}


def test_a_step_that_nobody_touches_goes_back_to_the_queue_and_who_had_it_is_told(world: World) -> None:
    ladder(world, "reoffer", "add_helper")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    world.worker_at(BREACH)
    (task,) = world.rows(UserTask)
    assert (task.state, task.assignee_id) == (TaskStatus.OPEN, None)
    assert helpers(world) == {"responsabile.cav": BREACH}
    assert [row.kind for row in world.rows(Notice, Notice.user_id == world.people["operatrice.cav"].user_id)][-1] == (
        "step_returned"
    )
    assert "task_returned" in lines(world, case)
    world.claim(BREACH, case, "passo", by="collega.cav")
    assert listed(world, BREACH, "responsabile.cav", Tab.MINE) == [True]


def test_what_was_kept_in_view_for_one_is_anybodys_again(world: World) -> None:
    ladder(world, "reoffer", name="E0")
    case = started(world)
    with world.at(after(minutes=5)) as session:
        to = world.people["collega.cav"].user_id
        reassignment.offer(
            session, world.people["responsabile.cav"], world.task(case, "passo"), to=to, reason="tocca a lei"
        )
    world.worker_at(after(hours=1))
    assert [row.offered_to_id for row in world.rows(UserTask)] == [None]


@pytest.mark.parametrize("how", ["sto agendo", "bozza"])
def test_nobody_who_is_acting_loses_her_step(world: World, how: str) -> None:
    ladder(world, "reoffer")
    case = started(world)
    task_id, hers = world.claim(after(minutes=10), case, "passo"), world.people["operatrice.cav"]
    world.worker_at(after(hours=12))
    with world.at(BREACH - timedelta(minutes=29)) as session:
        if how == "bozza":
            tasks.save_draft(session, hers, task_id, {"obbligatoria": "quasi"})
        else:
            (said,) = acknowledging.acknowledge_step(session, hers, task_id, SeenBy.PAGE)
            assert said.until == BREACH + timedelta(minutes=1)
    world.worker_at(BREACH)
    (task,) = world.rows(UserTask)
    assert (task.state, task.assignee_id) == (TaskStatus.CLAIMED, hers.user_id)


def test_after_an_outage_what_was_missed_is_done_in_order_and_told_once(world: World) -> None:
    text = LADDER.replace('to = ["coordinator"]', 'to = ["coordinator"]\ndo = ["reoffer"]')
    text = text.format(name="E1", to='["agency_lead"]', do='["add_helper"]')
    with world.at(START) as session:
        coordination = world.people["coordinatrice"]
        versions.change(session, coordination, EscalationClass.E1, text, approved_by="tavolo", reason="prova")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    late = after(days=2)
    assert world.worker_at(late) == 1
    assert lines(world, case)[-3:] == ["helper_added", "task_returned", "rung_escalation"]
    of_conclusion = world.rows(Notice, Notice.deadline_id.is_not(None))
    assert [(row.kind, row.created_at) for row in of_conclusion] == [("escalation", late)]
    states: list[Any] = [row.state for row in sorted(world.rows(Rung), key=lambda row: (row.deadline_id, row.position))]
    assert states.count(RungStatus.FIRED) == 1
    assert states.count(RungStatus.MERGED) == 3


RETURNED = LADDER.replace('acknowledged = "PT30M"', 'acknowledged = "PT30M"\nreturned = "PT30M"').format(
    name="E1", to='["agency_lead"]', do="[]"
)


@pytest.fixture
def returning(world: World) -> Case:
    """A step that goes back half an hour after it is taken, unless it is touched; taken after ten minutes."""
    with world.at(START) as session:
        coordination = world.people["coordinatrice"]
        versions.change(session, coordination, EscalationClass.E1, RETURNED, approved_by="tavolo", reason="prova")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    return case


def test_what_is_taken_and_not_touched_goes_back_and_its_reception_runs_anew(world: World, returning: Case) -> None:
    assert world.worker_at(after(minutes=40) - timedelta(microseconds=1)) == 0
    assert world.worker_at(after(minutes=40)) == 1
    (task,) = world.rows(UserTask)
    assert (task.state, task.assignee_id, task.return_at) == (TaskStatus.OPEN, None, None)
    assert task.due_at == after(minutes=100), "an hour from now, as when it was new"
    hers = world.people["operatrice.cav"].user_id
    assert [row.kind for row in world.rows(Notice, Notice.user_id == hers)] == ["step_returned"]
    assert lines(world, returning)[-1] == "task_returned"
    assert world.worker_at(after(minutes=41)) == 0
    assert_rows_follow_from_state(world.network_id)


def test_who_says_that_she_is_acting_keeps_it_as_long_as_that_counts(world: World, returning: Case) -> None:
    task_id, hers = world.task(returning, "passo"), world.people["operatrice.cav"]
    with world.at(after(minutes=20)) as session:
        acknowledging.acknowledge_step(session, hers, task_id, SeenBy.PAGE)
    with pytest.raises(errors.Conflict), world.at(after(minutes=20)) as session:
        acknowledging.acknowledge_step(session, world.people["collega.cav"], task_id, SeenBy.PAGE)
    assert world.worker_at(after(minutes=40)) == 1
    assert [row.return_at for row in world.rows(UserTask)] == [after(minutes=50)]
    assert_rows_follow_from_state(world.network_id)
    world.worker_at(after(minutes=50))
    assert [row.state for row in world.rows(UserTask)] == [TaskStatus.OPEN]


@pytest.mark.parametrize("how", ["draft", "done", "given back"])
def test_what_is_touched_or_done_does_not_go_back(world: World, returning: Case, how: str) -> None:
    task_id, hers = world.task(returning, "passo"), world.people["operatrice.cav"]
    with world.at(after(minutes=30)) as session:
        if how == "draft":
            tasks.save_draft(session, hers, task_id, {"obbligatoria": "quasi"})
        elif how == "done":
            tasks.complete(session, hers, task_id, ANSWER)
        else:
            tasks.release(session, hers, task_id, reason="non io")
    world.worker_at(after(minutes=40))
    assert "task_returned" not in lines(world, returning)
    assert world.rows(Notice, Notice.kind == "step_returned") == []
    if how == "draft":
        assert [(row.assignee_id, row.return_at) for row in world.rows(UserTask)] == [(hers.user_id, None)]
    assert_rows_follow_from_state(world.network_id)


@pytest.mark.parametrize(
    ("action", "kind", "event", "whose"),
    [
        ("open_task", ItemKind.SOLICITATION, "solicitation_opened", "operatrice.cav"),
        ("incident", ItemKind.INCIDENT, "incident_report_opened", "coordinatrice"),
        ("agenda", ItemKind.AGENDA, "agenda_item_opened", "coordinatrice"),
    ],
)
def test_a_rung_leaves_something_to_do_once_and_it_is_done_with_a_trail(
    world: World, action: str, kind: ItemKind, event: str, whose: str
) -> None:
    ladder(world, action)
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    world.worker_at(BREACH)
    assert event in lines(world, case)
    others = {"operatrice.cav", "coordinatrice", "estranea"} - {whose}
    for who in others:
        with world.at(BREACH) as session:
            assert action_items.listed(session, world.people[who]) == ()
    with world.at(BREACH) as session:
        (row,) = action_items.listed(session, world.people[whose])
        assert action_items.waiting(session, world.people[whose]) == 1
    own = whose == "operatrice.cav"
    assert (row.kind, row.owing_name, row.late_since) == (kind, "Centro antiviolenza", BREACH)
    assert (row.label, row.case_id) == (("Passo passo", case.id) if own else (None, None)), "a neutral label"
    with pytest.raises(errors.NotFound), world.at(BREACH) as session:
        action_items.close(session, world.people[others.pop()], row.id, outcome=ItemOutcome.DONE)
    with pytest.raises(errors.InvalidValue), world.at(BREACH) as session:
        action_items.close(session, world.people[whose], row.id, outcome=ItemOutcome.NOT_NEEDED)
    with world.at(BREACH) as session:
        action_items.close(
            session, world.people[whose], row.id, outcome=ItemOutcome.NOT_NEEDED, reason="hanno risposto"
        )
    with pytest.raises(errors.Conflict, match="item_closed"), world.at(BREACH) as session:
        action_items.close(session, world.people[whose], row.id, outcome=ItemOutcome.DONE)
    assert lines(world, case)[-1] == "item_not_needed"


def test_of_two_rungs_that_leave_the_same_one_is_enough(world: World) -> None:
    text = LADDER.replace('to = ["coordinator"]', 'to = ["coordinator"]\ndo = ["agenda"]')
    text = text.format(name="E1", to='["agency_lead"]', do='["agenda"]')
    with world.at(START) as session:
        coordination = world.people["coordinatrice"]
        versions.change(session, coordination, EscalationClass.E1, text, approved_by="tavolo", reason="prova")
    case = started(world)
    world.claim(after(minutes=10), case, "passo")
    world.worker_at(BREACH)
    world.worker_at(after(days=2))
    assert len(world.rows(ActionItem)) == 1
    assert [row.state for row in world.rows(Rung) if row.actions == ["tell", "agenda"]] == [RungStatus.FIRED] * 2


def test_a_rung_starts_a_process_in_the_case_once(world: World) -> None:
    text = LADDER.format(name="E1", to='["agency_lead"]', do='["start_process:giro"]')
    with world.at(START) as session:
        known = starting.startable(session, world.network_id)
        assert "giro" in known
        assert "accoglienza_cav" not in known, "it begins with a form"
        who, body = world.people["coordinatrice"], {"approved_by": "tavolo", "reason": "prova"}
        versions.change(session, who, EscalationClass.E1, text, startable=known, **body)
    with pytest.raises(errors.InvalidValue, match="unknown_ladder_process"), world.at(START) as session:
        wrong = text.replace("giro", "accoglienza_cav")
        versions.change(session, who, EscalationClass.E1, wrong, startable=known, **body)
    case = started(world)
    world.worker_at(BREACH)
    world.worker_at(after(days=3))
    names = [row.name for row in world.rows(UserTask, UserTask.case_id == case.id)]
    assert sorted(names) == ["Passo passo", "Passo passo"], "the late one, and that of the process: it runs already"
    assert lines(world, case).count("instance_started") == 2
    assert_rows_follow_from_state(world.network_id)


def test_a_process_that_cannot_be_started_is_an_incident_and_the_ladder_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = LADDER.format(name="E1", to='["agency_lead"]', do='["start_process:giro"]')
    with world.at(START) as session:
        who, body = world.people["coordinatrice"], {"approved_by": "tavolo", "reason": "prova"}
        versions.change(session, who, EscalationClass.E1, text, startable=["giro"], **body)
    started(world)
    monkeypatch.setattr(starting, "_beginning", lambda *_: None)
    world.worker_at(BREACH)
    assert [row.code for row in world.rows(Incident)] == ["ladder_process_not_started"]
    assert world.rows(Notice, Notice.kind == "breach") != []
