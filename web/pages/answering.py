"""The link of a message: a button that says "I take care of it". It works logged out, and shows nothing of anything."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, render_template, request
from werkzeug.wrappers import Response

from engine import db
from engine.cases import answering
from engine.deadlines.models import SeenBy
from engine.errors import NotFound
from engine.participants import credentials

pages = Blueprint("answering", __name__, url_prefix="/r")


@pages.get("/<token>")
def ask(token: str) -> Response:
    """Show the button; programs that open links to look at them answer nothing by it."""
    _let_in()
    try:
        with db.transaction(read_only=True) as session:
            answering.language_of(session, token)
    except NotFound:
        _count()
        raise
    return make_response(render_template("answering.html", outcome=None))


@pages.post("/<token>")
def answer(token: str) -> Response:
    """Record the answer."""
    _let_in()
    try:
        outcome, _language = answering.by_token(token, SeenBy.LINK)
    except NotFound:
        _count()
        raise
    return make_response(render_template("answering.html", outcome=outcome.value))


def _let_in() -> None:
    with db.transaction(read_only=True) as session:
        if credentials.strange(session, request.remote_addr or ""):
            abort(429)


def _count() -> None:
    """Count a token that is none: who tries many is told to wait."""
    with db.transaction() as session:
        credentials.stranger(session, request.remote_addr or "")
