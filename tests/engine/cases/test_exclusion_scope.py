"""Whoever a case keeps out sees nothing of it, whatever her role, in whichever list and at whichever address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import true
from sqlalchemy.orm import Session

from engine import errors, notifications
from engine.cases import (
    case_list,
    case_page,
    diagram,
    erasure,
    files,
    inbox,
    lifecycle,
    lookup,
    messages,
    next_told,
    reassignment,
    reopening,
    submission_page,
    task_list,
    task_page,
    tasks,
)
from engine.cases.models import Case, FormSubmission
from engine.oversight import board, closing, late_step
from engine.participants import access
from engine.participants.access import Actor
from engine.participants.models import Exclusion, Role
from tests.engine.cases.conftest import World, after

LATE = after(days=3)


def keep_out(world: World, case: Case, *, person: str | None = None, agency: str | None = None) -> None:
    """Write the row alone: what `scope` makes of it, nothing else."""
    with world.at(after(days=2)) as session:
        session.add(
            Exclusion(
                network_id=world.network_id,
                case_id=case.id,
                user_id=world.people[person].user_id if person else None,
                agency_id=world.agencies[agency] if agency else None,
                put_by_id=world.people["responsabile.cav"].user_id,
                controller_id=world.agencies["cav"],
            )
        )


def shown(session: Session, actor: Actor) -> list[Any]:
    """Everything that is listed or counted for somebody."""
    own = [inbox.page(session, actor, tab=tab) for tab in inbox.Tab]
    seen: list[Any] = [row for page in own for row in page.rows]
    seen += [number for number in own[0].counts.values() if number]
    seen += task_list.page(session, actor)
    seen += case_list.page(session, actor).rows
    seen += reassignment.held(session, actor)
    seen += notifications.inbox(session, actor)
    seen += next_told.of_tasks(session, actor, true())
    if access.may(actor, access.Action.CLAIM):
        page = closing.before_closing(session, actor)
        seen += [*page.due, *page.drafts]
    if access.may(actor, access.Action.BOARD):
        shown_on = board.overdue(session, actor)
        seen += [*shown_on.late, *shown_on.due_soon, *shown_on.recorded_late, *shown_on.incidents]
    return seen


def addresses(case: Case, task_id: Any, answer_id: Any) -> dict[str, Callable[[Session, Actor], Any]]:
    """Everything that opens or changes one case, task or answer."""
    return {
        "case": lambda session, actor: lookup.case(session, actor, case.id),
        "case page": lambda session, actor: case_page.case(session, actor, case.id),
        "diagram": lambda session, actor: diagram.of_case(session, actor, case.id, foreign_name=""),
        "task page": lambda session, actor: task_page.task(session, actor, task_id),
        "late step": lambda session, actor: late_step.show(session, actor, task_id),
        "answer": lambda session, actor: submission_page.submission(session, actor, answer_id),
        "file": lambda session, actor: files.download(session, actor, answer_id, task_id, purpose="x"),
        "claim": lambda session, actor: tasks.claim(session, actor, task_id),
        "release": lambda session, actor: tasks.release(session, actor, task_id, reason="x"),
        "take over": lambda session, actor: tasks.take_over(session, actor, task_id, reason="x"),
        "draft": lambda session, actor: tasks.save_draft(session, actor, task_id, {}),
        "complete": lambda session, actor: tasks.complete(session, actor, task_id, {}),
        "offer": lambda session, actor: reassignment.offer(session, actor, task_id, to=actor.user_id, reason="x"),
        "ask again": lambda session, actor: reopening.ask(session, actor, task_id, reason="x"),
        "cancel": lambda session, actor: lifecycle.cancel(session, actor, case.id, reason="x"),
        "erasure": lambda session, actor: erasure.standing(session, actor, case.id),
        "message": lambda session, actor: messages.deliver(session, actor, "qualunque", case_code=case.code),
    }


def test_who_is_kept_out_finds_no_trace_of_the_case(world: World) -> None:
    case = world.open_case()
    world.claim(after(minutes=5), case, "accetta_invio", by="collega.cav")
    world.worker_at(LATE)
    with world.at(LATE) as session:
        for name in ("operatrice.cav", "responsabile.cav", "coordinatrice"):
            assert shown(session, world.people[name]), f"{name} sees something of it before"
    keep_out(world, case, person="operatrice.cav")
    keep_out(world, case, person="responsabile.cav")
    keep_out(world, case, agency="capofila")
    with world.at(LATE) as session:
        for name in ("operatrice.cav", "responsabile.cav", "coordinatrice"):
            assert shown(session, world.people[name]) == []
        assert shown(session, world.people["collega.cav"]), "the others go on"


def test_no_address_of_the_case_answers_who_is_kept_out(world: World) -> None:
    case = world.open_case()
    world.do(after(minutes=5), case, "accetta_invio", {"esito_invio": "accetta", "nota": "prima"}, by="collega.cav")
    answer_id = world.rows(FormSubmission)[-1].id
    task_id = world.claim(after(minutes=6), case, "fissa_colloquio")
    actor = replace(
        world.people["responsabile.cav"],
        memberships=tuple((world.agencies[name], role) for name in ("cav", "capofila") for role in Role),
    )
    keep_out(world, case, person="responsabile.cav")
    for name, act in addresses(case, task_id, answer_id).items():
        with pytest.raises(errors.NotFound), world.at(LATE) as session:
            act(session, actor)
            pytest.fail(f"{name} answered")


def test_whoever_belongs_to_an_agency_that_is_kept_out_is_kept_out_in_every_other_one_too(world: World) -> None:
    case = world.open_case()
    both = replace(
        world.people["operatrice.cav"],
        memberships=((world.agencies["cav"], Role.OPERATRICE), (world.agencies["estraneo"], Role.AMMINISTRATORE)),
    )
    with world.at(LATE) as session:
        assert lookup.case(session, both, case.id).id == case.id
    keep_out(world, case, agency="estraneo")
    with pytest.raises(errors.NotFound), world.at(LATE) as session:
        lookup.case(session, both, case.id)


def test_an_exclusion_of_one_case_says_nothing_of_another_and_ends_when_it_is_lifted(world: World) -> None:
    case, other = world.open_case(), world.open_case()
    keep_out(world, case, person="operatrice.cav")
    actor = world.people["operatrice.cav"]
    with world.at(LATE) as session:
        assert [row.id for row in case_list.page(session, actor).rows] == [other.id]
        session.query(Exclusion).one().until = LATE
    with world.at(after(days=4)) as session:
        assert {row.id for row in case_list.page(session, actor).rows} == {case.id, other.id}


@pytest.mark.parametrize("whom", [{"person": "estranea"}, {"agency": "estraneo"}])
def test_what_keeps_her_out_stands_above_an_emergency_that_she_has_opened_before_it(
    world: World, whom: dict[str, str]
) -> None:
    case = world.open_case()
    task_id = world.do(after(minutes=1), case, "accetta_invio", {"esito_invio": "accetta"})
    (answer_id,) = [row.id for row in world.rows(FormSubmission, FormSubmission.task_id == task_id)]
    reads = replace(world.people["estranea"], emergencies=frozenset({case.id}))
    ways: tuple[Callable[[Session], object], ...] = (
        lambda session: case_page.case(session, reads, case.id),
        lambda session: task_page.task(session, reads, task_id),
        lambda session: submission_page.submission(session, reads, answer_id),
    )
    for way in ways:
        with world.at(LATE) as session:
            way(session)
    keep_out(world, case, **whom)
    for way in ways:
        with pytest.raises(errors.NotFound), world.at(LATE) as session:
            way(session)
