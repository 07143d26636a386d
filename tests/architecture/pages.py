"""The project's pages as text: their sections, what stands in code marks, their code blocks."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "processes").rglob("*.md")])


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def section(path: Path, title: str) -> str:
    """The part of a page below a heading, up to the next heading of the same level."""
    level = len(title.partition(" ")[0])
    pattern = rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{level}}} |\Z)"
    found = re.search(pattern, read(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path.name} has no section {title}"
    return found.group(1)


def coded(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", read(path), re.MULTILINE | re.DOTALL)
