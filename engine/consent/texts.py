"""The texts with which agreements are asked: versions per purpose and language, each approved by a body of the network.

Until a network has approved one of its own there is a plain one, its version 0, so that nobody has to be left unasked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine import audit, clock, db, purposes
from engine.consent.models import ConsentText, LegalBasis
from engine.errors import InvalidValue
from engine.participants import access
from engine.participants.access import Action
from engine.purposes import Purpose

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

LANGUAGES = ("it", "en", "ar", "bn", "es", "fr", "pa", "pt", "ro", "ru", "sq", "ti", "uk", "ur", "wo", "zh")
"""Languages that a text may be in, and that may be spoken; the first two have a plain text from the beginning."""

LONGEST = 4_000
"""Characters of a text: it is read aloud."""

_PLAIN = {
    ("it", True): (
        "Le chiediamo se possiamo parlare di lei con l'ente indicato, per questo scopo: {purpose}. L'ente saprà solo "
        "ciò che gli serve. Può dire di no, o cambiare idea quando vuole: non perde l'aiuto che riceve."
    ),
    ("en", True): (
        "We ask you whether we may speak of you with this agency, for this purpose: {purpose}. It will know only what "
        "it needs. You may say no, or change your mind at any time: you lose none of the help you receive."
    ),
    ("it", False): (
        "Le chiediamo se è d'accordo, per questo scopo: {purpose}. Può dire di no, o cambiare idea quando vuole: non "
        "perde l'aiuto che riceve."
    ),
    ("en", False): (
        "We ask you whether you agree, for this purpose: {purpose}. You may say no, or change your mind at any time: "
        "you lose none of the help you receive."
    ),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is read to her. Version 0 is the plain one, which no body of the network has approved."""

    purpose: str
    language: str
    version: int
    text: str
    legal_basis: LegalBasis
    approved_by: str | None
    valid_from: datetime | None


def in_force(session: Session, network_id: UUID) -> dict[tuple[str, str], Text]:
    """Give the texts with which agreements are asked now, by purpose and language."""
    found = {(text.purpose, text.language): text for text in _plain()}
    found |= {(text.purpose, text.language): text for text in versions(session, network_id) if _counts(text)}
    return found


def versions(session: Session, network_id: UUID) -> list[Text]:
    """Give every text that the network has approved, also those that count no more or not yet; the newest last."""
    query = select(ConsentText).where(ConsentText.network_id == network_id)
    rows = session.scalars(query.order_by(ConsentText.purpose, ConsentText.language, ConsentText.version))
    return [
        Text(row.purpose, row.language, row.version, row.text, row.legal_basis, row.approved_by, row.valid_from)
        for row in rows
    ]


def named(session: Session, network_id: UUID, purpose: str, language: str, version: int) -> Text:
    """Give a version of a text that counts or has counted: she was read this one. Raises InvalidValue."""
    known = [*_plain(), *versions(session, network_id)]
    for text in known:
        if (text.purpose, text.language, text.version) == (purpose, language, version) and _counts(text):
            return text
    raise InvalidValue("text_version", "unknown_text")


def approve(
    session: Session,
    actor: Actor,
    *,
    purpose: str,
    language: str,
    text: str,
    legal_basis: LegalBasis,
    approved_by: str,
) -> ConsentText:
    """Put a text in force from now on, in the name of the body that has approved it; earlier answers keep theirs.

    Raises Forbidden, InvalidValue.
    """
    access.require(actor, Action.ADMINISTER)
    known(purpose)
    if language not in LANGUAGES:
        raise InvalidValue("language", "unknown_language")
    said, body = text.strip(), approved_by.strip()
    if not said:
        raise InvalidValue("text", "required")
    if len(said) > LONGEST:
        raise InvalidValue("text", "too_long")
    if not body:
        raise InvalidValue("approved_by", "required")
    if legal_basis is LegalBasis.INTERESSE_VITALE:
        raise InvalidValue("legal_basis", "not_of_an_agreement")
    db.exclusive(session, f"consent_text:{actor.network_id}")
    earlier = [
        one.version for one in versions(session, actor.network_id) if (one.purpose, one.language) == (purpose, language)
    ]
    row = ConsentText(
        id=db.new_id(),
        network_id=actor.network_id,
        purpose=purpose,
        language=language,
        version=max(earlier, default=0) + 1,
        text=said,
        legal_basis=legal_basis,
        approved_by=body,
    )
    session.add(row)
    audit.record(session, actor, "consent_text.approved", "consent_text", row.id, purpose=purpose, version=row.version)
    return row


def known(purpose: str) -> Purpose:
    """Give a purpose by its id. Raises InvalidValue."""
    try:
        return purposes.KNOWN[purpose]
    except KeyError:
        raise InvalidValue("purpose", "unknown_purpose") from None


def _counts(text: Text) -> bool:
    return text.valid_from is None or text.valid_from <= clock.now()


def _plain() -> Iterable[Text]:
    for purpose in purposes.KNOWN.values():
        for language, title in (("it", purpose.title_it), ("en", purpose.title_en)):
            words = _PLAIN[language, purpose.to_agency].format(purpose=title)
            yield Text(purpose.id, language, 0, words, LegalBasis.INTERESSE_PUBBLICO, None, None)
