"""Random diagrams, well formed and wild, played by the engine and by the oracle side by side."""

from __future__ import annotations

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.engine.bpmn import diagram
from tests.engine.bpmn.examples import MANY
from tests.engine.bpmn.play import Play
from tests.engine.bpmn.token_game import Flow, Game, Graph, TurnsForEver

NUMBERS = st.integers(0, 4)
GATES = {"xor": diagram.xor, "or": diagram.fork}
STOP = "<terminateEventDefinition />"


@st.composite
def wild(draw: st.DrawFn) -> Graph:
    """Any graph that the linter passes: loops, joins that may starve, joins that get too much, steps that fork.

    One inclusive gateway at most: of two that could go on at once the standard leaves open which one does first.
    """
    kinds = draw(st.lists(st.sampled_from(["task", "task", "task", "xor", "par"]), min_size=2, max_size=9))
    kinds += draw(st.sampled_from([[], ["or"], ["or"], ["stop"], ["or", "stop"]]))
    nodes = {"inizio": "start", "fine": "end"} | {f"{kind}{number}": kind for number, kind in enumerate(kinds)}
    targets = st.sampled_from([key for key in nodes if key != "inizio"])
    ways: list[tuple[str, str]] = []
    for node, kind in nodes.items():
        if kind not in {"end", "stop"}:
            most = {"xor": 3, "par": 3, "or": 3, "task": 2}.get(kind, 1)
            count = draw(st.integers(1, most))
            ways += [(node, draw(targets)) for _ in range(count)]
    return _graph(draw, nodes, ways)


@st.composite
def tame(draw: st.DrawFn) -> Graph:
    """Blocks within blocks: sequences, choices, forks with their joins, loops."""
    nodes = {"inizio": "start", "fine": "end"}
    ways: list[tuple[str, str]] = []

    def new(kind: str) -> str:
        key = f"{kind}{len(nodes)}"
        nodes[key] = kind
        return key

    def block(depth: int) -> tuple[str, str]:
        kind = draw(st.sampled_from(["task", "sequence", "choice", "fork", "some", "loop"] if depth else ["task"]))
        if kind == "task":
            task = new("task")
            return task, task
        if kind == "sequence":
            first, second = block(depth - 1), block(depth - 1)
            ways.append((first[1], second[0]))
            return first[0], second[1]
        gate = {"fork": "par", "some": "or"}.get(kind, "xor")
        opening, closing = new(gate), new(gate)
        if kind == "loop":
            inside = block(depth - 1)
            ways.extend([(opening, inside[0]), (inside[1], closing), (closing, opening)])
            return opening, closing
        for _ in range(draw(st.integers(2, 3))):
            branch = block(depth - 1)
            ways.extend([(opening, branch[0]), (branch[1], closing)])
        return opening, closing

    whole = block(3)
    ways.extend([("inizio", whole[0]), (whole[1], "fine")])
    return _graph(draw, nodes, ways)


def _graph(draw: st.DrawFn, nodes: dict[str, str], ways: list[tuple[str, str]]) -> Graph:
    reached = {"inizio"}
    while new := {target for source, target in ways if source in reached} - reached:
        reached |= new
    kept = draw(st.permutations([way for way in ways if way[0] in reached]))
    flows = []
    for number, (source, target) in enumerate(kept):
        beside = sum(other == source for other, _target in kept)
        first = all(other != source for other, _target in kept[:number])
        # Of several ways out of a choice the first in the document is the default or the last one is; both occur.
        limited = nodes[source] in GATES and beside > 1 and not first
        flows.append(Flow(f"f{number}", source, target, draw(st.integers(1, 4)) if limited else None))
    if draw(st.booleans()):
        flows.reverse()
    return Graph({key: kind for key, kind in nodes.items() if key in reached}, tuple(flows))


def _drawn(graph: Graph, around: str) -> list[bytes]:
    """The diagram of a graph; as it is, or inside a subprocess, or as a called process."""
    outside = (diagram.start("prima"), diagram.end("poi"), diagram.way("prima giro poi"))
    gates = [key for key, kind in graph.nodes.items() if kind in GATES]
    make = {"start": diagram.start, "task": diagram.task, "par": diagram.par, "end": diagram.end, "stop": _stop}
    parts = []
    for key, kind in graph.nodes.items():
        ways = [flow for flow in graph.flows if flow.source == key]
        default = next((flow.id for flow in ways if flow.limit is None), "") if len(ways) > 1 else ""
        parts.append(GATES[kind](key, default) if kind in GATES else make[kind](key))
    for flow in graph.flows:
        when = "" if flow.limit is None else f"=n_{flow.source} < {flow.limit}"
        parts.append(diagram.flow(flow.source, flow.target, when, flow.id))
    names = " ".join(f"n_{gate}" for gate in gates)
    if around == "subprocess":
        return [diagram.process(*outside, diagram.sub("giro", *parts), variables=names)]
    if around == "call":
        inputs = [f"> n_{gate} = n_{gate}" for gate in gates]
        caller = diagram.process(*outside, diagram.call("giro", "altro", *inputs), variables=names)
        return [caller, diagram.process(*parts, key="altro", variables=names)]
    return [diagram.process(*parts, variables=names)]


def _stop(key: str) -> str:
    return diagram.throws(key, STOP, tag="endEvent")


def _raced(play: Play, graph: Graph) -> bool:
    """Say whether tokens turn for ever beside one that would end them all: who is first, the standard leaves open.

    The engine lets others go first, and then says that they turn for ever.
    """
    raced = "stop" in graph.nodes.values() and {code for _element, code in play.stuck} == {"endless_loop"}
    if raced:
        event("raced")
    return raced


def _agree(play: Play, game: Game) -> None:
    assert play.open == game.open_tasks
    assert play.completed == game.completed
    starved = not game.open_tasks and not game.completed
    assert {code for _element, code in play.stuck} == ({"join_never_completed"} if starved else set())


@pytest.mark.parametrize("around", ["nothing", "subprocess", "call"])
@pytest.mark.parametrize("kind", ["wild", "tame"])
@MANY
@given(data=st.data())
def test_the_engine_plays_the_token_game_of_the_standard(kind: str, around: str, data: st.DataObject) -> None:
    graph = data.draw(wild() if kind == "wild" else tame(), label="graph")
    gates = [key for key, node in graph.nodes.items() if node in GATES]
    numbers = {gate: data.draw(NUMBERS) for gate in gates}
    game = Game(graph, dict(numbers))
    try:
        game.begin()
    except TurnsForEver:
        assume(condition=False)
    play = Play(*_drawn(graph, around), **{f"n_{gate}": number for gate, number in numbers.items()})
    if _raced(play, graph):
        return
    _agree(play, game)
    for _step in range(12):
        if not game.open_tasks:
            break
        task = data.draw(st.sampled_from(game.open_tasks), label="task")
        numbers = {gate: data.draw(NUMBERS) for gate in gates}
        try:
            game.complete(task, numbers)
        except TurnsForEver:
            break
        play.do(task, **{f"n_{gate}": number for gate, number in numbers.items()})
        if _raced(play, graph):
            return
        _agree(play, game)
    event("completed" if game.completed else "starved" if not game.open_tasks else "running")
    event(f"at most {max(game.tokens.values(), default=0)} tokens on a flow")
