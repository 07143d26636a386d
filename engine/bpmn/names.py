"""Expressions of a diagram: where they stand, which variables somebody writes and where they are read (linter)."""

import re
from collections.abc import Iterator, Mapping

import feel
from engine.bpmn import model
from engine.bpmn.expressions import Expression
from engine.bpmn.scopes import CASE_WIDE, INSTANCE_COUNTERS, LOOP_COUNTER, RESERVED
from engine.errors import Problem

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


def readable(process: model.Process, forms: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Give for each node, and for the process by its id, the variables that an expression in it may read.

    `forms` are the routing keys of forms by id. What an activity is given can only be read in it and on its border;
    what is written in an instance of one that is done several times only there.
    """
    declared = {variable.name for variable in process.variables}
    return dict(_readable(process.scope, CASE_WIDE | declared | _in_scope(process.scope, forms), forms))


def scopes(process: model.Process) -> Iterator[model.Scope]:
    """Give the process's own scope, and those of the subprocesses in it."""
    yield process.scope
    for node in process.all_nodes.values():
        if node.scope is not None:
            yield node.scope


def expressions(node: model.Node) -> Iterator[Expression]:
    """Give the expressions of a node that are evaluated before it is done."""
    yield from (mapping.source for mapping in node.inputs)
    for deadline in node.deadlines:
        yield from (item for item in (deadline.condition, deadline.start) if item is not None)
    rule = node.handover.rule if node.handover is not None else None
    chosen_by = rule.expression if rule is not None else None
    yield from (item for item in (node.script, node.chosen, chosen_by) if item is not None)
    if node.ad_hoc is not None and node.ad_hoc.active is not None:
        yield node.ad_hoc.active
    for part in node.each:
        if part.condition is not None:
            yield part.condition
        if part.timer is not None:
            yield part.timer.expression
        # Nobody evaluates the key of a message that a process begins with.
        said = (part.message if node.kind is not model.Kind.START else None, part.sends)
        yield from (each.correlation for each in said if each is not None and each.correlation is not None)
        if part.sends is not None and part.sends.time_to_live is not None:
            yield part.sends.time_to_live


def usable(name: str) -> bool:
    """Say whether a variable may be called so: a plain name that is not reserved, and that FEEL reads as a name."""
    return bool(_IDENTIFIER.match(name)) and name not in RESERVED | feel.KEYWORDS


def unknown(element: str, line: int, expression: Expression | None, known: frozenset[str]) -> Iterator[Problem]:
    """Report the names in an expression that nobody writes where it stands."""
    for name in sorted(expression.names - known) if expression is not None else ():
        reason = f"L'espressione usa «{name}», che nessun modulo e nessun passo scrive."
        way_out = "Correggere il nome, marcare il campo come routing, o dichiararlo con staffetta:variable."
        yield Problem(element, reason, way_out, line)


def attributes(loop: model.MultiInstance | model.StandardLoop | None) -> frozenset[str]:
    """Give the names that come with a repetition, for what is repeated."""
    if isinstance(loop, model.MultiInstance):
        return loop.own | {*INSTANCE_COUNTERS, loop.results} - {""}
    return frozenset() if loop is None else frozenset({LOOP_COUNTER})


def written(node: model.Node, forms: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Give the names that a node writes, or that are written within it."""
    names = {mapping.target for mapping in node.outputs} | forms.get(node.form_id or "", frozenset())
    if node.result and not node.outputs:
        names.add(node.result)
    return frozenset(names if node.scope is None else names | _in_scope(node.scope, forms))


def undone_by(scope: model.Scope, node: model.Node) -> model.Node | None:
    """Give the activity that a compensation activity undoes: once for each time that it was done."""
    event = next((other for other in scope.nodes.values() if other.handler == node.id), None)
    return None if event is None else scope.nodes.get(event.attached_to or "")


def _readable(
    scope: model.Scope, names: frozenset[str], forms: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    yield scope.id, names
    for node in scope.nodes.values():
        inside = names | attributes(node.loop) | {mapping.target for mapping in node.inputs}
        host = scope.nodes.get(node.attached_to or "")
        if host is not None and host.loop is None:
            inside |= {mapping.target for mapping in host.inputs}
        undone = undone_by(scope, node)
        if undone is not None:
            inside |= attributes(undone.loop)
        for repeated in (node, undone):
            if repeated is not None and isinstance(repeated.loop, model.MultiInstance):
                inside |= written(repeated, forms) | written(node, forms)
        yield node.id, inside
        if node.scope is not None:
            yield from _readable(node.scope, inside, forms)


def _in_scope(scope: model.Scope, forms: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Give the names that the nodes of a scope write into it or out of it."""
    names: set[str] = set()
    for node in scope.nodes.values():
        undone = undone_by(scope, node)
        if isinstance(node.loop, model.MultiInstance):
            names |= {node.loop.results} - {""}
        elif undone is None or not isinstance(undone.loop, model.MultiInstance):
            names |= written(node, forms)
    return frozenset(names)
