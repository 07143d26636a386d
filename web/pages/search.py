"""Finding a case. What is searched for travels in the body of a post: in no address, title, log or history."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from engine import db
from engine.cases import search
from engine.cases.search import Found
from engine.errors import InvalidValue
from web import sessions, words
from web.answers import Problem
from web.translation import gettext as _

pages = Blueprint("search", __name__, url_prefix="/cerca")

_CONTROLS = {"kind": "cosa", "text": "testo"}


@pages.get("")
def page() -> Response:
    """Ask what to search for."""
    with db.transaction(read_only=True) as session:
        return _show(session)


@pages.post("")
def find() -> Response:
    """Show the cases that are found."""
    with db.transaction() as session:
        try:
            found = search.find(
                session, sessions.actor(), request.form.get("_cosa", ""), request.form.get("_testo", "")
            )
        except InvalidValue as refused:
            return _show(session, refused=refused)
        return _show(session, found)


def _show(session: Any, found: list[Found] | None = None, *, refused: InvalidValue | None = None) -> Response:
    control = _CONTROLS[refused.field] if refused else ""
    labels = {"cosa": _("Che cosa conoscete"), "testo": _("Codice, nome o numero")}
    text = render_template(
        "search.html",
        kinds=search.kinds(session, sessions.actor()),
        kind=request.form.get("_cosa", search.CODE),
        typed=request.form.get("_testo", ""),
        found=found,
        wrong=control,
        problems=[Problem(control, labels[control], words.wrong(refused))] if refused else [],
    )
    return make_response(text, 422 if refused else 200)
