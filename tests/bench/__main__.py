"""Measure, print the table, and with --record keep it in docs/performance.json.

make bench                       everything but `armed`, about a quarter of an hour
python -m tests.bench commands   one part of: commands pages engine due armed audit feel
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator

from tests.bench import commands, due, feel, figures, pages, sealed, stepping
from tests.bench.figures import Figure
from tests.bench.installation import installed

_PEERS = """
Others, on two such cores:
  SpiffArena, three user tasks in a row with a form: a completion takes 105 statements, 5 commits, 170 ms of server CPU;
  4.3 a second; a double click destroys the case; a timer of 30 s fires 84 s late at the median
  SpiffWorkflow as it comes, 25 nodes: a step takes 4.5 ms after 16 completed tasks and more than 75 ms after 1,191;
  the state grows from 45 to 601 KB
  APScheduler's job store: of 1,000 jobs, kill -9 loses 860; of 2,000 due at once, the default grace drops 1,649
"""


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "parts", nargs="*", default=[name for name in _PARTS if name != "armed"], help=f"of {', '.join(_PARTS)}"
    )
    parser.add_argument("--quick", action="store_true", help="few repetitions: to see that it runs, not how fast")
    parser.add_argument("--record", action="store_true", help="keep the figures as the ones to compare with")
    asked = parser.parse_args()
    found = []
    for name in asked.parts:
        company = os.getloadavg()[0]
        sys.stderr.write(f"{name} (load before: {company:.1f}; an idle machine has 0)\n")
        for figure in _PARTS[name](quick=asked.quick):
            sys.stderr.write(f"  {figure.part}: {figure.name} {figure.value:.4g} {figure.unit}\n")
            found.append(figure)
        found.append(Figure("load of the machine before, by others", name, company, ""))
        if asked.record:
            figures.record(found)
    sys.stdout.write(figures.show(found) + "\n" + _PEERS)


def _commands(*, quick: bool) -> Iterator[Figure]:
    with installed() as installation:
        yield from commands.figures(installation, cases=20 if quick else 150)


def _pages(*, quick: bool) -> Iterator[Figure]:
    with installed() as installation:
        yield from pages.figures(installation, quick=quick)


def _due(*, quick: bool) -> Iterator[Figure]:
    with installed() as installation:
        yield from due.figures(installation, quick=quick)


def _armed(*, quick: bool) -> Iterator[Figure]:
    del quick  # few of them are measured in `due`
    with installed() as installation:
        yield from due.with_many_armed(installation)


def _audit(*, quick: bool) -> Iterator[Figure]:
    with installed() as installation:
        yield from sealed.figures(installation, quick=quick)


def _feel(*, quick: bool) -> Iterator[Figure]:
    del quick  # it takes seconds
    for row in feel.rows():
        aim = f"≤ {row.goal:g}" if row.goal is not None else ""
        yield Figure("expressions and decisions", f"{row.what}: {row.engine}", row.microseconds, "µs", aim)


_PARTS: dict[str, Callable[..., Iterator[Figure]]] = {
    "commands": _commands,
    "pages": _pages,
    "engine": stepping.figures,
    "due": _due,
    "armed": _armed,
    "audit": _audit,
    "feel": _feel,
}

if __name__ == "__main__":
    main()
