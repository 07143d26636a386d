"""The one tree of what can go wrong. It knows nothing of HTTP: the web face maps it to answers.

StaffettaError
 ├── Refused                the command is not carried out; nothing of it remains
 │    ├── NotFound          absent or not yours: the same answer
 │    ├── Forbidden         you may see it, but not do this
 │    ├── Conflict          right in itself, but not at this moment
 │    │    ├── TaskNotOpen
 │    │    ├── TaskTaken
 │    │    ├── AnotherStepFirst
 │    │    ├── TaskNotYours
 │    │    ├── ToConfirm
 │    │    ├── StaleRevision
 │    │    ├── CaseClosed
 │    │    ├── PathHeld
 │    │    ├── MustBeAnotherPerson
 │    │    ├── NobodyWaits
 │    │    ├── NeverOpen
 │    │    └── DuplicateName
 │    └── Invalid           what was handed in can never be accepted as it is
 │         ├── InvalidAnswer
 │         ├── InvalidProcess
 │         ├── InvalidValue
 │         └── LaneWithoutAgency
 └── Failure                our side is not in order
      ├── Busy              somebody else holds what is needed; nothing was done
      ├── ConfigurationError
      ├── SealBroken
      ├── ChainBroken
      └── DatabaseUnavailable

Errors carry codes and ids, never values of a case: they end up in logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from engine import english


class StaffettaError(Exception):
    """Anything that this application raises on purpose."""


class Refused(StaffettaError):
    """A command that is not carried out.

    `code` is stable and machine-readable (the class name in snake case unless given); `ids` say which rows are meant.
    """

    def __init__(self, code: str | None = None, /, **ids: object) -> None:
        self.code = code or _snake(type(self).__name__)
        self.ids: dict[str, object] = ids
        super().__init__(" ".join([self.code, *(f"{name}={value}" for name, value in ids.items())]))


class NotFound(Refused):
    """The thing is absent, or it is somebody else's: whoever asks cannot tell which."""


class Forbidden(Refused):
    """The actor may see the thing but not do this with it."""


class Conflict(Refused):
    """The command is right in itself but does not fit the present state."""


class TaskNotOpen(Conflict):
    """The task is completed or cancelled already."""


class TaskTaken(Conflict):
    """Somebody else has claimed the task."""


class AnotherStepFirst(Conflict):
    """Of some steps one at a time is done, and another one is in hand: it has to be done or given back first."""


class TaskNotYours(Conflict):
    """The task has to be claimed by the actor first."""


class StaleRevision(Conflict):
    """The actor worked on an older state of the task than the one now stored."""


class CaseClosed(Conflict):
    """The case is closed or cancelled."""


class PathHeld(Conflict):
    """The path stands still by her wish, and the step with it."""


class MustBeAnotherPerson(Conflict):
    """Separation of duties: whoever did the earlier step may not do this one."""


class ToConfirm(Conflict):
    """The step has been answered and waits for a second person to confirm it: the answer stands as it is."""


class NobodyWaits(Conflict):
    """No instance of the case waits for this message, and it starts none."""


class NeverOpen(Conflict):
    """The agency that would owe something has no opening within a year: working time never passes there."""


class DuplicateName(Conflict):
    """The name is taken."""


class Invalid(Refused):
    """What was handed in can never be accepted as it is."""


class InvalidAnswer(Invalid):
    """Answers of which some cannot be accepted; `errors` maps the keys of their fields to message codes."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        self.errors = dict(errors)
        super().__init__(None, fields=",".join(sorted(self.errors)))


class Level(StrEnum):
    """What follows from a problem: a refusal changes nothing at all; a warning is for the designer to think about."""

    REFUSAL = "refusal"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a diagram, table or form, or may be: where, why, and the way out, for its designer.

    The texts are Italian, as protocols are; `english.toml` has each in English. `name` is what people call the element.
    """

    element: str
    reason: str
    way_out: str
    line: int | None = None
    file: str | None = None
    level: Level = Level.REFUSAL
    name: str | None = None

    @property
    def place(self) -> str:
        """Where it is, as far as that is known: file, element and line."""
        file = self.file if self.file != self.element else None  # a file that cannot be read is the element itself
        line = str(self.line) if self.line is not None else None
        return ": ".join(part for part in (file, ":".join(filter(None, (self.element, line)))) if part)

    @property
    def warns(self) -> bool:
        """Whether it only warns."""
        return self.level == Level.WARNING

    def in_language(self, language: str) -> Problem:
        """Give it in English for `en`, else in Italian."""
        if language != "en":
            return self
        return replace(self, reason=english.said(self.reason), way_out=english.said(self.way_out))


def named(problems: Iterable[Problem], names: Mapping[str, str]) -> list[Problem]:
    """Give problems with the names of their elements, as far as these are known; `names` by the ids of elements."""
    return [replace(problem, name=names.get(problem.element) or problem.name) for problem in problems]


def refusals(problems: Iterable[Problem]) -> list[Problem]:
    """Give those that refuse."""
    return [problem for problem in problems if not problem.warns]


class InvalidProcess(Invalid):
    """A set of diagrams and forms that cannot be deployed.

    `problems` lists everything that is wrong, not the first, and then what may be: the warnings.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.warns))
        super().__init__(None, elements=",".join(problem.element for problem in problems))


class InvalidValue(Invalid):
    """One value given to a command that cannot be right; `field` names it, `code` says why."""

    def __init__(self, field: str, code: str) -> None:
        self.field = field
        super().__init__(code, field=field)


class LaneWithoutAgency(Invalid):
    """No agency of the network plays a lane of the process, or the one chosen does not offer that service."""

    def __init__(self, lane: str, /, **ids: object) -> None:
        self.lane = lane
        super().__init__(None, lane=lane, **ids)


class Failure(StaffettaError):
    """Something on our side is not in order; nobody's command was wrong."""


class ConfigurationError(Failure):
    """A setting is missing or unsafe. The message says which, and how to put it right."""


class Busy(Failure):
    """Another command has held what this one needs for so long that it was given up. Nothing was done."""


class SealBroken(Failure):
    """A sealed value cannot be opened: altered, moved to another row, or its key is destroyed or absent."""

    def __init__(self, code: str, /, **ids: object) -> None:
        self.code = code
        self.ids: dict[str, object] = ids
        super().__init__(" ".join([code, *(f"{name}={value}" for name, value in ids.items())]))


class ChainBroken(Failure):
    """The audit chain does not verify from an entry on."""


class DatabaseUnavailable(Failure):
    """The database cannot be reached. `in_doubt` when the loss came during the commit: it may have succeeded."""

    def __init__(self, *, in_doubt: bool = False) -> None:
        self.in_doubt = in_doubt
        super().__init__("the database is unavailable" + (", the outcome of a commit is unknown" if in_doubt else ""))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
