"""The functions of FEEL on contexts (DMN 1.5, section 10.3.4.8)."""

from collections.abc import Mapping
from typing import Any

from feel import errors, limits
from feel.limits import Budget
from feel.signatures import one, table

Context = Mapping[str, Any]


def _get_value(context: Context, key: str) -> Any:
    return context.get(key)


def _get_value_at(context: Context, keys: list[Any]) -> Any:
    found: Any = context
    for key in keys:
        if not isinstance(found, Mapping) or not isinstance(key, str):
            return None
        found = found.get(key)
    return found if keys else None


def _get_entries(context: Context) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(budget: Budget, entries: list[Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    budget.spend(len(entries))
    for entry in entries:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str) or "value" not in entry:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = entry["value"]
    return made


def _put(budget: Budget, context: Context, key: str, value: Any) -> dict[str, Any]:
    budget.items(len(context) + 1)
    return {**context, key: value}


def _put_at(budget: Budget, context: Context, keys: list[Any], value: Any) -> dict[str, Any] | None:
    if not keys or not all(isinstance(key, str) for key in keys):
        return None
    if len(keys) > limits.MAX_DEPTH:
        raise errors.FeelLimitError(f"contexts are nested more than {limits.MAX_DEPTH} deep")
    first, rest = keys[0], keys[1:]
    if not rest:
        return _put(budget, context, first, value)
    inner = context.get(first)
    changed = _put_at(budget, inner if isinstance(inner, Mapping) else {}, rest, value)
    return None if changed is None else _put(budget, context, first, changed)


def _merge(budget: Budget, contexts: list[Any]) -> dict[str, Any] | None:
    merged: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            return None
        budget.items(len(merged) + len(context))
        merged.update(context)
    return merged


BUILTINS = table(
    {
        "get value": (
            one(_get_value, "m: context", "key: string"),
            one(_get_value_at, "context: context", "keys: list"),
        ),
        "get entries": one(_get_entries, "m: context"),
        "context": one(_context, "entries: list", budgeted=True),
        "context put": (
            one(_put, "context: context", "key: string", "value: any", budgeted=True),
            one(_put_at, "context: context", "keys: list", "value: any", budgeted=True),
        ),
        "context merge": one(_merge, "contexts: list", budgeted=True),
    }
)
