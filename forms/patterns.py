"""Regular expressions that a designer may write: only those that cannot be made to run long.

A pattern comes from a file and meets text from anybody, so backtracking must have a bound. Accepted is a plain
sequence: characters, classes and their repetitions, from `^` to `$`; no groups, alternatives or references. The
number of ways to divide a text among the repetitions is bounded too. Such a pattern means the same in the browser's
`pattern` attribute, in form-js and here.
"""

import re
from functools import lru_cache

MAX_LENGTH = 200
MAX_WAYS = 100_000
_TEXT_LENGTH = 255

_CLASS = r"\[\^?(?:\\[dws\\\]\[^.-]|[^\\\[\]])+\]"
_ATOM = rf"(?:{_CLASS}|\\[dwsDWS.^$*+?()\[\]{{}}|\\/-]|[^\\^$*+?()\[\]{{}}|])"
_REPEAT = r"(?:[*+?]|\{(?P<low>\d{1,3})(?P<comma>,(?P<high>\d{1,3})?)?\})"
_PIECE = re.compile(rf"{_ATOM}(?P<repeat>{_REPEAT})?", re.ASCII)


def refusal(pattern: str) -> str | None:
    """Say why a pattern is refused, in Italian, or None when it is fine."""
    if len(pattern) > MAX_LENGTH:
        return f"L'espressione regolare supera {MAX_LENGTH} caratteri."
    if pattern == "^" or not (pattern.startswith("^") and pattern.endswith("$")):
        return "L'espressione regolare non comincia con ^ o non finisce con $."
    at, end, ways = 1, len(pattern) - 1, 1
    while at < end:
        piece = _PIECE.match(pattern, at, end)
        if piece is None:
            return f"L'espressione regolare usa al carattere {at + 1} un costrutto che non è ammesso."
        ways *= _ways(piece)
        at = piece.end()
    if ways > MAX_WAYS:
        return "L'espressione regolare ha troppe ripetizioni di lunghezza libera."
    return _uncompilable(pattern)


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole text fits an accepted pattern. Letters and digits of classes are those of ASCII."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    # Without its `$`: Python's would let a newline at the end pass, `fullmatch` does not.
    return re.compile(pattern[1:-1], re.ASCII)


def _ways(piece: re.Match[str]) -> int:
    repeat = piece["repeat"]
    if repeat is None:
        return 1
    if repeat == "?":
        return 2
    if repeat in {"*", "+"}:
        return _TEXT_LENGTH + 1
    low = int(piece["low"])
    if piece["comma"] is None:
        return 1
    high = int(piece["high"]) if piece["high"] else low + _TEXT_LENGTH
    return max(high - low, 0) + 1


def _uncompilable(pattern: str) -> str | None:
    try:
        _compiled(pattern)
    except (re.error, OverflowError):
        return "L'espressione regolare non è scritta correttamente."
    return None
