"""Measure, print the table, and with --record keep it in docs/performance.json.

make bench                       everything, about five minutes
python -m tests.bench commands   one part of: commands pages engine due
"""

from __future__ import annotations

import argparse
import sys

from tests.bench import commands, due, figures, pages, stepping
from tests.bench.installation import installed


def main() -> None:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", default=[*_PARTS], help=f"of {', '.join(_PARTS)}")
    parser.add_argument("--quick", action="store_true", help="few repetitions: to see that it runs, not how fast")
    parser.add_argument("--record", action="store_true", help="keep the figures as the ones to compare with")
    asked = parser.parse_args()
    found = []
    for name in asked.parts:
        with installed() as installation:
            found += list(_PARTS[name](installation, asked.quick))
    sys.stdout.write(figures.show(found) + "\n")
    if asked.record:
        figures.record(found)


_PARTS = {
    "commands": lambda installation, quick: commands.figures(installation, cases=20 if quick else 150),
    "pages": lambda installation, quick: pages.figures(installation, quick=quick),
    "engine": lambda _installation, quick: stepping.figures(quick=quick),
    "due": lambda installation, quick: due.figures(installation, quick=quick),
}

if __name__ == "__main__":
    main()
