"""A BPMN diagram as plain values: what was read, before anything is executed.

Only constructs of the accepted profile have a place here; the parser reports everything else as a problem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from engine.bpmn.expressions import Expression
from engine.bpmn.scopes import LOOP_COUNTER
from engine.errors import Problem


class Kind(StrEnum):
    """The accepted kinds of flow node."""

    START = "startEvent"
    TASK = "task"
    MANUAL = "manualTask"
    USER_TASK = "userTask"
    SCRIPT = "scriptTask"
    RECEIVE = "receiveTask"
    SEND = "sendTask"
    SERVICE = "serviceTask"
    RULE = "businessRuleTask"
    EXCLUSIVE = "exclusiveGateway"
    PARALLEL = "parallelGateway"
    INCLUSIVE = "inclusiveGateway"
    COMPLEX = "complexGateway"
    EVENT_BASED = "eventBasedGateway"
    CALL = "callActivity"
    SUBPROCESS = "subProcess"
    TRANSACTION = "transaction"
    AD_HOC = "adHocSubProcess"
    BOUNDARY = "boundaryEvent"
    CATCH = "intermediateCatchEvent"
    THROW = "intermediateThrowEvent"
    END = "endEvent"


# Activities that stay open; the others are over at once, so that nothing can happen at their border.
EMBEDDED = frozenset({Kind.SUBPROCESS, Kind.TRANSACTION, Kind.AD_HOC})
ACTIVITIES = frozenset({Kind.USER_TASK, Kind.RECEIVE, Kind.SERVICE, Kind.CALL}) | EMBEDDED
INSTANT = frozenset({Kind.TASK, Kind.MANUAL, Kind.SCRIPT, Kind.RULE, Kind.SEND})
CHOICES = frozenset({Kind.EXCLUSIVE, Kind.INCLUSIVE})
GATEWAYS = CHOICES | {Kind.PARALLEL, Kind.COMPLEX, Kind.EVENT_BASED}


# What the id of the flow that a pair of link events stands for begins with; no element can have such an id.
LINK = "link:"


class TimerKind(StrEnum):
    """How a timer says when: a span from its start, an instant, or a span again and again."""

    DURATION = "timeDuration"
    DATE = "timeDate"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer definition; the expression gives a duration, an aware date and time, or a cycle: [times, duration]."""

    kind: TimerKind
    expression: Expression


@dataclass(frozen=True, slots=True)
class Message:
    """A message by name; `correlation` gives the key under which a waiting token is found."""

    name: str
    correlation: Expression | None


@dataclass(frozen=True, slots=True)
class Publication:
    """A message that is sent: its name, under which key, and how long it is kept when nobody waits for it yet.

    Without a length of its own it is kept for the network's (`KEPT_FOR`).
    """

    name: str
    correlation: Expression | None
    time_to_live: Expression | None


KEPT_FOR = "MSG.attesa"
"""The parameter that says how long a message is kept when nobody waits for it yet."""


@dataclass(frozen=True, slots=True)
class Service:
    """A function that is called, and how often it is tried before a person has to look."""

    function: str
    tries: int


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal by name; it stays within the case that throws it, unless it is one of the whole network."""

    name: str
    network: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """An escalation by its code; to catch, None stands for every code."""

    code: str | None


@dataclass(frozen=True, slots=True)
class Compensation:
    """A compensation: what is thrown undoes `activity`, or all of its scope; it goes on at once unless it `waits`."""

    activity: str | None
    waits: bool


@dataclass(frozen=True, slots=True)
class AdHoc:
    """How an ad-hoc subprocess goes: what begins (`active`, else everything), in which order, when it is enough."""

    sequential: bool
    cancels_remaining: bool
    completion: Expression | None
    active: Expression | None


@dataclass(frozen=True, slots=True)
class IoMapping:
    """One line of an `ioMapping`: the value of `source` goes into the variable `target`."""

    source: Expression
    target: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A clock on a user task: of those for one clock, the first whose condition is true counts.

    It runs from `start`, or from the creation of the task; `consequence` says what follows if it passes (it, en).
    """

    clock: str
    parameter: str
    escalation_class: str | None
    nature: str
    condition: Expression | None
    start: Expression | None
    consequence: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Pause:
    """A reason for which a clock may stand still: a parameter, whose length is the longest that it does."""

    clock: str
    parameter: str


@dataclass(frozen=True, slots=True)
class LaneRule:
    """How the agency that a case is handed to is chosen: `by` area, by a rule (`expression`), or by an offer."""

    by: str
    expression: Expression | None
    line: int


