"""The engine alone: one step, its stored form, loading and saving, after 10 and after 5,000 completed tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from uuid import UUID

from engine.bpmn import building, parsing, state
from engine.bpmn.building import Definition
from engine.bpmn.expressions import Host
from engine.bpmn.runtime import Instance
from tests.bench.figures import Figure
from tests.engine.cases import protocols

_NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_HOST = Host(now=_NOW, parameters={"T.ora": timedelta(hours=1), "T.giorno": timedelta(hours=24)})
_TASKS = [f"passo_{number}" for number in range(1, 9)]
_ROUND = len(_TASKS) + 2  # tasks of one turn, the two side by side included
_VARIABLES = {f"valore_{number}": "x" * 40 for number in range(20)}  # a kilobyte


def figures(*, quick: bool) -> Iterator[Figure]:
    """Turn a case of 25 nodes until it has many completed tasks behind it, and measure a turn here and there."""
    definition = building.build(parsing.read(_diagram(), "turno.bpmn"), UUID(int=7))
    instance = Instance.start(definition, {"case_code": "AAAA", **_VARIABLES}, _HOST)
    completed = 0
    for wanted in (10, 500 if quick else 5_000):
        while completed < wanted:
            instance, _ = _turn(definition, instance)
            completed += _ROUND
        part = f"engine after {wanted:,} completed tasks, 25 nodes, 1 KB of variables"
        turns = [_turn(definition, instance) for _ in range(20)]
        instance = turns[-1][0]
        steps = [seconds for _, taken in turns for seconds in taken]
        content = instance.dump()
        yield Figure(part, "one step, CPU", median(steps) * 1000, "ms", "≤ 2")
        yield Figure(part, "state", len(content) / 1024, "KB", "≤ 4")
        loading = _each(lambda content=content: Instance.restore(definition, content, state.FORMAT, _HOST))
        saving = _each(instance.dump)
        yield Figure(part, "load and save, CPU", (loading + saving) * 1000, "ms", "≤ 0.5")


def _turn(definition: Definition, instance: Instance) -> tuple[Instance, list[float]]:
    """Complete every task of a turn, stored and taken up again between any two; gives the CPU seconds of each step."""
    taken = []
    for _task in range(_ROUND):
        item = instance.work_items[0]
        began = time.process_time()
        instance.complete(item.id, {"ancora": True})
        instance.take_journal()
        taken.append(time.process_time() - began)
        instance = Instance.restore(definition, instance.dump(), state.FORMAT, _HOST)
    return instance, taken


def _each(do: Callable[[], object], times: int = 200) -> float:
    began = time.process_time()
    for _ in range(times):
        do()
    return (time.process_time() - began) / times


def _diagram() -> bytes:
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
