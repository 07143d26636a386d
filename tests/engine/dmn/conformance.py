"""Runs the public DMN conformance cases (the DMN TCK) of a folder and prints passed / all for each folder in it.

    python tests/engine/dmn/conformance.py FOLDER [--misses]

Not a test of ours: the cases are not part of this project. `test_conformance.py` runs them when STAFFETTA_TCK says
where they are.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

import feel
from engine import dmn, errors

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
LOST_DIGITS = re.compile(r"\.[0-9]{7}")
TOLERANCE = Decimal("1e-8")
NUMBERS = {"decimal", "double", "float", "integer", "int", "long", "short", "byte"}
READERS = {
    "date": feel.parse_date,
    "time": feel.parse_time,
    "dateTime": feel.parse_date_time,
    "duration": feel.parse_duration,
    "dayTimeDuration": feel.parse_duration,
    "yearMonthDuration": feel.parse_duration,
}

NOW = datetime(2026, 3, 8, 10, 30, tzinfo=UTC)
TODAY = NOW.date()
CLOCK = {"now": lambda: NOW, "today": lambda: TODAY}


@dataclass(frozen=True)
class Temporal:
    """A date, time or duration: equal when it is written alike, or reads as the same without losing digits."""

    text: str
    value: Any

    def is_same(self, found: Any) -> bool:
        if written(found) == self.text:
            return True
        return (
            found is not None
            and type(found) is type(self.value)
            and written(found) == written(self.value)
            and not LOST_DIGITS.search(self.text)
        )


@dataclass(frozen=True)
class Result:
    folder: str
    case: str
    passed: bool
    note: str = ""


def run(root: Path) -> Iterator[Result]:
    """Run all cases below a folder, file by file."""
    for path in sorted(root.rglob("*.xml")):
        cases = etree.parse(path).getroot()
        if local(cases) == "testCases":
            yield from run_file(path, cases, str(path.parent.relative_to(root)) or ".")


def run_file(path: Path, cases: etree._Element, folder: str) -> Iterator[Result]:
    files = {found.name: found.read_bytes() for found in sorted(path.parent.glob("*.dmn"))}
    name = next((str(child.text).strip() for child in cases if local(child) == "modelName"), "")
    if name not in files:
        name = path.name.partition("-test")[0] + ".dmn"
    note = ""
    try:
        model = dmn.examine(files, name, functions=CLOCK)
    except (errors.StaffettaError, KeyError) as error:
        model, note = None, repr(error)
    for case in children(cases, "testCase"):
        notes = [note] if model is None else [run_node(model, case, node) for node in children(case, "resultNode")]
        yield Result(folder, f"{path.name} {case.get('id')}", passed=not any(notes), note=" ".join(notes).strip())


def run_node(model: dmn.Model, case: etree._Element, node: etree._Element) -> str:
    inputs = {}
    for given in children(case, "inputNode"):
        key = f"{given.get('namespace')}#{given.get('name')}" if given.get("namespace") else given.get("name")
        inputs[key] = plain(value(given))
    target = case.get("invocableName") or str(node.get("name"))
    try:
        outcome = model.evaluate(" ".join(target.split()), inputs)
    except KeyError:
        return f"no decision {target}"
    found = outcome.value
    if case.get("invocableName") and isinstance(found, Mapping) and node.get("name") in found:
        found = found[node.get("name")]
    expected = next((value(child) for child in node if local(child) == "expected"), None)
    passed = found is None if node.get("errorResult") == "true" else same(found, expected)
    return "" if passed else f"{node.get('name')}: expected {expected!r}, found {found!r} {outcome.failures}"


def value(element: etree._Element) -> Any:
    """Read a value, list or structure of the test file."""
    for child in element:
        if local(child) == "value":
            return simple(child)
        if local(child) == "list":
            return None if child.get(f"{XSI}nil") == "true" else [value(item) for item in children(child, "item")]
    components = children(element, "component")
    return {component.get("name"): value(component) for component in components} if components else None


def simple(element: etree._Element) -> Any:
    if element.get(f"{XSI}nil") == "true":
        return None
    kind = (element.get(f"{XSI}type") or "string").rpartition(":")[2]
    text = element.text or ""
    if kind in NUMBERS:
        return Decimal(text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    if kind in READERS:
        return temporal(READERS[kind], text.strip())
    return text


def temporal(read: Any, text: str) -> Temporal:
    try:
        return Temporal(text, read(text))
    except feel.FeelSyntaxError:
        return Temporal(text, None)


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, Temporal):
        return expected.is_same(found)
    if isinstance(expected, list):
        return isinstance(found, list) and len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, dict):
        return (
            isinstance(found, Mapping)
            and found.keys() == expected.keys()
            and all(same(found[key], expected[key]) for key in expected)
        )
    if isinstance(expected, Decimal):
        is_number = isinstance(found, (int, Decimal)) and not isinstance(found, bool)
        return is_number and abs(found - expected) <= TOLERANCE * max(1, abs(expected))
    return type(found) is type(expected) and bool(found == expected)


def written(found: Any) -> Any:
    return feel.compile("string(value)", {"value"}).evaluate({"value": found})


def plain(given: Any) -> Any:
    """Turn what was read into what a model is given."""
    if isinstance(given, Temporal):
        return given.value
    if isinstance(given, list):
        return [plain(item) for item in given]
    return {key: plain(item) for key, item in given.items()} if isinstance(given, dict) else given


def local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in element if local(child) == name]


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the cases of the DMN TCK below a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--misses", action="store_true", help="show what was expected and found")
    arguments = parser.parse_args()
    results = list(run(arguments.folder))
    lines = []
    for folder in dict.fromkeys(result.folder for result in results):
        own = [result for result in results if result.folder == folder]
        lines.append(f"{sum(result.passed for result in own):5} / {len(own):<5} {folder}")
        lines += [f"        {result.case}: {result.note}" for result in own if not result.passed and arguments.misses]
    for level in dict.fromkeys(result.folder.partition("/")[0] for result in results):
        own = [result for result in results if result.folder.partition("/")[0] == level]
        lines.append(f"{sum(result.passed for result in own):5} / {len(own):<5} {level} altogether")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if results else 2


if __name__ == "__main__":
    sys.exit(main())