@dataclass(frozen=True, slots=True)
class Handover:
    """How a case is handed to the agency that does a step: for which purpose, on which basis, what it is told.

    `fields` are variables, and fields of forms as `form.field`; everything else stays where it is. `automatic`: it is
    sent as soon as the step is reached, where the basis is there. `until`: when the agency's part ends again.
    """

    purpose: str
    basis: str
    duty: str
    fields: tuple[str, ...]
    automatic: bool
    until: str
    rule: LaneRule | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """An activity done once for each item of `collection` (called `item` in it), or as often as `cardinality` says.

    All at once, or one after the other. `result`, read when an instance is done, goes into the list `results` at its
    place. `completion` is looked at after each: when it is true the others are not done any more. `thrown` is a signal
    or an escalation that the first that is done throws, or each (`throws_each`).
    """

    sequential: bool
    cardinality: Expression | None = None
    collection: Expression | None = None
    item: str = ""
    result: Expression | None = None
    results: str = ""
    completion: Expression | None = None
    thrown: "Node | None" = None
    throws_each: bool = False

    @property
    def own(self) -> frozenset[str]:
        """The names that every instance has for itself from the beginning; a result that is just a name is one."""
        named = self.result.names & {self.result.text.strip()} if self.result is not None else frozenset()
        return named | {name for name in (LOOP_COUNTER, self.item) if name}


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """An activity done again as long as `condition` is true, looked at before or after each time; `maximum` times."""

    condition: Expression | None
    test_before: bool
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow between two nodes of the same scope."""

    id: str
    source: str
    target: str
    condition: Expression | None
    line: int


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node; which of the optional fields are set depends on its kind.

    A call activity names the process that it calls, or all those of which `chosen` says the one.
    An event subprocess (`triggered`) carries what its start event waits for; a compensation has a `handler`, which is
    `for_compensation`. An event of several definitions carries the first, `others` the rest: any one, or `for_all`.
    """

    id: str
    kind: Kind
    name: str
    line: int
    lane: str | None = None
    documentation: str = ""
    default_flow: str | None = None
    form_id: str | None = None
    deadlines: tuple[Deadline, ...] = ()
    pauses: tuple[Pause, ...] = ()
    separate_from: tuple[str, ...] = ()
    four_eyes: bool = False
    calls_her: bool = False
    retain_familiar: str | None = None
    assigns_lanes: tuple[str, ...] = ()
    handover: Handover | None = None
    inputs: tuple[IoMapping, ...] = ()
    outputs: tuple[IoMapping, ...] = ()
    explains: str | None = None
    called: tuple[str, ...] = ()
    chosen: Expression | None = None
    decision: str | None = None
    script: Expression | None = None
    result: str = ""
    timer: Timer | None = None
    message: Message | None = None
    sends: Publication | None = None
    service: Service | None = None
    signal: Signal | None = None
    link: str | None = None
    error_code: str | None = None
    is_error: bool = False
    escalation: Escalation | None = None
    condition: Expression | None = None
    activation: Expression | None = None
    terminates: bool = False
    cancels: bool = False
    compensation: Compensation | None = None
    handler: str | None = None
    for_compensation: bool = False
    attached_to: str | None = None
    interrupting: bool = True
    scope: "Scope | None" = None
    triggered: bool = False
    loop: MultiInstance | StandardLoop | None = None
    ad_hoc: AdHoc | None = None
    start_quantity: int = 1
    completion_quantity: int = 1
    others: tuple["Node", ...] = ()
    for_all: bool = False

    @property
    def each(self) -> tuple["Node", ...]:
        """The event once for each of its definitions, in document order; itself if it has one or none."""
        return (self, *self.others)

    @property
    def plain(self) -> bool:
        """Whether, as an event, it waits for nothing."""
        triggers = (self.timer, self.message, self.signal, self.escalation, self.condition, self.compensation)
        return not self.is_error and all(trigger is None for trigger in triggers)

    @property
    def instant(self) -> bool:
        """Whether it is a step that is over as soon as it is reached."""
        return self.kind in INSTANT


@dataclass(frozen=True, slots=True)
class Scope:
    """A process or an embedded subprocess: nodes and flows in document order."""

    id: str
    nodes: Mapping[str, Node]
    flows: Mapping[str, Flow]
    ad_hoc: bool = False

    @property
    def begins(self) -> list[Node]:
        """Where its tokens begin: the start events; in an ad-hoc subprocess the activities that no flow leads to."""
        if not self.ad_hoc:
            return [node for node in self.nodes.values() if node.kind is Kind.START]
        reached = {flow.target for flow in self.flows.values()}
        activities = (node for node in self.nodes.values() if node.kind in ACTIVITIES | INSTANT)
        steps = (node for node in activities if not node.triggered and not node.for_compensation)
        return [node for node in steps if node.id not in reached]

    def outgoing(self, node_id: str) -> list[Flow]:
        """Give the flows that leave a node, in document order."""
        return [flow for flow in self.flows.values() if flow.source == node_id]

    def incoming(self, node_id: str) -> list[Flow]:
        """Give the flows that reach a node, in document order."""
        return [flow for flow in self.flows.values() if flow.target == node_id]

    def walk(self) -> Iterator[Node]:
        """Give the nodes, each followed by those inside it."""
        for node in self.nodes.values():
            yield node
            if node.scope is not None:
                yield from node.scope.walk()

    def boundary(self, node_id: str) -> list[Node]:
        """Give the boundary events attached to an activity, in document order."""
        return [node for node in self.nodes.values() if node.attached_to == node_id]


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane: a service of the network, which an agency plays in a case."""

    id: str
    name: str
    rule: LaneRule | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that comes from outside: at the start, with a message, or from a caller."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Process:
    """One executable process of a file, what people call the elements in it, and what its reader warns of.

    `undrawn` are the ids of those elements of which the file has no picture (BPMNDI), in its order.
    """

    id: str
    name: str
    line: int
    documentation: str
    lanes: tuple[Lane, ...]
    variables: tuple[Variable, ...]
    scope: Scope
    all_nodes: Mapping[str, Node] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    undrawn: tuple[str, ...] = ()

    @property
    def drawn(self) -> bool:
        """Whether there is a picture, of some of it at least."""
        return len(self.undrawn) < len(self.all_nodes)

    @property
    def steps(self) -> tuple[Node, ...]:
        """What is done in it, in the order of the file."""
        done = (ACTIVITIES | INSTANT) - EMBEDDED
        return tuple(node for node in self.all_nodes.values() if node.kind in done)
