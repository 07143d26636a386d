"""What a ladder says: its steps, read and checked. Pure; which instants and people these are is not its business.

    [[E1.step]]
    at = "50%"                      a share of the time, half of it
    to = ["assignee"]

`at` is a share of the time ("50%"), a time since the start ("PT24H", "P1D"), a time before the end ("-P30D"), "breach"
(the end), or a time after it on the clock of the class ("+PT1H"). `to` are whom it reaches, and `do` what is done
besides telling them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from engine.calendars.lengths import Clock, Length
from engine.errors import InvalidValue

BREACH = "breach"
_SHARE = re.compile(r"([1-9][0-9]?)%", re.ASCII)
_TARGET = re.compile(r"([a-z_.]+)(?::([a-z][a-z0-9_]{0,62}))?", re.ASCII)
_MOST_STEPS = 12
_TIMES = ("acknowledged", "returned")


class EscalationClass(enum.StrEnum):
    """How fast a late step climbs its ladder, from an emergency (E0) to a term that is only watched (E3)."""

    E0 = "E0"
    E1 = "E1"
    E2 = "E2"
    E3 = "E3"


class Kind(enum.StrEnum):
    """How the instant of a step is said."""

    SHARE = "share"
    ELAPSED = "elapsed"
    REMAINING = "remaining"
    BREACH = "breach"
    AFTER = "after"


class Target(enum.StrEnum):
    """Whom a step reaches; who that is, is looked up when it fires.

    Those on call may be of another service (`on_call.first:cav`) than the one that owes the step.
    """

    ASSIGNEE = "assignee"
    FIRST_ON_CALL = "on_call.first"
    SECOND_ON_CALL = "on_call.second"
    AGENCY_LEAD = "agency_lead"
    CASE_LEAD = "case_lead"
    COORDINATOR = "coordinator"
    LEAD_MUNICIPALITY = "lead_municipality"
    TECHNICAL_TABLE = "technical_table"


OF_SERVICES = frozenset({Target.FIRST_ON_CALL, Target.SECOND_ON_CALL})


class Act(enum.StrEnum):
    """What a step of a ladder does: it tells, always; the others come besides.

    A process is named by its key: `start_process:alto_rischio`.
    """

    TELL = "tell"
    ADD_HELPER = "add_helper"
    REOFFER = "reoffer"
    OPEN_TASK = "open_task"
    INCIDENT = "incident"
    AGENDA = "agenda"
    START_PROCESS = "start_process"


@dataclass(frozen=True, slots=True)
class At:
    """The instant of a step, as it is said: its kind, and the share or the length."""

    kind: Kind
    percent: int = 0
    length: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when, whom it reaches, what is done."""

    at: str
    to: tuple[str, ...]
    do: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """How its instant is said."""
        return read_at(self.at).kind


@dataclass(frozen=True, slots=True)
class Ladder:
    """The ladder of a class: the clock of what lies after the breach, its steps, the version that says so.

    `acknowledged` is how long an acknowledgement stops the climb, on the same clock. `returned` is after how much
    elapsed time a step that somebody has taken, and not touched, is to be taken again; never without it.
    """

    clock: Clock
    steps: tuple[Step, ...]
    acknowledged: str | None = None
    id: UUID | None = None
    returned: str | None = None


@lru_cache(maxsize=1024)
def read_at(text: str) -> At:
    """Read when a step is. Raises ValueError."""
    share = _SHARE.fullmatch(text)
    if share:
        return At(Kind.SHARE, percent=int(share.group(1)))
    if text == BREACH:
        return At(Kind.BREACH)
    kind = {"+": Kind.AFTER, "-": Kind.REMAINING}.get(text[:1], Kind.ELAPSED)
    length = text if kind is Kind.ELAPSED else text[1:]
    on(Clock.H, length)
    return At(kind, length=length)


def on(clock: Clock, length: str) -> Length:
    """Read a length on a clock; one that counts hours is elapsed time where the clock counts days. Raises ValueError.

    A reminder of days is never rolled over holidays: only the end of a term of law is.
    """
    if clock is Clock.GL or (clock is not Clock.H and "T" not in length):
        return Length.read(length, Clock.GC if clock is Clock.GCL else clock)
    return Length.read(length, Clock.H)


def read_target(text: str) -> tuple[Target, str | None]:
    """Read whom a step reaches, and of which service if it says so. Raises ValueError."""
    found = _TARGET.fullmatch(text)
    if found is None:
        raise ValueError(text)
    target, service = Target(found.group(1)), found.group(2)
    if service is not None and target not in OF_SERVICES:
        raise ValueError(text)
    return target, service


