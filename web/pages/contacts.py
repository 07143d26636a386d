"""One's own addresses: where the system reaches somebody outside the pages, and at which hours."""

from __future__ import annotations

import re

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import clock, db
from engine.errors import InvalidValue
from engine.notifications import contacts
from engine.notifications.outbox_models import Medium
from web import outcomes, sessions, words

pages = Blueprint("contacts", __name__, url_prefix="/recapiti")

_HOUR = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@pages.get("")
def page() -> Response:
    """Show one's own addresses."""
    return _show()


@pages.post("")
def put() -> Response:
    """Keep an address, and send it a code."""
    with db.transaction() as session:
        contacts.put(session, sessions.actor(), medium(), request.form.get("recapito", ""))
        return outcomes.lead(session, url_for("contacts.page"), "codice-inviato")


@pages.post("/codice")
def send_code() -> Response:
    """Send another code."""
    with db.transaction() as session:
        contacts.send_code(session, sessions.actor(), medium())
        return outcomes.lead(session, url_for("contacts.page"), "codice-inviato")


@pages.post("/conferma")
def verify() -> Response:
    """Let an address count: its code has come back."""
    with db.transaction() as session:
        contacts.verify(session, sessions.actor(), medium(), request.form.get("codice_ricevuto", ""))
        return outcomes.lead(session, url_for("contacts.page"), "recapito")


@pages.post("/togli")
def remove() -> Response:
    """Forget an address."""
    with db.transaction() as session:
        contacts.remove(session, sessions.actor(), medium())
        return outcomes.lead(session, url_for("contacts.page"), "recapito-tolto")


@pages.post("/quiete")
def be_quiet() -> Response:
    """Set the hours at which only what is urgent comes, or none."""
    since, until = (_minute(name) for name in ("quiete_dalle", "quiete_alle"))
    if (since is None) != (until is None):
        raise InvalidValue("quiet", "invalid_hours")
    with db.transaction() as session:
        hours = None if since is None or until is None else (since, until)
        contacts.be_quiet(session, sessions.actor(), hours)
        return outcomes.lead(session, url_for("contacts.page"), "quiete")


@pages.errorhandler(InvalidValue)
def again(wrong: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed."""
    return _show(wrong={_place(wrong): words.wrong(wrong)})


def medium() -> Medium:
    """Read which medium is meant. InvalidValue."""
    try:
        return Medium(request.form.get("mezzo", ""))
    except ValueError:
        raise InvalidValue("medium", "unknown") from None


def _place(wrong: InvalidValue) -> str:
    """Say beside what on the page it stands: an address, or the code for it."""
    return f"{request.form.get('mezzo', '')}-code" if wrong.field == "code" else wrong.field


def _minute(name: str) -> int | None:
    typed = request.form.get(name, "").strip()
    if not typed:
        return None
    found = _HOUR.fullmatch(typed)
    if found is None:
        raise InvalidValue("quiet", "invalid_hours")
    return int(found[1]) * 60 + int(found[2])


def _show(*, wrong: dict[str, str] | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        actor = sessions.actor()
        text = render_template(
            "contacts.html",
            contacts=contacts.mine(session, actor),
            quiet=contacts.quiet(session, actor),
            now=clock.now(),
            wrong=wrong or {},
            posted=request.form,
        )
    return make_response(text, 422 if wrong else 200)
