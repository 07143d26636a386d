"""A form as it was handed in, and its correction: the old one stays readable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db
from engine.cases import acts as moments
from engine.cases import corrections, files, submission_page, submissions
from engine.cases.models import SubmissionKind
from engine.cases.submission_page import SubmissionPage
from engine.errors import InvalidValue
from web import acts, answers, downloads, outcomes, sessions, uploads, words
from web.answers import Line, Problem, Sheet
from web.translation import gettext as _
from web.uploads import Received

pages = Blueprint("submission", __name__, url_prefix="/moduli/<uuid:submission_id>")


@pages.get("")
def show(submission_id: UUID) -> str:
    """Show what was answered, and every correction of it."""
    with db.transaction() as session:
        page = submission_page.submission(session, sessions.actor(), submission_id)
        return render_template("submission.html", page=page, versions=_versions(session, page))


@pages.get("/file/<uuid:file_id>")
def file(submission_id: UUID, file_id: UUID) -> Response:
    """Give a file that the answer names, to be saved: never shown, and under a name that says nothing."""
    with db.transaction() as session:
        found = files.download(session, sessions.actor(), submission_id, file_id)
        return downloads.answer(found)


@pages.get("/rettifica")
def correction(submission_id: UUID) -> Response:
    """Show the form with the answers that hold now."""
    with db.transaction() as session:
        page = submission_page.submission(session, sessions.actor(), submission_id)
        return _show(session, page, answers.shown(page.form, page.values, page.context) if page.form else None)


@pages.post("/rettifica/domande")
def refresh(submission_id: UUID) -> Response:
    """Show the questions and rows that the corrected answers so far bring up; nothing is stored but files."""
    received = _received(submission_id)
    with db.transaction() as session:
        page = submission_page.submission(session, sessions.actor(), submission_id)
        if page.form is None:
            return _show(session, page, None)
        sheet = answers.refresh(page.form, received.post, page.context, refused=received.refused)
        return _show(session, page, sheet)


@pages.post("/rettifica")
def correct(submission_id: UUID) -> Response:
    """Record the correction, with its reason."""
    received = _received(submission_id)
    with db.transaction() as session:
        page = submission_page.submission(session, sessions.actor(), submission_id)
        answer = answers.read(page.form, received.post, page.context, refused=received.refused)
        try:
            reason = acts.reason()
        except InvalidValue as refused:
            return _show(session, page, answer.sheet, reason_error=words.wrong(refused))
        if not answer.acceptable:
            return _show(session, page, answer.sheet)
        corrections.correct(session, sessions.actor(), submission_id, answer.values, reason=reason)
        return outcomes.lead(session, url_for("case.show", case_id=page.submission.case_id), "rettificata")


@dataclass(frozen=True, slots=True)
class Version:
    """The answer, or a correction of it, in words."""

    id: UUID
    is_correction: bool
    happened_at: datetime
    recorded_at: datetime
    late_entry: bool
    author: str
    lines: list[Line]


def _received(submission_id: UUID) -> Received:
    """Take the files of the post for the task that was answered, if it was one."""
    with db.transaction() as session:
        task_id = submissions.find(session, sessions.actor(), submission_id).task_id
    return uploads.received(task_id)


def _versions(session: Any, page: SubmissionPage) -> list[Version]:
    """Give what was said, newest first: that is what holds."""
    return [
        Version(
            id=row.id,
            is_correction=row.kind is SubmissionKind.CORRECTION,
            happened_at=row.happened_at,
            recorded_at=row.recorded_at,
            late_entry=moments.is_late_entry(row.happened_at, row.recorded_at),
            author=row.submitted_by_name or row.agency_name,
            lines=answers.lines(page.form, values, uploads.named(session, page.form, page.submission.task_id, values)),
        )
        for row, values in reversed(page.versions)
    ]


def _show(session: Any, page: SubmissionPage, sheet: Sheet | None, *, reason_error: str | None = None) -> Response:
    sheet = uploads.shown(session, sheet, page.submission.task_id)
    problems = list(sheet.problems) if sheet else []
    if reason_error:
        problems.append(Problem("motivo", _("Motivo della rettifica"), reason_error))
    return make_response(
        render_template(
            "correction.html",
            page=page,
            sheet=sheet,
            problems=problems,
            problems_title=_("La rettifica non è stata registrata: c'è qualcosa da correggere"),
            reason=request.form.get("_motivo", ""),
            reason_error=reason_error,
        ),
        422 if problems else 200,
    )
