"""JSON as the API writes it: decimals as numbers with all their digits, instants in UTC."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson


def dumps(value: object) -> bytes:
    """Write a value. TypeError when it has no form in JSON."""
    return orjson.dumps(value, default=_special, option=orjson.OPT_UTC_Z)


def _special(value: Any) -> object:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value))
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    raise TypeError(f"no JSON for {type(value).__name__}")
