"""Random structured diagrams full of events, played by the engine and by the oracle of blocks side by side."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, note
from hypothesis import strategies as st

from tests.engine.bpmn import block_game as game
from tests.engine.bpmn.block_drawing import Drawing
from tests.engine.bpmn.block_inventing import Inventing
from tests.engine.bpmn.block_undoing import Play as Oracle
from tests.engine.bpmn.blocks import Block
from tests.engine.bpmn.examples import MANY
from tests.engine.bpmn.play import NOW, Play


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    return Inventing(draw).whole()


def _agree(play: Play, oracle: Oracle) -> None:
    assert play.open == sorted(entry.key for entry in oracle.waiting("task"))
    assert sorted(name for name, _key in play.waiting) == sorted(entry.key for entry in oracle.waiting("message"))
    hearing = sorted(item.name for item in play.instance.signal_subscriptions)
    assert hearing == sorted(entry.name for entry in oracle.waiting("signal"))
    running = [(timer.node.id, timer.due_at) for timer in play.instance.timers]
    assert sorted(running) == sorted((_on_start(oracle, entry), entry.due) for entry in oracle.waiting("timer"))
    assert sorted(code for _element, code in play.stuck) == sorted(entry.key for entry in oracle.waiting("stuck"))
    assert play.completed == oracle.completed
    assert play.variables == oracle.top.view()


def _on_start(oracle: Oracle, entry: game.Entry) -> str:
    """The element on which a timer runs: that of an event subprocess is the subprocess."""
    for awaited, handler in entry.scope.block.watchers:
        if awaited.key == entry.key:
            return handler.key
    return entry.key


def _values(data: st.DataObject) -> dict[str, Any]:
    """An answer: what decides the way, and now and then something that other branches write too, or take away."""
    some = st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 9) | st.none(), max_size=2)
    return {"c": data.draw(st.integers(0, 3)), **data.draw(some)}


def _move(play: Play, oracle: Oracle, data: st.DataObject) -> bool:
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
        assert play.instance.signal(key) == oracle.hear(key)
        play.sleep()
    else:
        oracle.fire()
        play.at(instant=oracle.now)
    return True


@MANY
@given(whole=blocks(), data=st.data())
def test_the_engine_and_the_blocks_agree_after_every_step(whole: Block, data: st.DataObject) -> None:
    given_values = {"c": data.draw(st.integers(0, 3)), "x": 0, "conto": 0}
    oracle = Oracle(whole, NOW, {"case_code": "AAAA", **given_values})
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
    for kind in ("many", "again", "call", "race", "some", "free", "compensate", "transaction"):
        if f"kind={kind!r}" in str(whole):
            event(kind)
