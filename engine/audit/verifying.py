"""Checking an exported audit, and the signed heads that were kept elsewhere: no database, no settings.

What is found is located: by the number of the entry, or by two numbers between which it happened.
"""

from __future__ import annotations

import enum
from binascii import hexlify
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from engine.audit import chain, heads
from engine.audit.exporting import FIRST_LINE

MOST = 1000
"""Findings that are listed; all are counted."""

_PARTS = 3  # of a line: number, hash, entry


class Kind(enum.StrEnum):
    """What can be wrong."""

    ALTERED = "altered"
    MISSING = "missing"
    GAP = "gap"
    REORDERED = "reordered"
    UNSEALED = "unsealed"
    UNREADABLE = "unreadable"
    CUT_OFF = "cut_off"
    REWRITTEN = "rewritten"
    TRUNCATED = "truncated"
    HEAD_FORGED = "head_forged"
    HEAD_UNREADABLE = "head_unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong, at entries `first` to `last`; a line of a file for what has no number, an id for `unsealed`."""

    kind: Kind
    first: int
    last: int


@dataclass(slots=True)
class Report:
    """What a check has come to. `attested` is the last entry that a genuine head speaks for, 0 without heads."""

    entries: int = 0
    last: int = 0
    attested: int = 0
    heads: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def note(self, kind: Kind, first: int, last: int | None = None) -> None:
        """Note something wrong; what touches the finding before it and is of the same kind is one with it."""
        before = self.findings[-1] if self.findings else None
        last = first if last is None else last
        if before is not None and before.kind is kind and before.last + 1 == first:
            self.findings[-1] = Finding(kind, before.first, last)
            return
        self.found += 1
        if len(self.findings) < MOST:
            self.findings.append(Finding(kind, first, last))


def verify(
    exported: IO[bytes],
    head_lines: Iterable[bytes] = (),
    keys: Mapping[str, Ed25519PublicKey] | None = None,
) -> Report:
    """Check an exported audit from its first line to its last, and against heads.

    Without heads the chain can only be said to fit together: whoever writes all of it anew makes one that does.
    """
    report = Report()
    attested = _genuine(report, head_lines, keys or {})
    lines = iter(exported)
    if next(lines, b"") != FIRST_LINE:
        report.note(Kind.UNREADABLE, 1)
        return report
    rest = _chained(report, lines, attested)
    _remainder(report, rest)
    beyond = max(attested, default=0)
    if beyond > report.last:
        report.note(Kind.TRUNCATED, report.last + 1, beyond)
    return report


def _genuine(report: Report, lines: Iterable[bytes], keys: Mapping[str, Ed25519PublicKey]) -> dict[int, set[bytes]]:
    """Give what genuine heads say, by number; several may speak of one."""
    said: dict[int, set[bytes]] = {}
    for place, line in enumerate(lines, 1):
        if not line.strip():
            continue
        head = heads.read(line)
        if head is None:
            report.note(Kind.HEAD_UNREADABLE, place)
        elif not head.is_genuine(keys):
            report.note(Kind.HEAD_FORGED, place)
        else:
            report.heads += 1
            said.setdefault(head.number, set()).add(head.hash)
    return said


def _chained(report: Report, lines: Iterator[bytes], attested: Mapping[int, set[bytes]]) -> Iterator[bytes]:
    """Follow the chain; give the lines that come behind it, the first of them included.

    After what does not fit, the hash that is stated is believed: so what comes next is judged for itself.
    """
    previous: bytes | None = chain.START
    number = 0
    for line in lines:
        # The three lines that every entry pays for.
        parts = line.split(b" ", 2)
        hashed = sha256((previous or b"") + parts[-1][:-1]).digest()
        if parts[0] == b"%d" % (number + 1) and len(parts) == _PARTS and parts[1] == hexlify(hashed):
            number, previous = number + 1, hashed
        elif parts[0] in {b"-", b"end"}:
            return _behind(line, lines)
        else:
            number, previous = _diagnosed(report, parts, number + 1, None if previous is None else hashed)
        report.entries += 1
        if number in attested and previous is not None:
            _attest(report, number, genuine=attested[number] == {previous})
        report.last = max(report.last, number)
    return iter(())


def _attest(report: Report, number: int, *, genuine: bool) -> None:
    """Note what a head says of an entry."""
    if genuine:
        report.attested = number
    else:
        report.note(Kind.REWRITTEN, report.attested + 1, number)


def _diagnosed(report: Report, parts: list[bytes], expected: int, hashed: bytes | None) -> tuple[int, bytes | None]:
    """Say what is wrong with a line; give the number and the hash to go on from, no hash where it has none.

    `hashed` is the hash that it should have; None where the line before had none, so that this one cannot be judged.
    """
    try:
        number, stated = int(parts[0]), bytes.fromhex(parts[1].decode("ascii"))
    except (IndexError, ValueError):
        number, stated = 0, b""
    if len(parts) != _PARTS or parts[:2] != [b"%d" % number, stated.hex().encode()] or len(stated) != len(chain.START):
        report.note(Kind.UNREADABLE, expected)
        return expected, None
    if number != expected and stated == hashed:  # only its number was changed
        report.note(Kind.ALTERED, expected)
        return expected, stated
    if number > expected:
        report.note(Kind.GAP, expected, number - 1)
    elif number < expected:
        report.note(Kind.REORDERED, expected)
    elif parts[2] == b"-\n":
        report.note(Kind.MISSING, number)
    elif not parts[2].endswith(b"\n"):
        report.note(Kind.CUT_OFF, number)
    elif hashed is not None:
        report.note(Kind.ALTERED, number)
    return number, stated


def _behind(line: bytes, lines: Iterator[bytes]) -> Iterator[bytes]:
    yield line
    yield from lines


def _remainder(report: Report, lines: Iterator[bytes]) -> None:
    """Read what has no seal, and the last line."""
    for line in lines:
        parts = line.split(b" ", 2)
        if parts[0] == b"-" and len(parts) == _PARTS:
            report.note(Kind.UNSEALED, _entry_id(parts[2]))
        else:
            _end(report, line, next(lines, None))
            return
    report.note(Kind.CUT_OFF, report.last + 1)


def _end(report: Report, line: bytes, more: bytes | None) -> None:
    try:
        last = int(line.removeprefix(b"end "))
    except ValueError:
        last = -1
    if last > report.last:
        report.note(Kind.TRUNCATED, report.last + 1, last)
    if line != b"end %d\n" % last or last < report.last or more is not None:
        report.note(Kind.UNREADABLE, report.last + 1)


def _entry_id(content: bytes) -> int:
    try:
        return int(orjson.loads(content)["id"])
    except (KeyError, TypeError, ValueError):
        return 0
