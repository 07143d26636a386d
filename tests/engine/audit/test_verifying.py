"""The check of an exported audit: whatever is done to it is found, and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import db
from engine.audit import exporting, heads, sealing, verifying
from engine.audit.verifying import Finding, Kind, Report
from engine.participants.models import Network
from tests import database
from tests.engine.audit.installation import network, note, signer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = heads.public_keys([heads.public_pem(KEY).encode()])
COUNT = 40
FIRST = b"staffetta-audit 1\n"


@cache
def entries() -> tuple[bytes, ...]:
    return tuple(b'{"action":"case.read","id":%d,"subject_id":"%d"}' % (10 * number, number) for number in range(COUNT))


def chained(contents: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The lines of a file that holds these entries, and the hash of each."""
    previous, lines, hashes = bytes(32), [], []
    for number, content in enumerate(contents, 1):
        previous = sha256(previous + content).digest()
        hashes.append(previous)
        lines.append(b"%d %s %s\n" % (number, previous.hex().encode(), content))
    return lines, hashes


def check(lines: Sequence[bytes], head_lines: Sequence[bytes] = (), *, count: int = COUNT) -> Report:
    return verifying.verify(BytesIO(b"".join([FIRST, *lines, b"end %d\n" % count])), head_lines, KEYS)


def head_lines(folder: Path, *numbers: int) -> list[bytes]:
    _, hashes = chained(entries())
    path = folder / "heads"
    for number in numbers:
        heads.sign(path, KEY, number, hashes[number - 1], datetime(2026, 5, 1, 10, tzinfo=UTC))
    return path.read_bytes().splitlines()


def test_what_nobody_touched_is_in_order(tmp_path: Path) -> None:
    lines, _ = chained(entries())
    report = check(lines, head_lines(tmp_path, 10, 30))
    assert (report.entries, report.last, report.heads, report.attested) == (COUNT, COUNT, 2, 30)
    assert report.findings == []


@given(st.integers(1, COUNT), st.data())
@settings(max_examples=300)
def test_a_changed_byte_is_found_at_its_entry(number: int, data: st.DataObject) -> None:
    lines, _ = chained(entries())
    line = bytearray(lines[number - 1])
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    lines[number - 1] = bytes(line)
    report = check(lines)
    assert report.found
    first = report.findings[0]
    # A changed hash breaks the entry that bears it and the next; a changed number or end of line may touch that too.
    assert number - 1 <= first.first <= number + 1, report.findings


@given(st.sets(st.integers(1, COUNT), min_size=1, max_size=COUNT - 1))
@settings(max_examples=200)
def test_entries_taken_out_are_found_each_at_its_place(gone: set[int]) -> None:
    lines, _ = chained(entries())
    report = check([line for number, line in enumerate(lines, 1) if number not in gone])
    found = {number for one in report.findings for number in range(one.first, one.last + 1)}
    assert found == gone
    assert {one.kind for one in report.findings} <= {Kind.GAP, Kind.TRUNCATED}


@given(st.lists(st.integers(1, COUNT), min_size=2, max_size=2, unique=True))
@settings(max_examples=200)
def test_entries_that_change_places_are_found_at_both(places: list[int]) -> None:
    lines, _ = chained(entries())
    one, other = sorted(places)
    lines[one - 1], lines[other - 1] = lines[other - 1], lines[one - 1]
    report = check(lines)
    assert report.findings[0].first == one
    assert any(finding.kind is Kind.REORDERED for finding in report.findings)


@given(st.permutations(range(COUNT)))
@settings(max_examples=200)
def test_any_other_order_is_found(order: list[int]) -> None:
    lines, _ = chained(entries())
    report = check([lines[place] for place in order])
    first = next((place for place, was in enumerate(order) if place != was), None)
    assert (report.found == 0) == (first is None)
    if first is not None:
        assert report.findings[0].first == first + 1


@given(st.integers(1, COUNT))
def test_an_entry_put_in_is_found(number: int) -> None:
    lines, _ = chained(entries())
    report = check([*lines[:number], lines[number - 1], *lines[number:]])
    assert (report.findings[0].kind, report.findings[0].first) == (Kind.REORDERED, number + 1)


@given(st.integers(0, COUNT - 1), st.booleans())
def test_a_file_cut_short_is_found_where_it_ends(kept: int, within_a_line: bool) -> None:  # noqa: FBT001 - drawn
    lines, _ = chained(entries())
    whole = b"".join([FIRST, *lines[:kept]]) + (lines[kept][:-7] if within_a_line else b"")
    report = verifying.verify(BytesIO(whole))
    assert (report.findings[0].kind, report.findings[0].first) in {
        (Kind.CUT_OFF, kept + 1),
        (Kind.UNREADABLE, kept + 1),
    }


