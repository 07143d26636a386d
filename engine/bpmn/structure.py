"""The shape of a diagram: starts, ends, ways in and out. Part of the linter."""

from collections.abc import Iterator

from engine.bpmn import model
from engine.errors import Problem

_LEAVES_NOTHING = "Collegarlo al passo che segue, o farlo finire in un evento di fine."


def check(scope: model.Scope, *, embedded: bool = False) -> list[Problem]:
    """Report what is wrong with nodes and flows of a scope and of the subprocesses in it."""
    problems = list(_check_flows(scope))
    problems += _check_starts(scope, embedded=embedded)
    for node in scope.nodes.values():
        problems += _check_ways(scope, node)
        if node.kind in {model.Kind.EXCLUSIVE, model.Kind.PARALLEL}:
            problems += _check_gateway(scope, node)
        if node.kind is model.Kind.BOUNDARY:
            problems += _check_boundary(scope, node)
        if node.scope is not None:
            problems += check(node.scope, embedded=True)
    problems += _check_reached(scope)
    return problems


def none_start(scope: model.Scope) -> model.Node | None:
    """Give the start event without a trigger, if the scope has one."""
    starts = (node for node in scope.nodes.values() if node.kind is model.Kind.START and node.message is None)
    return next(starts, None)


def _check_flows(scope: model.Scope) -> Iterator[Problem]:
    for flow in scope.flows.values():
        for end in (flow.source, flow.target):
            if end not in scope.nodes:
                reason = f"Il flusso tocca «{end}», che non è un elemento dello stesso livello."
                yield Problem(flow.id, reason, "Collegare il flusso a due elementi del diagramma.", flow.line)
        source = scope.nodes.get(flow.source)
        if flow.condition is not None and source is not None and source.kind is not model.Kind.EXCLUSIVE:
            reason = "Il flusso ha una condizione ma non esce da un gateway esclusivo."
            yield Problem(flow.id, reason, "Mettere un gateway esclusivo prima del flusso.", flow.line)


def _check_starts(scope: model.Scope, *, embedded: bool) -> Iterator[Problem]:
    starts = [node for node in scope.nodes.values() if node.kind is model.Kind.START]
    plain = [node for node in starts if node.message is None]
    element = scope.id
    line = starts[0].line if starts else None
    if not starts:
        yield Problem(element, "Manca un evento di inizio.", "Aggiungere un inizio collegato al primo passo.", line)
    if len(plain) > 1:
        way_out = "Tenerne uno solo: gli altri siano inizi da messaggio, o un gateway dopo l'inizio."
        yield Problem(plain[1].id, "Ci sono più inizi semplici.", way_out, plain[1].line)
    if embedded and starts and (len(starts) > 1 or not plain):
        way_out = "Tenere nel sottoprocesso un solo inizio, semplice."
        yield Problem(element, "Il sottoprocesso non ha un solo inizio semplice.", way_out, line)
    names = [node.message.name for node in starts if node.message is not None]
    for name in sorted({name for name in names if names.count(name) > 1}):
        way_out = "Tenere un solo inizio per messaggio."
        yield Problem(element, f"Due inizi aspettano lo stesso messaggio «{name}».", way_out, line)


def _check_ways(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    into, out = scope.incoming(node.id), scope.outgoing(node.id)
    if node.kind in {model.Kind.START, model.Kind.BOUNDARY} and into:
        yield Problem(node.id, "Un flusso entra in un evento che non ne riceve.", "Togliere il flusso.", node.line)
    if node.kind is model.Kind.END and out:
        yield Problem(node.id, "Un flusso esce da un evento di fine.", "Togliere il flusso.", node.line)
    if node.kind is not model.Kind.END and not out:
        yield Problem(node.id, "Da qui il caso non va da nessuna parte.", _LEAVES_NOTHING, node.line)
    if node.kind not in {model.Kind.EXCLUSIVE, model.Kind.PARALLEL} and len(out) > 1:
        way_out = "Mettere un gateway parallelo o esclusivo dopo questo elemento."
        yield Problem(node.id, "Da qui escono più flussi.", way_out, node.line)


def _check_gateway(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    out = scope.outgoing(node.id)
    if node.default_flow is not None and node.default_flow not in {flow.id for flow in out}:
        way_out = "Scegliere come predefinito uno dei flussi che escono dal gateway."
        yield Problem(node.id, "Il flusso predefinito non esce da questo gateway.", way_out, node.line)
    if node.kind is model.Kind.PARALLEL:
        return
    for flow in out:
        if flow.condition is not None and (len(out) == 1 or flow.id == node.default_flow):
            reason = "Il flusso ha una condizione, ma è quello che si prende in ogni altro caso: non varrebbe mai."
            yield Problem(flow.id, reason, "Togliere la condizione, o scegliere un altro predefinito.", flow.line)
    if len(out) <= 1:
        return
    for flow in out:
        if flow.condition is None and flow.id != node.default_flow:
            way_out = "Scrivere la condizione FEEL, o farne il flusso predefinito."
            yield Problem(flow.id, "Il flusso che esce dal gateway non ha condizione.", way_out, flow.line)
    if node.default_flow is None:
        way_out = "Scegliere il flusso predefinito: vale quando nessuna condizione è vera."
        yield Problem(node.id, "Il gateway non ha un flusso predefinito.", way_out, node.line)


def _check_boundary(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    host = scope.nodes.get(node.attached_to or "")
    if host is not None and host.kind is model.Kind.RULE:
        way_out = "Toglierlo: se la decisione non riesce, il caso si ferma e lo dice."
        yield Problem(node.id, "Una business rule task finisce subito: qui nulla può scattare.", way_out, node.line)
    elif host is None or host.kind not in model.ACTIVITIES:
        way_out = "Attaccare l'evento al bordo di un'attività."
        yield Problem(node.id, "L'evento al bordo non sta su un'attività.", way_out, node.line)
    elif node.is_error and host.kind is model.Kind.USER_TASK:
        way_out = "Metterlo su un sottoprocesso o su una call activity."
        yield Problem(node.id, "Una user task non solleva errori.", way_out, node.line)
    if node.timer is None and not node.is_error:
        yield Problem(node.id, "L'evento al bordo non aspetta nulla.", "Farne un timer o un errore.", node.line)
    for other in scope.boundary(node.attached_to or ""):
        if other.id == node.id:
            break
        if node.is_error and other.is_error and other.error_code == node.error_code:
            way_out = "Tenere un solo evento per codice di errore."
            yield Problem(node.id, f"L'errore è già preso da «{other.id}».", way_out, node.line)
    if node.is_error and not node.interrupting:
        way_out = 'Togliere cancelActivity="false".'
        yield Problem(node.id, "Un errore interrompe sempre l'attività.", way_out, node.line)


def _check_reached(scope: model.Scope) -> Iterator[Problem]:
    reached = {node.id for node in scope.nodes.values() if node.kind is model.Kind.START}
    frontier = list(reached)
    while frontier:
        at = frontier.pop()
        following = [flow.target for flow in scope.outgoing(at)] + [node.id for node in scope.boundary(at)]
        new = [key for key in following if key in scope.nodes and key not in reached]
        reached.update(new)
        frontier += new
    for node in scope.nodes.values():
        if node.id not in reached:
            way_out = "Collegarlo al resto del diagramma, o toglierlo."
            yield Problem(node.id, "Nessun percorso arriva a questo elemento.", way_out, node.line)
