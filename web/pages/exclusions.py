"""Persone escluse: who must not know of a case, who is told in their place, who has tried all the same."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import exclusion_page, exclusions
from engine.cases.exclusions import Subject
from engine.errors import DuplicateName, InvalidValue, LaneWithoutAgency
from web import acts, errors, exclusion_words, outcomes, sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("exclusions", __name__, url_prefix="/casi/<uuid:case_id>/escluse")

_CONTROLS = {"subject": "persona", "reason": "motivo", "alternate": "sostituta", "lane": "passi"}


@pages.get("")
def show(case_id: UUID) -> Response:
    """Show the list."""
    return _show(case_id)


@pages.post("")
def put(case_id: UUID) -> Response:
    """Keep somebody out, with a reason."""
    subject = Subject(
        acts.identifier("persona", "subject"),
        acts.identifier("ente", "subject"),
        request.form.get("interprete", "").strip(),
    )
    with db.transaction() as session:
        exclusions.put(session, sessions.actor(), case_id, subject, reason=acts.reason())
        return outcomes.lead(session, url_for("exclusions.show", case_id=case_id), "esclusa")


@pages.post("/<uuid:exclusion_id>/fine")
def lift(case_id: UUID, exclusion_id: UUID) -> Response:
    """Ask to let somebody in again, or agree with who has asked."""
    with db.transaction() as session:
        row = exclusions.lift(session, sessions.actor(), case_id, exclusion_id)
        what = "riammissione-chiesta" if row.until is None else "riammessa"
        return outcomes.lead(session, url_for("exclusions.show", case_id=case_id), what)


@pages.post("/sostituta")
def choose_alternate(case_id: UUID) -> Response:
    """Say who is told what must not reach who is kept out."""
    with db.transaction() as session:
        chosen = acts.identifier("sostituta", "alternate")
        exclusions.choose_alternate(session, sessions.actor(), case_id, chosen)
        return outcomes.lead(session, url_for("exclusions.show", case_id=case_id), "sostituta")


@pages.post("/passi")
def entrust(case_id: UUID) -> Response:
    """Give the steps of an agency that is kept out to another one."""
    agency_id = acts.identifier("ente", "lane")
    if agency_id is None:
        raise InvalidValue("lane", "required")
    with db.transaction() as session:
        exclusions.entrust(session, sessions.actor(), case_id, request.form.get("servizio", ""), agency_id)
        return outcomes.lead(session, url_for("exclusions.show", case_id=case_id), "affidati-ente")


@pages.errorhandler(InvalidValue)
@pages.errorhandler(DuplicateName)
@pages.errorhandler(LaneWithoutAgency)
def again(refused: InvalidValue | DuplicateName | LaneWithoutAgency) -> Response:
    """Show the list again, with what is wrong and what was typed."""
    if isinstance(refused, LaneWithoutAgency):
        problem = Problem("passi", _("Ente"), str(errors.answer_for(refused).text))
    else:
        field = refused.field if isinstance(refused, InvalidValue) else "subject"
        problem = Problem(_CONTROLS[field], str(exclusion_words.FIELDS[field]), str(words.refused(refused)))
    return _show((request.view_args or {})["case_id"], problem)


def _show(case_id: UUID, problem: Problem | None = None) -> Response:
    with db.transaction() as session:
        page = exclusion_page.show(session, sessions.actor(), case_id)
        text = render_template(
            "exclusions.html",
            page=page,
            case=page.case,
            posted=request.form,
            problems=[problem] if problem else [],
            wrong={problem.control: problem.message} if problem else {},
        )
        return make_response(text, 422 if problem else 200)
