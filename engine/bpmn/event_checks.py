"""What events can do where they stand: borders, event subprocesses, gateways that wait. Part of the linter."""

import re
from collections.abc import Iterator

from engine.bpmn import model
from engine.errors import Problem

_CLOCK = re.compile(r"\b(now|today)\s*\(")


def check(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    """Report what is wrong with a node as an event, or as what waits for events."""
    if node.compensation is not None or node.cancels:
        yield from _check_mappings(node, allowed=False)
    elif node.kind is model.Kind.BOUNDARY:
        yield from _check_host(scope, node)
        yield from _check_trigger(node)
        yield from _check_alone(node, scope.boundary(node.attached_to or ""))
    elif node.triggered:
        yield from _check_trigger(node)
        yield from _check_alone(node, [other for other in scope.nodes.values() if other.triggered])
        yield from _check_mappings(node, allowed=False)
    if node.condition is not None and _CLOCK.search(node.condition.text):
        way_out = "Aspettare il tempo con un timer; la condizione si guarda quando cambia un valore."
        yield Problem(node.id, "La condizione dipende dall'orologio.", way_out, node.line)
    if node.kind is model.Kind.EVENT_BASED:
        yield from _check_event_gateway(scope, node)
    elif node.kind is model.Kind.CATCH:
        yield from _check_catch(node)
    elif node.kind in {model.Kind.END, model.Kind.THROW} and node.escalation is not None and not node.escalation.code:
        way_out = "Dare un codice (escalationCode) all'escalation."
        yield Problem(node.id, "L'evento non dice quale escalation.", way_out, node.line)


def _check_host(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    host = scope.nodes.get(node.attached_to or "")
    if host is not None and host.instant:
        way_out = "Toglierlo: se il passo non riesce, il caso si ferma e lo dice."
        yield Problem(node.id, "Un passo automatico finisce subito: qui nulla può scattare.", way_out, node.line)
    elif host is None or host.kind not in model.ACTIVITIES or host.triggered:
        way_out = "Attaccare l'evento al bordo di un'attività."
        yield Problem(node.id, "L'evento al bordo non sta su un'attività.", way_out, node.line)
    elif (node.is_error or node.escalation is not None) and host.kind in {model.Kind.USER_TASK, model.Kind.RECEIVE}:
        what = "errori" if node.is_error else "escalation"
        way_out = "Metterlo su un sottoprocesso o su una call activity."
        yield Problem(node.id, f"Questo passo non solleva {what}.", way_out, node.line)
    yield from _check_mappings(node, allowed=node.message is not None)


def _check_trigger(node: model.Node) -> Iterator[Problem]:
    """Check what a boundary event or an event subprocess waits for."""
    triggers = (node.timer, node.message, node.condition, node.escalation)
    if not node.is_error and all(trigger is None for trigger in triggers):
        way_out = "Farne un timer, un messaggio, una condizione, un errore o un'escalation."
        yield Problem(node.id, "L'evento non aspetta nulla.", way_out, node.line)
    if node.is_error and not node.interrupting:
        way_out = 'Togliere cancelActivity="false" o isInterrupting="false".'
        yield Problem(node.id, "Un errore interrompe sempre.", way_out, node.line)
    if node.timer is not None and node.timer.kind is model.TimerKind.CYCLE and node.interrupting:
        way_out = "Farne un evento che non interrompe, o una durata."
        yield Problem(node.id, "Ciò che interrompe non si può ripetere.", way_out, node.line)


def _check_alone(node: model.Node, others: list[model.Node]) -> Iterator[Problem]:
    """Report a second event in the same place that would catch the same thing; of two nobody could say which does."""
    for other in others:
        if other.id == node.id:
            return
        if node.is_error and other.is_error and node.error_code == other.error_code:
            way_out = "Tenere un solo evento per codice di errore."
            yield Problem(node.id, f"L'errore è già preso da «{other.id}».", way_out, node.line)
        if node.escalation is not None and node.escalation == other.escalation:
            way_out = "Tenere un solo evento per codice di escalation."
            yield Problem(node.id, f"L'escalation è già presa da «{other.id}».", way_out, node.line)
        if node.message is not None and other.message is not None and node.message.name == other.message.name:
            way_out = "Tenere un solo evento per messaggio."
            yield Problem(node.id, f"Il messaggio è già aspettato da «{other.id}».", way_out, node.line)


def _check_event_gateway(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    targets = [scope.nodes[flow.target] for flow in scope.outgoing(node.id) if flow.target in scope.nodes]
    if len(targets) < 2:  # noqa: PLR2004 - one event alone is no choice
        way_out = "Collegarlo ad almeno due eventi di attesa."
        yield Problem(node.id, "Il gateway a eventi non ha fra che cosa aspettare.", way_out, node.line)
    for target in targets:
        if target.kind not in {model.Kind.CATCH, model.Kind.RECEIVE}:
            way_out = "Metterci un evento intermedio che aspetta un tempo o un messaggio."
            yield Problem(target.id, "Dopo un gateway a eventi può stare solo un'attesa.", way_out, target.line)
        if len(scope.incoming(target.id)) > 1:
            way_out = "Tenere solo il flusso che viene dal gateway a eventi."
            yield Problem(target.id, "Un'attesa di un gateway a eventi ha altri ingressi.", way_out, target.line)
        if scope.boundary(target.id):
            way_out = "Toglierli: il gateway stesso aspetta anche gli altri eventi."
            yield Problem(target.id, "Un'attesa di un gateway a eventi ha eventi sul bordo.", way_out, target.line)
    names = [target.message.name for target in targets if target.message is not None]
    for name in sorted({name for name in names if names.count(name) > 1}):
        way_out = "Tenere una sola attesa per messaggio."
        yield Problem(node.id, f"Due attese del gateway aspettano lo stesso messaggio «{name}».", way_out, node.line)


def _check_catch(node: model.Node) -> Iterator[Problem]:
    if node.timer is None and node.message is None and node.condition is None:
        yield Problem(
            node.id, "L'evento non aspetta nulla.", "Farne un tempo, un messaggio o una condizione.", node.line
        )
    if node.timer is not None and node.timer.kind is model.TimerKind.CYCLE:
        way_out = "Indicare una durata o una data."
        yield Problem(node.id, "Un'attesa finisce una volta sola: non si può ripetere.", way_out, node.line)
    yield from _check_mappings(node, allowed=node.message is not None)


def _check_mappings(node: model.Node, *, allowed: bool) -> Iterator[Problem]:
    if node.inputs:
        way_out = "Togliere gli ingressi: il tempo o la chiave può leggere le variabili del caso."
        yield Problem(node.id, "L'evento ha ingressi, che nulla leggerebbe.", way_out, node.line)
    if node.outputs and not allowed:
        reason = "L'evento ha uscite, ma non porta valori."
        yield Problem(node.id, reason, "Togliere le uscite.", node.line)
