"""The cases in which one's agencies take part."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from engine import clock, db
from engine.cases import case_list
from engine.cases.case_list import CaseList
from web import sessions
from web.rendering import Entry
from web.translation import gettext as _

pages = Blueprint("cases", __name__)


@pages.get("/casi")
def page() -> str:
    """Show the open cases, or those that have ended."""
    ended = request.args.get("scheda") == "chiusi"
    tabs = [
        Entry(_("Aperti"), url_for("cases.page"), not ended),
        Entry(_("Chiusi"), url_for("cases.page", scheda="chiusi"), ended),
    ]
    with db.transaction(read_only=True) as session:
        found = case_list.page(session, sessions.actor(), still_open=not ended, after=_position())
        return render_template("cases.html", tabs=tabs, rows=found.rows, more=_more(found, ended=ended), ended=ended)


def _position() -> tuple[datetime, UUID] | None:
    """Read behind which row the page begins; what is no row of ours begins at the top."""
    opened_at, _sep, case_id = request.args.get("dopo", "").partition("_")
    try:
        return clock.as_utc(datetime.fromisoformat(opened_at)), UUID(case_id)
    except ValueError:
        return None


def _more(found: CaseList, *, ended: bool) -> str | None:
    if not found.more:
        return None
    last = found.rows[-1]
    return url_for("cases.page", scheda="chiusi" if ended else None, dopo=f"{last.opened_at.isoformat()}_{last.id}")
