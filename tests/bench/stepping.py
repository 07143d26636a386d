"""The engine alone: a step, its stored form, loading and saving, after 10 and after 5,000 completed tasks; parsing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

from engine.bpmn import memory, parsing, state
from engine.bpmn.building import Definition
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from tests.bench.figures import Figure
from tests.engine.bpmn import diagram
from tests.engine.cases import protocols

_NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_HOST = Host(now=_NOW, parameters={"T.ora": timedelta(hours=1), "T.giorno": timedelta(hours=24)})
_TASKS = [f"passo_{number}" for number in range(1, 9)]
_VARIABLES = {f"valore_{number}": "x" * 40 for number in range(20)}  # a kilobyte
_PROTOCOL = Path(__file__).parents[2] / "processes/accoglienza_cav/accoglienza_cav.bpmn"
_ROUNDS = 10_000
_PLAIN = "25 nodes"


def figures(*, quick: bool) -> Iterator[Figure]:
    """Turn cases of several shapes until they have many completed tasks behind them, and measure here and there."""
    for shape, files in _shapes().items():
        yield from _steps(shape, next(iter(memory.load(files).values())), 500 if quick else 5_000)
    yield from _loop(_ROUNDS // 10 if quick else _ROUNDS)
    content = _PROTOCOL.read_bytes()
    yield Figure(
        "engine, other", "read accoglienza_cav, CPU", _each(lambda: parsing.read(content, "x"), 20) * 1000, "ms"
    )


def _steps(shape: str, definition: Definition, many: int) -> Iterator[Figure]:
    instance = Instance.start(definition, {"case_code": "AAAA", "ancora": True, **_VARIABLES}, _HOST)
    completed = 0
    for wanted in (10, many):
        while completed < wanted:
            instance, _ = _step(definition, instance)
            completed += 1
        part = f"engine after {wanted:,} completed tasks, {shape}, 1 KB of variables"
        taken = []
        for _time in range(200):
            instance, seconds = _step(definition, instance)
            taken.append(seconds)
        completed += len(taken)
        content = instance.dump()
        yield Figure(part, "one step, CPU", median(taken) * 1000, "ms", "≤ 2")
        yield Figure(part, "state", len(content) / 1024, "KB", "≤ 4" if shape == _PLAIN else "")
        loading = _each(lambda content=content: Instance.restore(definition, content, state.FORMAT, _HOST))
        saving = _each(instance.dump)
        yield Figure(part, "load and save, CPU", (loading + saving) * 1000, "ms", "≤ 0.5" if shape == _PLAIN else "")


def _step(definition: Definition, instance: Instance) -> tuple[Instance, float]:
    """Complete the oldest task; the instance is stored and taken up again. Gives the CPU seconds of the completion."""
    item = instance.work_items[0]
    began = time.process_time()
    instance.complete(item.id, {"ancora": True})
    instance.take_journal()
    taken = time.process_time() - began
    return Instance.restore(definition, instance.dump(), state.FORMAT, _HOST), taken


def _loop(rounds: int) -> Iterator[Figure]:
    """Go round a loop of one task again and again; it has to come to its end, and not before."""
    parts = (diagram.start(), diagram.xor("giro"), diagram.task("a"), diagram.script("conta", "n + 1", "n"))
    ways = (diagram.way("inizio giro a conta ancora fine"), diagram.flow("ancora", "giro", f"=n < {rounds}"))
    gate = diagram.xor("ancora", default="ancora_fine")
    file = diagram.process(*parts, gate, diagram.end(), *ways, variables="n")
    definition = memory.load({"giri.bpmn": file})["prova"]
    began = time.process_time()
    instance = Instance.start(definition, {"case_code": "AAAA", "n": 0}, _HOST)
    done = 0
    while not instance.completed:
        instance.complete(instance.work_items[0].id, {})
        instance.take_journal()
        done += 1
    if done != rounds:
        message = f"the loop ended after {done} rounds"
        raise RuntimeError(message)
    yield Figure("engine, other", f"a loop of {rounds:,} rounds, CPU", time.process_time() - began, "s")


def _each(do: Callable[[], object], times: int = 200) -> float:
    began = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - began) / times


def _shapes() -> dict[str, dict[str, bytes]]:
    """The cases that are turned, each a loop that goes on as long as it is told to."""
    return {
        _PLAIN: {"turno.bpmn": _turn()},
        "20 side by side": {"insieme.bpmn": _side_by_side()},
        "6 levels deep": _nested(),
        "100 instances at once": {"istanze.bpmn": _many()},
    }


def _round(parts: str, entry: str, leave: str) -> bytes:
    """A process that goes round a part of it."""
    gates = (diagram.xor("giro"), diagram.xor("ancora_uno", default="ancora_uno_fine"))
    ways = (diagram.flow("inizio", "giro"), diagram.flow("giro", entry), diagram.flow(leave, "ancora_uno"))
    again = (diagram.flow("ancora_uno", "giro", "=ancora"), diagram.flow("ancora_uno", "fine"))
    return diagram.process(diagram.start(), parts, *gates, diagram.end(), *ways, *again, variables="ancora")


def _side_by_side() -> bytes:
    """Twenty tasks at once, each with a timer on its border that never comes to fire."""
    parts = diagram.par("apri") + diagram.par("chiudi") + diagram.end("tardi")
    for number in range(20):
        parts += diagram.task(f"a{number}") + diagram.timer(f"t{number}", f"a{number}", "P9D")
        parts += diagram.way(f"apri a{number} chiudi") + diagram.flow(f"t{number}", "tardi")
    return _round(parts, "apri", "chiudi")


def _many() -> bytes:
    """A task that is done a hundred times at once, with a result of each."""
    return _round(diagram.many(diagram.task("a"), "=100", result="esiti = loopCounter"), "a", "a")


def _nested() -> dict[str, bytes]:
    """A task in a subprocess in a subprocess … in a called process, with something that watches at each level."""
    parts, inner = diagram.task("a"), "a"
    for number in range(4):
        begin, finish = f"i{number}", f"f{number}"
        watching = diagram.triggered(
            f"e{number}",
            diagram.of_time("timeDuration", "P9D"),
            diagram.end(f"ef{number}"),
            diagram.flow(f"su_e{number}", f"ef{number}"),
        )
        parts = diagram.sub(
            f"s{number}",
            diagram.start(begin),
            parts,
            diagram.end(finish),
            diagram.way(f"{begin} {inner} {finish}"),
            watching,
        )
        inner = f"s{number}"
    ways = diagram.way(f"inizio {inner} fine")
    called = diagram.process(diagram.start(), parts, diagram.end(), ways, key="dentro", variables="ancora")
    call = diagram.call("c", "dentro", "> ancora = ancora", "< ancora = ancora")
    return {"fuori.bpmn": _round(call, "c", "c"), "dentro.bpmn": called}


def _turn() -> bytes:
    """A loop: eight tasks in a row with gateways between them, two side by side, then round again."""
    nodes = [protocols.start("inizio"), protocols.xor("giro"), protocols.both("insieme"), protocols.both("attese")]
    nodes += [protocols.task(name) for name in (*_TASKS, "destra", "sinistra")]
    between = [f"bivio_{number}" for number in range(1, 8)]
    nodes += [protocols.xor(name) for name in between]
    nodes += [protocols.xor("ancora_uno", default="fatto"), protocols.end("fatto")]
    chain = [part for pair in zip(_TASKS, [*between, "insieme"], strict=True) for part in pair]
    flows: list[protocols.Flow] = [("inizio", "giro"), ("giro", chain[0]), *pairwise(chain)]
    flows += [("insieme", "destra"), ("insieme", "sinistra"), ("destra", "attese"), ("sinistra", "attese")]
    flows += [("attese", "ancora_uno"), ("ancora_uno", "giro", "=ancora = true"), ("ancora_uno", "fatto")]
    names = [*chain, "inizio", "giro", "destra", "sinistra", "attese", "ancora_uno", "fatto"]
    lanes = {"cav": " ".join(names)}
    return protocols.process("turno", nodes, flows, lanes=lanes, variables={"ancora": "boolean"})
