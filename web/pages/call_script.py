"""Cosa dire e chiedere al telefono: for whoever records the step of an agency without computers.

While the case is handed over for it that agency is asked whether it takes it on; then it may be told what was handed
over, and does the step.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask import Blueprint, render_template, url_for

from engine import db
from engine.cases import handover_page, task_page
from engine.cases.clock_rows import DeadlineRow
from engine.cases.handover_page import HandoverPage
from engine.deadlines.models import DeadlineStatus
from engine.errors import NotFound
from engine.participants.access import Action
from web import answers, sessions

pages = Blueprint("call_script", __name__, url_prefix="/attivita/<uuid:task_id>/telefonata")


@pages.get("")
def show(task_id: UUID) -> str:
    """Show whom to call, what may be said, and what to ask, in the order of the form."""
    with db.transaction() as session:
        asked = handover_page.of_task(session, sessions.actor(), task_id)
        if asked is not None:
            return _asking(handover_page.show(session, sessions.actor(), asked))
        page = task_page.task(session, sessions.actor(), task_id)
        if not page.needs_on_behalf_of:
            raise NotFound(task=task_id)
        return render_template(
            "call_script.html",
            page=page,
            agency=page.agency,
            name=page.task.name,
            address=url_for("task.show", task_id=task_id),
            handover=None,
            sheet=answers.shown(page.form, {}, page.context) if page.form else None,
            handed=answers.handed(page.handed),
            running=_running(page.deadlines),
        )


def _asking(page: HandoverPage) -> str:
    """Show what to say to an agency that is asked to take a case on: for what, by when, and nothing of the case."""
    if page.receiver is None or not page.needs_on_behalf_of or Action.ANSWER_HANDOVER not in page.may:
        raise NotFound(handover=page.handover.id)
    return render_template(
        "call_script.html",
        page=page,
        agency=page.receiver,
        name=page.step_name,
        address=url_for("handover.show", handover_id=page.handover.id),
        handover=page.handover,
        sheet=None,
        handed=[],
        running=_running(page.deadlines),
    )


def _running(deadlines: Iterable[DeadlineRow]) -> list[DeadlineRow]:
    return [row for row in deadlines if row.state is DeadlineStatus.ARMED]
