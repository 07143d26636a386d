"""One's deadlines for a calendar program: the address is all that it needs, and it ends when its person says so."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import feeds
from engine.errors import NotFound
from engine.notifications import carriers
from engine.participants import credentials
from web import outcomes, sessions

pages = Blueprint("feed", __name__)


@pages.get("/recapiti/calendario")
def page() -> str:
    """Show whether there is one, and since when."""
    return _show()


@pages.post("/recapiti/calendario")
def make() -> str:
    """Make one in the place of the one before, and show its address this once."""
    with db.transaction() as session:
        token = feeds.make(session, sessions.actor())
    return _show(f"{carriers.current().public_url}{url_for('feed.read', token=token)}")


@pages.post("/recapiti/calendario/togli")
def revoke() -> Response:
    """End it."""
    with db.transaction() as session:
        feeds.revoke(session, sessions.actor())
        return outcomes.lead(session, url_for("feed.page"), "calendario-tolto")


@pages.get("/calendario/<token>.ics")
def read(token: str) -> Response:
    """Give the calendar to whoever has its address; nothing when it has not changed."""
    known = request.headers.get("If-None-Match", "").strip().removeprefix("W/").strip('"')
    address = request.remote_addr or ""
    with db.transaction(read_only=True) as session:
        if credentials.strange(session, address):
            abort(429)
    try:
        with db.transaction() as session:
            found = feeds.read(session, token, known or None)
    except NotFound:
        with db.transaction() as session:
            credentials.stranger(session, address)
        raise
    if found is None:
        unchanged = Response(status=304)
        unchanged.set_etag(known)
        return unchanged
    answer = make_response(found.text)
    answer.content_type = "text/calendar; charset=utf-8"
    answer.set_etag(found.tag)
    return answer


def _show(address: str | None = None) -> str:
    with db.transaction(read_only=True) as session:
        return render_template("feed.html", feed=feeds.mine(session, sessions.actor()), address=address)
