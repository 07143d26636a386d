"""What events can do where they stand: borders, event subprocesses, gateways that wait. Part of the linter."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import takewhile

from engine.bpmn import expressions, model
from engine.errors import Problem

_CLOCK = re.compile(r"\b(now|today)\s*\(")


def check(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    """Report what is wrong with a node as an event, or as what waits for events."""
    if node.others and any(part.compensation is not None or part.cancels for part in node.each):
        way_out = "Tenere nell'evento la sola compensazione, o il solo annullamento."
        yield Problem(node.id, "Una compensazione o un annullamento ha anche altre definizioni.", way_out, node.line)
    elif node.compensation is not None or node.cancels:
        yield from _check_mappings(node, allowed=False)
    elif node.kind is model.Kind.BOUNDARY:
        yield from _check_host(scope, node)
        yield from _check_triggers(node)
        yield from _check_alone(node, scope.boundary(node.attached_to or ""))
    elif node.triggered:
        yield from _check_triggers(node)
        yield from _check_alone(node, [other for other in scope.nodes.values() if other.triggered])
        yield from _check_mappings(node, allowed=False)
    if node.kind is not model.Kind.START and any(
        part.timer is not None and expressions.is_anchored(part.timer.expression) for part in node.each
    ):
        way_out = "Togliere la data: qui la ripetizione si conta da quando si comincia ad aspettare."
        yield Problem(node.id, "La ripetizione comincia a una data.", way_out, node.line)
    if any(part.condition is not None and _CLOCK.search(part.condition.text) for part in node.each):
        way_out = "Aspettare il tempo con un timer; la condizione si guarda quando cambia un valore."
        yield Problem(node.id, "La condizione dipende dall'orologio.", way_out, node.line)
    if node.kind is model.Kind.EVENT_BASED:
        yield from _check_event_gateway(scope, node)
    elif node.kind is model.Kind.CATCH:
        yield from _check_catch(scope, node)
    elif node.kind in {model.Kind.END, model.Kind.THROW, model.Kind.SEND}:
        yield from _check_throw(scope, node)


def check_timer_start(node: model.Node) -> Iterator[Problem]:
    """Report a time at which no case could begin: nothing runs yet, neither a clock nor a case with values."""
    for timer in (part.timer for part in node.each if part.timer is not None):
        if timer.kind is model.TimerKind.DURATION:
            way_out = "Indicare una data, o una ripetizione: R/P1M, R/2026-04-01T09:00:00+02:00/P1M."
            yield Problem(node.id, "La durata di un inizio non ha da dove contare.", way_out, node.line)
        for name in sorted(timer.expression.names):
            way_out = "Scrivere una data o una ripetizione, o usare un parametro."
            reason = f"Il tempo di un inizio legge «{name}», ma prima dell'inizio non c'è nessun caso."
            yield Problem(node.id, reason, way_out, node.line)


def check_distinct(element: str, line: int | None, nodes: Iterable[model.Node]) -> Iterator[Problem]:
    """Report messages and signals that several of the nodes wait for: nobody could say which of them is meant."""
    parts = [part for node in nodes for part in node.each]
    for name in _twice(part.message.name for part in parts if part.message is not None):
        reason = f"Due eventi aspettano qui lo stesso messaggio «{name}»."
        yield Problem(element, reason, "Tenere un solo evento per messaggio.", line)
    for name in _twice(part.signal.name for part in parts if part.signal is not None):
        reason = f"Due eventi aspettano qui lo stesso segnale «{name}»."
        yield Problem(element, reason, "Tenere un solo evento per segnale.", line)


def _twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _check_host(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    host = scope.nodes.get(node.attached_to or "")
    if host is not None and host.instant and host.loop is None:
        way_out = "Toglierlo: se il passo non riesce, il caso si ferma e lo dice."
        yield Problem(node.id, "Un passo automatico finisce subito: qui nulla può scattare.", way_out, node.line)
    elif host is None or host.kind not in model.ACTIVITIES | model.INSTANT or host.triggered:
        way_out = "Attaccare l'evento al bordo di un'attività."
        yield Problem(node.id, "L'evento al bordo non sta su un'attività.", way_out, node.line)
    elif host.scope is None and host.kind is not model.Kind.CALL:
        thrown = host.loop.thrown if isinstance(host.loop, model.MultiInstance) else None
        for part in node.each:
            if part.is_error and host.kind is model.Kind.SERVICE:
                continue
            if part.is_error or (part.escalation is not None and (thrown is None or thrown.escalation is None)):
                what = "errori" if part.is_error else "escalation"
                way_out = "Metterlo su un sottoprocesso o su una call activity."
                yield Problem(node.id, f"Questo passo non solleva {what}.", way_out, node.line)
    yield from _check_mappings(node, allowed=any(part.message is not None for part in node.each))


def _check_triggers(node: model.Node) -> Iterator[Problem]:
    """Check what a boundary event or an event subprocess waits for."""
    if node.plain:
        way_out = "Farne un timer, un messaggio, un segnale, una condizione, un errore o un'escalation."
        yield Problem(node.id, "L'evento non aspetta nulla.", way_out, node.line)
    yield from _check_not_for_all(node)
    for part in node.each:
        yield from _check_trigger(part)


def _check_not_for_all(node: model.Node) -> Iterator[Problem]:
    if node.for_all:
        way_out = "Aspettarle tutte con un evento intermedio, o togliere parallelMultiple."
        yield Problem(node.id, "Qui un evento non può aspettare più cose insieme.", way_out, node.line)


def _check_trigger(node: model.Node) -> Iterator[Problem]:
    if node.is_error and not node.interrupting:
        way_out = 'Togliere cancelActivity="false" o isInterrupting="false".'
        yield Problem(node.id, "Un errore interrompe sempre.", way_out, node.line)
    if node.timer is not None and node.timer.kind is model.TimerKind.CYCLE and node.interrupting:
        way_out = "Farne un evento che non interrompe, o una durata."
        yield Problem(node.id, "Ciò che interrompe non si può ripetere.", way_out, node.line)


def _check_alone(node: model.Node, others: list[model.Node]) -> Iterator[Problem]:
    """Report a second event in the same place that would catch the same thing; of two nobody could say which does."""
    parts = [part for other in others for part in other.each]
    for part in node.each:
        for other in takewhile(lambda other, part=part: other is not part, parts):  # type: ignore[misc]
            yield from _check_pair(part, other)


def _check_pair(node: model.Node, other: model.Node) -> Iterator[Problem]:
    if node.is_error and other.is_error and node.error_code == other.error_code:
        way_out = "Tenere un solo evento per codice di errore."
        yield Problem(node.id, f"L'errore è già preso da «{other.id}».", way_out, node.line)
    if node.escalation is not None and node.escalation == other.escalation:
        way_out = "Tenere un solo evento per codice di escalation."
        yield Problem(node.id, f"L'escalation è già presa da «{other.id}».", way_out, node.line)
    if node.message is not None and other.message is not None and node.message.name == other.message.name:
        way_out = "Tenere un solo evento per messaggio."
        yield Problem(node.id, f"Il messaggio è già aspettato da «{other.id}».", way_out, node.line)
    if node.signal is not None and other.signal is not None and node.signal.name == other.signal.name:
        way_out = "Tenere un solo evento per segnale."
        yield Problem(node.id, f"Il segnale è già aspettato da «{other.id}».", way_out, node.line)


def _check_event_gateway(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    targets = [scope.nodes[flow.target] for flow in scope.outgoing(node.id) if flow.target in scope.nodes]
    if len(targets) < 2:  # noqa: PLR2004 - one event alone is no choice
        way_out = "Collegarlo ad almeno due eventi di attesa."
        yield Problem(node.id, "Il gateway a eventi non ha fra che cosa aspettare.", way_out, node.line)
    for target in targets:
        if target.kind not in {model.Kind.CATCH, model.Kind.RECEIVE} or target.link is not None:
            way_out = "Metterci un evento intermedio che aspetta un tempo, un messaggio o un segnale."
            yield Problem(target.id, "Dopo un gateway a eventi può stare solo un'attesa.", way_out, target.line)
        if len(scope.incoming(target.id)) > 1:
            way_out = "Tenere solo il flusso che viene dal gateway a eventi."
            yield Problem(target.id, "Un'attesa di un gateway a eventi ha altri ingressi.", way_out, target.line)
        if scope.boundary(target.id):
            way_out = "Toglierli: il gateway stesso aspetta anche gli altri eventi."
            yield Problem(target.id, "Un'attesa di un gateway a eventi ha eventi sul bordo.", way_out, target.line)
    yield from check_distinct(node.id, node.line, targets)


def _check_catch(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if node.link is not None or any(part.link is not None for part in node.others):
        yield from _check_link_catch(scope, node)
        return
    if node.plain:
        way_out = "Farne un tempo, un messaggio, un segnale o una condizione."
        yield Problem(node.id, "L'evento non aspetta nulla.", way_out, node.line)
    for part in node.each:
        if part.timer is not None and part.timer.kind is model.TimerKind.CYCLE:
            way_out = "Indicare una durata o una data."
            yield Problem(node.id, "Un'attesa finisce una volta sola: non si può ripetere.", way_out, node.line)
    yield from _check_alone(node, [node])
    yield from _check_mappings(node, allowed=any(part.message is not None for part in node.each))


def _check_throw(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    for part in node.each:
        if part.escalation is not None and not part.escalation.code:
            way_out = "Dare un codice (escalationCode) all'escalation."
            yield Problem(node.id, "L'evento non dice quale escalation.", way_out, node.line)
    if node.others and any(part.is_error for part in node.each):
        way_out = "Lanciare il resto con un evento intermedio prima della fine di errore."
        yield Problem(node.id, "Una fine di errore ha anche altro da lanciare.", way_out, node.line)
    if any(part.link is not None for part in node.each):
        yield from _check_link_throw(scope, node)
    yield from _check_mappings(node, read=any(part.sends is not None for part in node.each))


def _check_link_throw(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    yield from _check_link_alone(node)
    catches = [other for other in scope.nodes.values() if other.kind is model.Kind.CATCH and other.link == node.link]
    if len(catches) != 1:
        way_out = "Disegnare nello stesso livello un solo evento che riceve il collegamento con questo nome."
        reason = f"Il collegamento «{node.link}» arriva in {len(catches)} eventi: ne serve esattamente uno."
        yield Problem(node.id, reason, way_out, node.line)
    if len(scope.outgoing(node.id)) > len(catches[:1]):
        way_out = "Togliere il flusso: da qui si va dove il collegamento si riceve."
        yield Problem(node.id, "Da un collegamento che lancia esce un flusso.", way_out, node.line)


def _check_link_catch(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    yield from _check_link_alone(node)
    thrown = {flow.id for flow in scope.incoming(node.id) if flow.id.startswith(model.LINK)}
    if len(scope.incoming(node.id)) > len(thrown):
        way_out = "Togliere il flusso: qui si arriva da dove il collegamento è lanciato."
        yield Problem(node.id, "In un collegamento che riceve entra un flusso.", way_out, node.line)
    yield from _check_mappings(node, allowed=False)


def _check_link_alone(node: model.Node) -> Iterator[Problem]:
    if node.others:
        way_out = "Tenere nell'evento il solo collegamento."
        yield Problem(node.id, "Un collegamento ha anche altre definizioni.", way_out, node.line)


def _check_mappings(node: model.Node, *, allowed: bool = False, read: bool = False) -> Iterator[Problem]:
    """Check the mappings of an event: the outputs of a message that comes, the inputs of one that is sent."""
    if node.inputs and not read:
        way_out = "Togliere gli ingressi: il tempo o la chiave può leggere le variabili del caso."
        yield Problem(node.id, "L'evento ha ingressi, che nulla leggerebbe.", way_out, node.line)
    if node.outputs and not allowed:
        reason = "L'evento ha uscite, ma non porta valori."
        yield Problem(node.id, reason, "Togliere le uscite.", node.line)
