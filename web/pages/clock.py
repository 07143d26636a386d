"""The server's clock for pages that stay open: what their deadlines leave now, in words. It looks at no case."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, request

from engine import clock, db
from engine.errors import InvalidValue
from web import clocks

pages = Blueprint("clock", __name__)

_MOST = 300  # deadlines of one page
_FARTHEST = 253_402_214_400  # 31/12/9999, the last day that a date can be


@pages.get("/orologio")
def now() -> dict[str, object]:
    """Say the server's time, in seconds since 1970, and how each of the asked deadlines stands at it."""
    asked = [_instant(text) for text in request.args.get("scade", "").split(".")[:_MOST] if text]
    with db.transaction(read_only=True):
        present = clock.now()
    stands = {str(int(at.timestamp())): clocks.due(at, present)._asdict() for at in asked}
    return {"now": present.timestamp(), "due": stands}


def _instant(text: str) -> datetime:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_FARTHEST)) and int(text) <= _FARTHEST):
        raise InvalidValue("due_at", "no_instant")
    return datetime.fromtimestamp(int(text), UTC)
