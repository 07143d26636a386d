"""Vital interests that wait for the coordination to look at them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.errors import InvalidValue
from engine.oversight import vital_interests
from web import outcomes, sessions, words

pages = Blueprint("vital_interests", __name__, url_prefix="/interessi-vitali")


@pages.get("")
def page() -> Response:
    """Show the vital interests that nobody has reviewed."""
    return _show()


@pages.post("/<uuid:basis_id>/revisione")
def review(basis_id: UUID) -> Response:
    """Record what came of looking at one."""
    with db.transaction() as session:
        vital_interests.review(session, sessions.actor(), basis_id, note=request.form.get("_nota", ""))
        return outcomes.lead(session, url_for("vital_interests.page"), "interesse-rivisto")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong."""
    return _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction() as session:
        rows = vital_interests.to_review(session, sessions.actor())
        text = render_template(
            "vital_interests.html", rows=rows, wrong=wrong, posted=request.form, view=request.view_args or {}
        )
        return make_response(text, 422 if wrong else 200)
