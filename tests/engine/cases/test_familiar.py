"""Whoever received her is offered the next contact first; nobody waits for her, and nobody kept out is offered it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from engine.cases import exclusions, inbox
from engine.cases.exclusions import Subject
from engine.cases.models import UserTask
from engine.notifications.models import Notice
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases.conftest import World, after


def offered(world: World) -> list[object]:
    return [row.offered_to_id for row in world.rows(UserTask, UserTask.element_id == "richiama")]


def test_who_did_the_earlier_step_is_offered_the_next_and_told_and_reminded_with_all_at_half_time(world: World) -> None:
    case, her = world.start("conosciuta"), world.people["collega.cav"].user_id
    world.do(after(minutes=5), case, "accoglie", {}, by="collega.cav")
    world.do(after(minutes=5), case, "scrive", {})
    assert offered(world) == [her]
    assert [row.user_id for row in world.rows(Notice, Notice.kind == "offered")] == [her]
    with world.at(after(minutes=6)) as session:
        (row,) = inbox.page(session, world.people["operatrice.cav"]).rows
        assert row.offered_to_name == "collega.cav", "her colleagues see whose it is first"
    world.worker_at(after(hours=12, minutes=30))
    assert {row.role for row in world.rows(Notice, Notice.kind == "reminder")} == {Role.OPERATRICE}
    world.claim(after(hours=12, minutes=30), case, "richiama")


def keep_out(session: Session, world: World, case_id: UUID, person: UUID) -> None:
    exclusions.put(session, world.people["operatrice.cav"], case_id, Subject(user_id=person), reason="x")


def leave(session: Session, _world: World, _case_id: UUID, person: UUID) -> None:
    directory.disable_user(session, person)


@pytest.mark.parametrize("gone", [keep_out, leave])
def test_it_is_offered_to_nobody_who_may_not_do_it(world: World, gone: Callable[..., None]) -> None:
    case, her = world.start("conosciuta"), world.people["collega.cav"].user_id
    world.do(after(minutes=5), case, "accoglie", {}, by="collega.cav")
    with world.at(after(minutes=6)) as session:
        gone(session, world, case.id, her)
    world.do(after(minutes=7), case, "scrive", {})
    assert offered(world) == [None]
    assert world.rows(Notice, Notice.kind == "offered") == []
