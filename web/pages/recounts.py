"""Recounting running deadlines after a change of opening hours, or of the length of a parameter."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import recounting
from engine.errors import InvalidValue
from web import acts, outcomes, sessions, words

pages = Blueprint("recounts", __name__, url_prefix="/amministrazione/ricalcoli")


@pages.get("")
def page() -> Response:
    """Show what a recount would move, and what was recounted."""
    return _show()


@pages.post("")
def order() -> Response:
    """Order a recount of what the page has shown."""
    expected = request.form.get("attese", -1, type=int)
    with db.transaction() as session:
        recounting.order(
            session,
            sessions.actor(),
            parameter=request.form.get("parametro") or None,
            reason=acts.reason(),
            expected=expected,
        )
        return outcomes.lead(session, url_for("recounts.page"), "ricalcolo")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong."""
    return _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction() as session:
        found = recounting.page(session, sessions.actor())
        text = render_template("recounts.html", found=found, wrong=wrong, posted=request.form)
        return make_response(text, 422 if wrong else 200)
