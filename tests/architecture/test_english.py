"""What is said to designers is there in English too, all of it and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import english
from engine.errors import Level, Problem
from feel import italian

ROOT = Path(__file__).parents[2]
FOLDERS = ("engine/bpmn", "engine/dmn", "engine/definitions", "forms")
FILES = (ROOT / "engine/xml_source.py", ROOT / "web/api/definitions.py")
# forms/messages.py has both languages itself; these words are parts of sentences, or no sentence at all.
PASSED = frozenset({"messages.py", "__init__.py"})
_FIRST = "«ABCDEFGHIJKLMNOPQRSTUVWXYZÈ{"


def texts(path: Path) -> Iterator[str]:
    """Give the texts in the code of a file, with `{}` for what is filled in; no docstring, no part of another text."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def modules() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.py"))]
    return [path for path in (*found, *FILES) if path.name not in PASSED]


def sentences(path: Path) -> list[str]:
    """Give those of its texts that are whole sentences, as reasons and ways out are."""
    return [text for text in texts(path) if " " in text and text.endswith(".") and text.lstrip()[:1] in _FIRST]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_sentence_for_designers_is_there_in_english(path: Path) -> None:
    missing = [text for text in sentences(path) if text not in english.catalogue()]
    if path.name == "definitions.py":
        missing = [text for text in missing if text != "Protocols and their versions."]
    assert missing == []


def test_there_is_no_english_for_what_nobody_says() -> None:
    said = {text for path in modules() for text in texts(path)}
    said |= {re.sub(r"\{[0-9]\}", "{}", text) for text in texts(Path(italian.__file__))}
    said.add("{} (riga {}, colonna {}): {}")  # made of two parts: what is wrong with FEEL, and a hint
    assert sorted(english.catalogue().keys() - said) == []


def test_what_is_filled_in_keeps_its_place_and_is_said_in_english_too() -> None:
    text = "L'espressione FEEL «=n >» ha un errore: qui serve un valore, c'è la fine (riga 1, colonna 3)."
    expected = "The FEEL expression “=n >” has an error: expected a value, found the end (line 1, column 3)."
    assert english.said(text) == expected


def test_what_is_no_sentence_of_ours_stays_as_it_is() -> None:
    assert english.said("pippo") == "pippo"


def test_every_english_sentence_fills_in_as_much_as_the_italian_one() -> None:
    for one, other in english.catalogue().items():
        holes = one.count("{}")
        if holes:
            assert other.format(*"abcdefg"[:holes]).count("{") == 0, one


def test_a_problem_is_said_in_the_language_asked_for_and_keeps_the_rest() -> None:
    problem = Problem("x", "Il messaggio non ha nome.", "Dargli un id.", 3, "a.bpmn", Level.WARNING)
    assert problem.in_language("it") is problem
    assert problem.in_language("en") == Problem(
        "x", "The message has no name.", "Give it an id.", 3, "a.bpmn", Level.WARNING
    )
