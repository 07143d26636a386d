"""What was handed over with a case: what it is called, what it says, and what an agency may read in its steps.

The allow-list of the hand-over is all that travels; a step of the lane reads these fields and what its own lane wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from engine import clock
from engine.bpmn import handing, model
from engine.cases import confidential, trail
from engine.cases.models import FormSubmission, UserTask
from engine.definitions import repository
from engine.participants.models import CaseParticipation
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    import forms
    from engine.bpmn.building import Definition
    from engine.participants.access import Actor


@dataclass(frozen=True, slots=True)
class Handed:
    """One field that was handed over: the form that asked for it, if one did, its key, and what it says."""

    form: forms.Form | None
    key: str
    value: Any


def node(session: Session, task: UserTask) -> model.Node:
    """Give the element of a step."""
    return repository.load(session, task.definition_id).node(task.element_id)


def labels(session: Session, task: UserTask, fields: Iterable[str] | None) -> tuple[Mapping[str, str], ...] | None:
    """Give what the fields of a hand-over are called: language -> words; None where all is handed over."""
    if fields is None:
        return None
    definition = repository.load(session, task.definition_id)
    return tuple(_label(*_asked(session, definition, name)) for name in fields)


def part_of(session: Session, task: UserTask) -> CaseParticipation | None:
    """Give the part by which the agency of a step has it, where its lane was handed over."""
    query = select(CaseParticipation).where(
        CaseParticipation.case_id == task.case_id,
        CaseParticipation.lane == task.lane,
        CaseParticipation.agency_id == task.agency_id,
        CaseParticipation.ended_why.is_(None),
        or_(CaseParticipation.until.is_(None), CaseParticipation.until > clock.now()),
    )
    return session.scalars(query).one_or_none()


def readable(session: Session, task: UserTask, part: CaseParticipation | None) -> frozenset[str] | None:
    """Give the variables that a step may read; None where its lane began the process, and reads what that holds.

    Where its agency has no part (any more) the step reads nothing.
    """
    fields = part.fields if part is not None else []
    if fields is None:
        return None
    definition = repository.load(session, task.definition_id)
    named = {other.form_id for other in definition.process.all_nodes.values() if other.form_id is not None}
    routing = {form_id: repository.form(session, definition.id, form_id).routing_keys for form_id in named}
    return handing.readable(definition.process, definition.node(task.element_id), fields, routing)


def narrowed(names: Iterable[str], variables: Mapping[str, Any], allowed: frozenset[str] | None) -> dict[str, Any]:
    """Give the variables that are asked for, and null for those that were not handed over."""
    return {name: variables.get(name) if allowed is None or name in allowed else None for name in names}


def contents(
    session: Session, actor: Actor, task: UserTask, part: CaseParticipation | None, variables: Mapping[str, Any]
) -> tuple[Handed, ...]:
    """Open what was handed over with the case of a step, as it stands now; the reading is audited."""
    if part is None or not part.fields:
        return ()
    definition = repository.load(session, task.definition_id)
    found = []
    for name in part.fields:
        form, key = _asked(session, definition, name)
        value = _answered(session, task, name) if "." in name else variables.get(name)
        if value is not None:
            found.append(Handed(form, key, value))
    details = {"fields": list(part.fields)}
    trail.note_task(session, actor, "handover.contents_read", task, details)
    return tuple(found)


def _asked(session: Session, definition: Definition, name: str) -> tuple[forms.Form | None, str]:
    """Give the form that asks for a field, and its key there."""
    form_id, dot, key = name.partition(".")
    if dot:
        return repository.form(session, definition.id, form_id), key
    for other in definition.process.all_nodes.values():
        if other.form_id is not None:
            form = repository.form(session, definition.id, other.form_id)
            if name in form.routing_keys:
                return form, name
    return None, name


def _label(form: forms.Form | None, key: str) -> Mapping[str, str]:
    if form is None:
        return {"it": key.replace("_", " "), "en": key.replace("_", " ")}
    return {language: form.fields[key].label(language) for language in ("it", "en")}


def _answered(session: Session, task: UserTask, name: str) -> Any:
    """Give what was last answered to a question of a form in the same process."""
    form_id, _dot, key = name.partition(".")
    query = (
        select(FormSubmission)
        .join(UserTask, UserTask.id == FormSubmission.task_id)
        .where(FormSubmission.instance_id == task.instance_id, UserTask.form_id == form_id)
        .order_by(FormSubmission.recorded_at.desc(), FormSubmission.id.desc())
        .limit(1)
    )
    answer = session.scalars(query).one_or_none()
    if answer is None:
        return None
    # Whatever its kind: that it is told is what the hand-over is for, and the caller notes the opening.
    form = repository.form(session, task.definition_id, form_id)
    return confidential.open_answer(session, answer, form, kinds=secrecy.KINDS).values.get(key)
