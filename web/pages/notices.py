"""Notices: what the system has told somebody, in words that say nothing about anybody."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from engine import db, notifications
from web import outcomes, sessions

pages = Blueprint("notices", __name__, url_prefix="/avvisi")


@pages.get("")
def page() -> str:
    """Show the notices addressed to the person or to her role."""
    with db.transaction(read_only=True) as session:
        return render_template("notices.html", notices=notifications.inbox(session, sessions.actor()))


@pages.post("/<uuid:notice_id>/letto")
def read(notice_id: UUID) -> Response:
    """Note that a notice has been read."""
    with db.transaction() as session:
        notifications.mark_read(session, sessions.actor(), notice_id)
        return outcomes.lead(session, url_for("notices.page"), "letto")
