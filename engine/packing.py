"""Values of forms and workflows to bytes and back, with their types.

JSON alone loses Decimal, dates and durations. A value JSON cannot say becomes an object with one key that begins with
`$`; a plain mapping that has such a key itself (or keys that are no text) is written as a list of pairs under `$m`, so
that no key whatever is special to the caller. Tuples come back as lists and members of text enumerations as plain text.
Floats are refused: nothing here computes with binary fractions, and NaN would silently become null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from feel import YearsMonths

# What means the same on both sides, and what there is something to look for in; spares a call for each.
_PLAIN = frozenset({str, bool, type(None)})
_NESTED = frozenset({dict, list})

# What orjson writes as an integer; greater ones travel as text.
_SMALLEST, _GREATEST = -(2**63), 2**63 - 1


def dumps(value: object) -> bytes:
    """Pack a value. TypeError when it (or something in it) has no packed form."""
    return orjson.dumps(_tag(value))


def has_form(value: object) -> bool:
    """Tell whether a value can be packed."""
    try:
        dumps(value)
    except TypeError:
        return False
    return True


def loads(packed: bytes) -> Any:
    """Unpack what `dumps` made. ValueError when it is nothing of the kind."""
    value = orjson.loads(packed)
    # Most states hold nothing that JSON cannot say, and to go through a hundred tokens takes longer than to read them.
    return _untag(value) if b'"$' in packed else value


def _tag(value: object) -> object:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if _SMALLEST <= value <= _GREATEST else {"$i": str(value)}  # type: ignore[operator] # kind is int
    if kind is dict:
        return _tag_mapping(value)  # type: ignore[arg-type] # kind is dict
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else _tag(item) for item in value]  # type: ignore[attr-defined] # a sequence
    if isinstance(value, str):
        return str(value)
    tag = _TAGS.get(kind)
    if tag is None:
        message = f"no packed form for {kind.__module__}.{kind.__qualname__}"
        raise TypeError(message)
    return tag(value)


def _tag_mapping(value: Mapping[object, object]) -> object:
    if all(type(key) is str and key[:1] != "$" for key in value):
        return {key: item if type(item) in _PLAIN else _tag(item) for key, item in value.items()}
    return {"$m": [[_tag(key), _tag(item)] for key, item in value.items()]}


def _tag_decimal(value: Decimal) -> object:
    if not value.is_finite():
        message = "no packed form for a Decimal that is not finite"
        raise TypeError(message)
    return {"$d": str(value)}


def _tag_datetime(value: datetime) -> object:
    if isinstance(value.tzinfo, ZoneInfo):
        return {"$z": [value.replace(tzinfo=None).isoformat(), _zone_name(value.tzinfo), value.fold]}
    return {"$dt": value.isoformat()}


def _tag_time(value: time) -> object:
    if isinstance(value.tzinfo, ZoneInfo):
        return {"$tz": [value.replace(tzinfo=None).isoformat(), _zone_name(value.tzinfo)]}
    return {"$t": value.isoformat()}


def _zone_name(zone: ZoneInfo) -> str:
    name: str | None = zone.key  # None for a zone read from a stream, though its type says otherwise
    if name is None:
        raise TypeError("no packed form for a time zone without a name")
    return name


_TAGS: dict[type, Callable[[Any], object]] = {
    Decimal: _tag_decimal,
    datetime: _tag_datetime,
    date: lambda value: {"$date": value.isoformat()},
    time: _tag_time,
    timedelta: lambda value: {"$td": [value.days, value.seconds, value.microseconds]},
    YearsMonths: lambda value: {"$ym": value.months},
    UUID: lambda value: {"$u": value.hex},
}


def _untag(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key[:1] == "$":
                return _untag_one(key, inner)
        return {key: _untag(item) if type(item) in _NESTED else item for key, item in value.items()}
    if kind is list:
        return [_untag(item) if type(item) in _NESTED else item for item in value]
    return value


def _untag_one(key: str, inner: Any) -> Any:
    untag = _UNTAGS.get(key)
    if untag is None:
        message = f"unknown tag {key} in a packed value"
        raise ValueError(message)
    return untag(inner)


_UNTAGS: dict[str, Callable[[Any], object]] = {
    "$i": int,
    "$d": Decimal,
    "$dt": datetime.fromisoformat,
    "$z": lambda inner: datetime.fromisoformat(inner[0]).replace(tzinfo=ZoneInfo(inner[1]), fold=inner[2]),
    "$date": date.fromisoformat,
    "$t": time.fromisoformat,
    "$tz": lambda inner: time.fromisoformat(inner[0]).replace(tzinfo=ZoneInfo(inner[1])),
    "$td": lambda inner: timedelta(*inner),
    "$ym": YearsMonths,
    "$u": UUID,
    "$m": lambda inner: {_untag(key): _untag(item) for key, item in inner},
}
