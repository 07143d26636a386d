"""How fast expressions and decision tables are, beside other expression libraries for Python (peers.py).

    python -m tests.bench.feel                # from the root of the project

`rows()` gives the measurements to a runner.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import feel
from engine import dmn
from tests.bench import peers
from tests.bench.peers import CASE, CONDITION, best

RULES = 30
_PEERS = Path(__file__).parents[2] / "build/bench/bin/python"


class Row(NamedTuple):
    """One measurement: what, by whom, in microseconds, and the goal if there is one."""

    what: str
    engine: str
    microseconds: float
    goal: float | None = None


def rows() -> list[Row]:
    """Measure everything; the best of some repetitions counts, the others had company on the machine."""
    return [
        Row("evaluate a condition", "feel", _evaluate(), 5),
        *_others("evaluate a condition"),
        Row("compile a condition", "feel", _compile(), 300),
        *_others("compile a condition"),
        *(Row(f"decide by {RULES} rules, {policy}", "engine.dmn", _decide(policy), 150) for policy in _POLICIES),
    ]


def _evaluate() -> float:
    expression = feel.compile(CONDITION, {"caso"})
    return best(lambda: expression.evaluate(CASE))


def _compile() -> float:
    """A text that was not compiled before each time: compiled ones are kept."""
    numbers = count()
    return best(lambda: feel.compile(f"{CONDITION} + {next(numbers)}", {"caso"}), 500)


def _decide(policy: str) -> float:
    model = dmn.read({"tabella.dmn": _table(policy)}, "tabella.dmn")
    answers = {"eta": 3 * RULES - 2, "livello": "ALTO", "figli": 9}
    return best(lambda: model.evaluate("esito", answers))


def _others(what: str) -> Iterator[Row]:
    """Ask the environment that `make bench` has made for them; without it there is nothing to show."""
    if not _PEERS.exists():
        return
    asked = subprocess.run([_PEERS, peers.__file__, what], check=True, capture_output=True, text=True)
    for engine, microseconds in json.loads(asked.stdout).items():
        yield Row(what, engine, microseconds)


_POLICIES = ("UNIQUE", "COLLECT")


def _table(policy: str) -> bytes:
    """Write a table of three columns: a range, a list of texts, a comparison."""
    columns = {"eta": "number", "livello": "string", "figli": "number"}
    inputs = "".join(
        f'<inputData id="i_{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
        for name, kind in columns.items()
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>' for name in columns
    )
    tested = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression></input>'
        for name, kind in columns.items()
    )
    rules = "".join(
        _rule(f"[{3 * n}..{3 * n + 3})", "-" if n % 3 else '"ALTO","MEDIO"', f"&gt;= {n % 5}", f'"L{n % 4}"')
        for n in range(RULES)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" namespace="urn:bench" name="bench" id="b">'
        f'{inputs}<decision id="d" name="esito"><variable name="esito"/>{needs}'
        f'<decisionTable hitPolicy="{policy}">{tested}<output typeRef="string"/>{rules}</decisionTable></decision>'
        "</definitions>"
    ).encode()


def _rule(*cells: str) -> str:
    *tests, result = cells
    entries = "".join(f"<inputEntry><text>{test}</text></inputEntry>" for test in tests)
    return f"<rule>{entries}<outputEntry><text>{result}</text></outputEntry></rule>"


def main() -> None:
    """Print the measurements."""
    for row in rows():
        shown = f"{row.microseconds:10.1f} µs"
        goal = "" if row.goal is None else f"   (goal: {row.goal:.0f} µs)"
        sys.stdout.write(f"{row.what:32} {row.engine:26} {shown:>14}{goal}\n")


if __name__ == "__main__":
    main()
