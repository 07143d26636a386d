"""The shape of a diagram: starts, ends, ways in and out. Part of the linter."""

from collections.abc import Iterator

from engine.bpmn import compensation_checks, event_checks, model
from engine.errors import Problem

# A parallel gateway passes over conditions, says the standard: they are no mistake, and a warning.
_CONDITIONAL = model.CHOICES | model.ACTIVITIES | model.INSTANT | {model.Kind.PARALLEL, model.Kind.COMPLEX}
_LEAVES_NOTHING = "Collegarlo al passo che segue, o farlo finire in un evento di fine."


def check(scope: model.Scope, *, embedded: bool = False) -> list[Problem]:
    """Report what is wrong with nodes and flows of a scope and of the subprocesses in it."""
    problems = list(_check_flows(scope)) if embedded else [*compensation_checks.check(scope), *_check_flows(scope)]
    problems += _check_ad_hoc(scope) if scope.ad_hoc else _check_starts(scope, embedded=embedded)
    for node in scope.nodes.values():
        problems += _check_ways(scope, node)
        if node.kind in model.CHOICES:
            problems += _check_gateway(scope, node)
        else:
            problems += _check_conditional(scope, node)
        problems += [*_check_complex(scope, node), *event_checks.check(scope, node)]
        if node.scope is not None:
            problems += check(node.scope, embedded=True)
    return problems


def none_starts(scope: model.Scope) -> list[model.Node]:
    """Give the start events without a trigger, in document order; of several, whoever starts it says which one."""
    return [node for node in scope.nodes.values() if node.kind is model.Kind.START and node.plain]


def _check_flows(scope: model.Scope) -> Iterator[Problem]:
    for flow in scope.flows.values():
        for end in (flow.source, flow.target):
            if end not in scope.nodes:
                reason = f"Il flusso tocca «{end}», che non è un elemento dello stesso livello."
                yield Problem(flow.id, reason, "Collegare il flusso a due elementi del diagramma.", flow.line)
        source = scope.nodes.get(flow.source)
        if flow.condition is not None and source is not None and source.kind not in _CONDITIONAL:
            reason = "Il flusso ha una condizione ma non esce da un'attività, né da un gateway esclusivo o inclusivo."
            yield Problem(flow.id, reason, "Mettere un gateway esclusivo prima del flusso.", flow.line)


def _check_starts(scope: model.Scope, *, embedded: bool) -> Iterator[Problem]:
    starts = [node for node in scope.nodes.values() if node.kind is model.Kind.START]
    plain = none_starts(scope)
    for node in starts:
        if not node.plain and not all(part.message or part.signal or part.timer for part in node.each):
            way_out = (
                "Tenere un inizio semplice, da messaggio, da segnale o a tempo; il resto avvia sottoprocessi evento."
            )
            yield Problem(node.id, "Un processo non comincia così.", way_out, node.line)
        yield from event_checks.check_timer_start(node)
        if node.for_all:
            way_out = "Togliere parallelMultiple: ciascuna delle cose che aspetta può essere un inizio."
            yield Problem(node.id, "Un inizio non può aspettare più cose insieme.", way_out, node.line)
        if not node.interrupting:
            reason = "Soltanto l'inizio di un sottoprocesso evento può non interrompere."
            yield Problem(node.id, reason, 'Togliere isInterrupting="false".', node.line)
    element = scope.id
    line = starts[0].line if starts else None
    if not starts:
        yield Problem(element, "Manca un evento di inizio.", "Aggiungere un inizio collegato al primo passo.", line)
    for node in plain if len(plain) > 1 and not embedded else ():
        if not node.name or [other.name for other in plain].count(node.name) > 1:
            way_out = "Dare a ogni inizio semplice un nome suo, con cui sceglierlo."
            yield Problem(node.id, "Di più inizi, chi avvia il protocollo non sa quale sia questo.", way_out, node.line)
    if embedded and starts and (len(starts) > 1 or not plain):
        way_out = "Tenere nel sottoprocesso un solo inizio, semplice."
        yield Problem(element, "Il sottoprocesso non ha un solo inizio semplice.", way_out, line)
    yield from event_checks.check_distinct(element, line, starts)


