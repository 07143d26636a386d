"""Rules about the source that no linter keeps for us. They read the syntax tree, so a comment breaks none of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("engine", "web", "forms", "feel")
CLOCK = Path("engine/clock.py")
MIGRATIONS = Path("engine/migrations/versions")

LONGEST_FILE = 400
LONGEST_FUNCTION = 50

# Whoever asks one of these for the time bypasses the instant of the command, which tests and rehearsals set.
CLOCKS = {
    "date.today",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}


def sources(*folders: str) -> list[Path]:
    """Our Python files, relative to the project; what migrations generate is not written by us."""
    files = (path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in files if not path.is_relative_to(MIGRATIONS) and "node_modules" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each call."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_there_is_source_to_look_at() -> None:
    assert {path.parts[0] for path in sources(*PACKAGES)} == set(PACKAGES)


def test_the_database_is_committed_in_one_place_only() -> None:
    found = [f"{path}:{line}" for path in sources(*PACKAGES) for line, name in calls(path) if name.endswith(".commit")]

    assert len(found) == 1, found
    assert found[0].startswith("engine/db.py:")


def test_only_the_clock_asks_for_the_time() -> None:
    asked = [
        f"{path}:{line} {name}"
        for path in sources(*PACKAGES)
        if path != CLOCK
        for line, name in (*calls(path), *imported_names(path))
        if name in CLOCKS
    ]

    assert asked == []


@pytest.mark.parametrize("folder", [*PACKAGES, "tests", "tools"])
def test_no_file_is_longer_than_400_lines(folder: str) -> None:
    lengths = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in sources(folder)}

    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("folder", [*PACKAGES, "tools"])
def test_no_function_is_longer_than_50_lines(folder: str) -> None:
    functions = [
        (f"{path}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for path in sources(folder)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    assert [(name, length) for name, length in functions if length > LONGEST_FUNCTION] == []


def test_the_embedded_database_never_runs_code_of_the_wheel_it_takes_its_programs_from() -> None:
    imported = [
        f"{path}:{node.lineno}"
        for path in sources(*PACKAGES)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and "pixeltable" in ast.unparse(node)
    ]

    assert imported == []
