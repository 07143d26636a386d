"""Hand-overs: no agency comes to a case without one, and each says for what, on which basis, and what it is told.

Part of the linter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from engine import purposes
from engine.bpmn import handing, lanes, model
from engine.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from engine.bpmn.keys import FormKeys


class Surroundings(Protocol):
    """What matters here of what a diagram refers to."""

    @property
    def forms(self) -> Mapping[str, FormKeys]: ...

    @property
    def processes(self) -> Mapping[str, model.Process]: ...


def check(process: model.Process, around: Surroundings, readable: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Report steps that would tell an agency of a case without a hand-over, and hand-overs that say too little."""
    entered = lanes.entered(process, around.processes)
    for node in process.all_nodes.values():
        if node.kind is model.Kind.CALL:
            yield from _check_call(node, around, entered[node.id])
        if node.kind is not model.Kind.USER_TASK or node.lane is None:
            continue
        if node.handover is not None:
            yield from _check_said(node, node.handover)
            yield from _check_fields(node, node.handover, process, around, readable[node.id])
            yield from _check_clocks(node, node.handover)
        elif node.lane not in entered[node.id]:
            reason = f"Il caso arriva qui alla corsia «{node.lane}» senza un passaggio di consegne."
            way_out = "Aggiungere staffetta:handover a questo passo, o a un passo della corsia che viene prima sempre."
            yield Problem(node.id, reason, way_out, node.line)
        if node.handover is None and any(deadline.clock == "sending" for deadline in node.deadlines):
            way_out = "Togliere la scadenza, o dire con staffetta:handover come si passa il caso."
            yield Problem(node.id, "C'è un termine per il passaggio, ma non c'è un passaggio.", way_out, node.line)
    yield from _check_purposes(process)
    yield from _check_rules(process, around)
    yield from _check_given(process)
    yield from _check_reading(process, around)


def _check_call(node: model.Node, around: Surroundings, entered: frozenset[str]) -> Iterator[Problem]:
    for key in node.called:
        called = around.processes.get(key)
        for lane in sorted(lanes.first(called, around.processes) - entered) if called is not None else ():
            reason = f"«{key}» comincia nella corsia «{lane}», in cui il caso non è ancora arrivato."
            way_out = "Mettere staffetta:handover sui primi passi del processo chiamato."
            yield Problem(node.id, reason, way_out, node.line)


def _check_said(node: model.Node, said: model.Handover) -> Iterator[Problem]:
    if said.purpose not in purposes.OF_HANDOVERS:
        reason = f"Il passaggio ha la finalità sconosciuta «{said.purpose}»."
        yield Problem(node.id, reason, f"Usare una di: {', '.join(sorted(purposes.OF_HANDOVERS))}.", node.line)
    if said.basis == "obbligo" and not said.duty:
        way_out = 'Scriverlo in duty, per esempio duty="art. 331 c.p.p.".'
        yield Problem(node.id, "Il passaggio non dice quale obbligo di legge lo chiede.", way_out, node.line)
    if said.basis != "obbligo" and said.duty:
        way_out = 'Togliere duty, o mettere basis="obbligo".'
        yield Problem(node.id, "Il passaggio nomina un obbligo di legge, ma ha un'altra base.", way_out, node.line)
    for name in sorted({name for name in said.fields if said.fields.count(name) > 1}):
        yield Problem(node.id, f"Il passaggio nomina due volte il campo «{name}».", "Tenerne uno solo.", node.line)


def _check_fields(
    node: model.Node, said: model.Handover, process: model.Process, around: Surroundings, readable: frozenset[str]
) -> Iterator[Problem]:
    named = {other.form_id for other in process.all_nodes.values() if other.form_id is not None}
    for name in dict.fromkeys(said.fields):
        form_id, dot, key = name.partition(".")
        form = around.forms.get(form_id) if form_id in named else None
        known = form is not None and key in form.routing | form.others if dot else name in readable
        if not known:
            reason = f"Il passaggio nomina il campo «{name}», che nessun modulo e nessun passo scrive."
            way_out = "Correggere il nome: una variabile, oppure modulo.campo."
            yield Problem(node.id, reason, way_out, node.line)
        elif form is not None and key in form.files:
            reason = f"Con un passaggio non si consegna «{name}»: un file o un elenco resta a chi lo ha."
            yield Problem(node.id, reason, "Togliere il campo dal passaggio.", node.line)
        elif dot and said.basis == "compito":
            reason = f"Per un compito della rete non si passa «{name}»: l'ente non viene a sapere nulla di lei."
            way_out = 'Togliere il campo, o chiedere la sua adesione (basis="adesione").'
            yield Problem(node.id, reason, way_out, node.line)


