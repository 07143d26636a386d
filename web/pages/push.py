"""One's devices that take messages: each opts in by itself, on this page."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from engine import db
from engine.errors import InvalidValue
from engine.notifications import carriers, push
from engine.notifications.outbox_models import Medium
from web import contact_words, outcomes, sessions

pages = Blueprint("push", __name__)


@pages.get("/recapiti/dispositivi")
def page() -> Answer:
    """Show one's devices."""
    return _show()


@pages.post("/recapiti/dispositivi")
def add() -> Answer:
    """Let the device from which this is asked take messages."""
    said = {name: request.form.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    with db.transaction() as session:
        push.add(session, sessions.actor(), name=request.form.get("nome", ""), **said)
        return outcomes.lead(session, url_for("push.page"), "dispositivo")


@pages.post("/recapiti/dispositivi/<uuid:device_id>/togli")
def remove(device_id: UUID) -> Answer:
    """Forget a device."""
    with db.transaction() as session:
        push.remove(session, sessions.actor(), device_id)
        return outcomes.lead(session, url_for("push.page"), "dispositivo-tolto")


@pages.get("/servizio.js")
def worker() -> Response:
    """Give the program that shows what is pushed; it is the same for everybody."""
    return Response(render_template("push_worker.js"), content_type="text/javascript; charset=utf-8")


@pages.errorhandler(InvalidValue)
def again(wrong: InvalidValue) -> Answer:
    """Show the page again, with what is wrong."""
    return _show(str(contact_words.VALUES[wrong.field, wrong.code]))


def _show(wrong: str | None = None) -> Answer:
    with db.transaction(read_only=True) as session:
        text = render_template(
            "push.html",
            devices=push.mine(session, sessions.actor()),
            key=push.public_key(),
            carried=Medium.PUSH in carriers.media(),
            most=push.MOST,
            wrong=wrong,
        )
    return make_response(text, 422 if wrong else 200)
