"""The linter's warnings: what is legal, is executed as it is drawn, and is probably not what somebody meant.

`profile` has refused what cannot be kept; this looks only at processes that passed. A warning never stops a deployment.
Each rule looks for one thing. Those that need a picture of the whole stand beside: `soundness` plays the flows,
`upstream` follows the values, `catching` looks for who throws and who catches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.bpmn import catching, model, names, soundness, upstream
from engine.bpmn.profile import Surroundings
from engine.errors import Level, Problem

_Rule = Callable[[model.Scope, model.Node], Iterator[Problem]]

# What people read in the diagram and in the history; steps that a person does or that decide cannot go without a name.
_READ = model.ACTIVITIES | {model.Kind.CATCH, model.Kind.BOUNDARY}


def check(process: model.Process, around: Surroundings) -> list[Problem]:
    """Report what somebody should look at again, in the order of the file."""
    found = [*_lanes(process, around), *upstream.check(process, around), *catching.check(process, around)]
    for scope in names.scopes(process):
        found += soundness.check(scope)
        for node in scope.nodes.values():
            for rule in (*_RULES, *_RULES_OF_KIND.get(node.kind, ())):
                found += rule(scope, node)
    return sorted(found, key=lambda problem: problem.line or 0)


def _warning(element: model.Node | model.Flow, reason: str, way_out: str) -> Problem:
    return Problem(element.id, reason, way_out, element.line, level=Level.WARNING)


def _lanes(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    for lane in process.lanes if around.attached else ():
        if lane.id not in around.services:
            reason = f"Nessun ente della rete svolge il servizio «{lane.id}» ({lane.name}): un caso non può cominciare."
            way_out = "Assegnare il servizio a un ente, o usare l'id di un servizio esistente."
            yield Problem(lane.id, reason, way_out, process.line, level=Level.WARNING)


# --- ways on ---


def _no_way_on(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    beside = node.triggered or node.for_compensation or node.compensation is not None
    if node.kind is model.Kind.END or beside or scope.ad_hoc or scope.outgoing(node.id):
        return
    way_out = "Collegarlo al passo che segue, o farlo finire in un evento di fine."
    yield _warning(node, "Da qui non esce nessun flusso: il percorso finisce, senza dire come.", way_out)


def _no_default(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    """Warn where the case may stop because no condition is true: an incident, for a person to see to."""
    out = scope.outgoing(node.id)
    if node.kind is model.Kind.PARALLEL or node.default_flow is not None or not out:
        return
    if any(flow.condition is None for flow in out):
        return
    if len(out) == 1:
        reason = "L'unico flusso che esce da qui ha una condizione: se è falsa, il caso si ferma."
        yield _warning(out[0], reason, "Togliere la condizione, o aggiungere un'altra via.")
    else:
        reason = "Nessun flusso è predefinito: se nessuna condizione è vera, il caso si ferma."
        yield _warning(node, reason, "Scegliere il flusso predefinito: vale quando nessuna condizione è vera.")


def _same_condition(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    seen: set[str] = set()
    for flow in scope.outgoing(node.id):
        text = "" if flow.condition is None else " ".join(flow.condition.text.split())
        if text and text in seen:
            way_out = "Correggere una delle due condizioni, o tenere un flusso solo."
            yield _warning(flow, "Un altro flusso che esce da qui ha la stessa condizione.", way_out)
        seen.add(text)


def _passed_over(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    for flow in scope.outgoing(node.id):
        if flow.condition is not None:
            way_out = "Togliere la condizione, o usare un gateway inclusivo."
            yield _warning(flow, "Un gateway parallelo prende sempre tutte le vie: la condizione non conta.", way_out)


# --- what people need ---


def _without_deadline(_scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if not node.deadlines:
        way_out = "Dare al passo almeno una scadenza (staffetta:deadline)."
        yield _warning(node, "Il passo non ha scadenze: nessuno si accorge se resta fermo.", way_out)
    for deadline in node.deadlines:
        if deadline.escalation_class is None:
            reason = f"La scadenza {deadline.parameter} non ha una classe: se passa, non viene avvisato nessuno."
            yield _warning(node, reason, "Dare alla scadenza una classe da E0 a E3.")
        if deadline.nature == "legge" and not deadline.consequence[0]:
            reason = f"Il termine di legge {deadline.parameter} non dice che cosa comporta lasciarlo passare."
            yield _warning(node, reason, "Scriverlo in consequence: chi fa il passo lo legge.")


def _without_form(_scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if node.form_id is None:
        way_out = "Collegare un modulo (zeebe:formDefinition), o usare un passo a mano (manualTask)."
        yield _warning(node, "Il passo non ha un modulo: di ciò che è stato fatto non resta una risposta.", way_out)


def _without_name(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    asks = node.kind in model.CHOICES and len(scope.outgoing(node.id)) > 1
    if not node.name and (node.kind in _READ or asks):
        way_out = "Scrivere che cosa succede qui; a un gateway, la domanda."
        yield _warning(
            node, "L'elemento non ha un nome: nel diagramma e nella storia non si capisce che cos'è.", way_out
        )


def _nameless_end(scope: model.Scope, node: model.Node) -> Iterator[Problem]:
    if not node.name and len([one for one in scope.nodes.values() if one.kind is model.Kind.END]) > 1:
        way_out = "Scrivere come è finita, per esempio «Presa in carico»."
        yield _warning(node, "La fine non ha un nome, e ce n'è più di una: non si capisce come è finita.", way_out)


_RULES: tuple[_Rule, ...] = (_no_way_on, _no_default, _same_condition, _without_name)
_RULES_OF_KIND: dict[model.Kind, tuple[_Rule, ...]] = {
    model.Kind.PARALLEL: (_passed_over,),
    model.Kind.USER_TASK: (_without_deadline, _without_form),
    model.Kind.END: (_nameless_end,),
}