def _check_ad_hoc(scope: model.Scope) -> Iterator[Problem]:
    for node in scope.nodes.values():
        if node.kind in {model.Kind.START, model.Kind.END}:
            way_out = "Toglierlo: comincia ciò a cui non porta nessun flusso, e finisce quando basta."
            yield Problem(node.id, "Un sottoprocesso ad hoc non ha né inizio né fine.", way_out, node.line)
    beginning = model.GATEWAYS | {model.Kind.CATCH, model.Kind.THROW}
    for node in scope.nodes.values():
        if node.kind in beginning and not scope.incoming(node.id):
            reason = "Un sottoprocesso ad hoc comincia dalle sue attività: qui non arriverebbe mai nessuno."
            way_out = "Metterlo dopo un'attività; per ciò che viene da fuori usare un sottoprocesso evento."
            yield Problem(node.id, reason, way_out, node.line)
    if not scope.begins:
        way_out = "Metterci almeno un'attività a cui non porta nessun flusso."
        yield Problem(scope.id, "Nel sottoprocesso ad hoc non c'è nulla da cui cominciare.", way_out)


def _check_ways(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    into, out = scope.incoming(node.id), scope.outgoing(node.id)
    if node.triggered:
        if into or out:
            reason = "Un sottoprocesso evento parte da sé: nessun flusso vi entra o ne esce."
            yield Problem(node.id, reason, "Togliere il flusso.", node.line)
        return
    if node.for_compensation or (node.kind is model.Kind.BOUNDARY and node.compensation is not None):
        if into or out:
            reason = "La compensazione si collega con un'associazione: nessun flusso vi entra o ne esce."
            yield Problem(node.id, reason, "Togliere il flusso.", node.line)
        return
    if node.kind in {model.Kind.START, model.Kind.BOUNDARY} and into:
        yield Problem(node.id, "Un flusso entra in un evento che non ne riceve.", "Togliere il flusso.", node.line)
    if node.kind is model.Kind.END and out:
        yield Problem(node.id, "Un flusso esce da un evento di fine.", "Togliere il flusso.", node.line)
    if node.kind is model.Kind.START and not out:
        yield Problem(node.id, "Da qui il caso non va da nessuna parte.", _LEAVES_NOTHING, node.line)


def _check_conditional(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    """Check the conditions of the flows that leave an activity."""
    out = scope.outgoing(node.id)
    conditional = [flow for flow in out if flow.condition is not None and flow.id != node.default_flow]
    if node.default_flow is not None and node.default_flow not in {flow.id for flow in out}:
        way_out = "Scegliere come predefinito uno dei flussi che escono da qui."
        yield Problem(node.id, "Il flusso predefinito non esce da questo elemento.", way_out, node.line)
    elif node.default_flow is not None and not conditional:
        way_out = "Scrivere le condizioni degli altri flussi, o togliere il predefinito."
        yield Problem(node.id, "C'è un flusso predefinito, ma nessun altro ha una condizione.", way_out, node.line)
    for flow in out:
        if flow.condition is not None and flow.id == node.default_flow:
            reason = "Il flusso ha una condizione, ma è quello che si prende in ogni altro caso: non varrebbe mai."
            yield Problem(flow.id, reason, "Togliere la condizione, o scegliere un altro predefinito.", flow.line)


def _check_gateway(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    out = scope.outgoing(node.id)
    if node.default_flow is not None and node.default_flow not in {flow.id for flow in out}:
        way_out = "Scegliere come predefinito uno dei flussi che escono dal gateway."
        yield Problem(node.id, "Il flusso predefinito non esce da questo gateway.", way_out, node.line)
    for flow in out:
        if flow.condition is not None and flow.id == node.default_flow:
            reason = "Il flusso ha una condizione, ma è quello che si prende in ogni altro caso: non varrebbe mai."
            yield Problem(flow.id, reason, "Togliere la condizione, o scegliere un altro predefinito.", flow.line)
    if len(out) <= 1:
        return
    for flow in out:
        if flow.condition is None and flow.id != node.default_flow:
            way_out = "Scrivere la condizione FEEL, o farne il flusso predefinito."
            yield Problem(flow.id, "Il flusso che esce dal gateway non ha condizione.", way_out, flow.line)


def _check_complex(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if node.kind is model.Kind.COMPLEX and node.activation is None and len(scope.incoming(node.id)) > 1:
        way_out = "Scriverla in activationCondition, per esempio =activationCount >= 2."
        yield Problem(node.id, "Il gateway complesso non dice quando va avanti.", way_out, node.line)
