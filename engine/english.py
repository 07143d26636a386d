"""What is said to designers, in English.

Diagrams, tables and forms are drawn in Italian, and what is wrong with them is written in Italian where it is found, so
that the code can be read beside it. `english.toml` has the same sentences in English; a test fails when one is missing.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).with_suffix(".toml")


@cache
def catalogue() -> Mapping[str, str]:
    """Give the sentences by their Italian texts; `{}` stands for what is filled in."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def said(italian: str) -> str:
    """Say a sentence in English; what is no sentence of ours (a name, a value) stays as it is."""
    whole = catalogue().get(italian)
    if whole is not None:
        return whole
    for pattern, english in _patterns():
        found = pattern.fullmatch(italian)
        if found:
            return english.format(*(said(part) for part in found.groups()))
    return italian


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Give the sentences in which something is filled in; the one that says most by itself comes first."""
    open_ones = [(italian, english) for italian, english in catalogue().items() if "{}" in italian]
    open_ones.sort(key=lambda pair: len(pair[0].replace("{}", "")), reverse=True)
    return tuple((_pattern(italian), english) for italian, english in open_ones)


def _pattern(italian: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(re.escape(part) for part in italian.split("{}")), re.DOTALL)
