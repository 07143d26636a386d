"""Shifts from a file, CSV or iCalendar: everything that is wrong is found, line by line, before anything is written.

The file, as a spreadsheet saves it: `dal;al;prima;seconda;lingue;capacita`. `dal` and `al` are local times (02/03/2026
18:00, or 2026-03-02 18:00; or with their offset, 2026-10-25T02:30+01:00), `prima` and `seconda` user names; the last
three columns may be missing. How the events of a calendar become such lines: `calendar_file`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from engine.calendars.calendar import ROME
from engine.errors import InvalidValue
from engine.participants.imports import Cells, File, LineProblem, lines
from engine.participants.models import User
from engine.roster import calendar_file, planning
from engine.roster.models import Capability
from engine.roster.planning import Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from engine.participants.access import Actor

_FORMATS = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")
_OFFSET = re.compile(r"T.*[+-]\d\d:\d\d\Z")
_COLUMNS = {"starts_at": "dal", "ends_at": "al", "first": "prima", "second": "seconda", "languages": "lingue"}


@dataclass(slots=True)
class Plan:
    """What an import would write, and everything that stands against it."""

    shifts: list[Wanted] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)


def plan(session: Session, actor: Actor, roster_id: UUID, content: bytes) -> Plan:
    """Look through a file and find everything that is wrong; nothing is changed. Raises NotFound, Forbidden."""
    roster = planning.find(session, actor, roster_id)
    planning.require(session, actor, roster)
    able = planning.workers(session, roster)
    names = select(User.username, User.id).where(User.id.in_(able))
    people = {row.username: row.id for row in session.execute(names)}
    result = Plan()
    read = calendar_file.events if calendar_file.is_one(content) else lines
    for line, cells in read(File.SHIFTS, content, result.problems):
        wanted = _read(line, cells, people, result.problems)
        if wanted is None:
            continue
        try:
            planning.made(actor, roster, wanted, able)
            result.shifts.append(wanted)
        except InvalidValue as wrong:
            result.problems.append(LineProblem(File.SHIFTS, line, _COLUMNS.get(wrong.field, "capacita"), wrong.code))
    if not (result.shifts or result.problems):
        result.problems.append(LineProblem(File.SHIFTS, 1, None, "nothing"))
    result.problems.sort(key=lambda problem: (problem.line, problem.column or ""))
    return result


def carry_out(session: Session, actor: Actor, roster_id: UUID, wanted: Plan) -> int:
    """Write what a plan says as drafts, all or nothing; give how many.

    Raises NotFound, Forbidden, InvalidValue (the plan has problems).
    """
    if wanted.problems:
        raise InvalidValue("file", "has_problems")
    for shift in wanted.shifts:
        planning.add(session, actor, roster_id, shift)
    return len(wanted.shifts)


def _read(
    line: int, cells: Mapping[str, str], people: Mapping[str, UUID], problems: list[LineProblem]
) -> Wanted | None:
    reading = Cells(File.SHIFTS, line, cells, problems)
    starts_at, ends_at = reading.checked("dal", _instant), reading.checked("al", _instant)
    named = {column: cells.get(column, "").lower() for column in ("prima", "seconda")}
    for column, name in named.items():
        if name and name not in people:
            problems.append(LineProblem(File.SHIFTS, line, column, "unknown_person"))
    if not named["prima"]:
        problems.append(LineProblem(File.SHIFTS, line, "prima", "missing"))
    languages, able = reading.several("lingue", _language), reading.several("capacita", Capability)
    first, second = people.get(named["prima"]), people.get(named["seconda"])
    if starts_at is None or ends_at is None or first is None or languages is None or able is None:
        return None
    return (
        None
        if named["seconda"] and second is None
        else Wanted(starts_at, ends_at, first, second, tuple(languages), tuple(one.value for one in able))
    )


def _instant(text: str) -> datetime:
    """Read a local time, or one with its offset. ValueError for none, and for the hour that March skips."""
    if _OFFSET.search(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    for form in _FORMATS:
        try:
            local = datetime.strptime(text, form)  # noqa: DTZ007 - the next line gives it its zone
        except ValueError:
            continue
        at = local.replace(tzinfo=ROME).astimezone(UTC)
        if at.astimezone(ROME).replace(tzinfo=None) == local:
            return at
    raise ValueError


def _language(code: str) -> str:
    if len(code) != len("it") or not code.isalpha():
        raise ValueError
    return code
