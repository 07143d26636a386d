"""The descriptor that editors are given for our additions."""

from __future__ import annotations

import json
from pathlib import Path

from engine.bpmn import dialect


def test_the_descriptor_for_editors_names_the_same_additions() -> None:
    folder = Path(dialect.__file__).parent
    described = {
        item["name"][0].lower() + item["name"][1:]: {part["name"] for part in item["properties"]}
        for item in json.loads((folder / "staffetta-moddle.json").read_text(encoding="utf-8"))["types"]
    }
    known = {
        name: set(attributes)
        for (space, name), (_, attributes) in dialect.EXTENSIONS.items()
        if space == dialect.STAFFETTA
    }

    assert described == known
