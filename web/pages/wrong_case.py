"""Ho scritto nel caso sbagliato: taking an answer out of a case, or over to the right one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import misfiling, submission_page
from engine.errors import InvalidValue, NotFound
from web import acts, outcomes, sessions, words

pages = Blueprint("wrong_case", __name__, url_prefix="/moduli/<uuid:submission_id>/caso-sbagliato")

_ONLY = "togli"


@pages.get("")
def show(submission_id: UUID) -> Response:
    """Say what happens, and ask where the answer belongs."""
    return _show(submission_id)


@pages.post("")
def take_out(submission_id: UUID) -> Response:
    """Take the answer out, or over to the right case."""
    chosen = request.form.get("dove", "")
    if not chosen:
        raise InvalidValue("to_task", "required")
    to_task = None if chosen == _ONLY else acts.identifier("dove", "to_task")
    with db.transaction() as session:
        breach = misfiling.take_out(session, sessions.actor(), submission_id, to_task=to_task)
        if to_task is not None:
            return outcomes.lead(session, url_for("task.show", task_id=to_task), "spostata")
        return outcomes.lead(session, url_for("case.show", case_id=breach.case_id), "tolta")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong."""
    return _show((request.view_args or {})["submission_id"], words.wrong(refused))


def _show(submission_id: UUID, wrong: str | None = None) -> Response:
    with db.transaction() as session:
        page = submission_page.submission(session, sessions.actor(), submission_id)
        if not page.removable:
            raise NotFound(submission=submission_id)
        targets = misfiling.targets(session, sessions.actor(), submission_id)
        text = render_template("wrong_case.html", page=page, targets=targets, only=_ONLY, wrong=wrong)
        return make_response(text, 422 if wrong else 200)
