"""Writes any value as text, as `string()` does."""

from collections.abc import Mapping
from typing import Any

from feel import lexer, names, numbers, temporal
from feel.limits import CHARACTERS_PER_STEP, Budget
from feel.values import Range, kind

_TEMPORAL = frozenset({"date", "time", "date and time", "days and time duration", "years and months duration"})
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def text(value: Any, budget: Budget) -> str | None:
    """Return a text as it is, anything else as an expression would write it; null has none."""
    if value is None or isinstance(value, str):
        return value
    return written(value, budget)


def written(value: Any, budget: Budget) -> str:
    """Return a value as it stands within a list or context: texts in quotes; raises FeelLimitError."""
    name = kind(value)
    if name == "string":
        result = f'"{value.translate(_ESCAPES)}"'
    elif name == "number":
        result = numbers.text(value)
    elif name == "boolean":
        result = "true" if value else "false"
    elif name in _TEMPORAL:
        result = temporal.text(value)
    elif isinstance(value, list):
        result = f"[{', '.join([written(element, budget) for element in value])}]"
    elif isinstance(value, Mapping):
        result = f"{{{', '.join([f'{_key(key)}: {written(entry, budget)}' for key, entry in value.items()])}}}"
    elif isinstance(value, Range):
        result = _range(value, budget)
    else:
        result = "function" if name == "function" else "null"
    budget.text(len(result) + CHARACTERS_PER_STEP)
    return result


def _key(key: str) -> str:
    is_plain = lexer.is_word(key) and names.KEYWORDS.isdisjoint(key.split(" "))
    return key if is_plain else f'"{key.translate(_ESCAPES)}"'


def _range(value: Range, budget: Budget) -> str:
    start = "" if value.start is None else written(value.start, budget)
    end = "" if value.end is None else written(value.end, budget)
    if not start:
        return f"(<{'=' if value.end_included else ''} {end})"
    if not end:
        return f"(>{'=' if value.start_included else ''} {start})"
    return f"{'[' if value.start_included else '('}{start}..{end}{']' if value.end_included else ')'}"
