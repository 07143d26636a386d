"""A second oracle, for what happens while steps are open: BPMN 2.0 as plain recursion over blocks within blocks.

It has no tokens, no queue and no stored form, and shares nothing with the engine. Something that waits is an entry
with a function to call when it comes. Whatever can be interrupted is a region; entries of a dead region are gone.
Every way that begins beside others begins with something that waits, so that the order of what moves by itself, which
the standard leaves open, makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.engine.bpmn.blocks import Block, Event

Then = Callable[[], None]
COMING = {"message", "signal", "timer"}


@dataclass(eq=False)
class Region:
    """What can be interrupted as a whole."""

    around: Region | None = None
    dead: bool = False

    @property
    def alive(self) -> bool:
        return not self.dead and (self.around is None or self.around.alive)


@dataclass(eq=False)
class Done:
    """An activity that was completed and can be undone: where it stood, what was its own, what was inside it."""

    block: Block
    holder: Scope
    own: dict[str, Any] | None
    inner: Scope | None


@dataclass(eq=False)
class Scope:
    """A running process, subprocess or call: how many ways are under way in it, and what watches over it."""

    block: Block
    outer: Scope | None
    sees: Scope | None
    region: Region
    ended: Then
    values: dict[str, Any] = field(default_factory=dict)
    borders: list[tuple[Event, Block, Callable[[Event, Block], None]]] = field(default_factory=list)
    content: Region = field(default_factory=Region)
    ways: int = 0
    interrupted: bool = False
    instance: bool = False
    order: int = 0
    done: list[Done] = field(default_factory=list)
    left: list[Block] = field(default_factory=list)
    over: bool = False
    stands_for: Scope | None = None

    def write(self, name: str, value: object, *, given: bool = False) -> None:
        """Write to the nearest scope that has the name, else to the outermost; nothing new goes out of an instance.

        What is given, by an answer or a message, stays in the instance whoever else has the name.
        """
        holder = self
        while name not in holder.values and holder.sees is not None and not (holder.instance and given):
            holder = holder.sees
        if name not in holder.values:
            holder = self
            while holder.sees is not None and not holder.instance:
                holder = holder.sees
        holder.values[name] = value

    def view(self) -> dict[str, Any]:
        return ({} if self.sees is None else self.sees.view()) | self.values


@dataclass(eq=False)
class Entry:
    """Something that waits: a task, a message, a timer with its instant; or a way that cannot go on (`stuck`)."""

    kind: str
    key: str
    scope: Scope
    region: Region
    happens: Callable[[dict[str, Any]], None]
    due: datetime | None = None
    name: str = ""


class Play:
    """One process being played."""

    def __init__(self, whole: Block, now: datetime, values: dict[str, Any]) -> None:
        self.now = now
        self.entries: list[Entry] = []
        self.completed = False
        self.scopes = 0
        self.top = Scope(whole, None, None, Region(), self._over, dict(values))
        self._enter(self.top)

    # --- what is seen, and what is done ---

    def waiting(self, kind: str) -> list[Entry]:
        self.entries = [entry for entry in self.entries if entry.region.alive]
        return [entry for entry in self.entries if entry.kind == kind]

    def come(self, kind: str, key: str, seen: dict[str, Any] | None = None, **values: Any) -> None:
        """Let the oldest entry of an element come; of several instances the one that sees these variables."""
        found = [entry for entry in self.waiting(kind) if entry.key == key]
        self._come(next(entry for entry in found if seen is None or entry.scope.view() == seen), values)

    def signal(self, name: str) -> int:
        """Let everybody hear it who waits for it now, the outer ones first; an inner one may be gone by then."""
        heard = sorted(
            (entry for entry in self.waiting("signal") if entry.name == name), key=lambda one: one.scope.order
        )
        for entry in heard:
            if entry.region.alive:
                self._come(entry, {})
        return len(heard)

    def fire(self) -> None:
        """Let the timer that is due first fire, at its instant."""
        entry = min(self.waiting("timer"), key=lambda entry: entry.due or self.now)
        self.now = max(self.now, entry.due or self.now)
        self._come(entry, {})

    def _come(self, entry: Entry, values: dict[str, Any]) -> None:
        self.entries.remove(entry)
        entry.happens(values)

    def _over(self) -> None:
        self.completed = True
        self.entries.clear()

    # --- blocks ---

    def _run(self, block: Block, scope: Scope, then: Then) -> None:
        getattr(self, f"_{block.kind}")(block, scope, then)

    def _completed(self, block: Block, scope: Scope, then: Then, inner: Scope | None = None) -> None:
        """What follows when an activity has been completed; `inner` is what was inside it."""
        raise NotImplementedError

    def _passed(self, block: Block, scope: Scope, then: Then) -> None:
        """What follows when an event has been passed on the way."""
        raise NotImplementedError

    def _task(self, block: Block, scope: Scope, then: Then) -> None:
        around = Region(scope.content)

        def done(values: dict[str, Any]) -> None:
            around.dead = True
            for name, value in values.items():
                scope.write(name, value, given=True)
            self._completed(block, scope, then)

        self.entries.append(Entry("task", block.key, scope, around, done))
        self._put_borders(block, scope, around, then)

    def _put_borders(self, block: Block, scope: Scope, around: Region, then: Then) -> None:
        for event, handler in block.borders:
            if event.kind in COMING:
                self._arm(event, handler, scope, around, self._on_border(scope, around, then))

    def _on_border(self, scope: Scope, around: Region, then: Then) -> Callable[[Event, Block], None]:
        """What happens when an event on a border comes: instead of the activity, or beside it in the same scope."""

        def comes(event: Event, handler: Block) -> None:
            if event.interrupting:
                around.dead = True
                self._run(handler, scope, then)
            else:
                scope.ways += 1
                self._run(handler, scope, lambda: self._way_ends(scope))

        return comes

    def _arm(
        self, event: Event, handler: Block, scope: Scope, region: Region, comes: Callable[[Event, Block], None]
    ) -> None:
        def happens(values: dict[str, Any]) -> None:
            if not event.interrupting and event.kind != "timer":
                self._arm(event, handler, scope, region, comes)
            for name, value in values.items():
                scope.write(name, value, given=True)
            comes(event, handler)

        due = self.now + timedelta(minutes=int(event.what)) if event.kind == "timer" else None
        self.entries.append(Entry(event.kind, event.key, scope, region, happens, due, str(event.what)))

    def _catch(self, block: Block, scope: Scope, then: Then) -> None:
        self._race(block, scope, then)

    def _race(self, block: Block, scope: Scope, then: Then) -> None:
        together = Region(scope.content)

        def comes(_event: Event, _handler: Block) -> None:
            together.dead = True
            self._passed(block, scope, then)

        for event in block.events:
            self._arm(event, block, scope, together, comes)

    def _count(self, block: Block, scope: Scope, then: Then) -> None:
        scope.write("conto", scope.view()["conto"] + 1)
        self._completed(block, scope, then)

    def _escalate(self, block: Block, scope: Scope, then: Then) -> None:
        here = scope.content
        self._throw("escalation", block.code, scope)
        if here.alive:
            then()

    def _signal(self, block: Block, scope: Scope, then: Then) -> None:
        here = scope.content
        self.signal(block.code)
        if here.alive:
            then()

    def _sequence(self, block: Block, scope: Scope, then: Then) -> None:
        first, *others = block.parts
        rest = Block("sequence", block.key, tuple(others))
        self._run(first, scope, (lambda: self._run(rest, scope, then)) if others else then)

    def _choice(self, block: Block, scope: Scope, then: Then) -> None:
        self._run(block.parts[0 if scope.view()["c"] < block.limit else 1], scope, then)

    def _loop(self, block: Block, scope: Scope, then: Then) -> None:
        def again() -> None:
            if scope.view()["c"] < block.limit:
                self._loop(block, scope, then)
            else:
                self._completed(block, scope, then)

        self._run(block.parts[0], scope, again)

    def _many(self, block: Block, scope: Scope, then: Then) -> None:
        """Once for each number up to `turns`: all at once or in turn, until as many as are `enough` are done."""
        if block.turns == 0:
            self._completed(block, scope, then)
            return
        names = ("numberOfActiveInstances", "numberOfCompletedInstances", "numberOfTerminatedInstances")
        whole = self._whole(block, scope, then, {"numberOfInstances": block.turns, **dict.fromkeys(names, 0)})

        def begin(number: int) -> None:
            whole.values["numberOfActiveInstances"] += 1
            one = Scope(block, whole, whole, whole.content, lambda: None, {"loopCounter": number}, instance=True)
            one.order = whole.order
            one.content, one.interrupted = Region(whole.content), True
            self._run(block.parts[0], one, lambda: done(number))

        def done(number: int) -> None:
            whole.values["numberOfActiveInstances"] -= 1
            whole.values["numberOfCompletedInstances"] += 1
            completed = whole.values["numberOfCompletedInstances"]
            if completed in {block.turns, block.enough}:
                whole.content.dead = True
                whole.ended()
            elif block.in_turn:
                begin(number + 1)

        for number in range(1, 2 if block.in_turn else block.turns + 1):
            begin(number)

    def _again(self, block: Block, scope: Scope, then: Then) -> None:
        """As long as c is below the limit, `turns` times at the most."""
        if block.before and scope.view()["c"] >= block.limit:
            self._completed(block, scope, then)
            return
        whole = self._whole(block, scope, then, {"loopCounter": 1})

        def done() -> None:
            if whole.values["loopCounter"] < block.turns and whole.view()["c"] < block.limit:
                whole.values["loopCounter"] += 1
                self._run(block.parts[0], whole, done)
            else:
                whole.content.dead = True
                whole.ended()

        self._run(block.parts[0], whole, done)

    def _whole(self, block: Block, scope: Scope, then: Then, values: dict[str, Any]) -> Scope:
        """The scope around all that an activity does several times; its border is that of all of it."""
        whole = self._inner(block, scope, then, sees=scope, values=values)
        whole.content, whole.interrupted = Region(whole.region), True
        return whole

    # --- scopes ---

    def _sub(self, block: Block, scope: Scope, then: Then) -> None:
        self._open(block, scope, then, sees=scope, values={"x": 0} if block.local else {})

    def _call(self, block: Block, scope: Scope, then: Then) -> None:
        given = {name: scope.view()[name] for name in ("case_code", "c", "x", "conto")}

        self._open(block, scope, then, sees=None, values=given)

    def _open(self, block: Block, scope: Scope, then: Then, *, sees: Scope | None, values: dict[str, Any]) -> None:
        self._enter(self._inner(block, scope, then, sees=sees, values=values))

    def _inner(self, block: Block, scope: Scope, then: Then, *, sees: Scope | None, values: dict[str, Any]) -> Scope:
        around = Region(scope.content)

        def ended() -> None:
            around.dead = True
            if sees is None:
                scope.write("conto", inner.values["conto"])
            self._completed(block, scope, then, inner)

        self.scopes += 1
        inner = Scope(block, scope, sees, around, ended, values, order=self.scopes)
        comes = self._on_border(scope, around, then)
        inner.borders = [(event, handler, comes) for event, handler in block.borders]
        self._put_borders(block, scope, around, then)
        return inner

    def _enter(self, scope: Scope) -> None:
        scope.content, scope.ways = Region(scope.region), 1
        self._watch(scope)
        (part,) = scope.block.parts
        self._run(part, scope, lambda: self._final(scope))

    def _watch(self, scope: Scope) -> None:
        for event, handler in scope.block.watchers:
            if event.kind in COMING:
                self._arm(event, handler, scope, scope.content, self._watched(scope))

    def _watched(self, scope: Scope) -> Callable[[Event, Block], None]:
        """What happens when an event subprocess is set off: it takes the scope over, or joins in."""

        def comes(event: Event, handler: Block) -> None:
            if event.interrupting:
                scope.content.dead = True
                scope.content, scope.ways, scope.interrupted = Region(scope.region), 0, True
                scope.left = []
            scope.ways += 1
            self._open(handler, scope, lambda: self._way_ends(scope), sees=scope, values={})

        return comes

    def _final(self, scope: Scope) -> None:
        kind, code = scope.block.final
        here = scope.content
        if kind == "terminate":
            here.dead = True
            scope.ended()
        elif kind == "error" and not self._throw("error", code, scope):
            self.entries.append(Entry("stuck", "uncaught_error", scope, here, lambda _values: None))
        elif kind == "escalation":
            self._throw("escalation", code, scope)
        elif kind == "signal":
            self.signal(code)
        if kind in {"none", "escalation", "signal"} and here.alive:
            self._way_ends(scope)

    def _way_ends(self, scope: Scope) -> None:
        scope.ways -= 1
        if scope.ways == 0:
            scope.content.dead = True
            scope.ended()

    def _throw(self, kind: str, code: str, scope: Scope) -> bool:
        """Let the innermost that catches it happen: what watches over the scope, its border, and so outwards."""
        at: Scope | None = scope.stands_for or scope
        through: Block | None = None
        while at is not None:
            # One that interrupted is not there any more, nor is what it interrupted.
            watching = [] if at.interrupted else [pair for pair in at.block.watchers if pair[1] is not through]
            places = [(event, handler, self._watched(at)) for event, handler in watching]
            for catching in (places, at.borders):
                for wanted in (code, ""):
                    for event, handler, comes in catching:
                        if (event.kind, event.what) == (kind, wanted):
                            comes(event, handler)
                            return True
            through, at = at.block, at.outer and (at.outer.stands_for or at.outer)
        return False
