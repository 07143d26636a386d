"""The webhooks of the network: which programs are told, and what became of it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db
from engine.errors import Conflict, InvalidValue
from engine.notifications import webhooks
from web import outcomes, sessions, webhook_words

pages = Blueprint("webhooks", __name__, url_prefix="/webhook")


@pages.get("")
def page() -> Response:
    """Show the addresses, and what was sent there."""
    return _show()


@pages.post("")
def create() -> Response:
    """Set an address up, and show its secret this once."""
    with db.transaction() as session:
        row, secret = webhooks.create(session, sessions.actor(), request.form.get("indirizzo", ""))
        made = (row.id, secret)
    return _show(made=made)


@pages.post("/<uuid:webhook_id>/segreto")
def rotate(webhook_id: UUID) -> Response:
    """Give an address a new secret, and show it this once."""
    with db.transaction() as session:
        row, secret = webhooks.rotate(session, sessions.actor(), webhook_id)
        made = (row.id, secret)
    return _show(made=made)


@pages.post("/<uuid:webhook_id>/stato")
def switch(webhook_id: UUID) -> Response:
    """Send there from now on, or nothing any more."""
    on = request.form.get("stato") == "attivo"
    with db.transaction() as session:
        webhooks.switch(session, sessions.actor(), webhook_id, on=on)
        return outcomes.lead(session, url_for("webhooks.page"), "webhook-attivo" if on else "webhook-spento")


@pages.post("/<uuid:webhook_id>/prova")
def test(webhook_id: UUID) -> Response:
    """Send an event that says nothing."""
    with db.transaction() as session:
        webhooks.test(session, sessions.actor(), webhook_id)
        return outcomes.lead(session, url_for("webhooks.page"), "webhook-prova")


@pages.errorhandler(InvalidValue)
def again(wrong: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed."""
    return _show(wrong=str(webhook_words.VALUES[wrong.field, wrong.code]))


@pages.errorhandler(Conflict)
def refused(conflict: Conflict) -> Response:
    """Show the page again, with what stands in the way."""
    return _show(wrong=str(webhook_words.CONFLICTS[conflict.code]), status=409)


def _show(*, made: tuple[UUID, str] | None = None, wrong: str | None = None, status: int = 422) -> Response:
    with db.transaction(read_only=True) as session:
        text = render_template(
            "webhooks.html",
            rows=webhooks.listed(session, sessions.actor()),
            made=made,
            wrong=wrong,
            typed=request.form.get("indirizzo", "") if wrong else "",
            now=clock.now(),
            overlap=webhooks.OVERLAP,
        )
    return make_response(text, status if wrong else 200)
