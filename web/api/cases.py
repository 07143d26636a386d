"""Cases: opening, reading, cancelling, and starting a further process in one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from engine.cases import case_page, corrections, lifecycle, openings, submission_page
from engine.cases.submission_page import SubmissionPage
from engine.participants.token_models import TokenScope
from web.api import bodies, case_schemas, cursors, identity, schemas
from web.api.routes import Made, Routes, Session

routes = Routes("cases", "Cases: one woman's path each, under a code that says nothing.")


@routes.command("/cases", TokenScope.WORK, status=201, takes=bodies.StartCase(), gives=case_schemas.CaseRow())
def start_case(session: Session, body: dict[str, Any]) -> Made:
    """Open a case and start the newest version of a process in it."""
    case = lifecycle.start(session, identity.actor(), body.pop("definition"), **body)
    return Made(case, f"/cases/{case.id}")


@routes.command(
    "/cases/<uuid:case_id>/instances",
    TokenScope.WORK,
    status=201,
    takes=bodies.StartProcess(),
    gives=schemas.Instance(),
)
def start_instance(session: Session, body: dict[str, Any], case_id: UUID) -> Made:
    """Start the newest version of a further process in an open case."""
    started = lifecycle.start_in(session, identity.actor(), case_id, body.pop("definition"), **body)
    return Made(started, f"/cases/{case_id}")


@routes.reading("/cases/<uuid:case_id>", gives=case_schemas.CasePage())
def show_case(session: Session, case_id: UUID) -> dict[str, Any]:
    """Show a case: who takes part, the answers that one may read, how it ended, what one may do with it."""
    page = case_page.case(session, identity.actor(), case_id)
    return {
        **{name: getattr(page.case, name) for name in ("id", "code", "state", "opened_at", "closed_at")},
        "participants": [{"lane": lane, "agency_name": name} for lane, name in page.participants],
        "submissions": page.submissions,
        "endings": page.endings,
        "cancellation": page.cancellation,
        "may": sorted(page.may),
    }


@routes.reading("/cases/<uuid:case_id>/history", takes=bodies.PageQuery(), gives=schemas.Lines())
def show_history(session: Session, query: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Show what happened in a case, the newest first; of other agencies' steps only that they exist."""
    limit, listed = query["limit"], f"history:{case_id}"
    before = cursors.read(query.get("cursor"), listed, cursors.number)
    rows = case_page.timeline(session, identity.actor(), case_id, before=before, limit=limit + 1)
    return cursors.page(rows, limit, lambda row: cursors.write(listed, row.id))


@routes.reading("/cases/<uuid:case_id>/tasks", takes=bodies.PageQuery(), gives=schemas.Steps())
def list_case_tasks(session: Session, query: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """List the steps of a case, the newest first; of other agencies' steps only that they exist."""
    limit, listed = query["limit"], f"steps:{case_id}"
    until, skipped = cursors.read(query.get("cursor"), listed, _place) or (None, 0)
    rows = case_page.steps(session, identity.actor(), case_id, until=until, skipped=skipped, limit=limit + 1)
    return cursors.page(rows, limit, lambda row: cursors.write(listed, *_after(rows[:limit], row, until, skipped)))


@routes.command("/cases/<uuid:case_id>/cancel", TokenScope.WORK, status=204, takes=bodies.Reason())
def cancel_case(session: Session, body: dict[str, Any], case_id: UUID) -> None:
    """Cancel a case with a reason: every open step ends."""
    lifecycle.cancel(session, identity.actor(), case_id, reason=body["reason"])


@routes.reading("/submissions/<uuid:submission_id>", gives=case_schemas.SubmissionPage())
def show_submission(session: Session, submission_id: UUID) -> dict[str, Any]:
    """Show an answer, or a correction of one, with what it says; what is secret in it is closed."""
    return _submission(submission_page.submission(session, identity.actor(), submission_id))


@routes.opening("/submissions/<uuid:submission_id>/open", takes=bodies.Opening(), gives=case_schemas.SubmissionPage())
def open_submission(session: Session, body: dict[str, Any], submission_id: UUID) -> dict[str, Any]:
    """Open kinds of what is secret in an answer, for a purpose; it is audited."""
    opening = openings.opening(body["purpose"], body["kinds"])
    return _submission(submission_page.submission(session, identity.actor(), submission_id, opening=opening))


@routes.command(
    "/submissions/<uuid:submission_id>/correct",
    TokenScope.WORK,
    status=201,
    takes=bodies.Correction(),
    gives=schemas.Corrected(),
)
def correct_submission(session: Session, body: dict[str, Any], submission_id: UUID) -> Made:
    """Correct an answer of one's own agency, with a reason: to a step or to the start form."""
    corrected = corrections.correct(session, identity.actor(), submission_id, body.pop("values"), **body)
    return Made(corrected, f"/cases/{corrected.case_id}")


def _submission(page: SubmissionPage) -> dict[str, Any]:
    return {
        **asdict(page.row),
        "case_id": page.submission.case_id,
        "values": page.values,
        "opened": page.opened,
        "closed": page.closed,
    }


def _place(until: str, skipped: object) -> tuple[Any, int]:
    return cursors.instant(until), cursors.number(skipped)


def _after(shown: Any, last: Any, until: Any, skipped: int) -> tuple[Any, int]:
    """Say where the next page begins: so many of the steps that were opened at the last one's instant are seen.

    A step of another agency has no id here, so its instant and its place among those of that instant must do.
    """
    alike = sum(1 for row in shown if row.created_at == last.created_at)
    return last.created_at, alike + (skipped if last.created_at == until else 0)
