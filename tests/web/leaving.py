"""Going to the addresses of what a ladder has left to somebody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import db
from engine.cases.action_item_models import ActionItem, ItemKind
from engine.cases.models import UserTask
from engine.deadlines.models import Deadline


def left(task_id: UUID) -> UUID:
    """Something that the ladder of a step has left to the coordination."""
    with db.transaction() as session:
        task = session.get_one(UserTask, task_id)
        deadline_id = session.scalars(select(Deadline.id).where(Deadline.task_id == task_id).limit(1)).one()
        ids = {"network_id": task.network_id, "case_id": task.case_id, "task_id": task_id, "deadline_id": deadline_id}
        item = ActionItem(**ids, kind=ItemKind.AGENDA)
        session.add(item)
        session.flush()
        return item.id


def by_program_and_page(walk: Any, coordination: Any, program: Any, other: str) -> None:
    """Say of a late step that one has seen it; then deal with what it has left, by a page and by a program."""
    walk.api(program, "api-tasks.acknowledge_task", {}, method="POST", task_id=other)
    item_id = left(UUID(other))
    assert "Ordine del giorno" in coordination.get("/solleciti").text
    walk.page(coordination, "items.close", {"esito": "done"}, item_id=item_id)
    item_id = left(UUID(other))
    assert str(item_id) in {row["id"] for row in program.get("/action-items").body["items"]}
    closing = {"outcome": "not_needed", "reason": "hanno risposto"}
    walk.api(program, "api-items.close_item", closing, method="POST", item_id=item_id)
