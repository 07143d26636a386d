"""Whether the network receives referrals of others: under which name, by which agency, with which protocol."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import receptions
from engine.errors import InvalidValue
from engine.participants import administration
from web import acts, outcomes, sessions, words

pages = Blueprint("receptions", __name__, url_prefix="/amministrazione/rinvii")


@pages.get("")
def page() -> Response:
    """Show how the network receives referrals, or that it does not."""
    return _show()


@pages.post("")
def change() -> Response:
    """Let the network receive referrals, or change how; or receive none any more."""
    with db.transaction() as session:
        if request.form.get("_cosa") == "chiudi":
            receptions.close(session, sessions.actor())
            return outcomes.lead(session, url_for("receptions.page"), "ricezione-chiusa")
        receptions.open_(
            session,
            sessions.actor(),
            name=request.form.get("nome", ""),
            agency_id=acts.identifier("ente", "reception_agency"),
            process=request.form.get("protocollo", ""),
        )
        return outcomes.lead(session, url_for("receptions.page"), "ricezione")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again with what was typed and what is wrong."""
    return _show(words.wrong(refused))


def _show(wrong: str | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        row = receptions.of(session, sessions.actor())
        before = {"nome": row.name, "ente": str(row.agency_id), "protocollo": row.process} if row else {}
        html = render_template(
            "receptions.html",
            row=row,
            agencies=administration.agencies(session, sessions.actor()),
            protocols=receptions.startable(session, sessions.actor()),
            posted=request.form if wrong else before,
            wrong=wrong,
        )
    return make_response(html, 422 if wrong else 200)
