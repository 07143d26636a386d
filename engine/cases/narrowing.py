"""What an inbox can be narrowed to, and how it is said in a query that was built before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, select

from engine.cases import codes
from engine.cases.models import Case, UserTask
from engine.db import Instant
from engine.definitions.models import ProcessDefinition


class Due(StrEnum):
    """Until when the next running clock of a task ends."""

    LATE = "late"
    HOUR = "hour"
    FOUR_HOURS = "four_hours"
    DAY = "day"


_AHEAD = {
    Due.LATE: timedelta(),
    Due.HOUR: timedelta(hours=1),
    Due.FOUR_HOURS: timedelta(hours=4),
    Due.DAY: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Only the tasks of one case, by its code however typed; of one agency; of one protocol, by key; due until then."""

    code: str | None = None
    agency_id: UUID | None = None
    process: str | None = None
    due: Due | None = None

    @property
    def shape(self) -> frozenset[str]:
        """Which of its parts say something: what a query depends on."""
        return frozenset(name for name in _CONDITIONS if getattr(self, name) is not None)

    def values(self, suffix: str, *, now: datetime) -> dict[str, object]:
        """Give what fills the places of `conditions`."""
        given: dict[str, object] = {}
        if self.code is not None:
            given["code"] = codes.parse(self.code) or ""
        if self.agency_id is not None:
            given["agency_id"] = self.agency_id
        if self.process is not None:
            given["process"] = self.process
        if self.due is not None:
            given["due"] = now + _AHEAD[self.due]
        return {f"only_{name}{suffix}": value for name, value in given.items()}


EVERYTHING = Narrowing()


def conditions(shape: frozenset[str], suffix: str) -> list[ColumnElement[bool]]:
    """Say what a task must be; beside those of `Narrowing.values` there is a place `scope_network` (see access)."""
    return [_CONDITIONS[name](f"only_{name}{suffix}") for name in sorted(shape)]


def _code(place: str) -> ColumnElement[bool]:
    named = select(Case.id).where(Case.network_id == bindparam("scope_network"), Case.code == bindparam(place))
    return UserTask.case_id == named.scalar_subquery()


def _agency(place: str) -> ColumnElement[bool]:
    return UserTask.agency_id == bindparam(place, type_=Uuid())


def _process(place: str) -> ColumnElement[bool]:
    versions = select(ProcessDefinition.id).where(
        ProcessDefinition.network_id == bindparam("scope_network"), ProcessDefinition.key == bindparam(place)
    )
    return UserTask.definition_id.in_(versions)


def _due(place: str) -> ColumnElement[bool]:
    return UserTask.due_at < bindparam(place, type_=Instant())


_CONDITIONS = {"code": _code, "agency_id": _agency, "process": _process, "due": _due}
