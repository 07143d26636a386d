"""Whether who is on call can be woken up, and a test of it."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.errors import Conflict
from engine.notifications import outbox
from engine.roster import reaching
from web import outcomes, sessions

pages = Blueprint("reaching", __name__, url_prefix="/reperibilita/prova")


@pages.get("")
def page() -> Response:
    """Show everybody with a shift to come."""
    return _show()


@pages.post("")
def test() -> Response:
    """Send each of them something to answer."""
    try:
        with db.transaction() as session:
            reaching.test(session, sessions.actor())
            return outcomes.lead(session, url_for("reaching.page"), "prova-partita")
    except Conflict as refused:
        return _show(refused.code)


def _show(refused: str | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        people = reaching.report(session, sessions.actor())
        text = render_template("reaching.html", people=people, refused=refused, most=outbox.MOST)
    return make_response(text, 409 if refused else 200)
