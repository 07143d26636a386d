"""Which statements each test sends to the database, and the fewest tests that send them all.

The engine's tests run on the embedded server. What another server may do otherwise are single statements, not what
they come to: so the second run takes the fewest tests in which every statement of the first is sent once. The record is
made anew in each first run; without one all tests run.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

_SENT: dict[str, set[str]] = {}
_current = [""]
_VALUES = re.compile(r"%\(\w+\)s(::[\w ]+)?")
_LISTS = re.compile(r"\?(\s*,\s*\?)+")
_ROWS = re.compile(r"\(\?\)(\s*,\s*\(\?\))+")


def record() -> None:
    """Begin to note what is sent, by test."""

    @event.listens_for(Engine, "before_cursor_execute")
    def sent(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        _SENT.setdefault(_current[0], set()).add(_shape(statement))


def begin(item: pytest.Item) -> None:
    """Note what follows as sent by this test."""
    _current[0] = item.nodeid


def write(folder: Path) -> None:
    """Keep what was noted in this process, beside what others have."""
    path = folder / f"statements-{os.getpid()}.json"
    path.write_text(json.dumps({test: sorted(sent) for test, sent in _SENT.items()}), encoding="utf-8")


def read(folder: Path) -> dict[str, set[str]]:
    """Read what was noted in all processes."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.glob("statements-*.json")):
        for test, sent in json.loads(path.read_text(encoding="utf-8")).items():
            found.setdefault(test, set()).update(sent)
    return found


def fewest(tests: Iterable[str], sent: Mapping[str, set[str]]) -> set[str]:
    """Choose tests until no other would send anything new: always the one that sends most of what is still missing."""
    left = {test: set(sent.get(test, ())) for test in tests}
    chosen = set()
    while left:
        best = max(sorted(left), key=lambda test: len(left[test]))
        new = left.pop(best)
        if not new:
            break
        chosen.add(best)
        for other in left.values():
            other.difference_update(new)
    return chosen


@cache
def _shape(statement: str) -> str:
    """Digest a statement without its numbers of values and names: the same one with more rows is no other."""
    text = _ROWS.sub("(?)", _LISTS.sub("?", _VALUES.sub("?", statement)))
    text = re.sub(r"\d+", "0", text)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
