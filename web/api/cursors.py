"""Where a page of a list ended, as an opaque text that the next request gives back.

It holds a position and the list that it belongs to, never a right: what is read from there on is looked up anew.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from webargs.flaskparser import abort

_Row = TypeVar("_Row")
_Position = TypeVar("_Position")


def write(listed: str, *position: object) -> str:
    """Write a position in a list; `listed` names the list with all its filters."""
    return base64.urlsafe_b64encode(orjson.dumps([listed, *position])).decode().rstrip("=")


def read(cursor: str | None, listed: str, make: Callable[..., _Position]) -> _Position | None:
    """Read a position, or None for the beginning. Answers 422 for a cursor that is not of this list."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        named, *position = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found = make(*position) if named == listed else None
    except (binascii.Error, ValueError, TypeError, OverflowError, AttributeError):
        found = None
    if found is None:
        abort(422, messages={"query": {"cursor": ["not_of_this_list"]}})
    return found


def page(rows: Sequence[_Row], limit: int, cursor_of: Callable[[_Row], str]) -> dict[str, Any]:
    """Give a page of `limit` rows; one row more was asked for, and tells whether there is a next page."""
    shown = rows[:limit]
    return {"items": shown, "next": cursor_of(shown[-1]) if len(rows) > limit else None}


def instant(text: str) -> datetime:
    """Read an instant of a position. ValueError when it is none."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC)


def identifier(text: str) -> UUID:
    """Read an id of a position. ValueError when it is none."""
    return UUID(text)


def number(value: object) -> int:
    """Read a number of a position. ValueError when it is none, or none that a row has."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError("no number")
    return value
