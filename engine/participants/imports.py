"""Agencies and people from two CSV files: everything that is wrong is found before anything is changed.

The files, as a spreadsheet saves them (UTF-8, semicolons or commas, a first line with these names in whatever order):
agencies `ente;servizi;canale;telefono;email`, people `utente;nome;ente;ruoli;lingua`. Several services or roles stand
in one cell, separated by a space or a bar. `canale`, `telefono`, `email` and `lingua` may be missing: then it is the
portal, no contact, and Italian.
"""

from __future__ import annotations

import csv
import enum
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import InvalidValue
from engine.participants import access, administration, directory
from engine.participants.access import Action, Actor
from engine.participants.administration import Admitted
from engine.participants.directory import Contact
from engine.participants.models import Agency, Channel, Language, NetworkAgency, Role, User

_T = TypeVar("_T")

MAX_LINES = 200
"""Lines of one file: a password is hashed for each person, slowly on purpose."""

MAX_BYTES = 40_000
"""Bytes of one file: many times what so many lines need."""


class File(enum.StrEnum):
    """Which file: the two that are taken in here, and the shifts of a roster (engine.roster.imports)."""

    AGENCIES = "agencies"
    PEOPLE = "people"
    SHIFTS = "shifts"


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong in one line, counted from 1 with the names of the columns; `column` is None when it is the line."""

    file: File
    line: int
    column: str | None
    code: str


@dataclass(frozen=True, slots=True)
class NewAgency:
    """An agency to be made."""

    line: int
    name: str
    services: tuple[str, ...]
    channel: Channel
    contact: Contact


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be made; `agency` is a name of the network or of the other file."""

    line: int
    username: str
    display_name: str
    agency: str
    roles: tuple[Role, ...]
    language: Language


@dataclass(slots=True)
class Plan:
    """What an import would do, and everything that stands against it."""

    agencies: list[NewAgency] = field(default_factory=list)
    people: list[NewPerson] = field(default_factory=list)
    problems: list[LineProblem] = field(default_factory=list)


def plan(session: Session, actor: Actor, *, agencies: bytes | None, people: bytes | None) -> Plan:
    """Look through the files and find everything that is wrong; nothing is changed. Raises Forbidden."""
    access.require(actor, Action.ADMINISTER)
    result = Plan()
    for file, content in ((File.AGENCIES, agencies), (File.PEOPLE, people)):
        for line, cells in lines(file, content, result.problems):
            _read[file](line, cells, result)
    _check_agencies(session, actor, result)
    _check_people(session, actor, result)
    if not (result.agencies or result.people or result.problems):
        result.problems.append(LineProblem(File.AGENCIES, 1, None, "nothing"))
    result.problems.sort(key=lambda problem: (problem.file, problem.line, problem.column or ""))
    return result


def carry_out(session: Session, actor: Actor, wanted: Plan) -> tuple[Admitted, ...]:
    """Make what a plan says, all or nothing; give the new accounts with their passwords.

    Raises Forbidden, InvalidValue (the plan has problems), DuplicateName (somebody was faster).
    """
    access.require(actor, Action.ADMINISTER)
    if wanted.problems:
        raise InvalidValue("file", "has_problems")
    for agency in wanted.agencies:
        administration.create_agency(
            session,
            actor,
            name=agency.name,
            services=agency.services,
            channel=agency.channel,
            contact=agency.contact,
        )
    ids = _agency_ids(session, actor)
    return tuple(
        administration.create_person(
            session,
            actor,
            username=person.username,
            display_name=person.display_name,
            agency_id=ids[_folded(person.agency)],
            roles=person.roles,
            language=person.language,
        )
        for person in wanted.people
    )


_COLUMNS = {
    File.AGENCIES: (frozenset({"ente", "servizi"}), frozenset({"canale", "telefono", "email"})),
    File.PEOPLE: (frozenset({"utente", "nome", "ente", "ruoli"}), frozenset({"lingua"})),
    File.SHIFTS: (frozenset({"dal", "al", "prima"}), frozenset({"seconda", "lingue", "capacita"})),
}
_SEPARATORS = re.compile(r"[|\s]+")


def lines(file: File, content: bytes | None, problems: list[LineProblem]) -> list[tuple[int, dict[str, str]]]:
    """Give the lines that can be read, with their numbers."""
    if content is None or not content.strip():
        return []
    text = _text(file, content, problems)
    if text is None:
        return []
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    names: list[str] = []
    found: list[tuple[int, dict[str, str]]] = []
    begun = 1
    try:
        for cells in reader:
            line, begun = begun, reader.line_num + 1
            if not names:
                names = [cell.strip().lower() for cell in cells]
                if not _names_fit(file, names, problems):
                    return []
            elif any(cell.strip() for cell in cells):
                if len(cells) == len(names):
                    found.append((line, {name: cell.strip() for name, cell in zip(names, cells, strict=True)}))
                else:
                    problems.append(LineProblem(file, line, None, "number_of_cells"))
    except csv.Error:
        problems.append(LineProblem(file, begun, None, "not_csv"))
    if len(found) > MAX_LINES:
        problems.append(LineProblem(file, found[MAX_LINES][0], None, "too_many_lines"))
    return found[:MAX_LINES]


