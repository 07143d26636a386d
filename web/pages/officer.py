"""Where a data-protection officer begins: what waits, and until when."""

from __future__ import annotations

from flask import Blueprint, render_template

from engine import db
from engine.oversight import officer
from web import officer_words, sessions

pages = Blueprint("officer", __name__, url_prefix="/protezione-dati")


@pages.get("")
def page() -> str:
    """Show how much of each kind waits, and when the first of it is due."""
    with db.transaction(read_only=True) as session:
        waiting = officer.waiting(session, sessions.actor())
        return render_template("officer.html", waiting=waiting, words=officer_words)
