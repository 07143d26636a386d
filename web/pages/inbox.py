"""The inbox: what one's agencies owe, late first."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db, notifications
from engine.cases import inbox, lookup
from engine.cases.inbox import Inbox, Tab
from engine.participants import access
from web import sessions, words
from web.rendering import Entry

pages = Blueprint("inbox", __name__)

_PARAMETERS = {Tab.TO_TAKE: "da-prendere", Tab.MINE: "mie", Tab.OTHERS: "altri"}
_NOTICES = 5
_FARTHEST = 100_000  # rows; nobody pages farther, and an address may say anything


@pages.get("/")
def home() -> Response:
    """Lead to the inbox."""
    return redirect(url_for("inbox.page"), 303)


@pages.get("/attivita")
def page() -> str:
    """Show one tab of the inbox, and the newest notices."""
    tab = next((tab for tab, name in _PARAMETERS.items() if name == request.args.get("scheda")), Tab.TO_TAKE)
    code = request.args.get("caso", "").strip() or None
    offset = min(max(request.args.get("da", 0, type=int), 0), _FARTHEST)
    with db.transaction(read_only=True) as session:
        found = inbox.page(session, sessions.actor(), tab=tab, code=code, offset=offset)
        named = lookup.case_named(session, sessions.actor(), code) if code else None
        notices = notifications.inbox(session, sessions.actor(), unread=True)
        return render_template(
            "inbox.html",
            tab=tab,
            tabs=_tabs(tab, found.counts, code),
            rows=found.rows,
            more=_more(found, tab, code, offset),
            may_claim=access.may(sessions.actor(), access.Action.CLAIM),
            code=code,
            named=named,
            empty=words.NO_SUCH_CODE if code else words.EMPTY_TABS[tab],
            tab_name=_PARAMETERS[tab],
            notices=notices[:_NOTICES],
            notices_count=len(notices),
        )


def _tabs(current: Tab, counts: dict[Tab, int], code: str | None) -> list[Entry]:
    return [
        Entry(words.TABS[tab], url_for("inbox.page", scheda=name, caso=code), tab == current, _counted(counts[tab]))
        for tab, name in _PARAMETERS.items()
    ]


def _counted(number: int) -> str:
    return f"{number}+" if number >= inbox.COUNTED else str(number)


def _more(found: Inbox, tab: Tab, code: str | None, offset: int) -> str | None:
    """Return where the next rows are, if there are any."""
    if not found.more:
        return None
    return url_for("inbox.page", scheda=_PARAMETERS[tab], caso=code, da=offset + len(found.rows))
