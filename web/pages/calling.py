"""Calling by telephone for a step: who is to answer for it, or her; and what came of that."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import her_phone, ringing
from engine.cases.her_call_models import HerCallOutcome
from engine.errors import InvalidValue
from web import acts, outcomes, sessions

pages = Blueprint("calling", __name__, url_prefix="/attivita/<uuid:task_id>/chiamata")


@pages.post("/risponde")
def answered(task_id: UUID) -> Response:
    """Say that whoever was called sees to it: the ladder stands still for a while."""
    with db.transaction() as session:
        ringing.answered(session, sessions.actor(), task_id)
        return outcomes.lead(session, _back(task_id), "visto")


@pages.post("/non-risponde")
def unanswered(task_id: UUID) -> Response:
    """Say that whoever was called does not answer: those of the next rung are told now."""
    rung_id = acts.identifier("_gradino", "rung")
    if rung_id is None:
        raise InvalidValue("rung", "required")
    with db.transaction() as session:
        ringing.unanswered(session, sessions.actor(), task_id, rung_id)
        return outcomes.lead(session, _back(task_id), "non-risponde")


@pages.post("/lei")
def begin(task_id: UUID) -> Response:
    """Say that one calls her now: nobody else does meanwhile."""
    with db.transaction() as session:
        her_phone.begin(session, sessions.actor(), task_id)
        return outcomes.lead(session, url_for("task.show", task_id=task_id), "chiamo-io")


@pages.post("/lei/esito")
def end(task_id: UUID) -> Response:
    """Say what came of one's call to her."""
    try:
        outcome = HerCallOutcome(request.form.get("_esito_chiamata", ""))
    except ValueError:
        raise InvalidValue("outcome", "unknown") from None
    with db.transaction() as session:
        her_phone.end(session, sessions.actor(), task_id, outcome)
        return outcomes.lead(session, url_for("task.show", task_id=task_id), "linea-libera")


def _back(task_id: UUID) -> str:
    """Give where that was said: the step, the page of who follows it, or of who has sent it."""
    handover_id = acts.identifier("_passaggio", "handover")
    if handover_id is not None:
        return url_for("handover.show", handover_id=handover_id)
    if request.form.get("_da", "") == "ritardo":
        return url_for("late_step.show", step_id=task_id)
    return url_for("task.show", task_id=task_id)
