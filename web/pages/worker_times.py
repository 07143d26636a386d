"""How long steps waited until somebody took them, by person: only where the network has an agreement on file."""

from __future__ import annotations

from flask import Blueprint, render_template

from engine import db
from engine.oversight import worker_times
from web import sessions

pages = Blueprint("worker_times", __name__, url_prefix="/ritardi/persone")


@pages.get("")
def page() -> str:
    """Show the figures of the people whom a lead leads."""
    with db.transaction() as session:
        found = worker_times.figures(session, sessions.actor())
        return render_template("worker_times.html", found=found, fewest=worker_times.FEWEST)
