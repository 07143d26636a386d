"""Carrying a running instance over to another version of its process, without anything in it being done anew.

Every token goes to the element of the same id, or to the one that it is told to; what it waits for, since when and
until when goes along. A token has no place where its element is gone or has become something else: then nothing of the
instance is carried over, and every reason is given. So it is with joins: what a case would wait for in vain, or
would do twice, stands in the way.

What the new version puts around a live activity (an event on its border) or around a live scope (an event subprocess)
begins to wait. What it puts where the case has passed already stays without effect.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from engine import errors
from engine.bpmn import gateways, model, specs, state
from engine.bpmn.building import Definition
from engine.bpmn.expressions import Expression
from engine.bpmn.workflow import BESIDE, STARTED, WAITING, Flat, ProcessSpec, Token, Workflow, only_listens


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An element that keeps an instance on its version, and why."""

    element: str
    code: str


class CannotMigrate(errors.Conflict):
    """An instance cannot be carried over; `obstacles` are all reasons."""

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        super().__init__(None, elements=",".join(obstacle.element for obstacle in obstacles))


def move(workflow: Workflow, definition: Definition, names: Mapping[str, str]) -> tuple[Workflow, list[Token]]:
    """Give a workflow as one of another version, and the tokens in it that have yet to begin to wait.

    `names` says for ids of elements which one stands for it now; an empty one lets fall away what only waits.
    Raises CannotMigrate.
    """
    moving = _Moving(names)
    scopes = moving.pair(workflow, definition)
    obstacles = [found for scope in scopes.values() for found in moving.check(scope)]
    if obstacles:
        raise CannotMigrate(tuple(dict.fromkeys(obstacles)))
    form = state.plain(workflow)
    form[1] = list(moving.renamed(form[1]))
    form[2] = [[host, list(moving.renamed(held))] for host, held in form[2]]
    form[3] = [[key, parent, moving.named(values), *more] for key, parent, values, *more in form[3]]
    form[4] = []  # a way back leads to where the instance no longer is
    moved = state.rebuild(definition, form)
    return moved, [token for scope in scopes.values() for token in moving.place_new(scope, moved)]


@dataclass(frozen=True, slots=True)
class _Scope:
    """An open scope, and what it is an instance of in the new version."""

    workflow: Flat
    new: ProcessSpec

    @property
    def old(self) -> ProcessSpec:
        spec: ProcessSpec = self.workflow.spec
        return spec


