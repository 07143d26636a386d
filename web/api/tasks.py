"""Tasks: finding, reading and doing them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import forms
from engine import clock
from engine.cases import (
    acknowledging,
    confirming,
    corrections,
    reassignment,
    reopening,
    submissions,
    task_list,
    task_page,
    tasks,
)
from engine.cases.models import UserTask
from engine.cases.task_list import Position
from engine.deadlines.models import SeenBy
from engine.definitions import queries
from engine.participants.token_models import TokenScope
from forms import reading as form_files
from web.api import bodies, cursors, identity, repeating, schemas
from web.api.routes import Made, Routes, Session, Tagged

# What is told of what a process was started with, beside what any answer tells.
_OF_REQUEST = ("values", "closed", "corrected")

routes = Routes("tasks", "The steps that one's own agencies owe.")


@routes.reading("/tasks", takes=bodies.TaskQuery(), gives=schemas.Tasks())
def list_tasks(session: Session, query: dict[str, Any]) -> dict[str, Any]:
    """List open tasks: to be taken, one's own, those that others have, or the late ones."""
    limit, which, agency_id, order = query["limit"], query.get("state"), query.get("agency"), query["sort"]
    listed = f"tasks:{which or ''}:{agency_id or ''}:{order}"
    after = cursors.read(query.get("cursor"), listed, _position)
    rows = task_list.page(
        session, identity.actor(), which=which, agency_id=agency_id, order=order, after=after, limit=limit + 1
    )
    return cursors.page(rows, limit, lambda row: cursors.write(listed, row.due_at, row.created_at, row.id))


@routes.reading("/tasks/<uuid:task_id>", gives=schemas.TaskPage(), tagged=True)
def show_task(session: Session, task_id: UUID) -> Tagged:
    """Show a task with its form, one's draft, its clocks, and what one may do with it now."""
    page = task_page.task(session, identity.actor(), task_id)
    return Tagged(_page(session, page), page.task.revision)


