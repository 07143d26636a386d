"""Adds to expressions.json what forms, diagrams and tables say and it does not hold yet, each on a few answers.

python -m tests.feel.golden.collect && cd tests/feel/golden && npm install --no-save feelin@8.2.0 && node feelin.mjs
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

import feel

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
HOST = re.compile(r"\b(param|now|today)\s*\(")
"""What feelin does not have: functions of our host."""


def used() -> set[str]:
    """Every FEEL expression of the shipped forms, diagrams and tables that asks nothing of the host."""
    found = {
        text for path in (ROOT / "forms" / "catalog").glob("*.form") for text in _in_form(json.loads(path.read_text()))
    }
    for path in (ROOT / "processes").glob("*/*.bpmn"):
        for element in etree.parse(path).iter("{*}*"):
            texts = [element.get(name) or "" for name in ("source", "condition", "start", "correlationKey")]
            found |= {text.strip()[1:] for text in (*texts, element.text or "") if text.strip().startswith("=")}
    for path in (ROOT / "processes").glob("*/*.dmn"):
        parts = etree.parse(path).iter("{*}literalExpression", "{*}inputExpression")
        found |= {str(part.findtext("{*}text")) for part in parts}
    return {text for text in found if not HOST.search(text)}


def _in_form(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        condition = part.get("conditional")
        if isinstance(condition, dict) and condition.get("hide"):
            yield condition["hide"][1:]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _in_form(inner)


def answers(text: str) -> list[dict[str, Any]]:
    """Contexts to try an expression on: nothing answered, each word that it knows, and one that it does not."""
    names = sorted(feel.compile(text).names)
    words = sorted(set(re.findall(r'"([^"]*)"', text))) or ["si"]
    values: list[Any] = [None, *words, "altro", 1]
    tried = [dict.fromkeys(names, value) for value in values]
    if "risposte." in text:
        keys = re.findall(r"risposte\.(\w+)", text)
        tried = [{"risposte": dict.fromkeys(keys, value)} for value in (None, "si", "no", "non_noto")]
        tried.append({"risposte": {key: ["si", "no", None][place % 3] for place, key in enumerate(keys)}})
    if "fattori_presenti" in text:
        tried = [{"fattori_presenti": value} for value in ([], words[:2], [*words, "altro"])]
    return tried


if __name__ == "__main__":
    path = HERE / "expressions.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    missing = sorted(used() - {text for text, _ in known})
    known += [[text, context] for text in missing for context in answers(text)]
    path.write_text(json.dumps(known, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
