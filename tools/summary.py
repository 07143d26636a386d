"""Add up the results of several runs of pytest and print one closing line: N passed, N failed, N skipped."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def main(paths: list[str]) -> None:
    """Print the sums over JUnit files."""
    suites = [suite for path in paths for suite in ET.parse(Path(path)).iter("testsuite")]  # noqa: S314 - see above
    total, skipped = (sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "skipped"))
    failed = sum(int(suite.get(name, "0")) for suite in suites for name in ("failures", "errors"))
    print(f"{total - skipped - failed} passed, {failed} failed, {skipped} skipped")


main(sys.argv[1:])
