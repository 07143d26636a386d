"""What happens while a decision is made: the shared allowance, what went wrong, and which rules matched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from engine.dmn.model import Place
from feel.limits import Budget

MAX_STEPS = 200_000
"""Steps for a whole evaluation with all its decisions, tables and functions; about half a second at the worst."""

Scope: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something has no value; a code and the element, never a value of the case.

    Codes: `several_rules`, `different_results`, `no_priority`, `not_summable`, `input_not_allowed`,
    `output_not_allowed`, `wrong_type`, `wrong_arguments`, `no_function`, `not_a_list`,
    `not_boolean`, `limit`.
    """

    element: str
    code: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched, with what its author noted beside it; numbers count from one.

    `descriptions` are the description in other languages: (language, words).
    """

    number: int
    rule: str
    annotations: tuple[str, ...] = ()
    description: str = ""
    descriptions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TableTrace:
    """What a decision table saw and found: the values of its inputs by label, the rules that matched.

    `decision` is the one being made, even when the table stands in a knowledge model that it calls.
    """

    decision: str
    table: str
    policy: str
    inputs: Mapping[str, Any]
    matches: tuple[Match, ...]
    by_default: bool = False


@dataclass(slots=True)
class Run:
    """One evaluation."""

    budget: Budget = field(default_factory=lambda: Budget(MAX_STEPS))
    failures: list[Failure] = field(default_factory=list)
    tables: list[TableTrace] = field(default_factory=list)
    decision: str = ""
    """The name of the decision that is being made."""

    def fail(self, place: Place, code: str) -> None:
        """Note why there is no value; the value itself is null, as the standard asks."""
        self.failures.append(Failure(place.element, code, place.line))


Code: TypeAlias = Callable[[Scope, Run], Any]
