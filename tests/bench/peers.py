"""Other expression libraries for Python, measured in an environment of their own: nothing of ours is there.

    build/bench/bin/python tests/bench/peers.py "evaluate a condition"

They evaluate less (no decimals, dates or three-valued logic in `simpleeval`; no `if`, `for` and durations in
`bkflow-feel`): beside ours stands the speed, not the language.
"""

import importlib
import json
import sys
import timeit
from collections.abc import Callable
from typing import Any

CONDITION = 'caso.rischio = "ALTO" and caso.figli > 2'
CASE: dict[str, Any] = {"caso": {"rischio": "ALTO", "figli": 3}}
_REPEATS = 5
_NUMBER = 2_000


def best(run: Callable[[], object], number: int = _NUMBER) -> float:
    """Return the microseconds that a call takes; the best of some repetitions, the others had company."""
    return min(timeit.repeat(run, number=number, repeat=_REPEATS)) / number * 1e6


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


_EVALUATE: dict[str, Callable[[], Callable[[], object]]] = {
    "bkflow-feel (parses, too)": _bkflow,
    "cel-python": _cel_evaluate,
    "simpleeval": _simple_evaluate,
}
_MEASURES = {
    "evaluate a condition": _EVALUATE,
    "compile a condition": {"cel-python": _cel_compile, "simpleeval": _simple_compile},
}


def main() -> None:
    """Write the microseconds of each library for what is asked, as JSON."""
    measured = {name: best(prepare(), 200) for name, prepare in _MEASURES[sys.argv[1]].items()}
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main()
