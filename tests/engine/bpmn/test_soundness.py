"""What the game of tokens finds in the flows of a diagram; against a naive one that tries every order of every step."""

from __future__ import annotations

import time
from collections import Counter
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import model, parsing, soundness
from tests.engine.bpmn.diagram import element, end, flow, fork, par, process, start, task, throws, timer, way, xor

STUCK, TWICE, UNREACHED, ENDLESS, TOO_MANY = "aspettare per sempre", "più volte", "Nessun percorso", "gira", "troppe"
UNJUDGED = "non è controllato"


def found(*parts: str, about: tuple[str, ...] = (STUCK, TWICE, UNREACHED, ENDLESS, TOO_MANY)) -> list[tuple[str, str]]:
    scope = parsing.read(process(start(), *parts), "prova.bpmn").scope
    said = [(one.element, key) for one in soundness.check(scope) for key in about if key in one.reason]
    return [pair for pair in said if pair[1] in about]


def choice(key: str, *targets: str) -> str:
    """An exclusive gateway, with a flow to each target; the last is the default."""
    last = f"{key}_{targets[-1]}"
    return xor(key, last) + "".join(flow(key, one, when="=true") for one in targets[:-1]) + flow(key, targets[-1])


def test_branches_that_are_joined_as_they_were_divided_are_sound() -> None:
    for gateway in (par, fork):
        conditions = {"": ""} if gateway is par else {"": "=true"}
        ways = flow("p", "a", when=conditions[""]) + flow("p", "b", when=conditions[""])
        assert (
            found(
                gateway("p"),
                task("a"),
                task("b"),
                gateway("j"),
                end(),
                ways,
                way("inizio p"),
                way("a j fine"),
                way("b j"),
            )
            == []
        )
    assert (
        found(
            choice("x", "a", "b"), task("a"), task("b"), xor("j"), end(), way("inizio x"), way("a j fine"), way("b j")
        )
        == []
    )


def test_a_choice_joined_by_a_parallel_gateway_is_stuck() -> None:
    parts = (choice("x", "a", "b"), task("a"), task("b"), par("j"), end(), way("inizio x"), way("a j fine"), way("b j"))
    assert found(*parts) == [("j", STUCK)]


def test_parallel_branches_that_meet_without_a_join_do_twice_what_follows() -> None:
    for meeting in (xor("j"), task("j")):
        parts = (par("p"), task("a"), task("b"), meeting, task("c"), end(), way("inizio p a j c fine"), way("p b j"))
        assert found(*parts) == [("j", TWICE)]


def test_parallel_branches_may_meet_at_their_end() -> None:
    assert found(par("p"), task("a"), task("b"), end(), way("inizio p a fine"), way("p b fine")) == []
    assert found(par("p"), task("a"), task("b"), xor("j"), end(), way("inizio p a j fine"), way("p b j")) == []


def test_a_loop_into_a_parallel_gateway_is_stuck() -> None:
    assert found(par("m"), task("a"), choice("x", "m", "fine"), end(), way("inizio m a x")) == [("m", STUCK)]


def test_a_loop_without_a_way_out_is_told_at_its_first_node() -> None:
    assert found(xor("m"), task("a"), end(), way("inizio m a m")) == [("fine", UNREACHED), ("m", ENDLESS)]


def test_a_reminder_that_comes_back_into_the_main_way_does_it_twice() -> None:
    back = (task("a"), timer("t", "a", "PT1H", interrupting=False), task("r"), xor("j"), task("b"), end())
    assert found(*back, way("inizio a j b fine"), way("t r j")) == [("j", TWICE)]
    beside = (task("a"), timer("t", "a", "PT1H", interrupting=False), task("r"), end("f2"), task("b"), end())
    assert found(*beside, way("inizio a b fine"), way("t r f2")) == []


def test_a_timer_that_interrupts_takes_the_place_of_the_step() -> None:
    parts = (
        task("a"),
        timer("t", "a", "PT1H"),
        task("r"),
        xor("j"),
        task("b"),
        end(),
        way("inizio a j b fine"),
        way("t r j"),
    )
    assert found(*parts) == []


def test_what_a_terminate_end_clears_is_not_stuck_and_what_may_wait_before_it_is() -> None:
    stop = throws("stop", "<terminateEventDefinition />", tag="endEvent")
    parts = (
        par("p"),
        task("a"),
        choice("x", "b", "stop"),
        task("b"),
        par("j"),
        stop,
        end(),
        way("inizio p a j fine"),
        way("p x"),
        way("b j"),
    )
    assert found(*parts) == []


def test_two_inclusive_joins_that_wait_for_each_other_are_stuck() -> None:
    parts = (
        par("p"), fork("j1"), fork("j2"), choice("x1", "fine", "j2"), choice("x2", "fine", "j1"), end(),
        way("inizio p j1 x1"), way("p j2 x2"),
    )  # fmt: skip
    assert [pair for pair in found(*parts) if pair[1] == STUCK] == [("j1", STUCK), ("j2", STUCK)]


def test_many_branches_with_loops_of_their_own_are_looked_at_in_no_time() -> None:
    parts = [par("p"), par("j"), end(), way("inizio p"), way("j fine")]
    for one in range(30):
        parts += [xor(f"m{one}"), task(f"t{one}"), choice(f"x{one}", f"m{one}", "j"), way(f"p m{one} t{one} x{one}")]
    begun = time.process_time()
    assert found(*parts) == []
    assert time.process_time() - begun < 2


