"""A late step in the hands of the coordination: whose it is, who was told, whom to telephone, what was agreed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import ringing
from engine.errors import InvalidValue
from engine.oversight import late_step
from web import outcomes, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("late_step", __name__, url_prefix="/ritardi/passi/<uuid:step_id>")


@pages.get("")
def show(step_id: UUID) -> Response:
    """Show the step, under a neutral label unless it is one's own."""
    return _show(step_id)


@pages.post("/seguito")
def follow(step_id: UUID) -> Response:
    """Take the late step in hand for the coordination."""
    with db.transaction() as session:
        late_step.follow(session, sessions.actor(), step_id)
        return outcomes.lead(session, url_for("late_step.show", step_id=step_id), "seguito")


@pages.post("/nota")
def note(step_id: UUID) -> Response:
    """Keep what was agreed by telephone."""
    with db.transaction() as session:
        late_step.note(session, sessions.actor(), step_id, request.form.get("_nota", ""))
        return outcomes.lead(session, url_for("late_step.show", step_id=step_id), "annotato")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the step again, with what was typed and what is wrong with it."""
    return _show((request.view_args or {})["step_id"], refused)


def _show(step_id: UUID, refused: InvalidValue | None = None) -> Response:
    error = words.wrong(refused) if refused else None
    with db.transaction() as session:
        step = late_step.show(session, sessions.actor(), step_id)
        problems = [Problem("nota", _("Che cosa si è concordato"), error)] if error else []
        text = render_template(
            "late_step.html",
            step=step,
            ring=ringing.of_step(session, sessions.actor(), step_id),
            agency=step.agency,
            is_open=step.state in {"open", "claimed"},
            following=[line for line in step.followed if line.note is None],
            notes=[line for line in step.followed if line.note is not None],
            already=any(line.user_id == sessions.actor().user_id and line.note is None for line in step.followed),
            posted=request.form,
            error=error,
            problems=problems,
        )
        return make_response(text, 422 if refused else 200)
