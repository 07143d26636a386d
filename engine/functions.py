"""Functions that service tasks call: by name, with the inputs and outputs that they declare, and nothing else.

A function acts outside of the database (it asks another system, sends something), so it is called at least once, never
exactly once: after a crash it is called again with the same `key`, by which the other side can tell. Packages bring
functions by the entry point group `staffetta.functions`; each entry point gives a `Function`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from engine.errors import StaffettaError

GROUP = "staffetta.functions"


@dataclass(frozen=True, slots=True)
class Function:
    """A function: `call(inputs, key)` gives its outputs by name.

    What it raises is tried again; a BpmnError is an outcome, and goes to the border of the service task.
    """

    name: str
    inputs: frozenset[str]
    outputs: frozenset[str]
    call: Callable[[Mapping[str, Any], str], Mapping[str, Any]]


class BpmnError(StaffettaError):
    """Something that the protocol foresees: caught by its code at the border of the service task."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@cache
def known() -> dict[str, Function]:
    """Give the functions of all installed packages by name, loaded once."""
    found: dict[str, Function] = {}
    for point in entry_points(group=GROUP):
        function = point.load()
        found[function.name] = function
    return found