def test_a_graph_that_is_too_dense_is_given_up_in_bounded_time_and_that_is_said() -> None:
    names = [f"n{number}" for number in range(40)]
    parts = [par(name) if number % 2 else fork(name) for number, name in enumerate(names)]
    for number, name in enumerate(names):
        condition = "" if number % 2 else "=true"
        parts += [
            flow(name, names[(number * 7 + step * 11) % 40], when=condition, key=f"{name}_{step}")
            for step in range(1, 7)
        ]
    begun = time.process_time()
    assert TOO_MANY in {kind for _, kind in found(*parts, end(), way("inizio n0"), flow("n1", "fine"))}
    assert time.process_time() - begun < 5


def test_where_values_say_how_many_branches_are_needed_it_says_that_it_has_not_looked() -> None:
    every = (STUCK, TWICE, UNJUDGED)
    branches = (par("p"), task("a"), task("b"), end(), way("inizio p a j fine"), way("p b j"))
    condition = "<activationCondition>=activationCount = 2</activationCondition>"
    assert found(*branches, element("complexGateway", "j", condition), about=every) == [("j", UNJUDGED)]
    assert found(*branches, task("j").replace("<userTask", '<userTask startQuantity="2"'), about=every) == [
        ("j", UNJUDGED)
    ]
    parting = (element("complexGateway", "g"), task("a"), task("b"), par("j"), end())
    ways = way("inizio g") + flow("g", "a", "=true") + flow("g", "b", "=true") + way("a j fine") + way("b j")
    assert found(*parting, ways, about=every) == [("j", STUCK)], "one that only parts is played"


# --- against every order of every step ---


class Naive:
    """The same game without any shortcut: all tokens on flows, any of them may move at any time."""

    def __init__(self, scope: model.Scope) -> None:
        self.scope, self.stuck, self.doubled = scope, set[str](), set[str]()
        seen: set[frozenset[tuple[str, int]]] = set()
        frontier = [Counter(flow.id for flow in scope.outgoing("inizio"))]
        while frontier and len(seen) < 3_000:
            marking = frontier.pop()
            key = frozenset((+marking).items())
            if key in seen or max(marking.values(), default=0) > 2:
                continue
            seen.add(key)
            after = list(self.after(+marking))
            if not after:
                self.stuck.update(scope.flows[flow].target for flow in +marking)
            frontier += after
        self.complete = not frontier

    def after(self, marking: Counter[str]) -> list[Counter[str]]:
        found: list[Counter[str]] = []
        for node in self.scope.nodes.values():
            into = [flow.id for flow in self.scope.incoming(node.id)]
            filled = [flow for flow in into if marking[flow]]
            if not filled:
                continue
            if node.kind is model.Kind.PARALLEL:
                takes = [into] if len(filled) == len(into) else []
            else:
                takes = [[flow] for flow in filled]
                if sum(marking[flow] for flow in into) > 1:
                    self.doubled.add(node.id)
            for taken in takes:
                found += [marking - Counter(taken) + Counter(way) for way in self.ways(node)]
        return found

    def ways(self, node: model.Node) -> list[list[str]]:
        out = [flow.id for flow in self.scope.outgoing(node.id)]
        if node.kind is model.Kind.EXCLUSIVE:
            return [[flow] for flow in out]
        if node.kind is model.Kind.INCLUSIVE:
            return [list(some) for size in range(1, len(out) + 1) for some in combinations(out, size)]
        return [out]


@st.composite
def graphs(draw: st.DrawFn) -> list[str]:
    """Any graph of exclusive and parallel gateways, inclusive splits and steps; each leads on to something."""
    count = draw(st.integers(2, 6))
    names = [f"n{number}" for number in range(count)]
    parts, entered = [way("inizio n0"), end()], Counter(["n0"])
    ways: list[tuple[str, list[str]]] = []
    for name in names:
        targets = draw(st.lists(st.sampled_from([*names, "fine"]), min_size=1, max_size=3, unique=True))
        ways.append((name, [one for one in targets if one != name] or ["fine"]))
        entered.update(ways[-1][1])
    for name, targets in ways:
        kind = draw(st.sampled_from(["x", "p", "t"] + (["o"] if entered[name] < 2 else [])))
        if kind == "x" and len(targets) > 1:
            parts.append(choice(name, *targets))
            continue
        parts.append({"x": xor, "p": par, "t": task, "o": fork}[kind](name))
        parts += [flow(name, one, when="=true" if kind == "o" and len(targets) > 1 else "") for one in targets]
    return parts


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_the_game_finds_what_trying_every_order_finds(parts: list[str]) -> None:
    scope = parsing.read(process(start(), *parts), "prova.bpmn").scope
    naive = Naive(scope)
    if not naive.complete:
        return
    said = {(one.element, key) for one in soundness.check(scope) for key in (STUCK, TWICE) if key in one.reason}
    stuck, twice = ({key for key, kind in said if kind == one} for one in (STUCK, TWICE))
    meeting = {key for key in naive.doubled if len(scope.incoming(key)) > 1 and _does_something(scope, key)}
    # Where tokens double without end, both stop at some point, not at the same one.
    assert twice <= meeting
    assert bool(twice) == bool(meeting)
    assert stuck == naive.stuck or naive.doubled


def _does_something(scope: model.Scope, key: str) -> bool:
    seen, frontier = {key}, [key]
    while frontier:
        new = {flow.target for flow in scope.outgoing(frontier.pop())} - seen
        seen |= new
        frontier += new
    return any(scope.nodes[one].kind is model.Kind.USER_TASK for one in seen)
