"""The board: what is late now, worst first."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import action_items, incidents, questions, referrals
from engine.definitions import schedules
from engine.oversight import board, breaches, vital_interests, worker_times
from engine.participants import access
from engine.participants.access import Action
from web import outcomes, sessions

pages = Blueprint("board", __name__, url_prefix="/ritardi")


@pages.get("")
def page() -> str:
    """Show what is late, what soon will be, what is stuck, and whether the deadlines are watched."""
    with db.transaction(read_only=True) as session:
        actor = sessions.actor()
        overseen = access.scope(actor).oversees_network
        upcoming = schedules.upcoming(session, actor) if overseen else []
        waiting, unanswered = breaches.waiting(session, actor), questions.waiting(session, actor)
        found = board.overdue(session, actor)
        return render_template(
            "board.html",
            board=found,
            upcoming=upcoming,
            breaches_waiting=waiting,
            items=action_items.waiting(session, actor),
            vital_interests=vital_interests.waiting(session, actor),
            unanswered=unanswered,
            by_person=worker_times.shown(session, actor),
            referrals=referrals.waiting(session, actor),
            keeps_webhooks=access.may(actor, Action.KEEP_WEBHOOKS),
        )


@pages.post("/<uuid:incident_id>/riprova")
def retry(incident_id: UUID) -> Response:
    """Let what an incident stopped try again."""
    with db.transaction() as session:
        incidents.retry(session, sessions.actor(), incident_id)
        return outcomes.lead(session, url_for("board.page"), "riprovato")
