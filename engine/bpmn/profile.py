"""The linter: is the diagram one that we can keep, step by step? Every problem at once, each with a way out.

`parsing` has refused what the dialect does not know; here stands what is known but cannot work: a step without
agency, a gateway without way on, a name that nobody writes, a deadline without parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn import call_checks, expressions, handover_checks, loop_checks, model, names, structure
from engine.bpmn.keys import FormKeys as FormKeys  # noqa: PLC0414 - part of what is checked against
from engine.bpmn.scopes import RESERVED
from engine.errors import Problem
from engine.functions import Function

CLOCKS = ("sending", "reception", "conclusion")
CLASSES = ("E0", "E1", "E2", "E3")
NATURES = ("legge", "protocollo", "interno")
TYPES = ("string", "number", "boolean", "date", "date-time", "list")

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a diagram refers to.

    Forms by id, the names of parameters that are durations, called processes by id, services that agencies play, the
    inputs of decisions by id, the names of parameters that are switches, of those durations that count days of a
    calendar instead of elapsed time, the functions of service tasks by name, and the durations that count the working
    time of an office. Not `attached`: there is no
    installation, so nobody knows its functions and services, and what depends on them is left alone.
    """

    forms: Mapping[str, FormKeys]
    parameters: Collection[str]
    processes: Mapping[str, model.Process]
    services: Collection[str]
    decisions: Mapping[str, Collection[str]] = field(default_factory=dict)
    switches: Collection[str] = ()
    of_calendars: Collection[str] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
    of_offices: Collection[str] = ()
    attached: bool = True

    def unheard(self, node: model.Node) -> bool:
        """Whether a node calls a function that only an installation can know."""
        return not self.attached and node.service is not None and node.service.function not in self.functions


def check(process: model.Process, around: Surroundings) -> list[Problem]:
    """Report everything in the diagram that could not be executed as it is drawn."""
    problems = list(_check_process(process))
    problems += structure.check(process.scope)
    readable = names.readable(process, _routing(around))
    problems += handover_checks.check(process, around, readable)
    for node in process.all_nodes.values():
        problems += _check_node(node, process, around)
        problems += _check_names(node, readable[node.id], process, around)
    for scope in names.scopes(process):
        for flow in scope.flows.values():
            source = scope.nodes.get(flow.source)
            told = {"waitingForStart"} if source is not None and source.kind is model.Kind.COMPLEX else set()
            problems += names.unknown(flow.id, flow.line, flow.condition, readable[scope.id] | told)
        problems += loop_checks.check(process, scope, readable, _routing(around))
    problems += call_checks.check(process, around)
    return problems


def _routing(around: Surroundings) -> dict[str, frozenset[str]]:
    return {form_id: form.routing for form_id, form in around.forms.items()}


def _check_process(process: model.Process) -> Iterator[Problem]:
    def problem(reason: str, way_out: str, element: str = process.id) -> Problem:
        return Problem(element, reason, way_out, process.line)

    if not _IDENTIFIER.match(process.id):
        yield problem("L'id del processo non è un nome semplice.", "Usare lettere minuscole, cifre e _ .")
    for lane in process.lanes:
        if not lane.id:
            yield problem("Una corsia non ha identificativo.", "Dare alla corsia l'id del servizio che la svolge.", "")
    for variable in process.variables:
        if not names.usable(variable.name):
            yield problem(f"«{variable.name}» non può essere il nome di una variabile.", "Scegliere un altro nome.")
        if variable.type not in TYPES:
            reason = f"La variabile «{variable.name}» ha il tipo sconosciuto «{variable.type}»."
            yield problem(reason, f"Usare uno di: {', '.join(TYPES)}.")


def _check_node(node: model.Node, process: model.Process, around: Surroundings) -> Iterator[Problem]:
    for mapping in (*node.inputs, *node.outputs):
        if not names.usable(mapping.target):
            reason = f"«{mapping.target}» non può essere il nome di una variabile."
            way_out = f"Usare lettere, cifre e _ ; sono riservati {', '.join(sorted(RESERVED))}."
            yield Problem(node.id, reason, way_out, node.line)
    for message in (part.message for part in node.each if part.message is not None):
        if message.correlation is None and node.kind is not model.Kind.START:
            reason = f"Il messaggio «{message.name}» non ha chiave di correlazione."
            yield Problem(node.id, reason, 'Aggiungere zeebe:subscription con correlationKey="=case_code".', node.line)
    yield from _check_sending(node, around)
    check_kind = _KIND_CHECKS.get(node.kind)
    if check_kind is not None:
        yield from check_kind(node, process, around)


