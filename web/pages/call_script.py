"""Cosa dire e chiedere al telefono: for whoever records the step of an agency without computers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template

from engine import db
from engine.cases import task_page
from engine.errors import NotFound
from web import answers, sessions

pages = Blueprint("call_script", __name__, url_prefix="/attivita/<uuid:task_id>/telefonata")


@pages.get("")
def show(task_id: UUID) -> str:
    """Show whom to call, what may be said, and what to ask, in the order of the form."""
    with db.transaction() as session:
        page = task_page.task(session, sessions.actor(), task_id)
        if not page.needs_on_behalf_of:
            raise NotFound(task=task_id)
        sheet = answers.shown(page.form, {}, page.context) if page.form else None
        running = [row for row in page.deadlines if row.state == "armed"]
        return render_template("call_script.html", page=page, task=page.task, sheet=sheet, running=running)
