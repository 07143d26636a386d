"""From a checked diagram to specifications: built once per version, shared by all its instances and threads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from engine.bpmn import ad_hoc, compensation, events, gateways, loops, model, rules, specs
from engine.bpmn.workflow import ProcessSpec


@dataclass(frozen=True, slots=True)
class Definition:
    """A version of a process, ready to run. `called` holds the versions that its call activities are pinned to.

    It is filled after building, because calls may be cyclic; nothing changes it afterwards.
    """

    id: UUID
    process: model.Process
    spec: ProcessSpec
    called: dict[str, "Definition"] = field(default_factory=dict)

    def node(self, element_id: str) -> model.Node:
        """Give a node of this process, at whatever level of it."""
        return self.process.all_nodes[element_id]

    def undone_by(self, element_id: str) -> str | None:
        """Give what people call the activity that an element undoes, if it is there for that."""
        nodes = self.process.all_nodes
        host = next((node.attached_to for node in nodes.values() if node.handler == element_id), None)
        return None if host is None else self.process.names.get(host, host)

    def takes_turns(self, element_id: str) -> bool:
        """Say whether an element is one of those of which people do one at a time, in the order that they choose."""
        return any(
            node.ad_hoc is not None
            and node.ad_hoc.sequential
            and node.scope is not None
            and element_id in node.scope.nodes
            for node in self.process.all_nodes.values()
        )

    def message_start(self, name: str) -> str | None:
        """Give the start event that a message of this name triggers."""
        return self._start(lambda start: start.message is not None and start.message.name == name)

    def signal_start(self, name: str) -> str | None:
        """Give the start event that a signal of this name triggers."""
        return self._start(lambda start: start.signal is not None and start.signal.name == name)

    def _start(self, begins: Callable[[model.Node], bool]) -> str | None:
        starts = (node for node in self.process.scope.nodes.values() if node.kind is model.Kind.START)
        return next((node.id for node in starts if any(begins(part) for part in node.each)), None)


def build(
    process: model.Process, definition_id: UUID, *, decisions: Mapping[str, rules.Rule] = MappingProxyType({})
) -> Definition:
    """Build the specifications of a process that the linter has passed; `definition_id` names its version.

    `decisions` are those that its business rule tasks ask, by id.
    """
    building = _Building(definition_id, decisions)
    return Definition(definition_id, process, _build_scope(process.scope, building), building.called)


@dataclass(frozen=True, slots=True)
class _Building:
    """What all scopes of one process share."""

    definition_id: UUID
    decisions: Mapping[str, rules.Rule]
    called: dict[str, Definition] = field(default_factory=dict)


def _build_scope(scope: model.Scope, building: _Building, *, start: type[specs.Start] = specs.Start) -> ProcessSpec:
    spec = ProcessSpec(scope.id, building.definition_id)
    spec.start = start(spec, "#start")
    for node in scope.nodes.values():
        _build_node(spec, node, scope, building)
    for flow in scope.flows.values():
        spec.task_specs[flow.source].flows.append((flow.id, flow.target))
    for node in scope.nodes.values():
        _build_others(spec, node)
    triggered = [node for node in scope.nodes.values() if node.triggered]
    spec.start.listeners = tuple(name for node in triggered if node.compensation is None for name in _names(node))
    spec.undone_by = next((node.id for node in triggered if node.compensation is not None), None)
    starts = [node for node in scope.nodes.values() if node.kind is model.Kind.START]
    # The start without trigger comes first: it is the one taken when nobody names another.
    starts.sort(key=lambda node: not node.plain)
    spec.start.flows = [(f"#{node.id}", node.id) for node in starts]
    return spec


def _build_node(spec: ProcessSpec, node: model.Node, scope: model.Scope, building: _Building) -> None:
    built = _build_loop(spec, node, building) if node.loop is not None else _build_alone(spec, node, building)
    built.start_quantity, built.completion_quantity = node.start_quantity, node.completion_quantity
    border = scope.boundary(node.id)
    handler = next((event.handler for event in border if event.compensation is not None), None)
    if isinstance(built, loops.Loop) and handler is not None:
        # Each time that it was done is undone by itself, with what was its own.
        built.inner.task_specs[node.id].compensated_by = handler
        _build_node(built.inner, scope.nodes[handler], scope, building)
    else:
        built.compensated_by = handler
    if isinstance(built, specs.Activity):
        built.boundary = tuple(name for event in border if event.compensation is None for name in _names(event))
    if node.kind is not model.Kind.PARALLEL:
        flows = scope.outgoing(node.id)
        built.conditions = {flow.id: flow.condition for flow in flows if flow.condition is not None}
        built.default = node.default_flow
    if isinstance(built, gateways.ParallelGateway | gateways.InclusiveGateway):
        built.incoming = frozenset(flow.id for flow in scope.incoming(node.id))
    if isinstance(built, gateways.InclusiveGateway) and len(built.incoming) > 1:
        built.reach = {other.id: _reach(scope, other, node.id) for other in scope.nodes.values()}
        spec.joins_inclusively = True


def _build_loop(spec: ProcessSpec, node: model.Node, building: _Building) -> loops.Loop:
    """Build an activity that is done several times: a scope around it in which nothing stands but the activity."""
    built = loops.of(spec, node)
    built.inner = ProcessSpec(node.id, building.definition_id)
    built.inner.start = loops.Begin(built.inner, "#start")
    _build_alone(built.inner, node, building).repeated = built
    return built


def _build_alone(spec: ProcessSpec, node: model.Node, building: _Building) -> specs.Node:
    """Build what a node does once, without what stands around it."""
    built: specs.Node = _SPECS[node.kind](spec, node.id, node)
    # What a kind of node needs and may be missing in `model.Node` is there: the linter has passed the process.
    if isinstance(built, specs.CallActivity):
        built.called = building.called
    elif isinstance(built, specs.BusinessRule) and node.decision is not None:
        built.rule = building.decisions[node.decision]
    elif isinstance(built, ad_hoc.AdHocSubprocess) and node.scope is not None and node.ad_hoc is not None:
        _build_ad_hoc(built, node.scope, node.ad_hoc, building)
    elif isinstance(built, specs.Subprocess) and node.scope is not None:
        built.inner = _build_scope(node.scope, building)
    return built


def _build_ad_hoc(
    built: ad_hoc.AdHocSubprocess, scope: model.Scope, characteristics: model.AdHoc, building: _Building
) -> None:
    built.characteristics = characteristics
    built.startable = tuple(node.id for node in scope.begins)
    built.inner = _build_scope(scope, building, start=loops.Begin)
    looked_at = model.ACTIVITIES | model.INSTANT | {model.Kind.CATCH}
    for spec in built.inner.task_specs.values():
        node = getattr(spec, "element", None)
        if node is not None and node.kind in looked_at and not node.for_compensation:
            spec.repeated = built


def _build_others(spec: ProcessSpec, node: model.Node) -> None:
    """Give an event with several definitions a place for each token that waits for one of them."""
    first = spec.task_specs[node.id]
    if isinstance(first, events.Several):
        first.parts = tuple(f"{node.id}#{number}" for number in range(1, len(node.each) + 1))
        for name, part in zip(first.parts, node.each, strict=True):
            events.Catch(spec, name, part).flows = first.flows
    elif node.kind is model.Kind.BOUNDARY or node.triggered:
        for name, other in zip(_names(node)[1:], node.others, strict=True):
            built = _SPECS[node.kind](spec, name, other)
            built.flows = first.flows
            if isinstance(built, specs.Subprocess):
                built.inner, built.boundary = first.inner, first.boundary


def _names(node: model.Node) -> tuple[str, ...]:
    """Give the places of a border or an event subprocess; no element can have those of its further definitions."""
    return (node.id, *(f"{node.id}#{number}" for number in range(2, len(node.each) + 1)))


def _reach(scope: model.Scope, node: model.Node, gateway: str) -> frozenset[str]:
    """Give the flows into a gateway that a token on a node may still come to, without passing the gateway."""
    seen, frontier = {node.id}, [node.id]
    found: set[str] = set()
    while frontier:
        at = frontier.pop()
        found.update(flow.id for flow in scope.outgoing(at) if flow.target == gateway)
        following = [flow.target for flow in scope.outgoing(at)] + [event.id for event in scope.boundary(at)]
        new = {key for key in following if key != gateway} - seen
        seen |= new
        frontier += new
    return frozenset(found)


def _throw(spec: ProcessSpec, name: str, node: model.Node) -> specs.Node:
    if node.compensation is not None:
        return compensation.Compensate(spec, name, node, node.compensation)
    return events.Throw(spec, name, node)


def _end(spec: ProcessSpec, name: str, node: model.Node) -> specs.Node:
    if node.compensation is not None:
        return _throw(spec, name, node)
    if node.cancels:
        return compensation.CancelEnd(spec, name, node)
    return events.ErrorEnd(spec, name, node) if node.is_error else events.EndEvent(spec, name, node)


def _catch(spec: ProcessSpec, name: str, node: model.Node) -> specs.Node:
    if node.link is not None:
        return specs.Node(spec, name, node)  # the flow of the link is one like any other
    return events.Several(spec, name, node) if node.others else events.Catch(spec, name, node)


def _subprocess(spec: ProcessSpec, name: str, node: model.Node) -> specs.Node:
    return events.EventSubprocess(spec, name, node) if node.triggered else specs.Subprocess(spec, name, node)


_SPECS: dict[model.Kind, Callable[[ProcessSpec, str, model.Node], specs.Node]] = {
    model.Kind.START: specs.Node,
    model.Kind.TASK: specs.Node,
    model.Kind.MANUAL: specs.Node,
    model.Kind.USER_TASK: specs.UserTask,
    model.Kind.SCRIPT: specs.Script,
    model.Kind.RECEIVE: events.ReceiveTask,
    model.Kind.SEND: events.Throw,
    model.Kind.SERVICE: events.ServiceTask,
    model.Kind.RULE: specs.BusinessRule,
    model.Kind.EXCLUSIVE: gateways.ExclusiveGateway,
    model.Kind.PARALLEL: gateways.ParallelGateway,
    model.Kind.INCLUSIVE: gateways.InclusiveGateway,
    model.Kind.COMPLEX: gateways.ComplexGateway,
    model.Kind.EVENT_BASED: gateways.EventGateway,
    model.Kind.CALL: specs.CallActivity,
    model.Kind.SUBPROCESS: _subprocess,
    model.Kind.TRANSACTION: _subprocess,
    model.Kind.AD_HOC: ad_hoc.AdHocSubprocess,
    model.Kind.BOUNDARY: events.BoundaryEvent,
    model.Kind.CATCH: _catch,
    model.Kind.THROW: _throw,
    model.Kind.END: _end,
}
