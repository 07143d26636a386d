"""Random structured diagrams full of events, played by the engine and by the oracle of blocks side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import event, given, note
from hypothesis import strategies as st

from tests.engine.bpmn import block_game as game
from tests.engine.bpmn import diagram
from tests.engine.bpmn.blocks import Block, Event
from tests.engine.bpmn.examples import MANY
from tests.engine.bpmn.play import NOW, Play

Drawn = tuple[str, str, str]
CODES = ("UNO", "DUE")
SIGNALS = ("SIG1", "SIG2")
GIVEN = ("c", "x", "conto")
STOP = "<terminateEventDefinition />"


class Inventing:
    """Makes up blocks within blocks; every element has a number of its own, and every timer a length of its own."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0
        self.alone = True

    def whole(self) -> Block:
        return self.scope("sub", 3, inner=False)

    def key(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def scope(self, kind: str, depth: int, *, inner: bool = True, borders: bool = False) -> Block:
        finals = [("none", ""), ("none", ""), ("terminate", "")]
        finals += [(thrown, code) for thrown in ("escalation", "error") for code in CODES] if inner else []
        finals += [("signal", name) for name in SIGNALS]
        return Block(
            kind,
            self.key(kind),
            (self.block(depth),),
            borders=self.catching(2, depth - 1, self.after, thrown=True) if borders else (),
            watchers=self.catching(1, depth - 1, self.watching, thrown=True) if depth > 1 else (),
            final=self.draw(st.sampled_from(finals)),
            local=kind == "sub" and inner and self.draw(st.booleans()),
        )

    def block(self, depth: int) -> Block:
        simple = ["task", "task", "count", "escalate", "signal", "hear", *(["catch"] if self.alone else [])]
        nested = ["sequence", "sequence", "choice", "fork", "loop", "sub", "sub", "many", "again"]
        nested += ["race", "call"] if self.alone else []
        kind = self.draw(st.sampled_from(simple if depth < 1 else [*simple, *nested, *nested]))
        make = {
            **dict.fromkeys(("sub", "call"), lambda: self.scope(kind, depth - 1, borders=True)),
            **dict.fromkeys(("many", "again"), lambda: self.several(kind, depth - 1)),
            **dict.fromkeys(("catch", "race"), lambda: self.waiting(kind)),
            **dict.fromkeys(("fork", "loop"), lambda: self.beside(kind, depth - 1)),
            **dict.fromkeys(("sequence", "choice"), lambda: self.both(kind, depth - 1)),
            "task": lambda: self.task(depth),
            "hear": self.hear,
            "count": lambda: Block(kind, self.key(kind)),
            "escalate": lambda: Block(kind, self.key(kind), code=self.draw(st.sampled_from(CODES))),
            "signal": lambda: Block(kind, self.key(kind), code=self.draw(st.sampled_from(SIGNALS))),
        }
        return make[kind]()

    def task(self, depth: int) -> Block:
        borders = self.catching(2, depth - 1, self.after, thrown=False) if depth > 0 else ()
        return Block("task", self.key("task"), borders=borders)

    def waiting(self, kind: str) -> Block:
        events = [self.coming() for _count in range(1 if kind == "catch" else self.draw(st.integers(2, 3)))]
        return Block(kind, self.key(kind), events=tuple(events))

    def hear(self) -> Block:
        """A wait for a signal; what comes in many places at once goes on with a step of its own in each."""
        heard = Event(self.key("segnale"), "signal", self.draw(st.sampled_from(SIGNALS)))
        parts = (Block("catch", self.key("catch"), events=(heard,)), Block("task", self.key("task")))
        return Block("sequence", self.key("poi"), parts)

    def beside(self, kind: str, depth: int) -> Block:
        parts = [self.beginning_with_a_task(depth) for _count in range(2 if kind == "fork" else 1)]
        return Block(kind, self.key(kind), tuple(parts), limit=self.draw(st.integers(1, 3)))

    def both(self, kind: str, depth: int) -> Block:
        return Block(kind, self.key(kind), (self.block(depth), self.block(depth)), limit=self.draw(st.integers(1, 3)))

    def several(self, kind: str, depth: int) -> Block:
        """Something done several times; within it no message and no time, which would come for several at once.

        Nor a call: what would come back of it from one instance would be overwritten by another, and is refused.
        """
        before, self.alone = self.alone, False
        inner = self.draw(st.sampled_from(["task", "sub"]))
        part = Block(inner, self.key(inner), (self.beginning_with_a_task(depth),) if inner == "sub" else ())
        if inner == "sub":
            part = replace(
                part, final=self.draw(st.sampled_from([("none", ""), ("error", "UNO"), ("escalation", "DUE")]))
            )
        self.alone = before
        return Block(
            kind,
            part.key,
            (part,),
            borders=self.catching(2, depth - 1, self.after, thrown=inner == "sub"),
            limit=self.draw(st.integers(1, 3)),
            turns=self.draw(st.integers(0 if kind == "many" else 1, 3)),
            enough=self.draw(st.integers(0, 3)),
            in_turn=self.draw(st.booleans()),
            before=self.draw(st.booleans()),
        )

    def beginning_with_a_task(self, depth: int) -> Block:
        first = Block("task", self.key("task"))
        return Block("sequence", self.key("poi"), (first, self.block(depth))) if self.draw(st.booleans()) else first

    def after(self, depth: int) -> Block:
        return self.beginning_with_a_task(min(depth, 1))

    def watching(self, depth: int) -> Block:
        final = ("none", ""), ("none", ""), ("terminate", ""), ("escalation", "UNO"), ("error", "UNO")
        part = self.beginning_with_a_task(min(depth, 1))
        return Block("sub", self.key("evento"), (part,), final=self.draw(st.sampled_from(final)))

    def coming(self, *, interrupting: bool = True) -> Event:
        if self.draw(st.booleans()):
            return Event(self.key("messaggio"), "message", interrupting=interrupting)
        key = self.key("tempo")
        return Event(key, "timer", self.draw(st.integers(0, 40)) * 1_000 + self.count, interrupting=interrupting)

    def catching(
        self, most: int, depth: int, make: Callable[[int], Block], *, thrown: bool
    ) -> tuple[tuple[Event, Block], ...]:
        """Events that wait in one place, no two for the same, each with what then happens."""
        found: dict[tuple[str, str | int], tuple[Event, Block]] = {}
        for _count in range(self.draw(st.integers(0, most))):
            kinds = ["signal", *(["coming"] if self.alone else []), *(["error", "escalation"] if thrown else [])]
            kind = self.draw(st.sampled_from(kinds))
            interrupting = kind == "error" or self.draw(st.booleans())
            if kind == "coming":
                made = self.coming(interrupting=interrupting)
            else:
                what = self.draw(st.sampled_from(SIGNALS if kind == "signal" else [*CODES, ""]))
                made = Event(self.key(kind), kind, what, interrupting=interrupting)
            place = (made.kind, made.what or made.key if kind == "coming" else made.what)
            if place not in found:
                found[place] = (made, make(depth))
        return tuple(found.values())


class Drawing:
    """Draws a block as BPMN: its elements, where it is entered, where it is left."""

    def __init__(self, whole: Block) -> None:
        self.tops: list[str] = []
        self.called: list[tuple[str, str]] = []
        for kind, make in (("escalation", diagram.escalation), ("error", diagram.error)):
            self.tops += [make(f"{kind}_{code}", code) for code in CODES]
        self.tops += [diagram.signal(name, name) for name in SIGNALS]
        body = self.scope(whole)
        self.files = [self.file("prova", body), *(self.file(key, text) for key, text in self.called)]

    def file(self, key: str, body: str) -> bytes:
        return diagram.process(body, key=key, variables="c x y conto", top="".join(self.tops))

    def scope(self, block: Block, *, start: str = "") -> str:
        """The content of a scope; `start` is what starts it, where it is an event subprocess."""
        (part,) = block.parts
        text, entry, leave = self.block(part)
        last = f"{block.key}_fine"
        first = f"{block.key}_inizio" if not start else f"su_{block.key}"
        text += (diagram.start(first) if not start else "") + diagram.throws(last, self.final(block), tag="endEvent")
        text += diagram.flow(first, entry) + diagram.flow(leave, last)
        for awaited, handler in block.watchers:
            definition = self.definition(awaited)
            content = self.scope(handler, start=definition)
            text += diagram.triggered(handler.key, definition, content, interrupting=awaited.interrupting)
        return text

    def final(self, block: Block) -> str:
        kind, code = block.final
        made = {
            "none": "",
            "terminate": STOP,
            "escalation": diagram.of_escalation(f"escalation_{code}"),
            "error": diagram.of_error(f"error_{code}"),
            "signal": diagram.of_signal(code),
        }
        return made[kind]

    def definition(self, awaited: Event) -> str:
        if awaited.kind == "message":
            self.tops.append(diagram.message(f"def_{awaited.key}", awaited.key))
            return diagram.of_message(f"def_{awaited.key}")
        if awaited.kind == "signal":
            return diagram.of_signal(str(awaited.what))
        if awaited.kind == "timer":
            return diagram.of_time("timeDuration", f"PT{awaited.what}M")
        make = diagram.of_error if awaited.kind == "error" else diagram.of_escalation
        return make(f"{awaited.kind}_{awaited.what}" if awaited.what else "")

    def block(self, block: Block) -> Drawn:
        drawn: Drawn = getattr(self, f"_{block.kind}")(block)
        return drawn

    def _task(self, block: Block) -> Drawn:
        return self.bordered(block, diagram.task(block.key))

    def _many(self, block: Block) -> Drawn:
        until = f"=numberOfCompletedInstances = {block.enough}" if block.enough else ""
        step = self.step(block.parts[0])
        return self.bordered(block, diagram.many(step, f"={block.turns}", until=until, sequential=block.in_turn))

    def _again(self, block: Block) -> Drawn:
        step = self.step(block.parts[0])
        step = diagram.again(step, f"=c < {block.limit}", most=str(block.turns), before=block.before)
        return self.bordered(block, step)

    def step(self, block: Block) -> str:
        """The activity alone, without what is around it."""
        return diagram.task(block.key) if block.kind == "task" else diagram.sub(block.key, self.scope(block))

    def _count(self, block: Block) -> Drawn:
        return diagram.script(block.key, "conto + 1", "conto"), block.key, block.key

    def _escalate(self, block: Block) -> Drawn:
        definition = diagram.of_escalation(f"escalation_{block.code}")
        return diagram.throws(block.key, definition), block.key, block.key

    def _signal(self, block: Block) -> Drawn:
        return diagram.throws(block.key, diagram.of_signal(block.code)), block.key, block.key

    def _catch(self, block: Block) -> Drawn:
        (awaited,) = block.events
        text = diagram.element("intermediateCatchEvent", awaited.key, self.definition(awaited))
        return text, awaited.key, awaited.key

    def _race(self, block: Block) -> Drawn:
        last = f"{block.key}_unisce"
        text = diagram.plain("eventBasedGateway", block.key) + diagram.xor(last)
        for awaited in block.events:
            text += diagram.element("intermediateCatchEvent", awaited.key, self.definition(awaited))
            text += diagram.way(f"{block.key} {awaited.key} {last}")
        return text, block.key, last

    def _sequence(self, block: Block) -> Drawn:
        one, two = (self.block(part) for part in block.parts)
        return one[0] + two[0] + diagram.flow(one[2], two[1]), one[1], two[2]

    def _choice(self, block: Block) -> Drawn:
        one, two = (self.block(part) for part in block.parts)
        last = f"{block.key}_unisce"
        text = diagram.xor(block.key, f"{block.key}_{two[1]}") + diagram.xor(last) + one[0] + two[0]
        text += diagram.flow(block.key, one[1], f"=c < {block.limit}") + diagram.flow(block.key, two[1])
        return text + diagram.flow(one[2], last) + diagram.flow(two[2], last), block.key, last

    def _loop(self, block: Block) -> Drawn:
        text, entry, leave = self.block(block.parts[0])
        last, after = f"{block.key}_ancora", f"{block.key}_basta"
        text += diagram.xor(block.key) + diagram.xor(last, f"{last}_{after}") + diagram.plain("task", after)
        text += diagram.flow(block.key, entry) + diagram.flow(leave, last) + diagram.flow(last, after)
        return text + diagram.flow(last, block.key, f"=c < {block.limit}"), block.key, after

    def _fork(self, block: Block) -> Drawn:
        last = f"{block.key}_unisce"
        text = diagram.par(block.key) + diagram.par(last)
        for part in block.parts:
            inner, entry, leave = self.block(part)
            text += inner + diagram.flow(block.key, entry) + diagram.flow(leave, last)
        return text, block.key, last

    def _sub(self, block: Block) -> Drawn:
        local = ("> x = 0",) if block.local else ()
        return self.bordered(block, diagram.sub(block.key, self.scope(block), mappings=local))

    def _call(self, block: Block) -> Drawn:
        self.called.append((f"p_{block.key}", self.scope(block)))
        passed = [f"> {name} = {name}" for name in GIVEN]
        return self.bordered(block, diagram.call(block.key, f"p_{block.key}", *passed, "< conto = conto"))

    def bordered(self, block: Block, text: str) -> Drawn:
        """An activity with its border; ways that interrupted it meet behind it, the others end by themselves."""
        last = f"{block.key}_unisce"
        text += diagram.xor(last) + diagram.flow(block.key, last)
        for awaited, handler in block.borders:
            inner, entry, leave = self.block(handler)
            definition, alone = self.definition(awaited), f"{awaited.key}_fine"
            text += diagram.on_border(awaited.key, block.key, definition, interrupting=awaited.interrupting) + inner
            text += diagram.flow(awaited.key, entry) + diagram.flow(leave, last if awaited.interrupting else alone)
            text += "" if awaited.interrupting else diagram.end(alone)
        return text, block.key, last


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    return Inventing(draw).whole()


def _agree(play: Play, oracle: game.Play) -> None:
    assert play.open == sorted(entry.key for entry in oracle.waiting("task"))
    assert sorted(name for name, _key in play.waiting) == sorted(entry.key for entry in oracle.waiting("message"))
    hearing = sorted(item.name for item in play.instance.signal_subscriptions)
    assert hearing == sorted(entry.name for entry in oracle.waiting("signal"))
    running = [(timer.node.id, timer.due_at) for timer in play.instance.timers]
    assert sorted(running) == sorted((_on_start(oracle, entry), entry.due) for entry in oracle.waiting("timer"))
    assert sorted(code for _element, code in play.stuck) == sorted(entry.key for entry in oracle.waiting("stuck"))
    assert play.completed == oracle.completed
    assert play.variables == oracle.top.view()


def _on_start(oracle: game.Play, entry: game.Entry) -> str:
    """The element on which a timer runs: that of an event subprocess is the subprocess."""
    for awaited, handler in entry.scope.block.watchers:
        if awaited.key == entry.key:
            return handler.key
    return entry.key


def _values(data: st.DataObject) -> dict[str, Any]:
    """An answer: what decides the way, and now and then something that other branches write too, or take away."""
    some = st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 9) | st.none(), max_size=2)
    return {"c": data.draw(st.integers(0, 3)), **data.draw(some)}


