"""The linter's warnings: what is legal, is executed as it is drawn, and is probably not what somebody meant.

`profile` has refused what cannot be kept; this looks only at processes that passed. A warning never stops a deployment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.bpmn import model
from engine.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.bpmn.profile import Surroundings


def check(process: model.Process, around: Surroundings) -> list[Problem]:
    """Report what somebody should look at again, in document order."""
    found = [warning for rule in _RULES for warning in rule(process, around)]
    return sorted(found, key=lambda problem: problem.line or 0)


def warning(element: model.Node | model.Flow | model.Process, reason: str, way_out: str) -> Problem:
    """Warn of an element."""
    return Problem(element.id, reason, way_out, element.line, level=Level.WARNING)


def _without_deadline(process: model.Process, _around: Surroundings) -> Iterator[Problem]:
    for node in process.all_nodes.values():
        if node.kind is model.Kind.USER_TASK and not node.deadlines:
            way_out = "Dare alla user task almeno una scadenza (staffetta:deadline)."
            yield warning(node, "Il passo non ha scadenze: nessuno si accorge se resta fermo.", way_out)


_RULES = (_without_deadline,)
