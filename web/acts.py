"""What a post says beside the answers: when the act was done, for whom it is recorded, on which state."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from flask import request

from engine.errors import InvalidValue
from web import clocks


class Stated(TypedDict):
    """The options of a verb that records an act. None: now, and by one's own agency."""

    happened_at: datetime | None
    on_behalf_of: UUID | None
    late_reason: str | None


def stated() -> Stated:
    """Read when, for whom and why only now from the post. InvalidValue when the first two make no sense."""
    return Stated(
        happened_at=happened_at(),
        on_behalf_of=on_behalf_of(),
        late_reason=request.form.get("_perche_ora"),
    )


def on_behalf_of() -> UUID | None:
    """Read for which agency an act is recorded; None for one's own. InvalidValue when it is no id."""
    return identifier("_per_conto", "on_behalf_of")


def happened_at() -> datetime | None:
    """Read when the act was done; None when nothing was said. InvalidValue when it is no local time."""
    text = request.form.get("_quando", "").strip()
    if not text:
        return None
    at = clocks.parse_local(text)
    if at is None:
        raise InvalidValue("happened_at", "no_local_time")
    return at


def identifier(name: str, field: str) -> UUID | None:
    """Read an id from the post; None when nothing was said. InvalidValue when it is none."""
    text = request.form.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise InvalidValue(field, "no_id") from None


def revision() -> int:
    """Read which state of the task the page showed; a page without it is as stale as can be."""
    return request.form.get("_revisione", -1, type=int)


def reason() -> str:
    """Read the reason given for an act. InvalidValue when there is none."""
    text = request.form.get("_motivo", "").strip()
    if not text:
        raise InvalidValue("reason", "required")
    return text


def by_script() -> bool:
    """Tell whether a script of ours asks, not a person: it gets data and reasons, no page."""
    return request.accept_mimetypes.best == "application/json"
