"""Hostile and huge files: read, looked at and refused, or accepted, within seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine import errors
from engine.bpmn import advice, parsing, profile
from tests.engine.bpmn.diagram import choice, end, flow, fork, par, process, start, sub, task, way, xor
from tests.engine.bpmn.play import around

OPEN = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
SECONDS = 5
_LONG = f"[{', '.join(['1'] * 3_000)}] = 1"


@contextmanager
def in_time() -> Iterator[None]:
    begun = time.process_time()
    yield
    assert time.process_time() - begun < SECONDS


def entities() -> bytes:
    lines = b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (level + 1, level, level) for level in range(30))
    return b'<!DOCTYPE x [<!ENTITY e0 "lol">' + lines + b"]>" + OPEN + b">&e30;</definitions>"


HOSTILE = {
    "many elements": (OPEN + b">" + b"<process/>" * 99_000 + b"</definitions>", "elementi"),
    "many empty elements": (OPEN + b">" + b"<x/>" * 200_000 + b"</definitions>", "elementi"),
    "deep": (OPEN + b">" + b"<process>" * 200 + b"</process>" * 200 + b"</definitions>", "livelli"),
    "deeper than XML is read": (OPEN + b">" + b"<process>" * 9_000 + b"</process>" * 9_000 + b"</definitions>", "XML"),
    "many attributes": (OPEN + b"".join(b' a%d=""' % number for number in range(80_000)) + b"/>", "attributi"),
    "many namespaces": (
        OPEN + b"".join(b' xmlns:a%d="u%d" a%d:b=""' % (n, n, n) for n in range(20_000)) + b"/>",
        "attributi",
    ),
    "entities in entities": (entities(), "XML"),
    "a file from elsewhere": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + OPEN + b">&e;</definitions>",
        "DOCTYPE",
    ),
    "too big": (OPEN + b">" + b" " * 1_000_001 + b"</definitions>", "1 MB"),
    "a very long expression": (
        choice(flow("x", "a", when="=" + "1 + " * 50_000 + "1"), flow("x", "b"), default="x_b"),
        "caratteri",
    ),
    "a deep expression": (
        choice(flow("x", "a", when="=" + "(" * 4_000 + "1" + ")" * 4_000), flow("x", "b"), default="x_b"),
        "livelli",
    ),
}


@pytest.mark.parametrize(("content", "piece"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_in_time(content: bytes, piece: str) -> None:
    with in_time(), pytest.raises(errors.InvalidProcess) as refused:
        parsing.read(content, "prova.bpmn")
    assert piece in refused.value.problems[0].reason


def looked_at(content: bytes) -> list[errors.Problem]:
    found = parsing.read(content, "prova.bpmn")
    return [*profile.check(found, around({found.id: found})), *advice.check(found, around({found.id: found}))]


def dense(kinds: tuple[object, ...], nodes: int, flows: int) -> bytes:
    """A graph of gateways in which everything leads to everything."""
    dice = random.Random(4)  # noqa: S311 - always the same graph
    chosen = [dice.choice(kinds) for _ in range(nodes)]
    pairs = {(dice.randrange(nodes), dice.randrange(nodes)) for _ in range(flows)}
    parts = [kind(f"n{number}") for number, kind in enumerate(chosen)]  # type: ignore[operator] # any of them makes one
    parts += [flow(f"n{a}", f"n{b}", when="" if chosen[a] is par else "=true") for a, b in sorted(pairs) if a != b]
    return process(
        start(), *parts, end(), flow("inizio", "n0"), flow("n1", "fine", when="" if chosen[1] is par else "=true")
    )


@pytest.mark.parametrize("kinds", [(par, fork), (xor,), (fork,), (par, xor, fork)])
@pytest.mark.parametrize("size", [(20, 380), (60, 900), (200, 700)], ids=str)
def test_a_dense_graph_is_looked_at_in_time(kinds: tuple[object, ...], size: tuple[int, int]) -> None:
    with in_time():
        looked_at(dense(kinds, *size))


def test_a_long_and_a_deep_diagram_are_looked_at_in_time() -> None:
    names = [f"t{number}" for number in range(620)]
    with in_time():
        looked_at(process(start(), *map(task, names), end(), way(" ".join(["inizio", *names, "fine"]))))
    inner = task("t")
    for level in range(36):
        inside = "t" if level == 0 else f"s{level - 1}"
        inner = sub(f"s{level}", start(f"i{level}"), inner, end(f"e{level}"), way(f"i{level} {inside} e{level}"))
    with in_time():
        looked_at(process(start(), inner, end(), way("inizio s35 fine")))


def test_many_long_expressions_are_read_in_time() -> None:
    ways = [flow("x", f"t{number}", when=f"={_LONG}") for number in range(80)]
    with in_time():
        looked_at(process(start(), xor("x"), *[task(f"t{number}") for number in range(80)], *ways, way("inizio x")))
