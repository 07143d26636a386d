"""Erasing what one's own body keeps of a case, holding it back, and the list of what is past its term."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import erasure, retention
from engine.cases.erasure_models import Authority, Ground
from engine.errors import Conflict, InvalidValue
from web import acts, errors, outcomes, secret_words, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("erasure", __name__)

# Which choice of the page a value belongs to.
_CONTROLS = {"ground": "perche", "authority": "autorita"}


@pages.get("/da-cancellare")
def due() -> str:
    """Show the cases that are past a term of keeping."""
    with db.transaction(read_only=True) as session:
        return render_template("due_erasures.html", rows=retention.due(session, sessions.actor()))


@pages.get("/casi/<uuid:case_id>/cancellazione")
def show(case_id: UUID) -> Response:
    """Show what one's own body keeps of a case."""
    return _show(case_id)


@pages.post("/casi/<uuid:case_id>/cancellazione")
def ask(case_id: UUID) -> Response:
    """Ask for an erasure; another person decides."""
    controller = acts.identifier("_titolare", "controller")
    with db.transaction() as session:
        if controller is None:
            raise InvalidValue("controller", "required")
        erasure.ask(session, sessions.actor(), case_id, controller, request.form.get("_perche", ""))
        return outcomes.lead(session, url_for("erasure.show", case_id=case_id), "cancellazione-chiesta")


@pages.post("/casi/<uuid:case_id>/cancellazione/<uuid:erasure_id>")
def decide(case_id: UUID, erasure_id: UUID) -> Response:
    """Do what was asked, or refuse it."""
    approve = request.form.get("_decisione") == "si"
    with db.transaction() as session:
        erasure.decide(session, sessions.actor(), case_id, erasure_id, approve=approve)
        said = "cancellato" if approve else "cancellazione-rifiutata"
        return outcomes.lead(session, url_for("erasure.show", case_id=case_id), said)


@pages.post("/casi/<uuid:case_id>/blocco")
def hold(case_id: UUID) -> Response:
    """Hold everything of the case back from erasure, or end that."""
    with db.transaction() as session:
        lifting = request.form.get("_togli") == "si"
        if lifting:
            erasure.lift(session, sessions.actor(), case_id)
        else:
            erasure.hold(session, sessions.actor(), case_id, request.form.get("_autorita", ""))
        said = "blocco-tolto" if lifting else "blocco"
        return outcomes.lead(session, url_for("erasure.show", case_id=case_id), said)


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong."""
    return _show((request.view_args or {})["case_id"], refused)


@pages.errorhandler(Conflict)
def hindered(refused: Conflict) -> Response:
    """Show the page again, with what stands in the way."""
    if refused.code not in secret_words.OBSTACLES:
        return errors.page(errors.answer_for(refused))
    return _show((request.view_args or {})["case_id"], obstacle=str(secret_words.OBSTACLES[refused.code]))


def _show(case_id: UUID, refused: InvalidValue | None = None, *, obstacle: str = "") -> Response:
    with db.transaction() as session:
        control = _CONTROLS.get(refused.field, "perche") if refused else ""
        problems = [Problem(control, _("Scelta"), words.wrong(refused))] if refused else []
        text = render_template(
            "erasure.html",
            standing=erasure.standing(session, sessions.actor(), case_id),
            grounds=Ground,
            authorities=Authority,
            wrong=control,
            problems=problems,
            obstacle=obstacle,
        )
        return make_response(text, 422 if refused else 409 if obstacle else 200)
