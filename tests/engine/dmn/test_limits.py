"""Hostile models end in a failure or a refusal, soon.

The bounds in seconds are several times what a slow machine needs; without a limit each of these would take minutes,
or all memory.
"""

from __future__ import annotations

from time import perf_counter

import pytest

from engine import errors
from tests.engine.dmn.drawing import bkm, component, decision, examine, feel, function, given, item, service, table, tag

SOON = 3.0


def loop(source: str, body: str, variable: str) -> str:
    inner = body if body.startswith("<") else feel(body)
    return tag("for", tag("in", feel(source)), tag("return", inner), iteratorVariable=variable)


def doubling(logic: str) -> list[str]:
    steps = [decision(f"d{n}", logic.replace("x", f"d{n - 1}"), needs=f"d:d{n - 1}") for n in range(1, 60)]
    return [decision("d0", '["aaaaaaaaaaaaaaaa"]'), *steps, decision("esito", "d59", needs="d:d59")]


def services() -> list[str]:
    parts = [decision("d0", "1"), service("S0", outputs="d0")]
    for n in range(1, 30):
        parts += [decision(f"d{n}", f"S{n - 1}() + S{n - 1}()", uses=f"S{n - 1}"), service(f"S{n}", outputs=f"d{n}")]
    return [*parts, decision("esito", "S29()", uses="S29")]


HOSTILE = {
    "recursion that branches": [
        bkm("f", "a", "if a < 2 then 1 else f(a - 1) + f(a - 2)", uses="f"),
        decision("esito", "f(35)", uses="f"),
    ],
    "recursion without end": [bkm("f", "a", "f(a)", uses="f"), decision("esito", "f(1)", uses="f")],
    "loops in loops": [decision("esito", loop("[1..2000]", loop("[1..2000]", "x * y", "y"), "x"))],
    "loops that call functions": [
        decision(
            "esito",
            tag(
                "context",
                tag("contextEntry", tag("variable", name="f"), function("a", "for i in 1..1000 return a")),
                tag("contextEntry", feel("for i in 1..1000 return f(i)")),
            ),
        )
    ],
    "results that double as nested lists": doubling("[x, x]"),
    "results that double as long lists": doubling("concatenate(x, x)"),
    "services that call services": services(),
    "patterns that explode": [
        decision("esito", loop("[1..2000]", 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")', "x"))
    ],
    "tables of long texts": [
        decision(
            "esito",
            table("", "x", *['string join(for i in 1..300 return "aaaaaaaaaaaaaaaaaaaa")'] * 2000, policy="COLLECT"),
        )
    ],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_model_fails_soon(name) -> None:
    made = examine(*HOSTILE[name])
    start = perf_counter()
    outcome = made.evaluate("esito", {})

    assert perf_counter() - start < SOON
    assert (outcome.value, [failure.code for failure in outcome.failures]) == (None, ["limit"])


def test_the_allowance_is_new_for_each_evaluation() -> None:
    made = examine(decision("esito", loop("[1..100]", "x", "x")))

    assert all(len(made.evaluate("esito", {}).value) == 100 for _ in range(100))


def test_a_table_with_thousands_of_rules_is_read_and_evaluated() -> None:
    rules = [f"{n} | {n}" for n in range(2000)]
    start = perf_counter()
    made = examine(given("n"), decision("esito", table("n:number", "x", *rules), needs="i:n"))

    assert made.evaluate("esito", {"n": 1999}).value == 1999
    assert perf_counter() - start < 4 * SOON


def test_types_in_types_in_types_are_refused() -> None:
    with pytest.raises(errors.InvalidProcess) as refusal:
        examine(*(item(f"t{n}", "", component("a", f"t{n + 1}")) for n in range(3000)), given("x", "t0"))

    assert refusal.value.problems[0].reason.startswith("Il modello è troppo annidato")


def test_long_chains_of_names_for_types_are_refused() -> None:
    made = examine(*(item(f"t{n}", f"t{n + 1}") for n in range(500)), item("t500", "string"), given("x", "t0"))

    assert "attraverso troppi altri" in made.problems[0].reason


def test_contexts_with_too_many_entries_are_refused() -> None:
    entries = [tag("contextEntry", tag("variable", name=f"a{n}"), feel("1")) for n in range(301)]

    assert examine(decision("esito", tag("context", *entries))).problems[0].reason == (
        "Il contesto ha più di 300 voci."
    )


def test_values_nested_beyond_measure_fail() -> None:
    deep: list[object] = []
    for _ in range(3000):
        deep = [deep]
    made = examine(given("x"), decision("esito", "flatten(x)", needs="i:x"))

    assert made.evaluate("esito", {"x": deep}).failures[0].code == "limit"
