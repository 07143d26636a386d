"""`matches`, `replace` and `split` (DMN 1.5, section 10.3.4.3); a pattern or flag that is none gives null."""

import re

from feel import matching, patterns
from feel.limits import Budget
from feel.patterns import Pattern
from feel.signatures import one, table

_REPLACEMENT = re.compile(r"\\([\\$])|\$([0-9]+)|([^\\$]+)|(.)", re.DOTALL)


def _matches(budget: Budget, text: str, pattern: str, flags: str | None) -> bool | None:
    compiled = _compiled(budget, pattern, flags)
    return None if compiled is None else matching.find(compiled, text, 0, budget) is not None


def _replace(budget: Budget, text: str, pattern: str, replacement: str, flags: str | None) -> str | None:
    compiled = _compiled(budget, pattern, flags)
    parts = None if compiled is None else _replacement_parts(replacement, compiled.groups)
    if compiled is None or parts is None or matching.find(compiled, "", 0, budget) is not None:
        return None
    result: list[str] = []
    place, length = 0, 0
    while (found := matching.find(compiled, text, place, budget)) is not None and found[1] > found[0]:
        added = [text[place : found[0]], *(_part(part, text, found) for part in parts)]
        length += sum(map(len, added))
        budget.text(length)
        result += added
        place = found[1]
    return "".join([*result, text[place:]])


def _split(budget: Budget, text: str, delimiter: str) -> list[str] | None:
    compiled = _compiled(budget, delimiter, None)
    if compiled is None or matching.find(compiled, "", 0, budget) is not None:
        return None
    result: list[str] = []
    place = 0
    while (found := matching.find(compiled, text, place, budget)) is not None and found[1] > found[0]:
        result.append(text[place : found[0]])
        place = found[1]
    budget.items(len(result) + 1)
    return [*result, text[place:]]


def _compiled(budget: Budget, pattern: str, flags: str | None) -> Pattern | None:
    budget.spend(len(pattern))
    return patterns.compile_pattern(pattern, flags or "")


def _replacement_parts(replacement: str, groups: int) -> list[str | int] | None:
    """Cut a replacement into texts and numbers of groups; None when a `$` or backslash stands alone."""
    parts: list[str | int] = []
    for match in _REPLACEMENT.finditer(replacement):
        escaped, digits, plain, wrong = match.groups()
        if wrong:
            return None
        if digits:
            used = len(digits)
            while used > 1 and int(digits[:used]) > groups:
                used -= 1
            parts += [int(digits[:used]), digits[used:]]
        else:
            parts.append(escaped or plain)
    return parts


def _part(part: str | int, text: str, found: list[int]) -> str:
    if isinstance(part, str):
        return part
    start, end = (found[2 * part], found[2 * part + 1]) if 2 * part + 1 < len(found) else (-1, -1)
    return text[start:end] if end >= 0 else ""


BUILTINS = table(
    {
        "matches": one(_matches, "input: string", "pattern: string", "flags?: string", budgeted=True),
        "replace": one(
            _replace, "input: string", "pattern: string", "replacement: string", "flags?: string", budgeted=True
        ),
        "split": one(_split, "string: string", "delimiter: string", budgeted=True),
    }
)
