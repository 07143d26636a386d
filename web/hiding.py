"""A session that hides: somebody comes into the room, and until its person says her password nothing of it is shown.

The session goes on and remembers where she was. The page in front of it says nothing about this service, and every
address leads to that page: also of what does not exist, also in the browser's other windows.
"""

from __future__ import annotations

from typing import Any

from flask import g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.participants import sessions
from engine.participants.sessions import LoadedSession
from web import acts, security

# What still answers in a session that hides.
_ANSWERING = frozenset(
    {"static", "health.live", "hiding.hide", "hiding.page", "hiding.back", "hiding.put_aside", "login.leave"}
)
# These show what hides, whatever happens to them.
_COVERED = frozenset({"hiding.hide", "hiding.page", "hiding.back"})
_BACK = "hidden_at"


def hide(session: Any, token: str, address: str) -> None:
    """Let a session hide from now on, and remember where its person was."""
    sessions.remember(session, token, **{_BACK: address})


def show(session: Any, login: LoadedSession, token: str) -> str:
    """Let a session hide no longer; return where its person was."""
    sessions.forget(session, token, _BACK)
    return str(login.data[_BACK])


def now() -> bool:
    """Tell whether nothing may be shown but the page that hides."""
    return hidden() or request.endpoint in _COVERED


def hidden() -> bool:
    """Tell whether the present session hides."""
    login = g.get("login")
    return login is not None and _BACK in login.data


def cover(error: str | None = None) -> str:
    """Render the page that hides; its way back asks for the password, or leads to the log-in."""
    return render_template("cover.html", error=error, hidden=hidden())


def stand_in_front() -> Response | None:
    """Answer in place of a page whose session hides; None when it does not, or the page may answer."""
    if not hidden() or request.endpoint in _ANSWERING:
        return None
    if acts.by_script():
        return make_response(jsonify(cover=url_for("hiding.page")), 401)
    if request.method in security.SAFE_METHODS:
        return redirect(url_for("hiding.page"), 303)
    return make_response(cover(), 401)