class _Moving:
    """One move: under which names elements go on."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def target(self, name: str) -> str:
        """Give what stands for an element now; empty for nothing. Places of one event (`id#2`) go together."""
        element, mark, number = name.partition("#")
        found = self._names.get(element, element)
        return found + mark + number if found else ""

    def pair(self, workflow: Workflow, definition: Definition) -> dict[str, _Scope]:
        """Give the open scopes that have a counterpart; of one that has none its activity tells."""
        pairs = {workflow.scope_key: _Scope(workflow, definition.spec)}
        for inner in workflow.subprocesses.values():
            around = pairs.get(inner.host.workflow.scope_key)
            host = around.new.task_specs.get(self.target(inner.host.task_spec.name)) if around is not None else None
            if host is not None and type(host) is type(inner.host.task_spec) and not _calls_another(inner.host, host):
                pairs[inner.scope_key] = _Scope(inner, host.inside(inner.host))
        return pairs

    def check(self, scope: _Scope) -> Iterator[Obstacle]:
        """Give what stands in the way of the tokens of a scope."""
        for token in scope.workflow.live():
            code = self._misfit(token, scope)
            if code is not None:
                yield Obstacle(token.task_spec.name.partition("#")[0], code)
        yield from self._undoable(scope)
        yield from _Joins(scope, self.target).check()

    def _misfit(self, token: Token, scope: _Scope) -> str | None:
        """Say why a token has no place in the new version."""
        name, internal = self.target(token.task_spec.name), token.internal_data
        if not name:
            waits = token.state == STARTED and ("host" in internal or only_listens(token))
            return None if waits else "cannot_fall_away"
        new = scope.new.task_specs.get(name)
        if not isinstance(new, specs.Node):
            return "removed"
        if any(self.target(left) not in getattr(new, "startable", ()) for left in internal.get("left", ())):
            return "steps_changed"
        if {"undoes", "undo", "snapshot"} & internal.keys():
            return "being_undone"
        return self._changed(token, new) or ("race_changed" if self._races_otherwise(token, scope) else None)

    def _changed(self, token: Token, new: specs.Node) -> str | None:
        """Say in what the element of a token has become another one."""
        old = token.task_spec
        if type(new) is not type(old):
            return "kind_changed"
        if old.element.attached_to and self.target(old.element.attached_to) != new.element.attached_to:
            return "moved"
        if _calls_another(token, new):
            return "calls_another"
        return next((code for code, look in _KEPT if look(old.element) != look(new.element)), None)

    def _races_otherwise(self, token: Token, scope: _Scope) -> bool:
        """Say whether the event-based gateway of a token waits for other events now."""
        race = token.internal_data.get("race")
        if race is None:
            return False
        after = scope.new.task_specs.get(self.target(race[1]))
        before = {self.target(name) for _flow, name in scope.old.task_specs[race[1]].flows}
        return after is None or {name for _flow, name in after.flows} != before

    def _undoable(self, scope: _Scope) -> Iterator[Obstacle]:
        """Give what has been done and could be undone, and could no longer be in the new version."""
        tree = scope.workflow.top_workflow.scopes
        for name, kept in tree.completed(scope.workflow.scope_key) if scope.workflow.scope_key in tree.scopes else ():
            old, new = scope.old.task_specs[name], scope.new.task_specs.get(name)
            alike = type(new) is type(old) and self.target(name) == name
            if not alike or old.compensated_by != new.compensated_by or (kept is not None and not _alike(old, new)):
                yield Obstacle(name, "cannot_be_undone_any_more")

    def renamed(self, tokens: list[list[Any]]) -> Iterator[list[Any]]:
        """Give tokens of the plain form under their new names, without those that fall away."""
        for key, name, token_state, internal in tokens:
            if self.target(name):
                race = internal.get("race")
                raced = {"race": [race[0], self.target(race[1])]} if race else {}
                left = {"left": [self.target(one) for one in internal["left"]]} if "left" in internal else {}
                yield [key, self.target(name), token_state, {**internal, **raced, **left}]

    def named(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the variables of a scope; the trace of a decision goes by the name of its element."""
        return {f"#{self.target(name[1:])}" if name[:1] == "#" else name: value for name, value in values.items()}

    def place_new(self, scope: _Scope, moved: Workflow) -> Iterator[Token]:
        """Place what waits in the new version where nothing did before."""
        workflow = next(found for found in moved.workflows() if found.scope_key == scope.workflow.scope_key)
        listened = {self.target(name) for name in scope.old.start.listeners}
        for name in scope.new.start.listeners:
            if name not in listened:
                yield workflow.place(name, listening=True)
        for host in scope.workflow.live():
            if isinstance(host.task_spec, specs.Activity) and host.state == STARTED and not only_listens(host):
                known = {self.target(name) for name in host.task_spec.boundary}
                for name in scope.new.task_specs[self.target(host.task_spec.name)].boundary:
                    if name not in known:
                        yield workflow.place(name, host=host.id.hex)


class _Joins:
    """What a scope waits for where flows meet, in both versions."""

    def __init__(self, scope: _Scope, target: Callable[[str], str]) -> None:
        self._scope, self._target = scope, target
        live = scope.workflow.live()
        self._waiting = [token for token in live if token.state == WAITING]
        moving = [token for token in live if token.state != WAITING and not only_listens(token)]
        moving = [token for token in moving if not BESIDE & token.internal_data.keys()]
        # Each of the events of one race stands for the one token that went into its gateway.
        races = [token.internal_data.get("race", (token.id.hex, token.task_spec.name)) for token in moving]
        self._at = list(dict.fromkeys((key, name) for key, name in races))

    def check(self) -> Iterator[Obstacle]:
        """Give the joins at which the case would wait in vain, and the steps that it would do twice."""
        yield from self._kept()
        yield from self._fed()
        yield from self._apart()

    def _kept(self) -> Iterator[Obstacle]:
        """Where tokens meet, or wait for each other already, they have to meet in the new version too."""
        for name, join in _joins(self._scope.old):
            new = self._scope.new.task_specs.get(self._target(name))
            coming = [at for _key, at in self._at if name in _ahead(self._scope.old, at)]
            held = [token for token in self._waiting if token.task_spec is join]
            same = type(new) is type(join) and len(new.incoming) > 1
            met = len(coming) > 1 or held
            if met and not (same and all(token.internal_data["flow"] in new.incoming for token in held)):
                yield Obstacle(name, "join_changed")

    def _fed(self) -> Iterator[Obstacle]:
        """Over every flow into a join that somebody comes to, somebody has to be able to come."""
        for name, join in _joins(self._scope.new):
            if not isinstance(join, gateways.ParallelGateway):
                continue
            filled = {
                token.internal_data["flow"] for token in self._waiting if self._target(token.task_spec.name) == name
            }
            sources = {flow: source for source, flow in _into(self._scope.new, name)}
            ahead = [{at, *_ahead(self._scope.new, at, without={name})} for at in self._places()]
            fed = {flow for flow, source in sources.items() if any(source in reached for reached in ahead)}
            if (filled or fed) and not join.incoming <= filled | fed:
                yield Obstacle(name, "join_never_completed")

    def _apart(self) -> Iterator[Obstacle]:
        """Of two tokens that go side by side none may come after the other: its step would be done twice."""
        new = self._scope.new
        for first_key, first in self._at:
            before = {self._target(name) for name in _ahead(self._scope.old, first)}
            for second_key, second in self._at:
                if first_key == second_key:
                    continue
                reached = _ahead(new, self._target(second))
                meeting = {name for name, _join in _joins(new) if name in reached}
                if self._target(second) in _ahead(new, self._target(first), without=meeting) - before:
                    yield Obstacle(second, "would_be_done_twice")

    def _places(self) -> Iterator[str]:
        for _key, at in self._at:
            yield self._target(at)


