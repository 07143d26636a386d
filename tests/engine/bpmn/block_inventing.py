"""Makes up random blocks for the oracle of blocks and the engine to play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st

from tests.engine.bpmn.blocks import CODES, SIGNALS, Block, Event


class Inventing:
    """Makes up blocks within blocks; every element has a number of its own, and every timer a length of its own."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0
        self.alone = True
        self.undoable: list[str] = []
        self.handling = False

    def whole(self) -> Block:
        return self.scope("sub", 3, inner=False)

    def key(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def scope(self, kind: str, depth: int, *, inner: bool = True, borders: bool = False) -> Block:
        around, self.undoable = self.undoable, []
        finals = [("none", ""), ("none", ""), ("terminate", ""), ("compensate", "")]
        finals += [(thrown, code) for thrown in ("escalation", "error") for code in CODES] if inner else []
        finals += [("signal", name) for name in SIGNALS] + [("cancel", "")] * (4 if kind == "transaction" else 0)
        made = Block(
            kind,
            self.key(kind),
            (self.block(depth),),
            watchers=self.catching(1, depth - 1, self.watching, thrown=True) if depth > 1 else (),
            undoer=self.undoing() if inner and kind != "transaction" and self.draw(st.integers(0, 4)) == 0 else None,
            final=self.draw(st.sampled_from(finals)),
            local=kind == "sub" and inner and self.draw(st.booleans()),
        )
        self.undoable = around
        after = self.catching(2, depth - 1, self.after, thrown=True) if borders else ()
        if kind == "transaction":
            after = (*after, (Event(self.key("annullata"), "cancel"), self.after(depth - 1)))
        return self.perhaps_undoable(replace(made, borders=after))

    def perhaps_undoable(self, block: Block) -> Block:
        """An activity, perhaps with something on its border that undoes it."""
        if block.undoer is not None or self.draw(st.booleans()):
            return block
        self.undoable.append(block.key)
        return replace(block, undo=self.handler())

    def handler(self) -> Block:
        """What undoes: a step, or a subprocess in which something may be undone too."""
        if self.draw(st.integers(0, 3)):
            return Block("task", self.key("via"))
        around, self.undoable, self.handling = self.undoable, [], True
        part = self.beginning_with_a_task(0)
        self.undoable, self.handling = around, False
        return Block("sub", self.key("via"), (part,))

    def undoing(self) -> Block:
        around, self.undoable = self.undoable, []
        made = Block("sub", self.key("disfa"), (self.beginning_with_a_task(0),), triggered=True)
        self.undoable = around
        return made

    def compensate(self) -> Block:
        what = self.draw(st.sampled_from(["", "", *self.undoable]))
        return Block("compensate", self.key("disfare"), code=what, waits=self.draw(st.booleans()))

    def free(self, depth: int) -> Block:
        """An ad-hoc subprocess; of what is free, all begins with a step."""
        around, self.undoable = self.undoable, []
        parts = tuple(self.beginning_with_a_task(depth) for _count in range(self.draw(st.integers(1, 3))))
        watchers = self.catching(1, depth, self.watching, thrown=True)
        self.undoable = around
        return self.perhaps_undoable(
            Block(
                "free",
                self.key("libero"),
                parts,
                borders=self.catching(1, depth, self.after, thrown=True),
                watchers=watchers,
                limit=self.draw(st.integers(0, 3)),
                in_turn=self.draw(st.booleans()),
                cancels_rest=self.draw(st.booleans()),
            )
        )

    def block(self, depth: int) -> Block:
        simple = ["task", "task", "count", "escalate", "signal", "hear", "compensate", "compensate"]
        simple += ["catch"] if self.alone else []
        nested = [
            "sequence",
            "sequence",
            "sequence",
            "choice",
            "fork",
            "some",
            "loop",
            "sub",
            "sub",
            "many",
            "again",
            "free",
        ]
        nested += ["race", "call", "transaction"] if self.alone else ["transaction"]
        kind = self.draw(st.sampled_from(simple if depth < 1 else [*simple, *nested, *nested]))
        make = {
            **dict.fromkeys(("sub", "call", "transaction"), lambda: self.scope(kind, depth - 1, borders=True)),
            **dict.fromkeys(("many", "again"), lambda: self.several(kind, depth - 1)),
            **dict.fromkeys(("catch", "race"), lambda: self.waiting(kind)),
            **dict.fromkeys(("fork", "some", "loop"), lambda: self.beside(kind, depth - 1)),
            **dict.fromkeys(("sequence", "choice"), lambda: self.both(kind, depth - 1)),
            "task": lambda: self.task(depth),
            "hear": self.hear,
            "compensate": self.compensate,
            "free": lambda: self.free(depth - 1),
            "count": lambda: Block(kind, self.key(kind)),
            "escalate": lambda: Block(kind, self.key(kind), code=self.draw(st.sampled_from(CODES))),
            "signal": lambda: Block(kind, self.key(kind), code=self.draw(st.sampled_from(SIGNALS))),
        }
        return make[kind]()

    def task(self, depth: int) -> Block:
        borders = self.catching(2, depth - 1, self.after, thrown=False) if depth > 0 else ()
        return self.perhaps_undoable(Block("task", self.key("task"), borders=borders))

    def waiting(self, kind: str) -> Block:
        events = [self.coming() for _count in range(1 if kind == "catch" else self.draw(st.integers(2, 3)))]
        return Block(kind, self.key(kind), events=tuple(events))

    def hear(self) -> Block:
        """A wait for a signal; what comes in many places at once goes on with a step of its own in each."""
        heard = Event(self.key("segnale"), "signal", self.draw(st.sampled_from(SIGNALS)))
        parts = (Block("catch", self.key("catch"), events=(heard,)), Block("task", self.key("task")))
        return Block("sequence", self.key("poi"), parts)

    def beside(self, kind: str, depth: int) -> Block:
        parts = [self.beginning_with_a_task(depth) for _count in range(1 if kind == "loop" else 2 + (kind == "some"))]
        limit, enough = self.draw(st.integers(0 if kind == "some" else 1, 3)), self.draw(st.integers(1, 3))
        return Block(kind, self.key(kind), tuple(parts), limit=limit, enough=enough)

    def both(self, kind: str, depth: int) -> Block:
        return Block(kind, self.key(kind), (self.block(depth), self.block(depth)), limit=self.draw(st.integers(1, 3)))

    def several(self, kind: str, depth: int) -> Block:
        """Something done several times; within it no message and no time, which would come for several at once.

        Nor a call: what would come back of it from one instance would be overwritten by another, and is refused.
        """
        before, self.alone = self.alone, False
        inner = self.draw(st.sampled_from(["task", "sub"]))
        around, self.undoable = self.undoable, []
        part = Block(inner, self.key(inner), (self.beginning_with_a_task(depth),) if inner == "sub" else ())
        self.undoable = around
        if inner == "sub":
            final = ("none", ""), ("compensate", ""), ("error", "UNO"), ("escalation", "DUE")
            part = replace(part, final=self.draw(st.sampled_from(final)))
        part = self.perhaps_undoable(part)
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
        first = first if self.handling else self.perhaps_undoable(first)
        return Block("sequence", self.key("poi"), (first, self.block(depth))) if self.draw(st.booleans()) else first

    def after(self, depth: int) -> Block:
        return self.beginning_with_a_task(min(depth, 1))

    def watching(self, depth: int) -> Block:
        final = ("none", ""), ("none", ""), ("terminate", ""), ("escalation", "UNO"), ("error", "UNO")
        part = self.beginning_with_a_task(min(depth, 1))
        return Block("sub", self.key("evento"), (part,), final=self.draw(st.sampled_from(final)), triggered=True)

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
