"""What can be undone, by what, and who may ask for it; how a transaction is cancelled. Part of the linter."""

from collections.abc import Iterator

from engine.bpmn import model
from engine.errors import Problem

_CAN_BE_UNDONE = model.ACTIVITIES | model.INSTANT
_INSIDE = model.EMBEDDED | {model.Kind.CALL}


def check(scope: model.Scope, host: model.Node | None = None, around: tuple[model.Scope, ...] = ()) -> list[Problem]:
    """Report what is wrong in a scope, the inside of `host`, and within it.

    `around` are the scopes that a throw in it reaches besides its own: those that event subprocesses act for.
    """
    problems = list(_check_watchers(scope))
    for node in scope.nodes.values():
        if node.kind is model.Kind.BOUNDARY:
            problems += _check_border(scope, node)
        elif node.for_compensation:
            problems += _check_handler(scope, node)
        elif node.kind in {model.Kind.THROW, model.Kind.END} and node.compensation is not None:
            problems += _check_throw((scope, *around), node)
        elif node.cancels:
            problems += _check_cancel(host, node)
        elif node.kind is model.Kind.TRANSACTION:
            problems += _check_transaction(scope, node)
        if node.scope is not None:
            problems += check(node.scope, node, (scope, *around) if node.triggered else ())
    return problems


def _check_watchers(scope: model.Scope) -> Iterator[Problem]:
    watchers = [node for node in scope.nodes.values() if node.triggered and node.compensation is not None]
    for node in watchers[1:]:
        way_out = "Tenerne uno solo per livello."
        yield Problem(node.id, f"«{watchers[0].id}» disfa già questo livello.", way_out, node.line)


def _check_border(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    host = scope.nodes.get(node.attached_to or "")
    if node.cancels and (host is None or host.kind is not model.Kind.TRANSACTION):
        way_out = "Metterlo sul bordo di una transazione."
        yield Problem(node.id, "Soltanto una transazione può essere annullata.", way_out, node.line)
    if node.cancels and not node.interrupting:
        way_out = 'Togliere cancelActivity="false".'
        yield Problem(node.id, "Un annullamento interrompe sempre.", way_out, node.line)
    if node.compensation is None:
        return
    if host is None or host.kind not in _CAN_BE_UNDONE or host.triggered or host.for_compensation:
        way_out = "Attaccare l'evento al bordo dell'attività che si può disfare."
        yield Problem(node.id, "La compensazione non sta su un'attività.", way_out, node.line)
        return
    if next(event for event in scope.boundary(host.id) if event.compensation is not None) is not node:
        way_out = "Tenere una sola compensazione per attività."
        yield Problem(node.id, f"«{host.id}» ha già una compensazione.", way_out, node.line)
    if host.scope is not None and any(item.triggered and item.compensation for item in host.scope.nodes.values()):
        way_out = "Tenere o l'evento sul bordo, o il sottoprocesso evento che sta dentro."
        yield Problem(node.id, f"«{host.id}» ha già dentro ciò che lo disfa.", way_out, node.line)
    handler = scope.nodes.get(node.handler or "")
    if node.handler is not None and (handler is None or not handler.for_compensation):
        way_out = 'Farne un\'attività di compensazione (isForCompensation="true") dello stesso livello.'
        yield Problem(node.id, f"«{node.handler}» non è un'attività di compensazione.", way_out, node.line)


def _check_handler(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if node.triggered:
        if node.compensation is None:
            reason = "Un sottoprocesso evento è di compensazione solo se il suo inizio lo è."
            yield Problem(node.id, reason, 'Togliere isForCompensation="true".', node.line)
        return
    for event in scope.boundary(node.id):
        reason = "Un'attività di compensazione non ha eventi sul bordo."
        yield Problem(event.id, reason, "Metterla in un sottoprocesso con l'evento, e collegare quello.", event.line)
    if not any(event.handler == node.id for event in scope.nodes.values()):
        way_out = "Collegarla con un'associazione all'evento di compensazione sul bordo di un'attività."
        yield Problem(node.id, "Nulla porta a questa attività di compensazione.", way_out, node.line)


def _check_throw(reached: tuple[model.Scope, ...], node: model.Node) -> Iterator[Problem]:
    key = node.compensation.activity if node.compensation is not None else None
    if key is None:
        return
    found = [(scope, scope.nodes[key]) for scope in reached if key in scope.nodes]
    if not found or found[0][1].kind not in _CAN_BE_UNDONE or found[0][1].triggered or found[0][1].for_compensation:
        way_out = "Indicare un'attività dello stesso livello, o del livello attorno a questo sottoprocesso evento."
        yield Problem(node.id, f"«{key}» non è un'attività che da qui si può disfare.", way_out, node.line)
        return
    scope, activity = found[0]
    if activity.kind not in _INSIDE and all(event.compensation is None for event in scope.boundary(key)):
        way_out = "Metterle sul bordo un evento di compensazione con la sua attività."
        yield Problem(node.id, f"«{key}» non ha nulla che la disfi.", way_out, node.line)


def _check_cancel(host: model.Node | None, node: model.Node) -> Iterator[Problem]:
    if host is None or host.kind is not model.Kind.TRANSACTION:
        way_out = "Metterlo direttamente dentro una transazione."
        yield Problem(node.id, "Qui non c'è una transazione da annullare.", way_out, node.line)


def _check_transaction(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if node.triggered:
        yield Problem(node.id, "Una transazione non parte da un evento.", "Farne un sottoprocesso evento.", node.line)
    borders = [event for event in scope.boundary(node.id) if event.cancels]
    ends = [inner for inner in node.scope.nodes.values() if inner.cancels] if node.scope is not None else []
    if ends and node.loop is not None:
        way_out = "Mettere la transazione dentro un sottoprocesso, e ripetere quello."
        yield Problem(node.id, "Di ciò che si fa più volte non si può annullare una volta sola.", way_out, node.line)
    if ends and not borders:
        way_out = "Mettere sul bordo della transazione l'evento di annullamento."
        yield Problem(node.id, "Dopo l'annullamento la transazione non ha una via d'uscita.", way_out, node.line)
    for event in borders[1:]:
        way_out = "Tenerne uno solo."
        yield Problem(event.id, "La transazione ha già un evento di annullamento.", way_out, event.line)