def _text(file: File, content: bytes, problems: list[LineProblem]) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(LineProblem(file, line, None, "not_utf8"))
        return None
    if len(content) > MAX_BYTES or "\0" in text:
        problems.append(LineProblem(file, 1, None, "too_large" if len(content) > MAX_BYTES else "not_csv"))
        return None
    return text


def _names_fit(file: File, names: list[str], problems: list[LineProblem]) -> bool:
    needed, optional = _COLUMNS[file]
    before = len(problems)
    problems += [LineProblem(file, 1, name, "column_missing") for name in sorted(needed - set(names))]
    problems += [LineProblem(file, 1, name or "–", "column_unknown") for name in names if name not in needed | optional]
    problems += [LineProblem(file, 1, name, "column_twice") for name in sorted(set(names)) if names.count(name) > 1]
    return len(problems) == before


def _read_agency(line: int, cells: Mapping[str, str], result: Plan) -> None:
    reading = Cells(File.AGENCIES, line, cells, result.problems)
    name = reading.checked("ente", directory.valid_name)
    services = reading.several("servizi", lambda value: directory.valid_key("services", value))
    channel = reading.checked("canale", lambda value: Channel(value.lower()), default=Channel.PORTALE)
    telephone = reading.checked("telefono", lambda value: directory.valid_telephone(value) or "", default="")
    email = reading.checked("email", lambda value: directory.valid_email(value) or "", default="")
    if name is None or channel is None or services is None or telephone is None or email is None:
        return
    result.agencies.append(NewAgency(line, name, tuple(sorted(set(services))), channel, Contact(telephone, email)))


def _read_person(line: int, cells: Mapping[str, str], result: Plan) -> None:
    reading = Cells(File.PEOPLE, line, cells, result.problems)
    username = reading.checked("utente", directory.valid_username)
    display_name = reading.checked("nome", directory.valid_name)
    agency = reading.checked("ente", directory.valid_name)
    roles = reading.several("ruoli", Role, required=True)
    language = reading.checked("lingua", lambda value: Language(value.lower()), default=Language.IT)
    if username is None or display_name is None or agency is None or roles is None or language is None:
        return
    result.people.append(NewPerson(line, username, display_name, agency, tuple(sorted(set(roles))), language))


_read: dict[File, Callable[[int, Mapping[str, str], Plan], None]] = {
    File.AGENCIES: _read_agency,
    File.PEOPLE: _read_person,
}


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one line, and where their problems go."""

    file: File
    line: int
    cells: Mapping[str, str]
    problems: list[LineProblem]

    def checked(self, column: str, check: Callable[[str], _T], *, default: _T | None = None) -> _T | None:
        """Give a cell's value, or its default when it is empty; None when it is wrong."""
        value = self.cells.get(column, "")
        if not value and default is not None:
            return default
        try:
            return check(value)
        except (InvalidValue, ValueError):
            self.problems.append(LineProblem(self.file, self.line, column, "unfit" if value else "missing"))
            return None

    def several(self, column: str, check: Callable[[str], _T], *, required: bool = False) -> list[_T] | None:
        """Give the values of a cell that may hold several; None when one is wrong, or there is none but should be."""
        values = [value for value in _SEPARATORS.split(self.cells.get(column, "").lower()) if value]
        if required and not values:
            self.problems.append(LineProblem(self.file, self.line, column, "missing"))
            return None
        try:
            return [check(value) for value in values]
        except (InvalidValue, ValueError):
            self.problems.append(LineProblem(self.file, self.line, column, "unfit"))
            return None


def _check_agencies(session: Session, actor: Actor, result: Plan) -> None:
    taken = set(_agency_ids(session, actor))
    for agency in result.agencies:
        if _folded(agency.name) in taken:
            result.problems.append(LineProblem(File.AGENCIES, agency.line, "ente", "taken"))
        taken.add(_folded(agency.name))


def _check_people(session: Session, actor: Actor, result: Plan) -> None:
    names = [person.username for person in result.people]
    taken = set(session.scalars(select(User.username).where(User.username.in_(names))))
    known = _agency_ids(session, actor).keys() | {_folded(agency.name) for agency in result.agencies}
    for person in result.people:
        if person.username in taken:
            result.problems.append(LineProblem(File.PEOPLE, person.line, "utente", "taken"))
        if _folded(person.agency) not in known:
            result.problems.append(LineProblem(File.PEOPLE, person.line, "ente", "unknown_agency"))
        taken.add(person.username)


def _agency_ids(session: Session, actor: Actor) -> dict[str, UUID]:
    """Give the agencies of the network by their name as `_folded` has it."""
    query = (
        select(func.lower(Agency.name), Agency.id)
        .join(NetworkAgency, NetworkAgency.agency_id == Agency.id)
        .where(NetworkAgency.network_id == actor.network_id, *directory.in_force())
    )
    return {_folded(name): found for name, found in session.execute(query)}


def _folded(name: str) -> str:
    return " ".join(name.lower().split())
