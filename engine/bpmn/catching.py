"""Who throws and who catches: what is thrown and nobody catches, what is waited for and nobody throws.

Scope by scope outwards, and through call activities, as it happens when the case runs. Part of the linter's warnings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bpmn import model
from engine.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.bpmn.profile import Surroundings

_THROWS = frozenset({model.Kind.END, model.Kind.THROW, model.Kind.SEND})
_CATCHES = frozenset({model.Kind.BOUNDARY, model.Kind.SUBPROCESS})


@dataclass(frozen=True, slots=True)
class _Thing:
    """What goes outwards: an error or an escalation, by its code; to catch, None stands for every code."""

    kind: str
    code: str | None

    def meets(self, other: _Thing) -> bool:
        return self.kind == other.kind and (None in (self.code, other.code) or self.code == other.code)


def check(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    """Warn of errors and escalations that only one side knows."""
    for path in _paths(process.scope, ()):
        for node in path[-1].scope.nodes.values():
            for thing in _things(node):
                if node.kind in _THROWS and not _is_caught(thing, path, process.id, around, frozenset()):
                    yield _uncaught(node, thing)
                elif node.kind in _CATCHES and not _is_thrown(thing, path[-1].scope, node, around):
                    code = "" if thing.code is None else f" «{thing.code}»"
                    reason = f"Nessuno lancia {_NAMES[thing.kind]}{code}, che qui si aspetta."
                    yield _warning(node, reason, "Correggere il codice, o togliere l'evento.")
    yield from _by_name(process, around)


def _by_name(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    """Warn of signals that only one side knows, and of messages that nobody waits for; these also come from outside.

    A signal of the whole network may be known to protocols that are not looked at.
    """
    everywhere = {process.id: process, **around.processes}
    nodes = [node for one in everywhere.values() for node in one.all_nodes.values()]
    thrown = {part.signal.name for node in nodes for part in _throwing(node) if part.signal}
    waiting = [part for node in nodes if node.kind not in _THROWS for part in node.each]
    signals = {part.signal.name for part in waiting if part.signal}
    messages = {part.message.name for part in waiting if part.message}
    way_out = "Correggere il nome, o togliere l'evento."
    for node in process.all_nodes.values():
        for part in _throwing(node):
            if part.signal is not None and not part.signal.network and part.signal.name not in signals:
                reason = f"Nessuno, in questi diagrammi, aspetta il segnale «{part.signal.name}»."
                yield _warning(node, reason, way_out)
            if part.sends is not None and part.sends.name not in messages:
                reason = f"Nessuno, in questi diagrammi, aspetta il messaggio «{part.sends.name}»."
                yield _warning(node, reason, way_out)
        for part in node.each if node.kind not in _THROWS else ():
            if part.signal is not None and not part.signal.network and part.signal.name not in thrown:
                reason = f"Nessuno, in questi diagrammi, lancia il segnale «{part.signal.name}»."
                yield _warning(node, reason, way_out)


def _throwing(node: model.Node) -> Iterator[model.Node]:
    """Give what a node throws, as it stands in events: its own definitions, or what its instances throw when done."""
    if node.kind in _THROWS:
        yield from node.each
    if isinstance(node.loop, model.MultiInstance) and node.loop.thrown is not None:
        yield from node.loop.thrown.each


@dataclass(frozen=True, slots=True)
class _Level:
    """A scope, and the activity that it is the inside of."""

    scope: model.Scope
    owner: model.Node | None


_NAMES = {"error": "l'errore", "escalation": "l'escalation"}


def _uncaught(node: model.Node, thing: _Thing) -> Problem:
    if thing.kind == "error":
        reason = f"L'errore «{thing.code}» non lo prende nessuno: il caso si fermerebbe con un guasto."
        return _warning(node, reason, "Prenderlo sul bordo di un sottoprocesso o di una call activity.")
    reason = f"L'escalation «{thing.code}» non la prende nessuno: non succederebbe nulla."
    return _warning(node, reason, "Prenderla su un bordo o con un sottoprocesso evento, o toglierla.")


def _warning(node: model.Node, reason: str, way_out: str) -> Problem:
    return Problem(node.id, reason, way_out, node.line, level=Level.WARNING)


def _things(node: model.Node) -> Iterator[_Thing]:
    for part in node.each:
        yield from _of(part)


def _of(part: model.Node) -> Iterator[_Thing]:
    if part.is_error:
        yield _Thing("error", part.error_code)
    if part.escalation is not None:
        yield _Thing("escalation", part.escalation.code)


def _paths(
    scope: model.Scope, around: tuple[_Level, ...], owner: model.Node | None = None
) -> Iterator[tuple[_Level, ...]]:
    path = (*around, _Level(scope, owner))
    yield path
    for node in scope.nodes.values():
        if node.scope is not None:
            yield from _paths(node.scope, path, node)


def _is_caught(
    thing: _Thing, path: tuple[_Level, ...], process_id: str, around: Surroundings, seen: frozenset[str]
) -> bool:
    """Follow what is thrown in the last scope of a path outwards, and on to whoever calls the process."""
    inside: model.Node | None = None
    for level in reversed(path):
        for node in level.scope.nodes.values():
            listens = node.triggered and node is not inside
            borders = inside is not None and node.attached_to == inside.id
            if (listens or borders) and any(thing.meets(found) for found in _things(node)):
                return True
        inside = level.owner
    return _is_caught_by_callers(thing, process_id, around, seen | {process_id})


def _is_caught_by_callers(thing: _Thing, process_id: str, around: Surroundings, seen: frozenset[str]) -> bool:
    for caller in around.processes.values():
        if caller.id in seen:
            continue
        for path in _paths(caller.scope, ()):
            calls = [node for node in path[-1].scope.nodes.values() if process_id in node.called]
            within = [(*path, _Level(model.Scope("", {}, {}), node)) for node in calls]
            if any(_is_caught(thing, one, caller.id, around, seen) for one in within):
                return True
    return False


def _is_thrown(thing: _Thing, scope: model.Scope, catcher: model.Node, around: Surroundings) -> bool:
    """Say whether something may come to a catcher: from its activity, or from its scope if it listens there."""
    if catcher.triggered:
        inside = [node for node in scope.nodes.values() if node is not catcher]
        return any(_comes_out(thing, node, around, frozenset()) for node in inside)
    host = scope.nodes.get(catcher.attached_to or "")
    return host is None or _comes_out(thing, host, around, frozenset())


def _comes_out(thing: _Thing, node: model.Node, around: Surroundings, seen: frozenset[str]) -> bool:
    """Say whether a node, or what is inside it, may throw something; what is not known may."""
    # Which errors a function raises, it alone knows.
    unknown = node.kind is model.Kind.SERVICE and thing.kind == "error"
    if unknown or any(thrown.meets(thing) for part in _throwing(node) for thrown in _of(part)):
        return True
    if node.kind is model.Kind.SERVICE and thing.kind == "error":
        return True
    if node.scope is not None:
        return any(_comes_out(thing, inner, around, seen) for inner in node.scope.nodes.values())
    for key in set(node.called) - seen:
        called = around.processes.get(key)
        if called is None:
            return True
        if any(_comes_out(thing, inner, around, seen | {key}) for inner in called.scope.nodes.values()):
            return True
    return False
