"""What she agrees to: asking, taking back, a pause, an end, going on; and a vital interest in an emergency."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db, purposes
from engine.cases import agreements, agreements_page, pauses
from engine.cases.agreements import Asked
from engine.consent import texts
from engine.consent.models import Manner
from engine.errors import InvalidValue, Refused
from web import acts, agreement_words, clocks, errors, outcomes, sessions, words

pages = Blueprint("agreements", __name__, url_prefix="/casi/<uuid:case_id>/adesioni")

_T = TypeVar("_T", bound=StrEnum)


@pages.get("")
def show(case_id: UUID) -> Response:
    """Show what she has agreed to."""
    return _show(case_id)


@pages.post("/testo")
def read_aloud(case_id: UUID) -> Response:
    """Show the text to be read to her, and ask what she answers; nothing is recorded yet."""
    return _show(case_id, asking=True)


@pages.post("")
def record(case_id: UUID) -> Response:
    """Record what she has answered."""
    with db.transaction() as session:
        agreements.record(
            session,
            sessions.actor(),
            case_id,
            Asked(
                purpose=request.form.get("scopo", ""),
                agency_id=acts.identifier("ente", "agency_id"),
                manner=_chosen("come", "manner", Manner),
                text_language=request.form.get("lingua_testo", ""),
                text_version=request.form.get("versione", -1, type=int),
                language=request.form.get("lingua_parlata", ""),
                interpreter=request.form.get("interprete") or None,
            ),
            given=_given(),
            happened_at=acts.happened_at(),
            on_part_of=acts.identifier("_per_ente", "agency"),
        )
        return _lead(session, case_id, "adesione")


@pages.post("/<uuid:basis_id>/ritiro")
def withdraw(case_id: UUID, basis_id: UUID) -> Response:
    """Record that she has taken an agreement back."""
    with db.transaction() as session:
        manner = _chosen("come", "manner", Manner)
        agreements.withdraw(session, sessions.actor(), basis_id, manner=manner, happened_at=acts.happened_at())
        return _lead(session, case_id, "adesione-ritirata")


@pages.post("/interesse-vitale")
def vital_interest(case_id: UUID) -> Response:
    """Let an agency be told without her agreement, to save a life."""
    agency_id = acts.identifier("ente", "agency_id")
    if agency_id is None:
        raise InvalidValue("agency_id", "required")
    with db.transaction() as session:
        agreements.invoke_vital_interest(
            session,
            sessions.actor(),
            case_id,
            purpose=request.form.get("scopo", ""),
            agency_id=agency_id,
            reason=acts.reason(),
            on_part_of=acts.identifier("_per_ente", "agency"),
        )
        return _lead(session, case_id, "interesse-vitale")


@pages.post("/pausa")
def pause(case_id: UUID) -> Response:
    """Let the path rest until a date."""
    with db.transaction() as session:
        pauses.pause(
            session,
            sessions.actor(),
            case_id,
            until=_until(),
            manner=_chosen("come", "manner", Manner),
            happened_at=acts.happened_at(),
            on_part_of=acts.identifier("_per_ente", "agency"),
        )
        return _lead(session, case_id, "pausa")


@pages.post("/fine")
def end(case_id: UUID) -> Response:
    """End the path."""
    with db.transaction() as session:
        pauses.end(
            session,
            sessions.actor(),
            case_id,
            manner=_chosen("come", "manner", Manner),
            happened_at=acts.happened_at(),
            on_part_of=acts.identifier("_per_ente", "agency"),
        )
        return _lead(session, case_id, "fine")


@pages.post("/ripresa")
def resume(case_id: UUID) -> Response:
    """Take the path up again."""
    with db.transaction() as session:
        on_part_of = acts.identifier("_per_ente", "agency")
        pauses.resume(session, sessions.actor(), case_id, happened_at=acts.happened_at(), on_part_of=on_part_of)
        return _lead(session, case_id, "ripresa")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed; to who may not see it, what anything absent gets."""
    try:
        return _show((request.view_args or {})["case_id"], refused)
    except Refused as unseen:
        return errors.page(errors.answer_for(unseen))


def _lead(session: object, case_id: UUID, code: str) -> Response:
    return outcomes.lead(session, url_for("agreements.show", case_id=case_id), code)


def _chosen(name: str, field: str, kind: type[_T]) -> _T:
    try:
        return kind(request.form.get(name, ""))
    except ValueError:
        raise InvalidValue(field, "required") from None


def _given() -> bool:
    answer = request.form.get("risposta")
    if answer not in {"si", "no"}:
        raise InvalidValue("given", "required")
    return answer == "si"


def _until() -> datetime:
    at = clocks.parse_local(request.form.get("fino_a", "").strip())
    if at is None:
        raise InvalidValue("until", "not_ahead")
    return at


def _show(case_id: UUID, refused: InvalidValue | None = None, *, asking: bool = False) -> Response:
    with db.transaction() as session:
        page = agreements_page.agreements_of(session, sessions.actor(), case_id)
        # What was being asked stays on the page, for the answer to be put right.
        text = _text(page) if asking or (refused is not None and "versione" in request.form) else None
        html = render_template(
            "agreements.html",
            page=page,
            case=page.case,
            counting=[row for row in page.answers if row.counts],
            over=[row for row in page.answers if not row.counts],
            text=text,
            read_aloud=agreement_words.READ_ALOUD,
            purposes=purposes.KNOWN.values(),
            tongues=texts.LANGUAGES,
            text_languages=sorted({one.language for one in page.texts}, key=texts.LANGUAGES.index),
            manners=list(Manner),
            posted=request.form,
            wrong=words.wrong(refused) if refused else None,
        )
        return make_response(html, 422 if refused else 200)


def _text(page: agreements_page.AgreementsPage) -> texts.Text:
    """Give the text that was chosen. Raises InvalidValue where there is none, or no agency for it."""
    purpose, language = request.form.get("scopo", ""), request.form.get("lingua_testo", "")
    to_agency = texts.known(purpose).to_agency
    if to_agency is not bool(request.form.get("ente")):
        raise InvalidValue("agency_id", "required" if to_agency else "no_agency_for_this_purpose")
    for text in page.texts:
        if (text.purpose, text.language) == (purpose, language):
            return text
    raise InvalidValue("text_version", "unknown_text")
