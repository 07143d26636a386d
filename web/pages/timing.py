"""Switching on, with an agreement, that leads see how long their people take; and off again."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.errors import InvalidValue
from engine.oversight import worker_times
from engine.oversight.worker_times import Agreement
from web import acts, clocks, outcomes, sessions, words

pages = Blueprint("timing", __name__, url_prefix="/amministrazione/tempi")


@pages.get("")
def page() -> Response:
    """Show whether it is on, and the agreements."""
    return _show()


@pages.post("/acceso")
def switch_on() -> Response:
    """Put an agreement on file."""
    given = Agreement(
        number=request.form.get("numero", ""),
        signed_on=clocks.parse_day(request.form.get("firmato_il", "")),
        signed_by=request.form.get("firmato_da", ""),
        document_sha256=request.form.get("impronta", ""),
        reason=acts.reason(),
    )
    with db.transaction() as session:
        worker_times.switch_on(session, sessions.actor(), given)
        return outcomes.lead(session, url_for("timing.page"), "tempi-accesi")


@pages.post("/spento")
def switch_off() -> Response:
    """End what is on."""
    with db.transaction() as session:
        worker_times.switch_off(session, sessions.actor(), reason=acts.reason())
        return outcomes.lead(session, url_for("timing.page"), "tempi-spenti")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed."""
    return _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        found = worker_times.agreements(session, sessions.actor())
        on = next((one for one in found if one.ended_at is None), None)
        text = render_template("timing.html", on=on, agreements=found, wrong=wrong, posted=request.form)
        return make_response(text, 422 if wrong else 200)
