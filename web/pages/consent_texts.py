"""The texts with which agreements are asked: what is in force, and putting a new version in force."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import db, purposes
from engine.consent import texts
from engine.consent.models import LegalBasis
from engine.errors import InvalidValue
from web import outcomes, sessions, words

pages = Blueprint("consent_texts", __name__, url_prefix="/amministrazione/testi")

_OFFERED = tuple(each for each in LegalBasis if each is not LegalBasis.INTERESSE_VITALE)


@pages.get("")
def page() -> Response:
    """Show the texts in force."""
    return _show()


@pages.post("")
def approve() -> Response:
    """Put a text in force that a body of the network has approved."""
    with db.transaction() as session:
        texts.approve(
            session,
            sessions.actor(),
            purpose=request.form.get("scopo", ""),
            language=request.form.get("lingua", ""),
            text=request.form.get("testo", ""),
            legal_basis=_legal_basis(),
            approved_by=request.form.get("approvato_da", ""),
        )
        return outcomes.lead(session, url_for("consent_texts.page"), "testo")


@pages.errorhandler(InvalidValue)
def again(refused: InvalidValue) -> Response:
    """Show the page again, with what is wrong and what was typed."""
    return _show(words.wrong(refused))


def _legal_basis() -> LegalBasis:
    try:
        return LegalBasis(request.form.get("base", ""))
    except ValueError:
        raise InvalidValue("legal_basis", "not_of_an_agreement") from None


def _show(wrong: str | None = None) -> Response:
    with db.transaction(read_only=True) as session:
        html = render_template(
            "consent_texts.html",
            texts=sorted(texts.in_force(session, sessions.actor().network_id).values(), key=_place),
            purposes=purposes.KNOWN.values(),
            tongues=texts.LANGUAGES,
            bases=_OFFERED,
            posted=request.form,
            wrong=wrong,
        )
    return make_response(html, 422 if wrong else 200)


def _place(text: texts.Text) -> tuple[int, int]:
    return list(purposes.KNOWN).index(text.purpose), texts.LANGUAGES.index(text.language)
