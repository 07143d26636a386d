"""A figure: what was measured, of what, how much; and the table that shows it beside the last recorded one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RECORD = Path(__file__).parents[2] / "docs/performance.json"


@dataclass(frozen=True)
class Figure:
    """`part` is what was done, `name` what was measured of it; `aim` is what we want, in words."""

    part: str
    name: str
    value: float
    unit: str
    aim: str = ""

    @property
    def key(self) -> str:
        """What it is found by in the record."""
        return f"{self.part} | {self.name}"


def show(figures: Iterable[Figure]) -> str:
    """Write the table: this run, the recorded one, the aim."""
    recorded = _recorded()
    lines = [f"{'':58} {'now':>10} {'recorded':>10}  unit"]
    part, found = "", list(figures)
    parts = list(dict.fromkeys(figure.part for figure in found))
    for figure in sorted(found, key=lambda figure: parts.index(figure.part)):
        if figure.part != part:
            part = figure.part
            lines.append(part)
        before = recorded.get(figure.key)
        aim = f"   aim {figure.aim}" if figure.aim else ""
        known = _number(before) if before is not None else "-"
        lines.append(f"  {figure.name:56} {_number(figure.value):>10} {known:>10}  {figure.unit}{aim}")
    return "\n".join(lines)


def record(figures: Iterable[Figure]) -> None:
    """Keep these figures as the ones that later runs are shown beside; parts that were not run keep theirs."""
    kept = _recorded() | {figure.key: round(figure.value, 3) for figure in figures}
    content = {"machine": "two cores, embedded PostgreSQL 18, everything on the same machine", "figures": kept}
    RECORD.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _recorded() -> dict[str, float]:
    if not RECORD.exists():
        return {}
    figures: dict[str, float] = json.loads(RECORD.read_text(encoding="utf-8"))["figures"]
    return figures


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"
