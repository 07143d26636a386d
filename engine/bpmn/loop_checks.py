"""Activities that are done several times: how often, on what, with what result. Part of the linter."""

from collections.abc import Iterator, Mapping

from engine.bpmn import loops, model, names
from engine.bpmn.scopes import RESERVED
from engine.errors import Problem

MAX_TOKENS = 100
"""Tokens that an activity may need or give: a greater number is a slip of the pen."""


def check(
    process: model.Process,
    scope: model.Scope,
    readable: Mapping[str, frozenset[str]],
    forms: Mapping[str, frozenset[str]],
) -> Iterator[Problem]:
    """Report what is wrong with the repetitions of a scope, those of the scopes in it left out.

    `readable` are the names that can be read in each node and in the scope, `forms` the routing keys of forms by id.
    """
    for node in scope.nodes.values():
        yield from _check_place(scope, node)
        if isinstance(node.loop, model.StandardLoop):
            yield from _check_again(node, node.loop, readable[scope.id])
        elif node.loop is not None:
            yield from _check_count(node, node.loop)
            yield from _check_results(node, node.loop)
            yield from _check_thrown(scope, node, node.loop)
            yield from _check_expressions(node, node.loop, readable[scope.id], forms)
            parts = [node, *(other for other in scope.nodes.values() if names.undone_by(scope, other) is node)]
            for part in parts:
                yield from _check_writers(part, node.loop.own, readable[scope.id], forms)
            inside = [inner for part in parts for inner in _within(part)]
            yield from _check_lanes(inside, node.loop)
            yield from _check_reasons(inside, process)


