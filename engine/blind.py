"""The blind index: finding a case by a name or a number that stands only sealed in it.

A value is stored as its HMAC-SHA256 (RFC 2104) under a key of its own (`index.key`), per network and kind: whoever has
the rows without that key finds nobody, not even by trying all telephone numbers. Only exact values are found, after
what people type differently is taken away.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.db import Base, Key, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import forms

_SHORTEST_NUMBER = 6
"""Digits; less is an extension or a part of a number, and would find half of the network."""

_NO_LETTER = re.compile(r"[^a-z0-9]+")
_DIGITS = re.compile(r"\d[\d\s./()-]*\d")

_keys: dict[str, bytes] = {}


class BlindEntry(Base):
    """That one controller's records of a case hold a value; which one, only who asks for it knows."""

    __tablename__ = "blind_index"
    __table_args__ = (Index(None, "network_id", "digest"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    controller_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[Key] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("network.id"))


_entries = table(BlindEntry)
_INSERT = insert(_entries).on_conflict_do_nothing()


def configure(key: bytes) -> None:
    """Use this key from now on. There is one: with another, nothing that was indexed before is found."""
    _keys["current"] = key


def keep(
    session: Session,
    form: forms.Form | None,
    values: Mapping[str, Any],
    *,
    network_id: UUID,
    case_id: UUID,
    controller_id: UUID,
) -> None:
    """Index what an answer holds in the questions that say so (`index`); nothing is asked of the database otherwise."""
    found = [
        (part.index, digest)
        for key, part in (form.fields if form is not None else {}).items()
        if part.index in KINDS and isinstance(values.get(key), str)
        for digest in digests(network_id, part.index, values[key])
    ]
    rows = [
        {"case_id": case_id, "controller_id": controller_id, "kind": kind, "digest": digest, "network_id": network_id}
        for kind, digest in dict.fromkeys(found)
    ]
    if rows:
        session.connection().execute(_INSERT, rows)


def forget(session: Session, case_id: UUID, controller_id: UUID) -> None:
    """Delete what a controller's records of a case are found by."""
    session.execute(delete(BlindEntry).where(BlindEntry.case_id == case_id, BlindEntry.controller_id == controller_id))


def digests(network_id: UUID, kind: str, text: str) -> list[bytes]:
    """Give what a text is found by, one for each name or number in it; empty where there is none."""
    key = _key()
    return [
        hmac.digest(key, f"{network_id.hex}\0{kind}\0{value}".encode(), hashlib.sha256)
        for value in _NORMALISED[kind](text)
    ]


def token(purpose: str, of: str) -> bytes:
    """Give 32 bytes that only who has the key can tell, always the same for the same thing: nothing is stored of it."""
    return hmac.digest(_key(), f"{purpose}\0{of}".encode(), hashlib.sha256)


def _key() -> bytes:
    key = _keys.get("current")
    if key is None:
        raise RuntimeError("no key is configured: call blind.configure(settings.index_key) first")
    return key


def _names(text: str) -> list[str]:
    """Take away accents, case, punctuation and the order of first and last name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    words = sorted(word for word in _NO_LETTER.sub(" ", plain).split() if word)
    return [" ".join(words)] if words else []


def _numbers(text: str) -> list[str]:
    """Give the telephone numbers in a text, without what divides their digits and without the prefix of Italy."""
    found = [re.sub(r"\D", "", each) for each in _DIGITS.findall(text.replace("+39", " ").replace("0039", " "))]
    return [number for number in found if len(number) >= _SHORTEST_NUMBER]


_NORMALISED: Mapping[str, Callable[[str], list[str]]] = {
    "nome": _names,
    "telefono": _numbers,
    "codice_fiscale": lambda code: [code],
}
KINDS = ("nome", "telefono")
"""Of answers. Fiscal codes stand in a store of their own."""
