"""Answers that stood in the wrong case: whether the authority is told, and by when that has to be decided."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.errors import InvalidValue
from engine.oversight import breaches
from web import acts, outcomes, sessions, words

pages = Blueprint("breaches", __name__, url_prefix="/violazioni")


@pages.get("")
def page() -> Response:
    """Show what waits to be judged, and what is."""
    return _show()


@pages.post("/<uuid:breach_id>/valutazione")
def assess(breach_id: UUID) -> Response:
    """Record whether the authority is told, and why."""
    answer = request.form.get("notifica")
    if answer not in {"si", "no"}:
        raise InvalidValue("to_notify", "required")
    with db.transaction() as session:
        breaches.assess(session, sessions.actor(), breach_id, to_notify=answer == "si", reason=acts.reason())
        return outcomes.lead(session, url_for("breaches.page"), "valutata")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong."""
    return _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction() as session:
        rows = breaches.listing(session, sessions.actor())
        text = render_template(
            "breaches.html", rows=rows, wrong=wrong, posted=request.form, view=request.view_args or {}
        )
        return make_response(text, 422 if wrong else 200)
