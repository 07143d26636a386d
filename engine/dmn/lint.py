"""The linter for decision tables: rules that overlap, never match or leave gaps, cells of the wrong type.

Cells that depend on more than their own value (`> soglia`) may accept anything or nothing: nothing is claimed of them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import and_

import feel
from engine.dmn import domains, model, types
from engine.dmn.compiling import Compiler, Names
from engine.dmn.domains import Domain
from feel import limits, outline, values

MAX_STEPS = 200_000
"""Comparisons of cells for one table; about two seconds at the worst."""

MAX_COLUMNS = 40
MAX_REPORTED = 5

_SINGLE = frozenset({"UNIQUE", "ANY", "FIRST", "PRIORITY"})
_CELL_WAY_OUT = "Correggere la cella o il tipo della colonna."


@dataclass(frozen=True, slots=True)
class _Row:
    """The atoms that a rule surely accepts in each column, and those that it may accept."""

    rule: model.Rule
    surely: tuple[int, ...]
    perhaps: tuple[int, ...]


class _TooLarge(Exception):
    """The table has too many combinations to look at."""


def check(
    compiler: Compiler,
    table: model.Table,
    names: Names,
    inputs: Sequence[types.Type],
    outputs: Sequence[types.Type],
) -> None:
    """Look at a table; what cannot work is a problem, what may be meant is a warning."""
    outlines = [
        [_outline(rule.tests[column] if column < len(rule.tests) else "", names) for rule in table.rules]
        for column in range(len(table.inputs))
    ]
    for column, wanted in enumerate(inputs):
        _check_cells(compiler, table, column, outlines[column], wanted)
    _check_results(compiler, table, names, outputs)
    columns = [
        domains.build(
            [found for found in outlines[column] if found is not None],
            _allowed(table.inputs[column], inputs[column], names),
            inputs[column].kind,
        )
        for column in range(len(table.inputs))
    ]
    known = [domain for domain in columns if domain is not None]
    if len(known) < len(columns) or not table.rules:
        return  # types that clash have been reported
    rows = [_row(rule, [found[place] for found in outlines], known) for place, rule in enumerate(table.rules)]
    try:
        _check_rows(compiler, table, names, rows, known)
    except _TooLarge:
        reason = "La tabella è troppo grande per cercare sovrapposizioni e buchi."
        compiler.warn(table.place, reason, "Dividerla in più tabelle, se si vuole il controllo.")


def _outline(text: str, names: Names) -> outline.Outline | None:
    if text in {"", "-"}:
        return _ANYTHING
    try:
        return outline.outline(text, names)
    except feel.FeelError:
        return None  # reported where the cell is compiled, or it calls a function of the host


_ANYTHING = outline.Outline((), (), (), negated=True)
"""What `-` accepts: everything that is not among no values."""


def _check_cells(
    compiler: Compiler,
    table: model.Table,
    column: int,
    cells: Sequence[outline.Outline | None],
    wanted: types.Type,
) -> None:
    kind = wanted.element.kind if wanted.element is not None else wanted.kind
    simple = kind if wanted is not types.ANY else ""
    label = table.inputs[column].label
    for rule, cell in zip(table.rules, cells, strict=True):
        for value in cell.values if cell is not None and simple else ():
            if value is not None and values.kind(value) != simple:
                reason = f"Riga {rule.number}: «{label}» è di tipo {simple}, la cella dice {values.kind(value)}."
                compiler.problem(rule.place, reason, _CELL_WAY_OUT)
                break


def _check_results(compiler: Compiler, table: model.Table, names: Names, outputs: Sequence[types.Type]) -> None:
    for rule in table.rules:
        for literal, wanted, column in zip(rule.results, outputs, table.outputs, strict=False):
            value = _constant(literal.text, names)
            if value is None:
                continue
            reason = ""
            if types.convert(value[0], wanted, limits.Budget()) is types.MISMATCH:
                reason = f"Riga {rule.number}: il risultato non è del tipo «{wanted.name}» o dei suoi valori ammessi."
            elif value[0] is not None and not _is_allowed(column.allowed, value[0], names):
                reason = f"Riga {rule.number}: il risultato non è fra i valori ammessi della colonna."
            if reason:
                compiler.problem(literal.place, reason, _CELL_WAY_OUT)


def _constant(text: str, names: Names) -> tuple[feel.Value] | None:
    try:
        return outline.constant(text, names)
    except feel.FeelError:
        return None  # reported where the expression is compiled, or it calls a function of the host


def _is_allowed(text: str, value: feel.Value, names: Names) -> bool:
    if not text:
        return True
    try:
        tests = feel.compile_unary(text, names)
    except feel.FeelError:
        return True  # reported where the list is compiled
    return bool(tests.names - {"?"}) or tests.evaluate({"?": value}) is True


def _allowed(column: model.Input, wanted: types.Type, names: Names) -> outline.Outline | None:
    text = column.allowed or (wanted.allowed if wanted.element is None else "")
    found = _outline(text, names)
    return None if found is _ANYTHING else found


def _row(rule: model.Rule, cells: Sequence[outline.Outline | None], columns: Sequence[Domain]) -> _Row:
    surely, perhaps = [], []
    for cell, domain in zip(cells, columns, strict=True):
        accepted = domain.every if cell is _ANYTHING else None if cell is None else domain.cell(cell)
        surely.append(0 if accepted is None else accepted)
        perhaps.append(domain.every if accepted is None else accepted)
    return _Row(rule, tuple(surely), tuple(perhaps))


def _check_rows(
    compiler: Compiler, table: model.Table, names: Names, rows: Sequence[_Row], columns: Sequence[Domain]
) -> None:
    for row in rows:
        if not all(row.perhaps):
            reason = f"La riga {row.rule.number} non può mai valere: una cella esclude tutti i valori ammessi."
            compiler.problem(row.rule.place, reason, "Correggere la cella o i valori ammessi, o togliere la riga.")
    search = _Search()
    if table.policy in {"UNIQUE", "ANY"}:
        for first, second in islice(search.overlaps(rows), MAX_REPORTED):
            _report_overlap(compiler, table, names, first, second)
    if table.policy == "FIRST":
        for place, row in enumerate(rows):
            if all(row.perhaps) and not search.has_gap(row.perhaps, [other.surely for other in rows[:place]]):
                reason = f"La riga {row.rule.number} non vale mai: quelle prima prendono tutti i suoi casi."
                compiler.problem(row.rule.place, reason, "Spostarla più in alto, o toglierla.")
    if table.policy in _SINGLE and not any(column.default for column in table.outputs):
        every = tuple(domain.every for domain in columns)
        for gap in islice(search.gaps(every, [row.perhaps for row in rows]), MAX_REPORTED):
            compiler.warn(table.place, f"Nessuna riga vale per: {_shown(table, columns, gap)}.", _GAP_WAY_OUT)


_GAP_WAY_OUT = "Aggiungere una riga o un valore predefinito (defaultOutputEntry)."


def _report_overlap(compiler: Compiler, table: model.Table, names: Names, first: _Row, second: _Row) -> None:
    pair = f"Le righe {first.rule.number} e {second.rule.number} valgono insieme in alcuni casi"
    if table.policy == "UNIQUE":
        reason = f"{pair}, ma la regola UNIQUE ne ammette una sola."
        compiler.problem(second.rule.place, reason, "Restringere una delle due, o usare un'altra regola (FIRST, ANY).")
        return
    results = [[_constant(literal.text, names) for literal in row.rule.results] for row in (first, second)]
    if None not in results[0] and None not in results[1] and results[0] != results[1]:
        reason = f"{pair} con risultati diversi, ma la regola ANY li vuole uguali."
        compiler.problem(second.rule.place, reason, "Correggere i risultati, o usare un'altra regola.")


def _shown(table: model.Table, columns: Sequence[Domain], gap: Sequence[int]) -> str:
    parts = [
        domain.described(atoms, column.label)
        for column, domain, atoms in zip(table.inputs, columns, gap, strict=True)
        if atoms != domain.every
    ]
    if len(parts) > 1:
        parts = [f"({part})" if " or " in part else part for part in parts]
    return " and ".join(parts) or "qualsiasi valore"


class _Search:
    """Looks for combinations of atoms, with an allowance for the whole table."""

    def __init__(self) -> None:
        self._steps = MAX_STEPS

    def overlaps(self, rows: Sequence[_Row]) -> Iterator[tuple[_Row, _Row]]:
        """Yield pairs of rules that surely both match somewhere."""
        for place, row in enumerate(rows):
            for other in rows[:place]:
                self._spend(1)
                if all(map(and_, row.surely, other.surely)):
                    yield other, row

    def has_gap(self, box: Sequence[int], rows: Sequence[Sequence[int]]) -> bool:
        """Say whether something in a box of atoms is in none of the rows."""
        return next(self.gaps(box, rows), None) is not None

    def gaps(self, box: Sequence[int], rows: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
        """Yield boxes of atoms within a box that no row covers."""
        if len(box) > MAX_COLUMNS:
            raise _TooLarge
        covers = [self._cover(atoms, [row[column] for row in rows]) for column, atoms in enumerate(box)]
        yield from _Gaps(covers, list(box), self._spend).below(0, (1 << len(rows)) - 1)

    def _cover(self, atoms: int, cells: Sequence[int]) -> dict[int, int]:
        """Group the atoms of a column by the set of rows that accept them."""
        groups: dict[int, int] = {}
        for atom in _bits(atoms):
            self._spend(len(cells) // 8 + 1)
            rows = reduce(lambda rows, place: rows | (cells[place] >> atom & 1) << place, range(len(cells)), 0)
            groups[rows] = groups.get(rows, 0) | 1 << atom
        return groups

    def _spend(self, steps: int) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise _TooLarge


@dataclass(slots=True)
class _Gaps:
    """Follows the columns one by one, from the rows still possible to those that accept the next atoms, too."""

    covers: Sequence[dict[int, int]]
    box: list[int]
    spend: Callable[[int], None]
    covered: set[tuple[int, int]] = field(default_factory=set)
    """Columns and rows from which no gap can be reached."""

    def below(self, column: int, rows: int) -> Iterator[tuple[int, ...]]:
        """Yield the gaps that begin with the atoms now in the box, where only these rows are still possible."""
        if rows == 0:
            yield tuple(self.box)
            return
        if column == len(self.covers) or (column, rows) in self.covered:
            return
        groups: dict[int, int] = {}
        for accepting, atoms in self.covers[column].items():
            groups[accepting & rows] = groups.get(accepting & rows, 0) | atoms
        self.spend(len(self.covers[column]) + 1)
        whole, is_covered = self.box[column], True
        for accepting, atoms in groups.items():
            self.box[column] = atoms
            for gap in self.below(column + 1, accepting):
                is_covered = False
                yield gap
        self.box[column] = whole
        if is_covered:
            self.covered.add((column, rows))


def _bits(atoms: int) -> Iterator[int]:
    place = 0
    while atoms >> place:
        if atoms >> place & 1:
            yield place
        place += 1
