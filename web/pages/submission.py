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
from engine.cases import corrections, files, openings, submission_page, submissions
from engine.cases.models import SubmissionKind
from engine.cases.openings import Opening, Purpose
from engine.cases.submission_page import SubmissionPage
from engine.errors import Forbidden, InvalidValue
from engine.participants.access import Action
from forms import secrecy
from web import acts, answers, downloads, kept, outcomes, sessions, uploads, words
from web.answers import Line, Problem, Sheet
from web.translation import gettext as _
from web.uploads import Received

pages = Blueprint("submission", __name__, url_prefix="/moduli/<uuid:submission_id>")


@pages.get("")
def show(submission_id: UUID) -> Response:
    """Show what was answered, and every correction of it; what is secret is closed."""
    with db.transaction() as session:
        page = submission_page.submission(session, sessions.actor(), submission_id)
        return _answer(session, page)


@pages.post("/apri")
def open_kinds(submission_id: UUID) -> Response:
    """Show what is secret of these kinds too, for a purpose. By a post: an address that opens would be passed on."""
    with db.transaction() as session:
        try:
            opening = openings.opening(request.form.get("_scopo", ""), request.form.getlist("_specie"))
        except InvalidValue as refused:
            page = submission_page.submission(session, sessions.actor(), submission_id)
            return _answer(session, page, words.wrong(refused))
        page = submission_page.submission(session, sessions.actor(), submission_id, opening=opening)
        return _answer(session, page)


@pages.post("/file/<uuid:file_id>")
def file(submission_id: UUID, file_id: UUID) -> Response:
    """Give a file that the answer names, to be saved: never shown, and under a name that says nothing."""
    with db.transaction() as session:
        purpose = request.form.get("_scopo", "")
        found = files.download(session, sessions.actor(), submission_id, file_id, purpose=purpose)
        return downloads.answer(found)


@pages.get("/rettifica")
def correction(submission_id: UUID) -> Response:
    """Show the form with the answers that hold now; where something is secret, first ask to open it."""
    with db.transaction() as session:
        page = _to_correct(session, submission_id)
        if page.form is None or (page.closed and not kept.typed()):
            return _show(session, page, None)
        return _show(session, page, answers.shown(page.form, page.values, page.context))


@pages.post("/rettifica/apri")
def open_correction(submission_id: UUID) -> Response:
    """Show the form with all that was answered: who corrects an answer has to see it."""
    with db.transaction() as session:
        opening = openings.opening(Purpose.RETTIFICA, secrecy.KINDS)
        page = _to_correct(session, submission_id, opening)
        return _show(session, page, answers.blank(page.form, page.values, page.context) if page.form else None)


@pages.post("/rettifica/domande")
def refresh(submission_id: UUID) -> Response:
    """Show the questions and rows that the corrected answers so far bring up; nothing is stored but files."""
    received = _received(submission_id)
    with db.transaction() as session:
        page = _to_correct(session, submission_id)
        if page.form is None:
            return _show(session, page, None)
        sheet = answers.refresh(page.form, received.post, page.context, refused=received.refused)
        return _show(session, page, sheet)


@pages.post("/rettifica")
def correct(submission_id: UUID) -> Response:
    """Record the correction, with its reason."""
    received = _received(submission_id)
    with db.transaction() as session:
        page = _to_correct(session, submission_id)
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


def _to_correct(session: Any, submission_id: UUID, opening: Opening | None = None) -> SubmissionPage:
    """Give the page of an answer to who may correct it: who only reads it has another one. Raises Forbidden."""
    page = submission_page.submission(session, sessions.actor(), submission_id, opening=opening)
    if not page.row.correctable:
        raise Forbidden(action=Action.CORRECT, submission=submission_id)
    return page


def _received(submission_id: UUID) -> Received:
    """Take the files of the post for the task that was answered, if it was one."""
    with db.transaction() as session:
        task_id = submissions.find(session, sessions.actor(), submission_id).task_id
    return uploads.received(task_id)


def _answer(session: Any, page: SubmissionPage, error: str | None = None) -> Response:
    purpose = request.form.get("_scopo", "")
    text = render_template(
        "submission.html",
        page=page,
        versions=_versions(session, page),
        purposes=openings.Purpose,
        purpose=purpose,
        problems=[Problem("scopo", _("A che cosa serve"), error)] if error else [],
    )
    return make_response(text, 422 if error else 200)


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
