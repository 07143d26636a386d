"""How fast expressions and decision tables are, beside other expression libraries for Python.

    python -m tests.bench.feel                # from the root of the project
    pip install -r tests/bench/feel.txt       # into an environment of its own, for the comparison

`rows()` gives the measurements to a runner. The others evaluate less (no decimals, dates or three-valued logic in
`simpleeval`; no `if`, `for` and durations in `bkflow-feel`): beside them stands the speed, not the language.
"""

import importlib
import sys
import timeit
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

import feel
from engine import dmn

CONDITION = 'caso.rischio = "ALTO" and caso.figli > 2'
CASE: dict[str, Any] = {"caso": {"rischio": "ALTO", "figli": 3}}
RULES = 30
_REPEATS = 5
_NUMBER = 2_000


class Row(NamedTuple):
    """One measurement: what, by whom, in microseconds (None: not installed), and the goal if there is one."""

    what: str
    engine: str
    microseconds: float | None
    goal: float | None = None


def rows() -> list[Row]:
    """Measure everything; the best of some repetitions counts, the others had company on the machine."""
    return [
        Row("evaluate a condition", "feel", _evaluate(), 5),
        *_others("evaluate a condition", _EVALUATE),
        Row("compile a condition", "feel", _compile(), 300),
        *_others("compile a condition", _COMPILE),
        *(Row(f"decide by {RULES} rules, {policy}", "engine.dmn", _decide(policy), 150) for policy in _POLICIES),
    ]


def best(run: Callable[[], object], number: int = _NUMBER) -> float:
    """Return the microseconds that a call takes."""
    return min(timeit.repeat(run, number=number, repeat=_REPEATS)) / number * 1e6


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


def _others(what: str, measures: dict[str, Callable[[], Callable[[], object]]]) -> Iterator[Row]:
    for name, prepare in measures.items():
        try:
            run = prepare()
        except ImportError:
            yield Row(what, name, None)
        else:
            yield Row(what, name, best(run, 200))


def _bkflow() -> Callable[[], object]:
    """It has no compiled form: parsing and evaluating are one, and its contexts are flat."""
    parse = importlib.import_module("bkflow_feel.api").parse_expression
    return lambda: parse('rischio = "ALTO" and figli > 2', CASE["caso"])


def _cel_program() -> tuple[Any, Any, Any]:
    celpy = importlib.import_module("celpy")
    environment = celpy.Environment()
    text = CONDITION.replace(" = ", " == ").replace(" and ", " && ")
    return environment, text, celpy


def _cel_evaluate() -> Callable[[], object]:
    environment, text, celpy = _cel_program()
    program = environment.program(environment.compile(text))
    case = {"caso": celpy.json_to_cel(CASE["caso"])}
    return lambda: program.evaluate(case)


def _cel_compile() -> Callable[[], object]:
    environment, text, _ = _cel_program()
    return lambda: environment.program(environment.compile(text))


def _simple() -> tuple[Any, str]:
    simpleeval = importlib.import_module("simpleeval")
    return simpleeval.SimpleEval(names=CASE), CONDITION.replace(" = ", " == ")


def _simple_evaluate() -> Callable[[], object]:
    evaluator, text = _simple()
    parsed = evaluator.parse(text)
    return lambda: evaluator.eval(text, previously_parsed=parsed)


def _simple_compile() -> Callable[[], object]:
    evaluator, text = _simple()
    return lambda: evaluator.parse(text)


_EVALUATE = {
    "bkflow-feel (parses, too)": _bkflow,
    "cel-python": _cel_evaluate,
    "simpleeval": _simple_evaluate,
}
_COMPILE = {"cel-python": _cel_compile, "simpleeval": _simple_compile}
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
        shown = "not installed" if row.microseconds is None else f"{row.microseconds:10.1f} µs"
        goal = "" if row.goal is None else f"   (goal: {row.goal:.0f} µs)"
        sys.stdout.write(f"{row.what:32} {row.engine:26} {shown:>14}{goal}\n")


if __name__ == "__main__":
    main()
