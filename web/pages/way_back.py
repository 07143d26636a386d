"""Torna al passo: opening a completed step again, or asking for it; where that cannot be, why and what else can."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.bpmn.way_back import NoWayBack
from engine.cases import reopening
from engine.errors import InvalidValue, StaleRevision
from web import acts, outcomes, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("way_back", __name__, url_prefix="/attivita/<uuid:task_id>/ritorno")


@pages.get("")
def show(task_id: UUID) -> Response:
    """Show what can be done."""
    return _show(task_id)


@pages.post("")
def reopen(task_id: UUID) -> Response:
    """Open the step again, with a reason."""
    with db.transaction() as session:
        reopened = reopening.reopen(session, sessions.actor(), task_id, reason=acts.reason(), revision=acts.revision())
        return outcomes.lead(session, url_for("case.show", case_id=reopened.case_id), "riaperto")


@pages.post("/richiesta")
def ask(task_id: UUID) -> Response:
    """Ask for it, with a reason."""
    with db.transaction() as session:
        reopening.ask(session, sessions.actor(), task_id, reason=acts.reason())
        return outcomes.lead(session, url_for("way_back.show", task_id=task_id), "ritorno-chiesto")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(NoWayBack)
@pages.errorhandler(StaleRevision)
def again(refused: InvalidValue | NoWayBack | StaleRevision) -> Response:
    """Show the page as things stand now, with what was typed."""
    task_id = (request.view_args or {})["task_id"]
    if isinstance(refused, InvalidValue):
        return _show(task_id, words.wrong(refused), status=422)
    return _show(task_id, status=409)


def _show(task_id: UUID, reason_error: str | None = None, status: int = 200) -> Response:
    with db.transaction() as session:
        outlook = reopening.outlook(session, sessions.actor(), task_id)
        text = render_template(
            "way_back.html",
            outlook=outlook,
            task=outlook.task,
            posted=request.form,
            problems=[Problem("motivo", _("Motivo"), reason_error)] if reason_error else [],
            reason_error=reason_error,
        )
        return make_response(text, status)
