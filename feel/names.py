"""Decides which tokens together are one name: `risk level`, `a-b`, `date and time`.

FEEL allows blanks and operators inside names, so what a text means depends on the names in scope; the longest wins.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from feel import lexer

Index = dict[str, list[tuple[tuple[str, ...], str]]]
"""First token of a name to all names that begin with it (their tokens, the name), longest first."""

KEYWORDS = frozenset(
    {
        "and",
        "between",
        "else",
        "every",
        "external",
        "false",
        "for",
        "function",
        "if",
        "in",
        "instance",
        "null",
        "or",
        "return",
        "satisfies",
        "some",
        "then",
        "true",
    }
)


@lru_cache(maxsize=512)
def index(names: frozenset[str]) -> Index:
    """Return the index of a set of names; cached, because one scope serves many expressions."""
    return build(names)


def build(names: Iterable[str]) -> Index:
    """Return a new index of names; empty names are left out."""
    found: Index = {}
    for name in names:
        tokens = lexer.parts(name)
        if tokens:
            found.setdefault(tokens[0], []).append((tokens, name))
    for candidates in found.values():
        candidates.sort(key=lambda candidate: len(candidate[0]), reverse=True)
    return found


def longest(scope: Index, tokens: Sequence[lexer.Token], at: int) -> tuple[int, str] | None:
    """Return the longest name of a scope that the tokens spell from a place on, with its number of tokens."""
    for spelling, name in scope.get(tokens[at][1], ()):
        length = len(spelling)
        if length == 1 or tuple(token[1] for token in tokens[at : at + length]) == spelling:
            return length, name
    return None


def unknown(tokens: Sequence[lexer.Token], at: int) -> int:
    """Count the tokens that make up a name nobody declared: words and numbers side by side mean nothing else."""
    end = at + 1
    while (tokens[end][0] == "name" and tokens[end][1] not in KEYWORDS) or (
        tokens[end][0] == "number" and tokens[end][1].isdigit()
    ):
        end += 1
    return end - at


def spelled(text: str, tokens: Sequence[lexer.Token], at: int, length: int) -> str:
    """Return a run of tokens as they stand in the text, with single blanks."""
    if length == 1:
        return tokens[at][1]
    last = tokens[at + length - 1]
    return " ".join(text[tokens[at][2] : last[2] + len(last[1])].split())
