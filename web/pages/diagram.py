"""The diagrams of a case, as data for the script that draws them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from engine import clock, db
from engine.cases import diagram
from web import diagram_words, sessions
from web.translation import gettext as _

pages = Blueprint("diagram", __name__, url_prefix="/casi/<uuid:case_id>/diagrammi")


@pages.get("")
def show(case_id: UUID) -> Response:
    """Give the reader's own part of the case's diagrams, and how its steps stand."""
    with db.transaction() as session:
        found = diagram.of_case(session, sessions.actor(), case_id, foreign_name=_("Altro ente"))
        now = clock.now()
    return jsonify(
        diagrams=[
            {
                "bpmn": each.bpmn.decode() if each.bpmn is not None else None,
                "marks": each.marks,
                "counts": each.counts,
                "clocks": diagram_words.on_shapes(each.clocks, now),
                "steps": each.steps,
            }
            for each in found
        ]
    )
