"""Separation of duties: of two steps that the diagram keeps apart, whichever is done later is another person's.

What is recorded for an agency without computers has two people: who typed it, and who decided it there. Neither may
stand on both sides. Whoever typed the earlier step could have made the other one up, so she does not type the later one
either; and whoever is named as having decided the later one must not be who did or decided the earlier one. A name is a
text: this keeps a mistake out, not a lie (docs/decisions/0003).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, or_, select

from engine import errors
from engine.cases import confidential, history
from engine.cases.models import CaseEvent, TaskStatus, UserTask
from engine.definitions import repository
from engine.participants.models import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

MAX_DECIDER = 200
"""Characters of the name or role of whoever decided."""


def require_another(session: Session, actor: Actor, task: UserTask) -> None:
    """Raise MustBeAnotherPerson when the actor did or typed a step that this one is kept apart from."""
    if excluded(session, actor, [task]):
        raise errors.MustBeAnotherPerson(task=task.id)


def excluded(session: Session, actor: Actor, tasks: Iterable[UserTask]) -> frozenset[UUID]:
    """Give the tasks, of those asked for, that another person than the actor has to do.

    Of a step of four eyes that is answered, whoever answered it.
    """
    tasks = list(tasks)
    hers = frozenset(task.id for task in tasks if task.first_by_id is not None and task.first_by_id == actor.user_id)
    apart = [(task, elements) for task in tasks if (elements := _kept_from(session, task))]
    if not apart:
        return hers
    query = select(UserTask.instance_id, UserTask.element_id).where(
        UserTask.instance_id.in_({task.instance_id for task, _ in apart}),
        UserTask.element_id.in_({element for _, elements in apart for element in elements}),
        or_(
            and_(UserTask.state == TaskStatus.COMPLETED, UserTask.completed_by_id == actor.user_id),
            and_(UserTask.state != TaskStatus.CANCELLED, UserTask.first_by_id == actor.user_id),
        ),
    )
    done = {(instance_id, element_id) for instance_id, element_id in session.execute(query).all()}
    return hers | {
        task.id for task, elements in apart if any((task.instance_id, element) in done for element in elements)
    }


def decider(session: Session, task: UserTask, given: str | None, *, on_behalf_of: UUID | None) -> dict[str, str]:
    """Give who decided at the agency for which a step is recorded, as the history keeps it; nothing if nobody is named.

    It must be said where the step is kept apart from another one, or another one from it. Raises InvalidValue.
    """
    text = (given or "").strip()
    if on_behalf_of is None:
        if text:
            raise errors.InvalidValue("decided_by", "only_on_behalf")
        return {}
    if not text and must_name_decider(session, task):
        raise errors.InvalidValue("decided_by", "required")
    if len(text) > MAX_DECIDER or not text.isprintable():
        raise errors.InvalidValue("decided_by", "invalid_name")
    if text and _folded(text) in _names(session, task):
        raise errors.InvalidValue("decided_by", "must_be_another_person")
    return {"decided_by": text} if text else {}


def must_name_decider(session: Session, task: UserTask) -> bool:
    """Tell whether a step is kept apart from another one, or another one from it, or takes two people."""
    return (
        bool(_kept_from(session, task)) or repository.load(session, task.definition_id).node(task.element_id).four_eyes
    )


def _kept_from(session: Session, task: UserTask) -> tuple[str, ...]:
    """Give the steps that a step is kept apart from, and those that are from it: either may be done first."""
    nodes = repository.load(session, task.definition_id).process.all_nodes
    towards = [key for key, node in nodes.items() if task.element_id in node.separate_from]
    return tuple(dict.fromkeys([*nodes[task.element_id].separate_from, *towards]))


def _names(session: Session, task: UserTask) -> frozenset[str]:
    """Give by name who did the steps that a task is kept apart from, or answered this one first.

    Where others typed it, who decided.
    """
    done = and_(
        CaseEvent.kind == history.EventKind.TASK_COMPLETED,
        UserTask.instance_id == task.instance_id,
        UserTask.element_id.in_(_kept_from(session, task)),
        UserTask.state == TaskStatus.COMPLETED,
    )
    answered = and_(
        CaseEvent.kind == history.EventKind.TASK_PROPOSED,
        CaseEvent.actor_id == UserTask.first_by_id,
        or_(UserTask.id == task.id, UserTask.element_id.in_(_kept_from(session, task))),
        UserTask.instance_id == task.instance_id,
        UserTask.state != TaskStatus.CANCELLED,
    )
    query = (
        select(CaseEvent, User.display_name)
        .join(UserTask, and_(CaseEvent.case_id == UserTask.case_id, CaseEvent.task_id == UserTask.id))
        .join(User, User.id == CaseEvent.actor_id)
        .where(CaseEvent.case_id == task.case_id, or_(done, answered))
    )
    return frozenset(
        _folded(confidential.open_history(session, event).get("decided_by") or display_name)
        for event, display_name in session.execute(query).all()
    )


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