def _joins(spec: ProcessSpec) -> Iterator[tuple[str, Any]]:
    for name, found in spec.task_specs.items():
        if isinstance(found, gateways.ParallelGateway | gateways.InclusiveGateway) and len(found.incoming) > 1:
            yield name, found


def _into(spec: ProcessSpec, name: str) -> Iterator[tuple[str, str]]:
    """Give the flows into a node: from where, and which."""
    for source, found in spec.task_specs.items():
        yield from ((source, flow) for flow, target in getattr(found, "flows", ()) if target == name)


def _ahead(spec: ProcessSpec, name: str, *, without: Collection[str] = ()) -> set[str]:
    """Give the nodes that a token may still come to, not passing some of them."""
    found: set[str] = set()
    frontier = [name]
    while frontier:
        at = spec.task_specs.get(frontier.pop())
        following = {target for _flow, target in getattr(at, "flows", ())} | {*getattr(at, "boundary", ())}
        new = following - found - {*without}
        found |= new
        frontier += new
    return found


def _calls_another(host: Token, new: Any) -> bool:
    """Say whether a call activity with an open inside calls another process in the new version."""
    if not isinstance(host.task_spec, specs.CallActivity):
        return False
    called = host.internal_data.get("called", host.task_spec.element.called[0])
    return called not in new.called or host.internal_data.get("called", new.element.called[0]) != called


def _alike(old: Any, new: Any) -> bool:
    """Say whether two activities have the same elements inside, at every level."""
    one, other = getattr(old, "inner", None), getattr(new, "inner", None)
    if one is None or other is None:
        return one is other
    return {(name, type(found)) for name, found in one.task_specs.items()} == {
        (name, type(found)) for name, found in other.task_specs.items()
    } and all(_alike(found, other.task_specs[name]) for name, found in one.task_specs.items())


def _texts(value: object) -> object:
    """Give a value of the model in a form that two versions of a diagram share."""
    if isinstance(value, Expression):
        return value.text
    if is_dataclass(value):
        return (type(value).__name__, *[_texts(getattr(value, each.name)) for each in fields(value)])
    return value


def _trigger(node: model.Node) -> object:
    cyclic = node.timer is not None and node.timer.kind is model.TimerKind.CYCLE
    triggers = (node.timer, node.message, node.signal, node.condition, node.escalation, node.compensation)
    flags = (node.kind, node.triggered, node.interrupting, node.is_error, node.cancels, node.for_all, node.link)
    return (*flags, cyclic, len(node.each), *[trigger is None for trigger in triggers])


# What has to be the same about an element that a token stands on, and why not if it is not.
_KEPT: tuple[tuple[str, Callable[[model.Node], object]], ...] = (
    ("kind_changed", _trigger),
    ("listens_for_another", lambda node: (node.message and node.message.name, node.signal)),
    ("repetition_changed", lambda node: (_texts(node.loop), node.start_quantity)),
    ("lane_changed", lambda node: node.lane if node.kind is model.Kind.USER_TASK else None),
)
