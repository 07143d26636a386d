"""What was typed into a page whose session lapsed, or hid: kept for its person until she is back, then shown to her.

Only what carries typed answers is kept, and only from a page of that very session (its form token says so). Nothing is
done with it: the page is shown as if she had just filled it in, and she looks at it and sends it.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import current_app, g, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from engine import db
from engine.participants import kept_posts, sessions
from web import security

# By the endpoint that was sent to: the one that shows its page. What is sent there is typed by somebody.
_PAGES = {
    "task.complete": "task.show",
    "task.save_draft": "task.show",
    "task.refresh": "task.show",
    "task.release": "task.show",
    "task.take_over": "task.show",
    "start.start": "start.page",
    "submission.correct": "submission.correction",
    "submission.refresh": "submission.correction",
    "case.cancel": "case.show",
}
# What was sent to; as one of the kept fields. No field of a form begins so.
_SENT_TO = "_inviato_a"
_WAITS = "kept"
FORM = "_modulo"
"""In a post that puts a form's fields aside: where the form itself would be sent."""


def expected(session: Any, user_id: UUID) -> dict[str, bool]:
    """Return what a session that begins now remembers: that something was kept for its person, if it is so."""
    return {_WAITS: True} if kept_posts.waiting(session, user_id) else {}


def page_of(endpoint: str | None, arguments: Mapping[str, Any], fields: Mapping[str, str]) -> str | None:
    """Return the address of the page whose form is sent to an endpoint; None where nothing typed is sent."""
    page = _PAGES.get(endpoint or "")
    if page is None:
        return None
    asked = {"protocollo": fields.get("_protocollo", "")} if page == "start.page" else {}
    return url_for(page, **{**arguments, **asked})


def keep() -> str | None:
    """Keep the present post, which came without a live session; return the page that will show it, None if not kept."""
    address = page_of(request.endpoint, request.view_args or {}, request.form)
    if address is None or not _of_this_session():
        return None
    with db.transaction() as session:
        lapsed = sessions.lapsed(session, g.token)
        return address if kept_posts.keep(session, lapsed, address, _fields(request.endpoint)) else None


def put_aside(session: Any, action: str) -> None:
    """Keep what stood in a form of the page that its session now hides; `action` is where the form would be sent."""
    try:
        endpoint, arguments = current_app.url_map.bind(request.host).match(action, method="POST")
    except HTTPException:
        return
    address = page_of(endpoint, arguments, request.form)
    if address is not None and kept_posts.keep(session, g.login, address, _fields(endpoint)):
        sessions.remember(session, g.token, **{_WAITS: True})


def restore(session: Any, address: str) -> None:
    """Give the page that is asked for what its person had typed into it, as if it had been posted just now."""
    g.restored = None
    waits = g.actor is not None and _WAITS in g.login.data
    if not waits or request.method != "GET" or request.endpoint not in _PAGES.values():
        return
    fields = kept_posts.take(session, g.actor, address)
    if fields is not None:
        g.restored = dict(fields)[_SENT_TO].partition(".")[2]
        # What pages show of a post they read here, whether it came now or an hour ago.
        request.form = ImmutableMultiDict([pair for pair in fields if pair[0] != _SENT_TO])


def restored() -> str | None:
    """Return the act that the present page's fields were typed for, when they come from a session that had lapsed."""
    act: str | None = g.get("restored")
    return act


def typed() -> bool:
    """Tell whether the page has to show what was typed: it was sent just now, or has been kept."""
    return request.method == "POST" or restored() is not None


def act() -> str:
    """Return the act that the fields of the page were typed for; that of the page itself if none were."""
    return restored() or (request.endpoint or "").rpartition(".")[2]


def _of_this_session() -> bool:
    expected = security.csrf_token(current_app.config["STAFFETTA_SECRET"], g.token)
    return bool(g.token) and hmac.compare_digest(request.form.get("_csrf", "").encode(), expected.encode())


def _fields(endpoint: str | None) -> Sequence[tuple[str, str]]:
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in {"_csrf", FORM}]
    return [*typed, (_SENT_TO, endpoint or "")]
