"""Running cases go over to a new version of their protocol: planned, then done, each case for itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from engine import errors
from engine.bpmn.migration import CannotMigrate
from engine.cases import confidential, migration, task_page, tasks
from engine.cases.migration_plan import CasePlan, Fate, Line, Thing
from engine.cases.models import (
    Case,
    CaseEvent,
    Draft,
    MessageSubscription,
    ProcessInstance,
    TaskStatus,
    Timer,
    UserTask,
)
from engine.deadlines.models import Deadline, DeadlineClock, DeadlineStatus, Rung, RungStatus
from engine.definitions import deployment
from engine.participants.models import CaseParticipation
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state
from tests.engine.cases.protocols import Flow, catch, deadline, end, form, start, task, timer

RECEPTION, CONCLUSION = deadline("reception", "T.ora"), deadline("conclusion", "T.giorno")
LINE: list[Flow] = [("inizio", "primo"), ("primo", "secondo"), ("secondo", "fatto")]
LANES = {"cav": "inizio primo secondo fatto"}
NOW = after(hours=3)


def deploy(
    world: World,
    nodes: list[str],
    flows: list[Flow],
    lanes: dict[str, str] | None = None,
    forms: dict[str, bytes] | None = None,
    **more: Any,
) -> UUID:
    """Deploy a version of the protocol; give its id."""
    source = protocols.process("passa", [start("inizio"), *nodes, end("fatto")], flows, lanes=lanes or LANES, **more)
    with world.at("2026-02-01T09:00:00+01:00") as session:
        given = {**protocols.FORMS, **(forms or {})}
        (one,) = deployment.deploy(session, world.people["progettista"], {"passa.bpmn": source}, forms_given=given)
        return one.definition.id


def old(world: World, *first: str, **more: Any) -> Case:
    """A case on the first version: two steps in a row."""
    deploy(world, [task("primo", *(first or (RECEPTION, CONCLUSION)), form="prova"), task("secondo")], LINE, **more)
    return world.start("passa")


def planned(world: World, target: UUID, **names: str) -> CasePlan:
    with world.at(NOW) as session:
        (found,) = migration.plan(session, world.people["progettista"], target, names)
    return found


def carried(world: World, target: UUID, case: Case, **names: str) -> None:
    with world.at(NOW) as session:
        assert migration.carry_over(session, world.people["progettista"], target, case.id, names) == 1
    assert_rows_follow_from_state(world.network_id)
    (row,) = world.rows(ProcessInstance, ProcessInstance.case_id == case.id)
    assert row.definition_id == target


def lines(found: CasePlan, thing: Thing) -> list[tuple[str, Fate]]:
    return [(line.element, line.fate) for line in found.lines if line.thing is thing]


def test_a_case_keeps_its_version_until_it_is_carried_over(world: World) -> None:
    case = old(world)
    target = deploy(world, [task("primo", form="prova"), task("in_mezzo"), task("secondo")],
                    [("inizio", "primo"), ("primo", "in_mezzo"), ("in_mezzo", "secondo"), ("secondo", "fatto")],
                    {"cav": "inizio primo in_mezzo secondo fatto"})  # fmt: skip
    planned(world, target)
    world.do(after(hours=1), case, "primo", {"obbligatoria": "sì"})
    assert world.task(case, "secondo")


def test_task_draft_due_time_and_elapsed_time_are_kept(world: World) -> None:
    case = old(world, RECEPTION, CONCLUSION)
    task_id = world.claim(after(hours=2), case, "primo")
    with world.at(after(hours=2)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"nota": "a metà"})
    before = world.rows(UserTask, UserTask.id == task_id)[0]
    clocks = world.rows(Deadline)
    longer = deadline("conclusion", "T.mese")
    target = deploy(world, [task("primo", RECEPTION, longer, form="prova"), task("secondo")], LINE)
    found = planned(world, target)
    assert lines(found, Thing.TASK) == [("primo", Fate.KEPT)]
    assert lines(found, Thing.DRAFT) == [("primo", Fate.KEPT)]
    assert found.lines[2] == Line(
        Thing.CLOCK, "primo", "Passo primo", Fate.KEPT, after(hours=24), DeadlineClock.CONCLUSION
    )
    carried(world, target, case)
    (now,) = world.rows(UserTask, UserTask.id == task_id)
    same = ("created_at", "claimed_at", "assignee_id", "state", "due_at", "agency_id")
    assert [getattr(now, name) for name in same] == [getattr(before, name) for name in same]
    assert (now.definition_id, now.revision) == (target, before.revision + 1)
    assert {(row.id, row.due_at, row.state) for row in world.rows(Deadline)} == {
        (row.id, row.due_at, row.state) for row in clocks
    }
    with world.at(NOW) as session:
        page = task_page.task(session, world.people["operatrice.cav"], task_id)
        assert (page.draft, page.form_changed_at) == ({"nota": "a metà"}, None)
    with world.at(NOW) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"obbligatoria": "sì"})
    assert world.task(case, "secondo")


def test_clocks_that_are_new_begin_with_the_task_and_those_that_are_gone_fall_away(world: World) -> None:
    case = old(world, RECEPTION)
    target = deploy(world, [task("primo", CONCLUSION, form="prova"), task("secondo")], LINE)
    assert lines(planned(world, target), Thing.CLOCK) == [("primo", Fate.BEGINS), ("primo", Fate.FALLS_AWAY)]
    carried(world, target, case)
    states = {row.clock: (row.state, row.due_at) for row in world.rows(Deadline)}
    assert states[DeadlineClock.CONCLUSION] == (DeadlineStatus.ARMED, after(hours=24))
    assert states[DeadlineClock.RECEPTION][0] is DeadlineStatus.VOID
    assert world.rows(Rung, Rung.state == RungStatus.WAITING)


def test_new_borders_count_from_the_task_and_what_is_past_happens_at_once(world: World) -> None:
    case = old(world)
    nodes = [task("primo", form="prova"), timer("subito", "primo", "PT1H", interrupting=False), task("secondo"),
             timer("poi", "primo", "PT9H", interrupting=False), task("avvisata"), task("avvisata2")]  # fmt: skip
    flows: list[Flow] = [*LINE, ("subito", "avvisata"), ("avvisata", "fatto"), ("poi", "avvisata2"),
                         ("avvisata2", "fatto")]  # fmt: skip
    target = deploy(world, nodes, flows, {"cav": "inizio primo secondo avvisata avvisata2 fatto"})
    timers = {line.element: (line.fate, line.due_at) for line in planned(world, target).lines if line.due_at}
    assert timers["subito"] == (Fate.DUE_AT_ONCE, after(hours=1))
    assert timers["poi"] == (Fate.BEGINS, after(hours=9))
    carried(world, target, case)
    world.worker_at(after(hours=3, minutes=1))
    assert world.task(case, "avvisata")
    assert [row.element_id for row in world.rows(Timer)] == ["poi"]


def test_a_form_that_has_changed_keeps_what_it_still_asks_for(world: World) -> None:
    case = old(world)
    task_id = world.claim(after(hours=2), case, "primo")
    values = {"nota": "resta", "numero": 7, "obbligatoria": "via"}
    with world.at(after(hours=2)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, values)
    other = form("prova", protocols.field("textarea", "nota"), protocols.field("checkbox", "numero", routing=True))
    target = deploy(world, [task("primo", form="prova"), task("secondo")], LINE, forms={"prova": other})
    assert lines(planned(world, target), Thing.DRAFT) == [("primo", Fate.OTHER_FORM)]
    carried(world, target, case)
    with world.at(NOW) as session:
        page = task_page.task(session, world.people["operatrice.cav"], task_id)
        assert page.draft is not None
        assert page.draft["nota"] == "resta"
        assert page.draft.get("numero") is None
        assert "obbligatoria" not in page.draft
        assert page.form_changed_at == NOW
    with world.at(NOW) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"nota": "riletta"})
    assert world.rows(Draft)[0].form_changed_at is None


def test_what_is_gone_or_changed_keeps_a_case_where_it_is(world: World) -> None:
    case = old(world)
    target = deploy(world, [task("altro"), task("secondo")],
                    [("inizio", "altro"), ("altro", "secondo"), ("secondo", "fatto")],
                    {"cav": "inizio altro secondo fatto"})  # fmt: skip
    found = planned(world, target)
    assert [(one.element, one.code) for one in found.obstacles] == [("primo", "removed")]
    assert found.lines == ()
    with pytest.raises(CannotMigrate), world.at(NOW) as session:
        migration.carry_over(session, world.people["progettista"], target, case.id, {})
    (outcome,) = migration.apply(world.people["progettista"], target, [case.id])
    assert outcome.obstacles == found.obstacles
    (row,) = world.rows(ProcessInstance)
    assert row.definition_id != target


def test_a_task_that_is_told_to_goes_to_another_element(world: World) -> None:
    nodes = [task("primo", CONCLUSION, form="prova"), timer("tardi", "primo", "P3D"), task("secondo"), end("scaduto")]
    deploy(world, nodes, [*LINE, ("tardi", "scaduto")], {"cav": "inizio primo tardi secondo fatto scaduto"})
    case = world.start("passa")
    task_id = world.task(case, "primo")
    nodes = [task("nuovo", CONCLUSION, form="prova"), timer("tardi2", "nuovo", "P9D"), task("secondo"), end("scaduto")]
    target = deploy(world, nodes, [("inizio", "nuovo"), ("nuovo", "secondo"), *LINE[2:], ("tardi2", "scaduto")],
                    {"cav": "inizio nuovo tardi2 secondo fatto scaduto"})  # fmt: skip
    carried(world, target, case, primo="nuovo", tardi="tardi2")
    (now,) = world.rows(UserTask, UserTask.id == task_id)
    assert (now.element_id, now.name, now.due_at) == ("nuovo", "Passo nuovo", after(hours=24))
    (row,) = world.rows(Timer)
    assert (row.element_id, row.due_at) == ("tardi2", after(days=3))


def test_a_subscription_goes_along(world: World) -> None:
    nodes = [task("primo"), catch("attende", "MSG_PROVA"), task("secondo")]
    flows: list[Flow] = [("inizio", "primo"), ("primo", "attende"), ("attende", "secondo"), ("secondo", "fatto")]
    lanes = {"cav": "inizio primo attende secondo fatto"}
    deploy(world, nodes, flows, lanes, messages=["MSG_PROVA"])
    case = world.start("passa")
    world.do(after(hours=1), case, "primo", {})
    (before,) = world.rows(MessageSubscription)
    target = deploy(world, [*nodes[:2], task("secondo", CONCLUSION)], flows, lanes, messages=["MSG_PROVA"])
    assert lines(planned(world, target), Thing.MESSAGE) == [("attende", Fate.KEPT)]
    carried(world, target, case)
    (now,) = world.rows(MessageSubscription)
    assert (now.id, now.name) == (before.id, before.name)


def test_a_lane_that_nobody_in_particular_plays_stands_in_the_way(world: World) -> None:
    case = old(world)
    lanes = {"cav": "inizio primo fatto", "capofila": "secondo"}
    handed = task("secondo", protocols.TASK_OF_THE_NETWORK, CONCLUSION)
    target = deploy(world, [task("primo", form="prova"), handed], LINE, lanes)
    carried(world, target, case)
    (part,) = world.rows(CaseParticipation, CaseParticipation.lane == "capofila")
    assert (part.agency_id, part.since) == (world.agencies["capofila"], None)


def test_separation_of_duties_is_not_lost_by_a_new_name(world: World) -> None:
    deploy(world, [task("primo"), task("secondo", separate_from="primo")], LINE)
    case = world.start("passa")
    world.do(after(hours=1), case, "primo", {})
    same = deploy(world, [task("primo", CONCLUSION), task("secondo", separate_from="primo")], LINE)
    renamed = deploy(world, [task("nuovo"), task("secondo", separate_from="nuovo")],
                     [("inizio", "nuovo"), ("nuovo", "secondo"), *LINE[2:]],
                     {"cav": "inizio nuovo secondo fatto"})  # fmt: skip
    assert [one.code for one in planned(world, renamed, primo="nuovo").obstacles] == ["separation_lost"]
    carried(world, same, case)
    with pytest.raises(errors.MustBeAnotherPerson):
        world.claim(after(hours=4), case, "secondo")


def test_who_records_for_an_agency_without_computers_stays(world: World) -> None:
    lanes = {"cav": "inizio primo fatto", "associazioni": "secondo"}
    handed = task("secondo", protocols.TASK_OF_THE_NETWORK, CONCLUSION)
    deploy(world, [task("primo"), handed], LINE, lanes)
    case = world.start("passa", by="operatrice.cav")
    world.do(after(hours=1), case, "primo", {})
    target = deploy(world, [task("primo", CONCLUSION), handed], LINE, lanes)
    carried(world, target, case)
    (row,) = world.rows(UserTask, UserTask.element_id == "secondo")
    assert row.proxy_id == world.agencies["cav"]


def test_history_says_that_and_to_which_version(world: World) -> None:
    case = old(world)
    target = deploy(world, [task("primo", form="prova"), task("secondo", CONCLUSION)], LINE)
    carried(world, target, case)
    (event,) = world.rows(CaseEvent, CaseEvent.kind == "instance_migrated")
    assert event.actor_id == world.people["progettista"].user_id
    with world.at(NOW) as session:
        assert confidential.open_history(session, event)["note"] == "1 → 2"


def test_doing_it_again_does_nothing(world: World) -> None:
    case = old(world)
    target = deploy(world, [task("primo", form="prova"), task("secondo", CONCLUSION)], LINE)
    carried(world, target, case)
    (before,) = world.rows(UserTask, UserTask.state == TaskStatus.OPEN)
    with world.at(NOW) as session:
        assert migration.plan(session, world.people["progettista"], target) == []
        assert migration.carry_over(session, world.people["progettista"], target, case.id, {}) == 0
    (now,) = world.rows(UserTask, UserTask.state == TaskStatus.OPEN)
    assert now.revision == before.revision
    assert len(world.rows(CaseEvent, CaseEvent.kind == "instance_migrated")) == 1


def test_each_case_goes_for_itself(world: World) -> None:
    first = old(world)
    second = world.start("passa")
    world.do(after(hours=1), first, "primo", {"obbligatoria": "sì"})
    target = deploy(world, [task("primo", form="prova"), task("terzo")],
                    [("inizio", "primo"), ("primo", "terzo"), ("terzo", "fatto")],
                    {"cav": "inizio primo terzo fatto"})  # fmt: skip
    outcomes = migration.apply(world.people["progettista"], target, [first.id, second.id])
    assert [outcome.code for outcome in outcomes] == ["cannot_migrate", None]
    assert_rows_follow_from_state(world.network_id)


@pytest.mark.parametrize("who", ["operatrice.cav", "responsabile.cav", "coordinatrice"])
def test_only_who_draws_or_administers_carries_cases_over(world: World, who: str) -> None:
    case = old(world)
    target = deploy(world, [task("primo", form="prova"), task("secondo", CONCLUSION)], LINE)
    with pytest.raises(errors.Forbidden), world.at(NOW) as session:
        migration.plan(session, world.people[who], target)
    with pytest.raises(errors.Forbidden):
        migration.apply(world.people[who], target, [case.id])


def test_the_plan_says_the_same_of_cases_that_stand_alike(world: World) -> None:
    old(world)
    world.start("passa", after(minutes=30))
    target = deploy(world, [task("primo", form="prova"), task("secondo", CONCLUSION)], LINE)
    with world.at(NOW) as session:
        one, other = migration.plan(session, world.people["progettista"], target)
    assert one.alike == other.alike