def _check_sending(node: model.Node, around: Surroundings) -> Iterator[Problem]:
    """Check what a node sends: how long it is kept, and that who takes it in this set declares what it carries."""
    for sent in (part.sends for part in node.each if part.sends is not None):
        if sent.time_to_live is None and model.KEPT_FOR not in around.parameters:
            reason = f"Non si dice per quanto si conserva il messaggio «{sent.name}»."
            way_out = f"Indicare timeToLive, o dare alla rete il parametro {model.KEPT_FOR}."
            yield Problem(node.id, reason, way_out, node.line)
        for other in around.processes.values():
            declared = {variable.name for variable in other.variables}
            for name in [mapping.target for mapping in node.inputs] if _takes(other, sent.name) else ():
                if name not in declared:
                    reason = f"«{other.id}», che riceve il messaggio «{sent.name}», non dichiara la variabile «{name}»."
                    way_out = "Dichiararla con staffetta:variable nel processo che riceve."
                    yield Problem(node.id, reason, way_out, node.line)


def _takes(process: model.Process, message: str) -> bool:
    parts = (part.message for node in process.all_nodes.values() for part in node.each)
    return any(awaited is not None and awaited.name == message for awaited in parts)


def _check_user_task(node: model.Node, process: model.Process, around: Surroundings) -> Iterator[Problem]:
    if not node.name:
        yield Problem(node.id, "L'attività non ha un nome.", "Scrivere che cosa si deve fare.", node.line)
    if node.lane is None:
        yield Problem(node.id, "L'attività non sta in una corsia.", "Metterla nella corsia del servizio.", node.line)
    yield from _check_form(node, around)
    for other in node.separate_from:
        target = process.all_nodes.get(other)
        itself = other == node.id and not isinstance(node.loop, model.MultiInstance)
        if target is None or target.kind is not model.Kind.USER_TASK or itself:
            reason = f"«{other}» non è un'altra user task di questo processo."
            yield Problem(node.id, reason, "Indicare l'id di un'attività del diagramma.", node.line)
    yield from _check_familiar(node, process)
    yield from _check_explains(node, process)
    if node.four_eyes and node.assigns_lanes:
        reason = "L'attività va confermata da una seconda persona, e sceglie anche l'ente di una corsia."
        yield Problem(node.id, reason, "Scegliere l'ente in un'attività a parte, dopo la conferma.", node.line)
    lanes = {lane.id for lane in process.lanes}
    for lane in node.assigns_lanes:
        if lane not in lanes:
            reason = f"L'attività sceglie l'ente della corsia «{lane}», che non è in questo diagramma."
            yield Problem(node.id, reason, "Indicare l'id di una corsia del diagramma.", node.line)
    for clock in CLOCKS:
        yield from _check_clock(node, [item for item in node.deadlines if item.clock == clock])
    for deadline in node.deadlines:
        yield from _check_deadline(node, deadline, around)
    yield from _check_pauses(node, around)


def _check_familiar(node: model.Node, process: model.Process) -> Iterator[Problem]:
    """Who did the other step is to do this one first: both are steps of one lane, and not kept apart."""
    if node.retain_familiar is None:
        return
    other = process.all_nodes.get(node.retain_familiar)
    if other is None or other.kind is not model.Kind.USER_TASK or other.lane != node.lane:
        reason = f"«{node.retain_familiar}» non è una user task della stessa corsia."
        yield Problem(node.id, reason, "Indicare l'id di un'attività della corsia.", node.line)
    elif other.id in node.separate_from or node.id in other.separate_from:
        reason = f"L'attività va offerta a chi ha fatto «{other.id}», e non può farla la stessa persona."
        yield Problem(node.id, reason, "Togliere retainFamiliar o separateFrom.", node.line)


def _check_explains(node: model.Node, process: model.Process) -> Iterator[Problem]:
    target = process.all_nodes.get(node.explains or "")
    if node.explains is not None and (target is None or target.kind is not model.Kind.RULE):
        reason = f"«{node.explains}» non è una business rule task di questo processo."
        yield Problem(node.id, reason, "Indicare l'id di quella di cui il passo mostra i motivi.", node.line)


def _check_rule(node: model.Node, _process: model.Process, around: Surroundings) -> Iterator[Problem]:
    if not node.name:
        yield Problem(node.id, "L'attività non ha un nome.", "Scrivere che cosa si decide.", node.line)
    if node.decision not in around.decisions:
        way_out = "Caricare il file .dmn insieme al diagramma, o correggere l'id."
        yield Problem(node.id, f"La decisione «{node.decision}» non esiste.", way_out, node.line)
    yield from _check_result(node)