@routes.command("/tasks/<uuid:task_id>/claim", TokenScope.WORK, takes=bodies.Act(), gives=schemas.Task(), tagged=True)
def claim_task(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Take a task in charge."""
    revision = repeating.expected_revision()
    return _tagged(tasks.claim(session, identity.actor(), task_id, revision=revision, **body))


@routes.command(
    "/tasks/<uuid:task_id>/release", TokenScope.WORK, takes=bodies.Reason(), gives=schemas.Task(), tagged=True
)
def release_task(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Give a task back to its agency, with a reason."""
    revision = repeating.expected_revision()
    return _tagged(tasks.release(session, identity.actor(), task_id, reason=body["reason"], revision=revision))


@routes.command("/tasks/<uuid:task_id>/acknowledge", TokenScope.WORK, gives=schemas.Acknowledged())
def acknowledge_task(session: Session, task_id: UUID) -> dict[str, Any]:
    """Say that one has seen that a task is late, or will be: nobody else is told until then, nobody loses it."""
    seen = acknowledging.acknowledge_step(session, identity.actor(), task_id, SeenBy.API)
    return {"until": min(row.until for row in seen)}


@routes.command("/tasks/<uuid:task_id>/offer", TokenScope.WORK, takes=bodies.Offer(), gives=schemas.Task())
def offer_task(session: Session, body: dict[str, Any], task_id: UUID) -> UserTask:
    """Hand on a task that one holds, or as the agency's lead another's, to a colleague, who may say no."""
    return reassignment.offer(session, identity.actor(), task_id, **body)


@routes.command("/tasks/<uuid:task_id>/decline_offer", TokenScope.WORK, gives=schemas.Task())
def decline_offer(session: Session, task_id: UUID) -> UserTask:
    """Say no to a task that is offered to one: it stays to be taken by anybody of the agency."""
    return reassignment.decline(session, identity.actor(), task_id)


@routes.command(
    "/tasks/<uuid:task_id>/take_over", TokenScope.WORK, takes=bodies.Reason(), gives=schemas.Task(), tagged=True
)
def take_task_over(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Take a task over from the colleague who holds it, as the lead of its agency and with a reason; she is told."""
    revision = repeating.expected_revision()
    return _tagged(tasks.take_over(session, identity.actor(), task_id, reason=body["reason"], revision=revision))


@routes.command(
    "/tasks/<uuid:task_id>/draft",
    TokenScope.WORK,
    method="PUT",
    takes=bodies.DraftBody(),
    gives=schemas.Task(),
    tagged=True,
)
def save_draft(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Keep the answers so far; it does not change the revision."""
    revision = repeating.expected_revision()
    return _tagged(tasks.save_draft(session, identity.actor(), task_id, body["values"], revision=revision))


@routes.command(
    "/tasks/<uuid:task_id>/complete",
    TokenScope.WORK,
    takes=bodies.Completion(),
    gives=schemas.Completed(),
    tagged=True,
)
def complete_task(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Complete a task that one holds; the answer lists the tasks that this opened for one's own agencies."""
    values, revision = body.pop("values"), repeating.expected_revision()
    done = tasks.complete(session, identity.actor(), task_id, values, revision=revision, **body)
    return Tagged(done, done.task.revision)


@routes.command(
    "/tasks/<uuid:task_id>/confirm",
    TokenScope.WORK,
    takes=bodies.Confirmation(),
    gives=schemas.Completed(),
    tagged=True,
)
def confirm_task(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Confirm, as a second person, a task that one holds and that a colleague has answered."""
    revision = repeating.expected_revision()
    done = confirming.confirm(session, identity.actor(), task_id, revision=revision, **body)
    return Tagged(done, done.task.revision)


@routes.command(
    "/tasks/<uuid:task_id>/send_back", TokenScope.WORK, takes=bodies.Reason(), gives=schemas.Task(), tagged=True
)
def send_task_back(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Send a colleague's answer back to her unconfirmed, with a reason."""
    revision = repeating.expected_revision()
    return _tagged(confirming.send_back(session, identity.actor(), task_id, reason=body["reason"], revision=revision))


@routes.command("/tasks/<uuid:task_id>/take_back", TokenScope.WORK, gives=schemas.Task(), tagged=True)
def take_task_back(session: Session, task_id: UUID) -> Tagged:
    """Take one's own answer back, as long as no colleague has taken the task to confirm it."""
    return _tagged(confirming.take_back(session, identity.actor(), task_id, revision=repeating.expected_revision()))


@routes.command(
    "/tasks/<uuid:task_id>/ask_reopening", TokenScope.WORK, takes=bodies.Reason(), gives=schemas.Task(), tagged=True
)
def ask_reopening(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Ask for a completed task of one's own agency to be opened again, with a reason; who may decide is told."""
    return _tagged(reopening.ask(session, identity.actor(), task_id, reason=body["reason"]))


@routes.command(
    "/tasks/<uuid:task_id>/reopen", TokenScope.WORK, takes=bodies.Reason(), gives=schemas.Task(), tagged=True
)
def reopen_task(session: Session, body: dict[str, Any], task_id: UUID) -> Tagged:
    """Open a completed task again, with a reason, as another person than who completed it.

    What came of it is withdrawn. Refused once anybody has built upon it: then its answer can be corrected.
    """
    revision = repeating.expected_revision()
    return _tagged(reopening.reopen(session, identity.actor(), task_id, reason=body["reason"], revision=revision))


@routes.command(
    "/tasks/<uuid:task_id>/correct",
    TokenScope.WORK,
    status=201,
    takes=bodies.Correction(),
    gives=schemas.Corrected(),
)
def correct_answer(session: Session, body: dict[str, Any], task_id: UUID) -> Made:
    """Correct the answer that was given to a completed task, with a reason."""
    answer = submissions.answer_of(session, identity.actor(), task_id)
    corrected = corrections.correct(session, identity.actor(), answer.id, body.pop("values"), **body)
    return Made(corrected, f"/cases/{answer.case_id}")


def _tagged(task: UserTask) -> Tagged:
    return Tagged(task, task.revision)


def _position(due_at: str | None, created_at: str, row_id: str) -> Position:
    due = None if due_at is None else cursors.instant(due_at)
    return Position(due, cursors.instant(created_at), cursors.identifier(row_id))


def _page(session: Session, page: task_page.TaskPage) -> dict[str, Any]:
    own = {name: getattr(page.task, name) for name in schemas.Task().fields}
    named = (
        "case_code",
        "assignee_name",
        "documentation",
        "undoes",
        "needs_on_behalf_of",
        "must_name_decider",
        "must_be_another",
        "deadlines",
        "explanation",
        "lane_choices",
        "shorter",
    )
    draft = {"values": page.draft, "saved_at": page.draft_saved_at} if page.draft is not None else None
    asked = page.request
    return {
        **own,
        **{name: getattr(page, name) for name in named},
        "agency_name": page.agency.name,
        "form": _form(session, page),
        "draft": draft,
        "request": asked and {**asdict(asked.row), **{name: getattr(asked, name) for name in _OF_REQUEST}},
        "may": sorted(page.may),
    }


def _form(session: Session, page: task_page.TaskPage) -> dict[str, Any] | None:
    """Give the form. What its conditions read of the case stays here: only which questions are left goes out."""
    if page.form is None:
        return None
    source = queries.form_source(session, page.task.definition_id, page.form.id)
    shown = forms.visible(page.form, page.draft or {}, context=page.context, now=clock.now())
    return {"id": page.form.id, "schema": form_files.load(source), "visible": _keys(shown)}


def _keys(parts: tuple[forms.Component, ...]) -> list[str]:
    return [key for part in parts for key in ([part.key] if part.key else []) + _keys(part.children)]
