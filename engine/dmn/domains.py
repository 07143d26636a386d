"""What a column of a decision table can be asked, cut into atoms that no cell tells apart.

With cells `< 18`, `[18..65)` and `>= 65` a column has five atoms: below 18, 18, between, 65, above. Sets of atoms are
whole numbers, one bit an atom, so that cells can be compared without knowing any value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from feel import texts, values
from feel.limits import Budget
from feel.outline import Outline
from feel.values import Range, Value


@dataclass(frozen=True, slots=True)
class Domain:
    """The atoms of a column: `points` are the values that cells name; ordered ones have a gap on each side.

    `every` is the set of all atoms that can occur; a cell that is `-` accepts them. `places` finds a point by value.
    """

    points: tuple[Value, ...]
    is_ordered: bool
    every: int
    null: int
    places: Mapping[Any, int]

    def cell(self, outline: Outline) -> int:
        """Return the atoms that a cell accepts."""
        accepted = 0
        for value in outline.equal:
            accepted |= self._point(value)
        for value in outline.unequal:
            accepted |= self.every & ~self._point(value)
        for found in outline.ranges:
            accepted |= self._range(found)
        if outline.negated:
            # Null equals no value, so `not("a")` takes it; compared with a range it is unknown, and so is `not`.
            accepted = ~accepted & (~self.null if outline.ranges else ~0)
        return accepted & self.every

    def described(self, atoms: int, label: str) -> str:
        """Say in FEEL which values a set of atoms holds."""
        parts = [_compared(label, "null")] if atoms & self.null else []
        atoms &= ~self.null
        if self.is_ordered:
            parts += self._described_runs(atoms, label)
        else:
            named = [_text(point) for place, point in enumerate(self.points) if atoms >> place & 1]
            if atoms >> len(self.points) & 1:
                missing = [_text(point) for place, point in enumerate(self.points) if not atoms >> place & 1]
                parts.append(f"{label} in (not({', '.join(missing)}))" if missing else f"{label} qualsiasi")
            elif named:
                parts.append(_compared(label, *named))
        return " or ".join(parts)

    def _point(self, value: Value) -> int:
        if value is None:
            return self.null
        place = self.places.get(value)
        if place is None:
            return 0
        return 1 << (2 * place + 1 if self.is_ordered else place)

    def _range(self, found: Range) -> int:
        first, last = 0, 2 * len(self.points)
        if found.start is not None:
            place = self.places[found.start]
            first = 2 * place + (1 if found.start_included else 2)
        if found.end is not None:
            place = self.places[found.end]
            last = 2 * place + (1 if found.end_included else 0)
        return ((1 << (last + 1)) - (1 << first)) if first <= last else 0

    def _described_runs(self, atoms: int, label: str) -> list[str]:
        runs = []
        at, last = 0, 2 * len(self.points)
        while at <= last:
            if not atoms >> at & 1:
                at += 1
                continue
            end = at
            while end < last and atoms >> (end + 1) & 1:
                end += 1
            runs.append(self._described_run(at, end, label))
            at = end + 1
        return runs

    def _described_run(self, first: int, last: int, label: str) -> str:
        if first == last and first % 2:
            return _compared(label, _text(self.points[first // 2]))
        low = None if first == 0 else _text(self.points[(first - 1) // 2])
        high = None if last == 2 * len(self.points) else _text(self.points[last // 2])
        if low is None and high is None:
            return f"{label} qualsiasi"
        if low is None:
            return f"{label} {'<=' if last % 2 else '<'} {high}"
        if high is None:
            return f"{label} {'>=' if first % 2 else '>'} {low}"
        return f"{label} in {'[' if first % 2 else '('}{low}..{high}{']' if last % 2 else ')'}"


def build(cells: Iterable[Outline], allowed: Outline | None, kind: str) -> Domain | None:
    """Return the domain of a column of this FEEL type ("" if not known); None when its cells mix types.

    `allowed` are the values that the column declares: others need not be thought of.
    """
    outlines = list(cells)
    named = [value for found in (*outlines, *([allowed] if allowed else [])) for value in found.values]
    points = _distinct([value for value in named if value is not None])
    kinds = {values.kind(point) for point in points} | ({kind} if kind else set())
    if len(kinds) > 1:
        return None
    is_ordered = kinds != {"boolean"} and any(found.ranges for found in (*outlines, *([allowed] if allowed else [])))
    has_null = any(None in found.equal or None in found.unequal for found in outlines)
    if kinds == {"boolean"}:
        points = [True, False]
    count = 2 * len(points) + 1 if is_ordered else len(points) + (kinds != {"boolean"})
    null = 1 << count if has_null else 0
    if is_ordered:
        points.sort(key=cmp_to_key(lambda left, right: values.order(left, right) or 0))
    places = {point: place for place, point in enumerate(points)}
    whole = Domain(tuple(points), is_ordered, ((1 << count) - 1) | null, null, places)
    if allowed is None:
        return whole
    return Domain(whole.points, is_ordered, whole.cell(allowed) | null, null, places)


def _distinct(found: Sequence[Any]) -> list[Any]:
    distinct: list[Any] = []
    seen: set[object] = set()
    for value in found:
        key = (values.kind(value), value)
        if key not in seen:
            seen.add(key)
            distinct.append(value)
    return distinct


def _text(value: Value) -> str:
    return texts.written(value, Budget())


def _compared(label: str, *named: str) -> str:
    return f"{label} = {named[0]}" if len(named) == 1 else f"{label} in ({', '.join(named)})"