def _check_script(node: model.Node, _process: model.Process, _around: Surroundings) -> Iterator[Problem]:
    if not node.name:
        yield Problem(node.id, "L'attività non ha un nome.", "Scrivere che cosa si calcola.", node.line)
    yield from _check_result(node)


def _check_result(node: model.Node) -> Iterator[Problem]:
    if not names.usable(node.result):
        reason = f"«{node.result}» non può essere la variabile in cui va il risultato."
        yield Problem(node.id, reason, "Scrivere in resultVariable lettere, cifre e _ .", node.line)


def _check_form(node: model.Node, around: Surroundings) -> Iterator[Problem]:
    if node.form_id is None:
        return
    form = around.forms.get(node.form_id)
    if form is None:
        way_out = "Caricare il modulo insieme al diagramma, o correggere il nome."
        yield Problem(node.id, f"Il modulo «{node.form_id}» non esiste.", way_out, node.line)
        return
    for key in sorted(RESERVED & form.routing):
        yield Problem(node.id, f"Il modulo scrive «{key}», che è riservato.", "Cambiare nome al campo.", node.line)
    for key in sorted(form.routing):
        if not _IDENTIFIER.match(key):
            reason = f"Il campo di routing «{key}» non può essere il nome di una variabile."
            yield Problem(node.id, reason, "Usare lettere, cifre e _ .", node.line)


def _check_start(node: model.Node, process: model.Process, around: Surroundings) -> Iterator[Problem]:
    yield from _check_form(node, around)
    if node.form_id is not None and node.id not in process.scope.nodes:
        way_out = "Metterlo sulla prima attività del sottoprocesso."
        yield Problem(node.id, "All'inizio di un sottoprocesso nessuno compila un modulo.", way_out, node.line)
    form = around.forms.get(node.form_id or "")
    if node.form_id is not None and not node.plain:
        way_out = "Togliere il modulo: nessuno lo compilerebbe. Dei valori può portarli solo un messaggio."
        yield Problem(node.id, "Un inizio che non sceglie una persona non ha un modulo.", way_out, node.line)
    if form is not None and form.others:
        reason = f"Il modulo di avvio ha campi che non sono routing: {', '.join(sorted(form.others))}."
        yield Problem(node.id, reason, "Spostarli nel modulo della prima attività.", node.line)


def _check_clock(node: model.Node, deadlines: list[model.Deadline]) -> Iterator[Problem]:
    way_out = "Mettere per ultima una scadenza senza condizione, che vale in tutti gli altri casi."
    for deadline in deadlines[:-1]:
        if deadline.condition is None:
            reason = f"Dopo la scadenza {deadline.parameter} senza condizione ce n'è un'altra, che non varrebbe mai."
            yield Problem(node.id, reason, way_out, node.line)
    if deadlines and deadlines[-1].condition is not None:
        reason = (
            f"L'ultima scadenza {deadlines[-1].parameter} ha una condizione: in altri casi non ne varrebbe nessuna."
        )
        yield Problem(node.id, reason, way_out, node.line)


def _check_deadline(node: model.Node, deadline: model.Deadline, around: Surroundings) -> Iterator[Problem]:
    for what, value, allowed in (
        ("clock", deadline.clock, CLOCKS),
        ("class", deadline.escalation_class, (*CLASSES, None)),
        ("nature", deadline.nature, NATURES),
    ):
        if value not in allowed:
            reason = f"La scadenza {deadline.parameter} ha {what}=«{value}»."
            way_out = f"Usare uno di: {', '.join(item for item in allowed if item)}."
            yield Problem(node.id, reason, way_out, node.line)
    if deadline.parameter not in around.parameters:
        reason = f"La scadenza usa il parametro sconosciuto «{deadline.parameter}»."
        yield Problem(node.id, reason, "Usare un parametro della rete, per esempio D04.alto.", node.line)
    in_days = deadline.parameter in around.of_calendars and deadline.parameter not in around.of_offices
    if deadline.start is not None and not expressions.may_be_instant(deadline.start, or_day=in_days):
        reason = f"L'inizio della scadenza {deadline.parameter}, «{deadline.start.text}», non è una data con ora."
        way_out = (
            "Dare in start una data con ora e fuso, o dove si contano giorni una data; senza start conta dal passo."
        )
        yield Problem(node.id, reason, way_out, node.line)


