"""What an act came to, said once on the page that follows it.

The word is kept by the session on the server: no address can be made that says that a case was cancelled.
"""

from __future__ import annotations

from typing import Any

from flask import g, redirect, request
from werkzeug.wrappers import Response

from engine.participants import sessions
from web import acts, hiding, words

_SAID = "said"


def lead(session: Any, address: str, code: str) -> Response:
    """Lead to the page that says what was done (a code of words.DONE), as part of the command that did it."""
    sessions.remember(session, g.token, **{_SAID: [address.partition("?")[0], code]})
    return redirect(address, 303)


def take(session: Any) -> None:
    """Take from the session what the page that is asked for now has to say; it is said this once."""
    g.said = None
    kept = g.login.data.get(_SAID) if g.login is not None else None
    if kept is None or request.method != "GET" or acts.by_script() or hiding.hidden() or kept[0] != request.path:
        return
    if sessions.forget(session, g.token, _SAID):
        g.said = kept[1]


def said() -> object:
    """Return the words for what was done just before this page, if anything was."""
    code = g.get("said")
    return words.DONE[code] if code is not None else None
