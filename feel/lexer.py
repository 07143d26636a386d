"""Cuts the text of an expression into tokens, with one regular expression that cannot backtrack."""

import re
from typing import NoReturn

from feel import errors, limits

Token = tuple[str, str, int]
"""Kind (`number`, `string`, `name`, `quoted`, `op`, `symbol`, `end`), text, and offset in the expression."""

_LETTER = (
    "?_A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_TOKEN = re.compile(
    rf"""
      (?P<space>(?:\s|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)++)
    | (?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"(?:[^"\\]|\\.)*+")
    | (?P<name>[{_LETTER}][{_LETTER}0-9\u00b7\u0300-\u036f\u203f\u2040]*)
    | (?P<quoted>`[^`]+`)
    | (?P<open>/\*|["`])
    | (?P<op>\*\*|\.\.|!=|<=|>=|->|[-+*/=<>(){{}}\[\],.:@])
    | (?P<symbol>['\u2019])
    | (?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "'": "'"}
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

_HINTS = {
    "&": "write `and`",
    "|": "write `or`",
    "!": "write `!=` for unequal, `not(...)` to negate",
    ";": "separate with a comma",
    "%": "write `modulo(a, b)`",
}
_UNCLOSED = {"/*": "the comment is not closed", '"': "the text is not closed", "`": "the quoted name is not closed"}


def tokenize(text: str) -> list[Token]:
    """Return the tokens of an expression, the last of kind `end`; raises FeelSyntaxError, FeelLimitError."""
    if len(text) > limits.MAX_TEXT:
        raise errors.FeelLimitError(f"the expression is longer than {limits.MAX_TEXT} characters")
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            continue
        if kind is None or kind in {"open", "unknown"}:
            _refuse(text, match.start(), match.group())
        tokens.append((kind, match.group(), match.start()))
    tokens.append(("end", "", len(text)))
    return tokens


def parts(name: str) -> tuple[str, ...]:
    """Split a name into its tokens, so that `a - b` finds the name `a-b`; blanks between them do not count."""
    if name.isidentifier():
        return (name,)
    return tuple(match.group() for match in _TOKEN.finditer(name) if match.lastgroup != "space")


def is_word(name: str) -> bool:
    """Say whether a name is a single token, or several words with single blanks between them."""
    found = [_TOKEN.fullmatch(word) for word in name.split(" ")]
    return all(match is not None and match.lastgroup == "name" for match in found)


def unescape(literal: str) -> str:
    """Return the text that a string literal, quotes included, stands for; a lone surrogate becomes U+FFFD."""
    if "\\" not in literal:
        return literal[1:-1]
    plain = _ESCAPE.sub(_unescape, literal[1:-1])
    joined = _SURROGATE_PAIR.sub(_join_surrogates, plain)
    return _LONE_SURROGATE.sub("\ufffd", joined)


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, from one, of an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1) or match.group(2)
    if code:
        number = int(code, 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - the last code point
    # A backslash before any other character stays: regular expressions are written so.
    return _ESCAPED.get(match.group(3), match.group())


def _join_surrogates(match: re.Match[str]) -> str:
    return match.group().encode("utf-16", "surrogatepass").decode("utf-16")


def _refuse(text: str, offset: int, found: str) -> NoReturn:
    message = _UNCLOSED.get(found, f"unexpected character {found!r}")
    raise errors.FeelSyntaxError(message, *place(text, offset), _HINTS.get(found, ""))