def _check_place(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if max(node.start_quantity, node.completion_quantity) > MAX_TOKENS:
        yield Problem(node.id, f"L'attività vuole o dà più di {MAX_TOKENS} gettoni.", "Usarne di meno.", node.line)
    if node.triggered and (node.loop is not None or node.start_quantity != 1 or node.completion_quantity != 1):
        way_out = "Ripetere un'attività dentro il sottoprocesso."
        yield Problem(node.id, "Un sottoprocesso evento parte da sé: non si ripete così.", way_out, node.line)
    sources = [scope.nodes.get(flow.source) for flow in scope.incoming(node.id)]
    after_gateway = any(source is not None and source.kind is model.Kind.EVENT_BASED for source in sources)
    if after_gateway and (node.loop is not None or node.start_quantity != 1):
        way_out = "Mettere l'attesa ripetuta dopo il gateway a eventi."
        yield Problem(node.id, "Un'attesa di un gateway a eventi non si ripete.", way_out, node.line)


def _check_again(node: model.Node, loop: model.StandardLoop, around: frozenset[str]) -> Iterator[Problem]:
    if loop.condition is None and loop.maximum is None:
        way_out = "Scrivere la condizione del ciclo (loopCondition), o quante volte al massimo (loopMaximum)."
        yield Problem(node.id, "Il ciclo non dice quando finisce.", way_out, node.line)
    yield from names.unknown(node.id, node.line, loop.condition, around | {"loopCounter"})


def _check_count(node: model.Node, loop: model.MultiInstance) -> Iterator[Problem]:
    given = [expression for expression in (loop.collection, loop.cardinality) if expression is not None]
    if not given:
        way_out = "Indicare la lista (inputCollection), o quante volte (loopCardinality)."
        yield Problem(node.id, "L'attività non dice quante istanze ha.", way_out, node.line)
    elif len(given) > 1:
        way_out = "Tenere la lista, o il numero."
        yield Problem(node.id, "L'attività dice due volte quante istanze ha.", way_out, node.line)
    count = loop.cardinality.literal if loop.cardinality is not None else None
    if isinstance(count, int) and count > loops.MAX_INSTANCES:
        way_out = "Ripeterla di meno."
        yield Problem(node.id, f"L'attività ha più di {loops.MAX_INSTANCES} istanze.", way_out, node.line)
    if loop.item and loop.collection is None:
        way_out = "Indicare la lista (inputCollection), o usare loopCounter."
        yield Problem(node.id, f"«{loop.item}» non è elemento di nessuna lista.", way_out, node.line)


def _check_thrown(scope: model.Scope, node: model.Node, loop: model.MultiInstance) -> Iterator[Problem]:
    for event in scope.boundary(node.id):
        if loop.thrown is not None and event.interrupting and any(_catches(part, loop.thrown) for part in event.each):
            # The standard lets it end all instances; who draws it often means that it only hears of each.
            way_out = 'Mettere cancelActivity="false", o fermare le altre istanze con completionCondition.'
            yield Problem(event.id, "La prima istanza che è fatta interromperebbe tutte le altre.", way_out, event.line)
    if loop.thrown is not None and loop.thrown.escalation is not None and not loop.thrown.escalation.code:
        way_out = "Dare un codice (escalationCode) all'escalation."
        yield Problem(node.id, "L'evento non dice quale escalation.", way_out, node.line)


def _catches(part: model.Node, thrown: model.Node) -> bool:
    if part.signal is not None and thrown.signal is not None:
        return part.signal.name == thrown.signal.name
    if part.escalation is not None and thrown.escalation is not None:
        return part.escalation.code in {None, thrown.escalation.code}
    return False


def _check_results(node: model.Node, loop: model.MultiInstance) -> Iterator[Problem]:
    if bool(loop.results) != (loop.result is not None):
        way_out = "Scrivere outputCollection e outputElement insieme, o nessuno dei due."
        yield Problem(node.id, "Dei risultati manca la lista, o che cosa ci va.", way_out, node.line)
    for name in filter(None, (loop.item, loop.results)):
        if not names.usable(name):
            reason = f"«{name}» non può essere il nome di una variabile."
            way_out = f"Usare lettere, cifre e _ ; sono riservati {', '.join(sorted(RESERVED))}."
            yield Problem(node.id, reason, way_out, node.line)
    if loop.results and loop.results in loop.own:
        way_out = "Dare alla lista dei risultati un altro nome."
        yield Problem(node.id, f"«{loop.results}» è insieme la lista e un suo elemento.", way_out, node.line)


def _check_expressions(
    node: model.Node, loop: model.MultiInstance, around: frozenset[str], forms: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    for expression in (loop.collection, loop.cardinality):
        yield from names.unknown(node.id, node.line, expression, around)
    inside = around | names.attributes(loop) | names.written(node, forms)
    if node.kind in model.EMBEDDED:
        # What other activities are given is over with them, before their result is read.
        inside |= {mapping.target for mapping in node.inputs}
    for expression in (loop.result, loop.completion):
        yield from names.unknown(node.id, node.line, expression, inside)


def _check_writers(
    node: model.Node, own: frozenset[str], around: frozenset[str], forms: Mapping[str, frozenset[str]]
) -> Iterator[Problem]:
    """Report what an instance would overwrite for all others. To count on from what is there is no such thing.

    Answers and messages need no look: they are the instance's own.
    """
    if node.kind in model.EMBEDDED:
        own |= {mapping.target for mapping in node.inputs}
    for name in sorted(_overwritten(node, forms) & around - own):
        reason = f"Ogni istanza scriverebbe la stessa variabile «{name}», che c'è anche fuori."
        way_out = "Cambiare nome, e portare fuori il risultato con outputCollection e outputElement."
        yield Problem(node.id, reason, way_out, node.line)
    for inner in node.scope.nodes.values() if node.scope is not None else ():
        loop = inner.loop
        local = own | loop.own if isinstance(loop, model.MultiInstance) else own
        yield from _check_writers(inner, local, around, forms)


def _overwritten(node: model.Node, forms: Mapping[str, frozenset[str]]) -> set[str]:
    """Give the names that a node computes without reading them."""
    if node.outputs:
        hidden = forms.get(node.form_id or "", frozenset())
        counted = {
            item.target
            for item in node.outputs
            if item.target in item.source.names - hidden and node.kind is not model.Kind.CALL
        }
        return {item.target for item in node.outputs} - counted
    return {node.result} - {""} - (node.script.names if node.script is not None else frozenset())


def _check_lanes(inside: list[model.Node], loop: model.MultiInstance) -> Iterator[Problem]:
    for inner in inside if not loop.sequential else ():
        if inner.assigns_lanes:
            way_out = "Scegliere l'ente prima, o fare le istanze una dopo l'altra (isSequential)."
            reason = "Più istanze insieme sceglierebbero l'ente della stessa corsia."
            yield Problem(inner.id, reason, way_out, inner.line)


def _check_reasons(inside: list[model.Node], process: model.Process) -> Iterator[Problem]:
    """Report steps that would show why a decision came out that was made in an instance which they are not in."""
    keys = {inner.id for inner in inside}
    for other in process.all_nodes.values():
        if other.explains in keys and other.id not in keys:
            way_out = "Mettere il passo nello stesso sottoprocesso della regola."
            reason = f"«{other.explains}» decide una volta per istanza, e il passo sta fuori."
            yield Problem(other.id, reason, way_out, other.line)


def _within(node: model.Node) -> Iterator[model.Node]:
    yield node
    for inner in node.scope.nodes.values() if node.scope is not None else ():
        yield from _within(inner)