def _check_pauses(node: model.Node, around: Surroundings) -> Iterator[Problem]:
    """Report reasons for a clock to stand still that no clock of the step could have; a term of law has none."""
    for number, pause in enumerate(node.pauses):
        clocks = [deadline for deadline in node.deadlines if deadline.clock == pause.clock]
        said = None
        if not clocks:
            way_out = "Indicare in clock l'orologio di una scadenza del passo."
            said = f"La pausa {pause.parameter} è di un orologio che il passo non ha: «{pause.clock}».", way_out
        elif any(deadline.nature == "legge" for deadline in clocks):
            reason = f"La pausa {pause.parameter} fermerebbe un termine di legge."
            said = reason, "Toglierla: un termine di legge non si ferma."
        elif pause.parameter not in around.parameters:
            reason = f"La pausa usa il parametro sconosciuto «{pause.parameter}»."
            said = reason, "Dare alla rete un parametro: il titolo dice il motivo, la durata quanto può stare fermo."
        elif pause in node.pauses[:number]:
            said = f"La pausa {pause.parameter} c'è due volte per lo stesso orologio.", "Tenerne una sola."
        if said is not None:
            yield Problem(node.id, *said, node.line)


def _check_call(node: model.Node, _process: model.Process, around: Surroundings) -> Iterator[Problem]:
    for key in node.called:
        called = around.processes.get(key)
        if called is None:
            way_out = "Caricare insieme anche il processo chiamato, o correggere il nome."
            yield Problem(node.id, f"Il processo chiamato «{key}» non esiste.", way_out, node.line)
        else:
            yield from _check_called(node, called)


def _check_called(node: model.Node, called: model.Process) -> Iterator[Problem]:
    starts = structure.none_starts(called.scope)
    if not starts:
        way_out = "Aggiungere al processo chiamato un inizio semplice."
        yield Problem(node.id, f"«{called.id}» non ha un inizio semplice.", way_out, node.line)
    elif len(starts) > 1:
        way_out = "Tenere nel processo chiamato un solo inizio semplice, o chiamare un processo per ciascuno."
        reason = f"«{called.id}» ha più inizi semplici: una chiamata non ne sceglie uno."
        yield Problem(node.id, reason, way_out, node.line)
    declared = {variable.name for variable in called.variables}
    for mapping in node.inputs:
        if mapping.target not in declared:
            reason = f"«{called.id}» non dichiara la variabile «{mapping.target}»."
            yield Problem(node.id, reason, "Dichiararla con staffetta:variable nel processo chiamato.", node.line)


def _check_service(node: model.Node, _process: model.Process, around: Surroundings) -> Iterator[Problem]:
    if not node.name:
        yield Problem(node.id, "L'attività non ha un nome.", "Scrivere che cosa si fa.", node.line)
    if node.service is None or around.unheard(node):
        return
    function = around.functions.get(node.service.function)
    if function is None:
        way_out = "Correggere il nome, o farla installare da chi gestisce il servizio."
        yield Problem(node.id, f"La funzione «{node.service.function}» non è installata.", way_out, node.line)
        return
    given = {mapping.target for mapping in node.inputs}
    for name in sorted(function.inputs ^ given):
        way_out = f"Dare con zeebe:input esattamente: {', '.join(sorted(function.inputs)) or '(nulla)'}."
        yield Problem(node.id, f"La funzione «{function.name}» ha altri ingressi: vedi «{name}».", way_out, node.line)


_KIND_CHECKS: dict[model.Kind, Callable[[model.Node, model.Process, Surroundings], Iterator[Problem]]] = {
    model.Kind.START: _check_start,
    model.Kind.USER_TASK: _check_user_task,
    model.Kind.RULE: _check_rule,
    model.Kind.CALL: _check_call,
    model.Kind.SCRIPT: _check_script,
    model.Kind.SERVICE: _check_service,
}


def _check_names(
    node: model.Node, known: frozenset[str], process: model.Process, around: Surroundings
) -> Iterator[Problem]:
    for expression in names.expressions(node):
        yield from names.unknown(node.id, node.line, expression, known)
    for name in sorted(set(around.decisions.get(node.decision or "", ())) - known):
        reason = f"La decisione «{node.decision}» legge «{name}», che nessun modulo e nessun passo scrive."
        way_out = "Marcare il campo come routing, o dare il valore con un ingresso (zeebe:input)."
        yield Problem(node.id, reason, way_out, node.line)
    yield from names.unknown(node.id, node.line, node.activation, known | {"activationCount"})
    if node.ad_hoc is not None:
        yield from names.unknown(node.id, node.line, node.ad_hoc.completion, known)
    own = known | {node.result}
    called = [around.processes[key] for key in node.called if key in around.processes and key != process.id]
    if called:
        own = frozenset().union(*[names.readable(item, _routing(around))[item.id] for item in called])
    if node.service is not None and node.service.function in around.functions:
        own |= around.functions[node.service.function].outputs
    for mapping in () if around.unheard(node) else node.outputs:
        yield from names.unknown(node.id, node.line, mapping.source, own)