def _move(play: Play, oracle: game.Play, data: st.DataObject) -> bool:
    """Let one of the things happen that can; say whether there was any."""
    moves = {f"do {entry.key}" for entry in oracle.waiting("task")}
    moves |= {f"deliver {entry.key}" for entry in oracle.waiting("message")}
    moves |= {f"signal {entry.name}" for entry in oracle.waiting("signal")}
    due = sorted(entry.due for entry in oracle.waiting("timer") if entry.due)
    if due and due[:1] != due[1:2]:
        moves.add("wait")
    if not moves:
        return False
    verb, _, key = data.draw(st.sampled_from(sorted(moves)), label="move").partition(" ")
    if verb == "do":
        values, seen = _values(data), play.seen_at(key)
        assert seen in [entry.scope.view() for entry in oracle.waiting("task") if entry.key == key]
        oracle.come("task", key, seen, **values)
        play.do(key, **values)
    elif verb == "deliver":
        values = _values(data)
        oracle.come("message", key, **values)
        play.deliver(key, **values)
    elif verb == "signal":
        assert play.instance.signal(key) == oracle.signal(key)
        play.sleep()
    else:
        oracle.fire()
        play.at(instant=oracle.now)
    return True


@MANY
@given(whole=blocks(), data=st.data())
def test_the_engine_and_the_blocks_agree_after_every_step(whole: Block, data: st.DataObject) -> None:
    given_values = {"c": data.draw(st.integers(0, 3)), "x": 0, "conto": 0}
    oracle = game.Play(whole, NOW, {"case_code": "AAAA", **given_values})
    note(str(whole))
    play = Play(*Drawing(whole).files, **given_values)
    _agree(play, oracle)
    for _step in range(20):
        if not _move(play, oracle, data):
            break
        _agree(play, oracle)
    event("completed" if play.completed else "stuck" if play.stuck else "running")
    for change in ("fired", "cancelled"):
        if play.happened(change):
            event(change)
    for kind in ("many", "again", "call", "race"):
        if f"kind={kind!r}" in str(whole):
            event(kind)