def _check_clocks(node: model.Node, said: model.Handover) -> Iterator[Problem]:
    """A hand-over that waits in silence can kill: whoever has to send it, and whoever has to answer, has a clock."""
    clocks = {deadline.clock for deadline in node.deadlines}
    offered = said.rule is not None and said.rule.by == "offer"
    if (offered or not said.automatic) and "sending" not in clocks:
        way_out = 'Aggiungere una scadenza con clock="sending".'
        yield Problem(node.id, "Il passaggio non ha un termine per chi lo deve inviare.", way_out, node.line)
    if "reception" not in clocks and (not said.automatic or "conclusion" not in clocks):
        way_out = 'Aggiungere una scadenza con clock="reception".'
        yield Problem(node.id, "Il passaggio non ha un termine per chi lo deve accogliere.", way_out, node.line)


def _check_purposes(process: model.Process) -> Iterator[Problem]:
    """In one lane an agency takes part for one purpose at a time; several are several parts, each for one step."""
    said: dict[str, str] = {}
    for node in process.all_nodes.values():
        if node.handover is None or node.lane is None or node.handover.until == "step":
            continue
        if said.setdefault(node.lane, node.handover.purpose) != node.handover.purpose:
            reason = f"La corsia «{node.lane}» riceve il caso per due finalità diverse."
            way_out = 'Usare la stessa finalità, una corsia per ciascuna, o until="step".'
            yield Problem(node.id, reason, way_out, node.line)


def _check_rules(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    """A rule chooses whom a case is handed to: it can only give the name of an area or an agency."""
    begun = lanes.first(process, around.processes)
    handed = {node.lane for node in process.all_nodes.values() if node.handover is not None} - begun
    types = {variable.name: variable.type for variable in process.variables}
    for lane in process.lanes:
        if lane.rule is None:
            continue
        if lane.id not in handed:
            reason = f"La regola sceglie l'ente della corsia «{lane.id}», a cui il caso non arriva con un passaggio."
            way_out = "Togliere staffetta:laneRule: dove si comincia l'ente lo sceglie chi avvia il caso."
            yield Problem(lane.id, reason, way_out, lane.rule.line)
        said = lane.rule.expression
        if said is not None and (not said.names or types.get(said.text.strip(), "string") != "string"):
            reason = f"La regola della corsia «{lane.id}» non dà il nome di un ambito o di un ente."
            yield Problem(lane.id, reason, "Scrivere un'espressione che legge il caso e dà un testo.", lane.rule.line)


def _check_given(process: model.Process) -> Iterator[Problem]:
    """Whoever hands the case over chooses the agency: no step gives away what another one was allowed to know."""
    handed = {node.lane or "" for node in process.all_nodes.values() if node.handover is not None}
    for node in process.all_nodes.values():
        for lane in sorted(handed & set(node.assigns_lanes)):
            reason = f"L'attività sceglie l'ente della corsia «{lane}», che lo riceve con un passaggio."
            way_out = "Togliere staffetta:laneAssignment: l'ente lo sceglie chi fa il passaggio."
            yield Problem(node.id, reason, way_out, node.line)


def _check_reading(process: model.Process, around: Surroundings) -> Iterator[Problem]:
    """What a form's conditions read, whoever fills it in can find out: nothing that was not handed over."""
    begun = lanes.first(process, around.processes)
    routing = {form_id: form.routing for form_id, form in around.forms.items()}
    for node in process.all_nodes.values():
        if node.kind is not model.Kind.USER_TASK or node.lane is None or node.lane in begun:
            continue
        form = around.forms.get(node.form_id or "")
        allowed = handing.readable(process, node, handing.handed(process, node), routing)
        for name in sorted(form.reads - form.routing - form.others - allowed) if form is not None else ():
            reason = f"Il modulo legge «{name}», che il passaggio non consegna a questa corsia."
            way_out = "Aggiungerlo ai campi del passaggio (fields), o toglierlo dalle condizioni del modulo."
            yield Problem(node.id, reason, way_out, node.line)
        rule = process.all_nodes.get(node.explains or "")
        if rule is not None and rule.result not in allowed:
            reason = f"Il passo mostra i motivi di «{rule.result}», che il passaggio non consegna a questa corsia."
            way_out = "Aggiungerlo ai campi del passaggio (fields), o togliere staffetta:explains."
            yield Problem(node.id, reason, way_out, node.line)
