"""How an entry is written down and chained. docs/audit.md says the same for who checks it without us.

An entry is one JSON object (RFC 8785 for what entries hold: keys in order, no spaces, UTF-8). Its hash is SHA-256 over
the 32 bytes of the hash before it, 32 zero bytes for the first one, and the bytes of the JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

if TYPE_CHECKING:
    from sqlalchemy import Row

START = bytes(32)

COLUMNS = (
    "id",
    "network_id",
    "at",
    "happened_at",
    "actor_id",
    "agency_id",
    "on_behalf_of_id",
    "purpose",
    "basis",
    "action",
    "subject_type",
    "subject_id",
    "case_id",
    "details",
)


def canonical(entry: Row[Any]) -> bytes:
    """Write an entry, all of `COLUMNS`, in the one form that its hash is made of."""
    content = {name: _written(getattr(entry, name)) for name in COLUMNS}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def following(previous: bytes, content: bytes) -> bytes:
    """Give the hash of an entry behind that of the one before it."""
    return sha256(previous + content).digest()


def instant(at: datetime) -> str:
    """Write an instant: UTC, always six digits of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    return str(value) if isinstance(value, UUID) else value
