"""What functions of ours are called with in a diagram: parameters that the network has, lanes that the diagram has.

Both are written between quotes: what is worked out when it is too late to refuse it would be a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

import feel
from engine.bpmn import model, names
from engine.bpmn.expressions import OF_CALENDARS, Expression
from engine.errors import Problem

_PARAMETERS = {"param": ("name", 0), "due": ("parameter", 0)}
_LAST = 2
_COMPUTED = (
    "Il nome di un parametro è calcolato.",
    'Scrivere il nome fra virgolette, per esempio param("D03.alto").',
)
_LANE = 'Scrivere l\'id della corsia fra virgolette, per esempio "cav".'
_KNOWN = "Usare un parametro della rete, per esempio D04.alto."


class Surroundings(Protocol):
    """What is asked of the linter's surroundings."""

    @property
    def parameters(self) -> Collection[str]: ...
    @property
    def switches(self) -> Collection[str]: ...
    @property
    def of_calendars(self) -> Collection[str]: ...
    @property
    def of_offices(self) -> Collection[str]: ...


def check(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    """Report calls of our functions that could not work, wherever in a diagram they are."""
    lanes = {lane.id for lane in process.lanes}
    for scope in names.scopes(process):
        for node in scope.nodes.values():
            for expression in _of(node):
                timing = any(part.timer is not None and part.timer.expression is expression for part in node.each)
                for call in expression.calls:
                    yield from _check(node, call, lanes, around, timing=timing)
        for flow in scope.flows.values():
            for call in flow.condition.calls if flow.condition is not None else ():
                yield from _check(flow, call, lanes, around, timing=False)


def _of(node: model.Node) -> Iterator[Expression]:
    yield from names.expressions(node)
    yield from (mapping.source for mapping in node.outputs)
    loop = node.loop if isinstance(node.loop, model.MultiInstance) else None
    repeated = (loop.collection, loop.cardinality, loop.result, loop.completion) if loop is not None else ()
    enough = node.ad_hoc.completion if node.ad_hoc is not None else None
    yield from (part for part in (node.activation, enough, *repeated) if part is not None)


def _check(
    thing: model.Node | model.Flow, call: feel.Called, lanes: set[str], around: Surroundings, *, timing: bool
) -> Iterator[Problem]:
    said: list[tuple[str, str]] = []
    if call.function in _PARAMETERS:
        name = _argument(call, *_PARAMETERS[call.function])
        said += [_COMPUTED] if not isinstance(name, str) else _parameter(call, name, around, timing=timing)
    if call.function in OF_CALENDARS:
        said += _lane(call, lanes)
    yield from (Problem(thing.id, reason, way_out, thing.line) for reason, way_out in said)


def _parameter(call: feel.Called, name: str, around: Surroundings, *, timing: bool) -> Iterator[tuple[str, str]]:
    counted = call.function == "due"
    if name in around.switches:
        if timing or counted:
            reason = f"Il parametro «{name}» è un sì o no, non una durata."
            yield reason, "Usare un parametro che è una durata, per esempio D04.alto."
    elif name not in around.parameters:
        yield f"L'espressione usa il parametro sconosciuto «{name}».", _KNOWN
    elif name in around.of_calendars and not counted:
        reason = f"Il parametro «{name}» conta giorni di calendario o di lavoro, e param solo tempo trascorso."
        yield reason, f'Scrivere due("{name}", now()), con la corsia se conta giorni di lavoro.'
    elif counted and name in around.of_offices and _argument(call, "lane", _LAST) is None:
        reason = f"Il parametro «{name}» conta giorni di lavoro, e non è detto di quale corsia."
        yield reason, f'Scrivere la corsia, per esempio due("{name}", now(), "cav").'


def _lane(call: feel.Called, lanes: set[str]) -> Iterator[tuple[str, str]]:
    taken = [signature.parameters for signature in OF_CALENDARS[call.function].signatures]
    place = next((place for place, one in enumerate(taken[0]) if one.name == "lane"), None)
    lane = None if place is None else _argument(call, "lane", place)
    if lane is feel.UNKNOWN:
        yield "La corsia di una funzione del calendario è calcolata.", _LANE
    elif lane is not None and lane not in lanes:
        yield f"L'espressione conta sull'orario della corsia «{lane}», che nel diagramma non c'è.", _LANE


def _argument(call: feel.Called, name: str, place: int) -> object:
    """Give an argument as it is written, None where it is left out."""
    return call.arguments.get(place, call.arguments.get(name))
