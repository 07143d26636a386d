"""Hiding, and coming back. The addresses themselves say nothing of it."""

from __future__ import annotations

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.participants import credentials
from engine.participants import sessions as logins
from web import hiding, kept, refusals, sessions
from web.translation import gettext as _

pages = Blueprint("hiding", __name__)


@pages.post("/pausa/inizio")
def hide() -> Response:
    """Hide the session. Without one there is nothing to hide, and nothing to tell of either."""
    if g.login is not None:
        address = sessions.local_path(request.form.get("qui")) or url_for("inbox.page")
        with db.transaction() as session:
            hiding.hide(session, g.token, address)
    return redirect(url_for("hiding.page"), 303)


@pages.post("/pausa/testo")
def put_aside() -> tuple[str, int]:
    """Keep what stands in a form of the page that hides, for its person alone; her other windows hide too."""
    with db.transaction() as session:
        kept.put_aside(session, request.form.get(kept.FORM, ""))
    return "", 204


@pages.get("/pausa")
def page() -> str | Response:
    """Show the page that hides."""
    return redirect(url_for("inbox.page"), 303) if g.login is not None and not hiding.hidden() else hiding.cover()


@pages.post("/pausa")
def back() -> Response:
    """Let the session's own person go on where she was, under a new token: she has just proved who she is again."""
    if not hiding.hidden():
        return redirect(url_for("inbox.page"), 303)
    with db.transaction() as session:
        found = credentials.confirm(
            session, g.login.user_id, request.form.get("parola", ""), address=request.remote_addr or ""
        )
        if found.user_id is None:
            return refusals.of_log_in(found, _("Password non corretta."), hiding.cover)
        address = hiding.show(session, g.login, g.token)
        token = logins.rotate(session, g.token)
    return sessions.begin(redirect(address, 303), token)