@given(st.integers(1, COUNT), st.integers(1, COUNT))
def test_a_chain_written_anew_is_found_between_two_heads(tmp_path_factory, changed: int, headed: int) -> None:
    """What changes an entry and all hashes after it fits together: only a head that was kept knows better."""
    contents = list(entries())
    contents[changed - 1] = b'{"action":"case.read","id":1,"subject_id":"altro"}'
    lines, _ = chained(contents)
    assert check(lines).found == 0
    report = check(lines, head_lines(tmp_path_factory.mktemp("heads"), headed))
    if headed < changed:
        assert (report.found, report.attested) == (0, headed)
    else:
        assert report.findings == [Finding(Kind.REWRITTEN, 1, headed)]


def test_entries_taken_from_the_end_with_their_seals_are_found_by_a_head(tmp_path: Path) -> None:
    lines, _ = chained(entries())
    assert check(lines[:20], count=20).found == 0
    report = check(lines[:20], head_lines(tmp_path, 10, 33), count=20)
    assert report.findings == [Finding(Kind.TRUNCATED, 21, 33)]


def test_a_head_of_another_key_or_of_other_words_is_forged(tmp_path: Path) -> None:
    lines, _ = chained(entries())
    (line,) = head_lines(tmp_path, 20)
    assert check(lines, [line.replace(b'"number":20', b'"number":21')]).findings == [Finding(Kind.HEAD_FORGED, 1, 1)]
    assert check(lines, [b"", line, line[:-9]]).findings == [Finding(Kind.HEAD_UNREADABLE, 3, 3)]
    other = heads.public_keys([heads.public_pem(Ed25519PrivateKey.generate()).encode()])
    report = verifying.verify(BytesIO(b"".join([FIRST, *lines, b"end 40\n"])), [line], other)
    assert (report.findings, report.attested) == ([Finding(Kind.HEAD_FORGED, 1, 1)], 0)


def test_what_is_no_export_is_said_to_be_none() -> None:
    assert verifying.verify(BytesIO(b"")).findings == [Finding(Kind.UNREADABLE, 1, 1)]
    assert verifying.verify(BytesIO(b"PK\x03\x04")).findings == [Finding(Kind.UNREADABLE, 1, 1)]


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_no_bytes_at_all_break_the_check(garbage: bytes) -> None:
    report = verifying.verify(BytesIO(FIRST + garbage), garbage.splitlines(), KEYS)
    assert report.found or garbage == b"end 0\n"


@pytest.fixture
def ours(configured: database.Urls) -> Network:
    return network()


def exported() -> tuple[exporting.Exported, Report]:
    file = BytesIO()
    with db.transaction(read_only=True) as session:
        written = exporting.write(session, file)
    file.seek(0)
    return written, verifying.verify(file)


def as_owner(urls: database.Urls, statement: str) -> None:
    """Do what an attacker with all rights in the database does."""
    db.configure(urls.owner)
    with db.transaction() as session:
        session.connection().exec_driver_sql(statement)
    db.configure(urls.app)


def test_the_export_of_a_database_verifies(ours: Network, tmp_path: Path) -> None:
    note(ours, *range(25))
    sealing.run(signer(tmp_path))
    note(ours, 26)
    written, report = exported()
    assert (written.sealed, written.unsealed, written.waiting) == (25, 0, 1)
    assert (report.entries, report.findings) == (25, [])


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit_entry SET actor_id = NULL, action = 'x' WHERE subject_id = '4'", Finding(Kind.ALTERED, 5, 5)),
        ("UPDATE audit_entry SET details = '{}' WHERE subject_id IN ('4', '5')", Finding(Kind.ALTERED, 5, 6)),
        ("DELETE FROM audit_entry WHERE subject_id = '7'", Finding(Kind.MISSING, 8, 8)),
        ("DELETE FROM audit_seal WHERE number IN (3, 4)", Finding(Kind.GAP, 3, 4)),
        ("UPDATE audit_seal SET hash = sha256('') WHERE number = 25", Finding(Kind.ALTERED, 25, 25)),
    ],
)
def test_what_is_done_in_the_database_itself_shows_in_its_export(
    ours: Network, configured: database.Urls, tmp_path: Path, statement: str, finding: Finding
) -> None:
    note(ours, *range(25))
    sealing.run(signer(tmp_path))
    as_owner(configured, statement)
    _, report = exported()
    assert report.findings[0] == finding


def test_an_entry_kept_from_its_seal_is_found(ours: Network, configured: database.Urls, tmp_path: Path) -> None:
    note(ours, 1)
    sealing.run(signer(tmp_path))
    note(ours, 2)
    as_owner(configured, "DELETE FROM audit_unsealed")
    assert sealing.run(signer(tmp_path)) == 0
    written, report = exported()
    assert written.unsealed == 1
    assert [one.kind for one in report.findings] == [Kind.UNSEALED]
