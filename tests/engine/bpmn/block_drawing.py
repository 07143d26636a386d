"""Draws blocks as BPMN."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.engine.bpmn import diagram
from tests.engine.bpmn.blocks import CODES, SIGNALS, Block, Event

Drawn = tuple[str, str, str]
GIVEN = ("c", "x", "conto")
STOP = "<terminateEventDefinition />"
CANCEL = "<cancelEventDefinition />"


class Drawing:
    """Draws a block as BPMN: its elements, where it is entered, where it is left."""

    def __init__(self, whole: Block) -> None:
        self.tops: list[str] = []
        self.called: list[tuple[str, str]] = []
        self.ends = True
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
        outer, self.ends = self.ends, True
        text, entry, leave = self.block(part)
        last = f"{block.key}_fine"
        first = f"{block.key}_inizio" if not start else f"su_{block.key}"
        text += (diagram.start(first) if not start else "") + diagram.throws(last, self.final(block), tag="endEvent")
        text += diagram.flow(first, entry) + diagram.flow(leave, last)
        text += self.watchers(block)
        if block.undoer is not None:
            definition = diagram.of_compensation()
            text += diagram.triggered(block.undoer.key, definition, self.scope(block.undoer, start=definition))
        self.ends = outer
        return text

    def watchers(self, block: Block) -> str:
        text = ""
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
            "cancel": CANCEL,
            "compensate": diagram.of_compensation(code),
            "escalation": diagram.of_escalation(f"escalation_{code}"),
            "error": diagram.of_error(f"error_{code}"),
            "signal": diagram.of_signal(code),
        }
        return made[kind]

    def definition(self, awaited: Event) -> str:
        if awaited.kind == "message":
            self.tops.append(diagram.message(f"def_{awaited.key}", awaited.key))
            return diagram.of_message(f"def_{awaited.key}")
        if awaited.kind == "cancel":
            return CANCEL
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

    def _compensate(self, block: Block) -> Drawn:
        return diagram.throws(block.key, diagram.of_compensation(block.code, waits=block.waits)), block.key, block.key

    def _fork(self, block: Block) -> Drawn:
        return self.parted(block, diagram.par(f"{block.key}_unisce"))

    def _some(self, block: Block) -> Drawn:
        when = f"=activationCount >= {block.enough}" + (f" or c >= {block.limit}" if block.limit else "")
        inner = f"<activationCondition>{escape(when)}</activationCondition>"
        return self.parted(block, diagram.element("complexGateway", f"{block.key}_unisce", inner))

    def parted(self, block: Block, join: str) -> Drawn:
        last = f"{block.key}_unisce"
        text = diagram.par(block.key) + join
        for part in block.parts:
            inner, entry, leave = self.block(part)
            text += inner + diagram.flow(block.key, entry) + diagram.flow(leave, last)
        return text, block.key, last

    def _sub(self, block: Block) -> Drawn:
        local = ("> x = 0",) if block.local else ()
        return self.bordered(block, diagram.sub(block.key, self.scope(block), mappings=local))

    def _transaction(self, block: Block) -> Drawn:
        return self.bordered(block, diagram.element("transaction", block.key, self.scope(block)))

    def _free(self, block: Block) -> Drawn:
        enough = f"<completionCondition>=c &gt;= {block.limit}</completionCondition>" if block.limit else ""
        how = {
            "ordering": "Sequential" if block.in_turn else "Parallel",
            "cancelRemainingInstances": str(block.cancels_rest).lower(),
        }
        outer, self.ends = self.ends, False
        content = "".join(self.block(part)[0] for part in block.parts) + self.watchers(block)
        self.ends = outer
        return self.bordered(block, diagram.element("adHocSubProcess", block.key, content + enough, **how))

    def _call(self, block: Block) -> Drawn:
        self.called.append((f"p_{block.key}", self.scope(block)))
        passed = [f"> {name} = {name}" for name in GIVEN]
        return self.bordered(block, diagram.call(block.key, f"p_{block.key}", *passed, "< conto = conto"))

    def bordered(self, block: Block, text: str) -> Drawn:
        """An activity with its border; ways that interrupted it meet behind it, the others end by themselves."""
        last = f"{block.key}_unisce"
        undo = block.parts[0].undo if block.kind in {"many", "again"} else block.undo
        if undo is not None:
            text += diagram.undone(block.key, undo.key) + diagram.undoing(self.step(undo))
        text += diagram.xor(last) + diagram.flow(block.key, last)
        for awaited, handler in block.borders:
            inner, entry, leave = self.block(handler)
            definition, alone = self.definition(awaited), f"{awaited.key}_fine"
            text += diagram.on_border(awaited.key, block.key, definition, interrupting=awaited.interrupting) + inner
            text += diagram.flow(awaited.key, entry)
            if awaited.interrupting:
                text += diagram.flow(leave, last)
            elif self.ends:
                text += diagram.flow(leave, alone) + diagram.end(alone)
        return text, block.key, last
