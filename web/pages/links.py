"""Contatti collegati: other contacts that could be hers, and those that are, by her wish."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import links
from engine.consent.models import Manner
from engine.errors import InvalidValue
from web import acts, outcomes, sessions, words

pages = Blueprint("links", __name__, url_prefix="/casi/<uuid:case_id>/collegati")


@pages.get("")
def show(case_id: UUID) -> Response:
    """Show the links of a case, and what suggests others."""
    return _show(case_id)


@pages.post("")
def link(case_id: UUID) -> Response:
    """Link the case with another one, as she has asked."""
    manner = request.form.get("come", "")
    if manner not in set(Manner):
        raise InvalidValue("manner", "required")
    code = request.form.get("codice", "").strip() or request.form.get("proposto", "")
    with db.transaction() as session:
        links.link(session, sessions.actor(), case_id, code, manner=Manner(manner), happened_at=acts.happened_at())
        return outcomes.lead(session, url_for("links.show", case_id=case_id), "collegato")


@pages.post("/<uuid:link_id>/fine")
def unlink(case_id: UUID, link_id: UUID) -> Response:
    """Take a link away."""
    with db.transaction() as session:
        links.unlink(session, sessions.actor(), case_id, link_id)
        return outcomes.lead(session, url_for("links.show", case_id=case_id), "scollegato")


@pages.errorhandler(InvalidValue)
def again(wrong: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed."""
    return _show((request.view_args or {})["case_id"], {wrong.field: words.wrong(wrong)})


def _show(case_id: UUID, wrong: dict[str, str] | None = None) -> Response:
    with db.transaction() as session:
        page = links.show(session, sessions.actor(), case_id)
        text = render_template(
            "links.html",
            page=page,
            case=page.case,
            manners=list(Manner),
            wrong=wrong or {},
            posted=request.form,
        )
    return make_response(text, 422 if wrong else 200)
