"""Before closing: what does not wait until the agency opens again. Made to be printed too."""

from __future__ import annotations

from flask import Blueprint, render_template

from engine import db
from engine.oversight import closing
from web import sessions

pages = Blueprint("closing", __name__, url_prefix="/prima-di-chiudere")


@pages.get("")
def page() -> str:
    """Show what falls due before the agency opens again, one's drafts, and what whoever is on call has to know."""
    with db.transaction(read_only=True) as session:
        return render_template("closing.html", closing=closing.before_closing(session, sessions.actor()))
