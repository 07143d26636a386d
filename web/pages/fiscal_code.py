"""Codice fiscale: her fiscal code, where her agency may keep it; and the administrator's word that it may."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import fiscal_codes
from engine.errors import Conflict, InvalidValue
from engine.participants import administration
from web import acts, errors, outcomes, secret_words, sessions, words
from web.answers import Problem

pages = Blueprint("fiscal_code", __name__)

_CASE = "/casi/<uuid:case_id>/codice-fiscale"
_AGENCY = "/amministrazione/enti/<uuid:agency_id>/codice-fiscale"
# Which control of the page a value belongs to, and what that is called.
_CONTROLS = {"fiscal_code": "codice", "purpose": "scopo", "reason": "motivo"}


@pages.get(_CASE)
def show(case_id: UUID) -> Response:
    """Show whether it is written down, without opening it."""
    return _show(case_id)


@pages.post(_CASE)
def record(case_id: UUID) -> Response:
    """Write it down, in place of the one before."""
    with db.transaction() as session:
        code = request.form.get("_codice", "")
        fiscal_codes.record(session, sessions.actor(), case_id, _agency(), code)
        return outcomes.lead(session, url_for("fiscal_code.show", case_id=case_id), "codice-fiscale")


@pages.post(f"{_CASE}/apri")
def open_code(case_id: UUID) -> Response:
    """Show it, for a purpose; the answer to a post is not kept by any history."""
    with db.transaction() as session:
        purpose = request.form.get("_scopo", "")
        code = fiscal_codes.open_(session, sessions.actor(), case_id, _agency(), purpose)
    return _show(case_id, code=code)


@pages.post(f"{_CASE}/fine")
def take_away(case_id: UUID) -> Response:
    """Destroy it."""
    with db.transaction() as session:
        fiscal_codes.take_away(session, sessions.actor(), case_id, _agency())
        return outcomes.lead(session, url_for("fiscal_code.show", case_id=case_id), "codice-fiscale-tolto")


@pages.get(_AGENCY)
def use(agency_id: UUID) -> Response:
    """Show whether an agency may keep fiscal codes, and why."""
    return _show_use(agency_id)


@pages.post(_AGENCY)
def switch(agency_id: UUID) -> Response:
    """Let an agency keep fiscal codes, or no more."""
    with db.transaction() as session:
        if request.form.get("_togli") == "si":
            fiscal_codes.switch_off(session, sessions.actor(), agency_id)
            said = "codice-fiscale-spento"
        else:
            fiscal_codes.switch_on(session, sessions.actor(), agency_id, reason=request.form.get("_motivo", ""))
            said = "codice-fiscale-acceso"
        return outcomes.lead(session, url_for("fiscal_code.use", agency_id=agency_id), said)


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong."""
    about = request.view_args or {}
    return _show_use(about["agency_id"], refused) if "agency_id" in about else _show(about["case_id"], refused)


@pages.errorhandler(Conflict)
def hindered(refused: Conflict) -> Response:
    """Show the page again, with what stands in the way."""
    if refused.code not in secret_words.OBSTACLES:
        return errors.page(errors.answer_for(refused))
    return _show((request.view_args or {})["case_id"], obstacle=str(secret_words.OBSTACLES[refused.code]))


def _agency() -> UUID:
    found = acts.identifier("_titolare", "controller")
    if found is None:
        raise InvalidValue("controller", "required")
    return found


def _show(case_id: UUID, refused: InvalidValue | None = None, *, code: str = "", obstacle: str = "") -> Response:
    with db.transaction() as session:
        case, kept = fiscal_codes.show(session, sessions.actor(), case_id)
        text = render_template(
            "fiscal_code.html",
            case=case,
            kept=kept,
            agency_id=request.form.get("_titolare", ""),
            code=code,
            posted=request.form,
            obstacle=obstacle,
            purposes=fiscal_codes.Purpose,
            **_wrong(refused),
        )
    return make_response(text, 422 if refused else 409 if obstacle else 200)


def _show_use(agency_id: UUID, refused: InvalidValue | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        text = render_template(
            "fiscal_code_use.html",
            agency=administration.agency(session, sessions.actor(), agency_id),
            use=fiscal_codes.use(session, sessions.actor(), agency_id),
            **_wrong(refused),
        )
    return make_response(text, 422 if refused else 200)


def _wrong(refused: InvalidValue | None) -> dict[str, object]:
    if refused is None:
        return {"wrong": "", "problems": []}
    control = _CONTROLS.get(refused.field, "codice")
    return {
        "wrong": control,
        "problems": [Problem(control, str(secret_words.FISCAL_CONTROLS[control]), words.wrong(refused))],
    }
