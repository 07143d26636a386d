"""Random diagrams full of events, played at random: they never just stand still, and leave nothing behind."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.engine.bpmn import diagram
from tests.engine.bpmn.examples import MANY
from tests.engine.bpmn.play import Play

CODES = ("e1", "e2", "")
TOP = "".join(
    [
        *(diagram.message(f"m{number}", f"M{number}") for number in range(4)),
        *(diagram.signal(f"s{number}", f"S{number}") for number in range(2)),
        diagram.escalation("e1", "UNA"),
        diagram.escalation("e2", "DUE"),
        diagram.error("err1", "E1"),
        diagram.error("err2", "E2"),
    ]
)


class Drawing:
    """Draws blocks within blocks; every element has a number of its own."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.count = 0

    def key(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def scope(self, depth: int, *, inner: bool) -> str:
        """The content of a process or of a subprocess: a start, a block, an end, and perhaps something that watches."""
        first, last = self.key("inizio"), self.key("fine")
        parts, entry, leave = self.block(depth)
        text = diagram.start(first) + parts + self.ending(last, inner=inner)
        text += diagram.flow(first, entry) + diagram.flow(leave, last)
        used: set[str] = set()
        for _count in range(self.draw(st.integers(0, 2)) if depth else 0):
            text += self.watcher(used)
        return text

    def ending(self, key: str, *, inner: bool) -> str:
        kinds = [
            "",
            "",
            diagram.of_compensation(waits=self.draw(st.booleans())),
            "<terminateEventDefinition />",
            diagram.of_escalation(self.draw(st.sampled_from(["e1", "e2"]))),
        ]
        if inner:
            kinds.append(diagram.of_error(self.draw(st.sampled_from(["err1", "err2"]))))
        return diagram.throws(key, self.draw(st.sampled_from(kinds)), tag="endEvent")

    def block(self, depth: int) -> tuple[str, str, str]:
        """A block: its elements, where it is entered, where it is left."""
        kinds = ["task", "undoable", "receive", "wait", "catch", "raise", "undo", "signal", "hear", "any", "all"]
        blocks = ["sub", "fork", "some", "enough", "sequence", "race"]
        kind = self.draw(st.sampled_from(kinds if depth == 0 else blocks if depth > 1 else [*blocks, *kinds]))
        if kind in kinds:
            return self.step(kind)
        if kind == "sequence":
            one, two = self.block(depth - 1), self.block(depth - 1)
            return one[0] + two[0] + diagram.flow(one[2], two[1]), one[1], two[2]
        joins = {"fork": "parallelGateway", "some": "inclusiveGateway", "enough": "complexGateway"}
        if kind in joins:
            return self.branches(joins[kind], depth)
        return self.race() if kind == "race" else self.bordered(depth)

    def step(self, kind: str) -> tuple[str, str, str]:
        key = self.key(kind)
        made = {
            "task": lambda: self.repeated(diagram.task(key)),
            "undoable": lambda: diagram.with_undo(key),
            "undo": lambda: diagram.throws(key, diagram.of_compensation(waits=self.draw(st.booleans()))),
            "receive": lambda: self.repeated(diagram.receive(key, self.message())),
            "wait": lambda: diagram.waits(key, "timeDuration", f"PT{self.draw(st.integers(1, 5))}H"),
            "catch": lambda: diagram.catch(key, self.message()),
            "signal": lambda: diagram.throws(key, diagram.of_signal(self.draw(st.sampled_from(["s0", "s1"])))),
            "hear": lambda: diagram.hears(key, diagram.of_signal(self.draw(st.sampled_from(["s0", "s1"])))),
            "any": lambda: diagram.hears(key, *self.several()),
            "all": lambda: diagram.hears(key, *self.several(), parallelMultiple="true"),
            "raise": lambda: diagram.throws(key, diagram.of_escalation(self.draw(st.sampled_from(["e1", "e2"])))),
        }
        return made[kind](), key, key

    def several(self) -> list[str]:
        hour = diagram.of_time("timeDuration", f"PT{self.draw(st.integers(1, 5))}H")
        return [diagram.of_signal("s0"), diagram.of_message(self.message()), hour][self.draw(st.integers(0, 1)) :]

    def message(self) -> str:
        return self.draw(st.sampled_from(["m0", "m1", "m2", "m3"]))

    def branches(self, tag: str, depth: int) -> tuple[str, str, str]:
        opens, closes = self.key("apre"), self.key("chiude")
        # A fork that opens all ways, and a join of either kind: the inclusive one may wait for what is taken away.
        enough = f"<activationCondition>=activationCount = {self.draw(st.integers(1, 2))}</activationCondition>"
        joining = diagram.element(tag, closes, enough if tag == "complexGateway" else "")
        text = diagram.plain("parallelGateway", opens) + joining
        for _count in range(2):
            parts, entry, leave = self.block(depth - 1)
            text += parts + diagram.flow(opens, entry) + diagram.flow(leave, closes)
        return text, opens, closes

    def race(self) -> tuple[str, str, str]:
        gate, closes = self.key("gara"), self.key("unisce")
        text = diagram.plain("eventBasedGateway", gate) + diagram.xor(closes)
        for awaited in self.draw(st.sampled_from([["m0", "m1"], ["m2", ""], ["m0", "m3", ""]])):
            key = self.key("gara")
            text += diagram.catch(key, awaited) if awaited else diagram.waits(key, "timeDuration", "PT2H")
            text += diagram.flow(gate, key) + diagram.flow(key, closes)
        return text, gate, closes

    def bordered(self, depth: int) -> tuple[str, str, str]:
        key, closes = self.key("riquadro"), self.key("unisce")
        text = self.inside(key, depth) + diagram.xor(closes) + diagram.flow(key, closes)
        used: set[str] = set()
        for _count in range(self.draw(st.integers(0, 3))):
            definition, interrupting = self.trigger(used)
            border, after = self.key("bordo"), self.key("dopo")
            text += diagram.on_border(border, key, definition, interrupting=interrupting) + diagram.task(after)
            text += diagram.flow(border, after) + diagram.flow(after, closes)
        return text, key, closes

    def repeated(self, step: str) -> str:
        """A step, perhaps one that is done several times."""
        how = self.draw(st.sampled_from(["once", "once", "at once", "in turn", "until", "again"]))
        if how == "once":
            return step
        if how == "again":
            return diagram.again(step, "=loopCounter < 3", most="2")
        until = "=numberOfCompletedInstances = 2" if how == "until" else ""
        return diagram.many(step, "3" if until else "2", until=until, sequential=how == "in turn")

    def inside(self, key: str, depth: int) -> str:
        """A subprocess or a transaction, which may be cancelled and left over its border; perhaps undone as a whole."""
        kind = self.draw(st.sampled_from(["sub", "sub", "transaction", "undoable", "free"]))
        if kind == "free":
            return self.free(key, depth)
        content = self.scope(depth - 1, inner=True)
        if kind == "undoable":
            undo = self.key("via")
            box = self.repeated(diagram.sub(key, content))
            return box + diagram.undone(key, undo) + diagram.undoing(self.repeated(diagram.task(undo)))
        if kind == "sub":
            return self.repeated(diagram.sub(key, content))
        gone, last = self.key("annulla"), self.key("fine")
        border = self.key("bordo")
        parts, entry, leave = self.block(0)
        first = self.key("inizio")
        content = diagram.start(first) + parts + diagram.throws(gone, "<cancelEventDefinition />", tag="endEvent")
        content += diagram.flow(first, entry) + diagram.flow(leave, gone)
        text = diagram.element("transaction", key, content)
        return (
            text
            + diagram.on_border(border, key, "<cancelEventDefinition />")
            + diagram.plain("task", last)
            + diagram.flow(border, last)
        )

    def free(self, key: str, depth: int) -> str:
        """An ad-hoc subprocess."""
        parts = [self.step(self.draw(st.sampled_from(["task", "undoable", "receive"])))[0] for _step in range(2)]
        parts += [diagram.sub(self.key("riquadro"), self.scope(depth - 1, inner=True))] if depth > 1 else []
        enough = "<completionCondition>=n != null and n &gt; 1</completionCondition>"
        how = {
            "ordering": self.draw(st.sampled_from(["Parallel", "Sequential"])),
            "cancelRemainingInstances": self.draw(st.sampled_from(["true", "false"])),
        }
        return diagram.element("adHocSubProcess", key, "".join(parts) + enough, **how)

    def watcher(self, used: set[str]) -> str:
        definition, interrupting = self.trigger(used)
        key, inside, last = self.key("evento"), self.key("task"), self.key("fine")
        parts = (diagram.task(inside), self.ending(last, inner=False), diagram.way(f"su_{key} {inside} {last}"))
        return diagram.triggered(key, definition, *parts, interrupting=interrupting)

    def trigger(self, used: set[str]) -> tuple[str, bool]:
        """What an event waits for, not twice in one place, and whether it interrupts."""
        choices = {
            "m0": diagram.of_message("m0"),
            "m1": diagram.of_message("m1"),
            "s0": diagram.of_signal("s0"),
            "s1ore": diagram.of_signal("s1") + diagram.of_time("timeDuration", "PT2H"),
            "ore": diagram.of_time("timeDuration", f"PT{self.draw(st.integers(1, 4))}H"),
            "giri": diagram.of_time("timeCycle", self.draw(st.sampled_from(["R2/PT1H", "R3/PT2H"]))),
            "quando": diagram.of_condition(f"=n > {self.draw(st.integers(0, 2))}"),
            **{f"e{code}": diagram.of_escalation(code) for code in CODES},
            **{f"x{code}": diagram.of_error(code) for code in ("err1", "")},
        }
        name = self.draw(st.sampled_from(sorted(choices.keys() - used)))
        used.add(name)
        interrupting = name.startswith("x") or (name != "giri" and self.draw(st.booleans()))
        return choices[name], interrupting


@st.composite
def drawings(draw: st.DrawFn) -> bytes:
    """A process with all of it."""
    return diagram.process(Drawing(draw).scope(3, inner=False), top=TOP, variables="n")


def _move(play: Play, data: st.DataObject) -> bool:
    """Do one of the things that can be done; say whether there is any."""
    moves = [f"do {name}" for name in play.open] + [f"deliver {name}" for name, _key in play.waiting]
    moves += [f"signal {item.name}" for item in play.instance.signal_subscriptions]
    moves += ["wait"] if play.due else []
    if not moves:
        return False
    verb, _, name = data.draw(st.sampled_from(sorted(moves)), label="move").partition(" ")
    if verb == "do":
        play.do(name, n=data.draw(st.integers(0, 3)))
    elif verb == "signal":
        assert play.instance.signal(name)
        play.sleep()
    elif verb == "deliver":
        play.deliver(name)
    else:
        play.at(instant=max(play.now, min(play.due.values())) + timedelta(minutes=data.draw(st.integers(0, 90))))
    return True


@MANY
@given(file=drawings(), data=st.data())
def test_whatever_happens_an_instance_goes_on_or_says_why_not_and_leaves_nothing_behind(
    file: bytes, data: st.DataObject
) -> None:
    play = Play(file)
    for _step in range(25):
        if play.completed:
            break
        assert {code for _element, code in play.stuck} <= {"uncaught_error", "join_never_completed"}
        if not _move(play, data):
            break
    hearing = play.instance.signal_subscriptions
    event("completed" if play.completed else "stuck" if play.stuck else "running")
    if play.completed:
        assert (play.open, play.waiting, play.due, play.stuck, hearing) == ([], [], {}, [], [])
    else:
        assert play.open or play.waiting or play.due or play.stuck or hearing
    opened, ended = (play.happened(change) for change in ("opened", "completed"))
    assert len(opened) >= len([element for element in ended if element.startswith(("task", "receive", "riquadro"))])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(file=drawings(), data=st.data())
def test_an_instance_can_be_ended_at_any_moment(file: bytes, data: st.DataObject) -> None:
    play = Play(file)
    for _step in range(data.draw(st.integers(0, 6))):
        if play.completed or not _move(play, data):
            break
    play.instance.cancel()
    assert play.completed
    assert (play.open, play.waiting, play.due) == ([], [], {})
