"""Terms as the files of default values say them: what is named, how long it is, where it comes from."""

from __future__ import annotations

import enum
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from engine.calendars.lengths import Clock, Length
from engine.errors import InvalidValue
from engine.ladders import steps
from engine.ladders.steps import EscalationClass

_NAME = re.compile(r"[A-Z][A-Za-z0-9_.]{0,62}")
_ALWAYS = frozenset({"nature", "tag", "title"})


class Nature(enum.StrEnum):
    """Where a term comes from; one of the office must never be shown as law."""

    LEGGE = "legge"
    PROTOCOLLO = "protocollo"
    INTERNO = "interno"


def read(toml: str | bytes) -> dict[str, dict[str, Any]]:
    """Return the columns of each term of a file, by its name, checked. Raises InvalidValue."""
    try:
        tables = tomllib.loads(toml.decode("utf-8") if isinstance(toml, bytes) else toml)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise InvalidValue("parameters", "not_toml") from None
    return {name: _entry(name, table) for name, table in tables.items()}


def length(field: str, text_: str, kind: Clock | None) -> str:
    """Return a length as it is written when it is one on this clock; InvalidValue names the field when not."""
    try:
        Length.read(text_, kind or Clock.H)
    except ValueError:
        raise InvalidValue(field, "invalid_length") from None
    return text_


def _entry(name: str, table: Any) -> dict[str, Any]:
    """Return a parameter's columns from its TOML table, checked."""
    fields = set(table) if isinstance(table, dict) else set()
    of_its_kind = fields - _ALWAYS - {"class", "reminders"}
    if not _NAME.fullmatch(name) or not fields >= _ALWAYS or of_its_kind not in ({"length", "clock"}, {"value"}):
        raise InvalidValue(name, "invalid_parameter")
    title = table["title"]
    texts = [table.get("length", "-"), table["tag"], *(title.values() if isinstance(title, dict) else [None])]
    if not all(isinstance(item, str) and item for item in texts) or set(title) != {"it", "en"}:
        raise InvalidValue(name, "invalid_parameter")
    try:
        value = _value(name, table)
        return {
            **value,
            "reminders": _reminders(name, table, value),
            "escalation_class": EscalationClass(table["class"]) if "class" in table else None,
            "nature": Nature(table["nature"]),
            "tag": table["tag"],
            "title_it": title["it"],
            "title_en": title["en"],
        }
    except ValueError:  # a word that is none of ours
        raise InvalidValue(name, "invalid_parameter") from None


def _value(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    if "length" in table:
        kind = Clock(table["clock"])
        return {"length": length(name, table["length"], kind), "clock": kind, "switch": None}
    if not isinstance(table["value"], bool) or "class" in table:
        raise InvalidValue(name, "invalid_parameter")
    return {"length": None, "clock": None, "switch": table["value"]}


def _reminders(name: str, table: Mapping[str, Any], value: Mapping[str, Any]) -> list[str] | None:
    if "reminders" not in table:
        return None
    term = Length.read(value["length"], value["clock"]) if value["length"] is not None else None
    return steps.read_reminders(name, table["reminders"], term)