def read_action(text: str) -> tuple[Act, str | None]:
    """Read what a step does, and of a process which one. Raises ValueError."""
    found = _TARGET.fullmatch(text)
    if found is None:
        raise ValueError(text)
    action, process = Act(found.group(1)), found.group(2)
    if (process is not None) is not (action is Act.START_PROCESS):
        raise ValueError(text)
    return action, process


def read(name: str, table: Any) -> Ladder:
    """Read the ladder of a class from its table. Raises InvalidValue that names the step and what is wrong with it."""
    if not isinstance(table, Mapping) or not {"clock", "step"} <= set(table) <= {"clock", "step", *_TIMES}:
        raise InvalidValue(name, "invalid_ladder")
    try:
        clock = Clock(table["clock"])
        acknowledged, returned = (table.get(each) for each in _TIMES)
        for text, counts in ((acknowledged, clock), (returned, Clock.H)):
            if text is not None:
                Length.read(text, counts)
    except (TypeError, ValueError):
        raise InvalidValue(name, "invalid_ladder") from None
    if not isinstance(table["step"], list) or not 0 < len(table["step"]) <= _MOST_STEPS:
        raise InvalidValue(f"{name}.step", "invalid_ladder")
    steps = tuple(_step(f"{name}.step.{number}", each, clock) for number, each in enumerate(table["step"], start=1))
    _require_order(name, steps, clock)
    return Ladder(clock, steps, acknowledged, returned=returned)


def written(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Give steps as they are stored: what `read` takes."""
    return [{"at": step.at, "to": list(step.to), "do": list(step.do)} for step in steps]


def read_reminders(name: str, found: Any, length: Length | None) -> list[str]:
    """Read the reminders that a parameter has of its own, in their order. Raises InvalidValue."""
    if length is None or not isinstance(found, list) or not found:
        raise InvalidValue(name, "invalid_reminders")
    for text in found:
        try:
            at = read_at(text)
            if at.kind in {Kind.BREACH, Kind.AFTER} or not _fits(at, length):
                raise InvalidValue(name, "invalid_reminders")
        except (TypeError, ValueError):
            raise InvalidValue(name, "invalid_reminders") from None
    return list(found)


def _fits(at: At, length: Length) -> bool:
    """Tell whether a reminder lies within its term, where that can be said without a calendar."""
    if at.kind is Kind.REMAINING and length.clock is Clock.GL:
        return False  # nothing counts working time backwards
    if at.kind is Kind.SHARE:
        return True
    asked = on(length.clock, at.length)
    return asked.clock is not Clock.H or length.clock is not Clock.H or asked.time < length.time


def _step(name: str, table: Any, clock: Clock) -> Step:
    if not isinstance(table, Mapping) or not {"at", "to"} <= set(table) <= {"at", "to", "do"}:
        raise InvalidValue(name, "invalid_ladder_step")
    try:
        at = read_at(table["at"])
        if at.kind is Kind.AFTER:
            Length.read(at.length, clock)
    except (TypeError, ValueError):
        raise InvalidValue(f"{name}.at", "invalid_ladder_at") from None
    return Step(
        table["at"],
        _words(f"{name}.to", table["to"], read_target, "unknown_ladder_target"),
        # Nothing happens in silence: what is done is told, too.
        _words(f"{name}.do", [Act.TELL.value, *table.get("do", [])], read_action, "unknown_ladder_action"),
    )


def _words(name: str, found: Any, reader: Any, code: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not found:
        raise InvalidValue(name, code)
    for word in found:
        try:
            reader(word)
        except (TypeError, ValueError):
            raise InvalidValue(name, code) from None
    return tuple(dict.fromkeys(found))


def _require_order(name: str, steps: tuple[Step, ...], clock: Clock) -> None:
    """Refuse a ladder that does not climb: reminders, one breach, then what follows it, later and later."""
    kinds = [step.kind for step in steps]
    if kinds.count(Kind.BREACH) != 1:
        raise InvalidValue(name, "ladder_without_breach")
    at = kinds.index(Kind.BREACH)
    if Kind.AFTER in kinds[:at] or set(kinds[at + 1 :]) - {Kind.AFTER}:
        raise InvalidValue(name, "ladder_order")
    after = [Length.read(read_at(step.at).length, clock) for step in steps[at + 1 :]]
    lengths = [(one.months * 30 + one.days, one.time) for one in after]
    shares = [read_at(step.at).percent for step in steps[:at] if step.kind is Kind.SHARE]
    # Each later than the one before it: none twice, and in their order.
    if lengths != sorted(set(lengths)) or shares != sorted(set(shares)):
        raise InvalidValue(name, "ladder_order")
