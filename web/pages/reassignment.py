"""Handing the steps of a colleague to another one, several at a time, as the agency's lead."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import reassignment
from engine.errors import InvalidValue, Refused
from engine.roster import week
from web import acts, errors, outcomes, sessions, words

pages = Blueprint("reassignment", __name__, url_prefix="/attivita/affidamento")


@pages.get("")
def page() -> Response:
    """Show what colleagues hold, and who could take it."""
    return _show()


@pages.post("")
def offer() -> Response:
    """Hand on the chosen steps, each by itself: one that can no longer be handed on keeps no other back."""
    to, reason = acts.identifier("a", "to"), acts.reason()
    if to is None:
        raise InvalidValue("to", "required")
    chosen = _chosen()
    refused: dict[UUID, str] = {}
    for task_id in chosen:
        try:
            with db.transaction() as session:
                reassignment.offer(session, sessions.actor(), task_id, to=to, reason=reason)
        except Refused as one:
            refused[task_id] = words.wrong(one) if isinstance(one, InvalidValue) else str(errors.answer_for(one).text)
    if refused:
        return _show(refused=refused, done=len(chosen) - len(refused))
    with db.transaction() as session:
        return outcomes.lead(session, url_for("inbox.page"), "affidati")


@pages.errorhandler(InvalidValue)
def again(wrong: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was chosen."""
    return _show(wrong={wrong.field: words.wrong(wrong)})


def _chosen() -> list[UUID]:
    try:
        chosen = [UUID(text) for text in dict.fromkeys(request.form.getlist("passo"))]
    except ValueError:
        raise InvalidValue("tasks", "no_id") from None
    if not chosen:
        raise InvalidValue("tasks", "required")
    return chosen


def _show(*, wrong: dict[str, str] | None = None, refused: dict[UUID, str] | None = None, done: int = 0) -> Response:
    with db.transaction(read_only=True) as session:
        held = reassignment.held(session, sessions.actor())
        text = render_template(
            "reassignment.html",
            held=held,
            colleagues=reassignment.colleagues(session, sessions.actor()),
            agencies=len({step.agency_id for step in held}),
            shifts=week.coming(session, sessions.actor()),
            wrong=wrong or {},
            refused=refused or {},
            done=done,
            posted=request.form,
            chosen=request.form.getlist("passo"),
        )
    return make_response(text, 422 if wrong or refused else 200)
