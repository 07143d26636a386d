"""Break-glass: opening a case in an emergency, and the report of whoever did, with its review."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import emergencies
from engine.errors import InvalidValue, NotFound
from engine.participants import access
from web import acts, outcomes, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("emergency", __name__, url_prefix="/accesso-emergenza")


@pages.get("")
def page() -> Response:
    """Show the form, for whoever may use it, and the accesses that the reader may know of."""
    return _show()


@pages.post("")
def open_case() -> Response:
    """Open a case to the person who asks."""
    try:
        with db.transaction() as session:
            opened = emergencies.open_(
                session,
                sessions.actor(),
                request.form.get("caso", ""),
                reason=acts.reason(),
                agency_id=acts.identifier("ente", "agency"),
            )
            return outcomes.lead(session, url_for("case.show", case_id=opened.case_id), "emergenza")
    except NotFound:
        return _show(Problem("emergenza-caso", _("Codice del caso"), _("Nessun caso con questo codice.")))
    except InvalidValue as refused:
        return _show(_problem(refused))


@pages.post("/<uuid:access_id>/esame")
def review(access_id: UUID) -> Response:
    """Judge an access."""
    with db.transaction() as session:
        given = request.form.get("esito", "")
        if given not in {"giustificato", "ingiustificato"}:
            raise InvalidValue("review", "required")
        emergencies.review(session, sessions.actor(), access_id, justified=given == "giustificato")
        return outcomes.lead(session, url_for("emergency.page"), "esaminato")


def _problem(refused: InvalidValue) -> Problem:
    labels = {
        "reason": ("emergenza-motivo", _("Motivo")),
        "code": ("emergenza-caso", _("Codice del caso")),
        "agency": ("emergenza-ente", _("Per quale ente")),
    }
    return Problem(*labels[refused.field], words.wrong(refused))


def _show(problem: Problem | None = None) -> Response:
    actor = sessions.actor()
    with db.transaction() as session:
        text = render_template(
            "emergency.html",
            may_open=access.may(actor, access.Action.BREAK_GLASS),
            agencies=emergencies.agencies(session, actor),
            rows=emergencies.report(session, actor),
            problems=[problem] if problem else [],
            posted=request.form,
        )
    return make_response(text, 422 if problem else 200)
