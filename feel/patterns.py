"""Regular expressions of XPath 2.0, as `matches`, `replace` and `split` take them: from text to a small program.

Python's own `re` can take hours over a hostile pattern and cannot be told to stop; `matching` runs these programs and
pays for every step.
"""

from functools import lru_cache
from typing import NoReturn, TypeAlias

from feel import characters, errors
from feel.characters import Test

Instruction: TypeAlias = tuple[str, int, int, Test | None]
"""Operation, two numbers whose meaning depends on it, and the test of a character.

    one      the next character passes the test                 split   go on at the first, or else at the second
    jump     go on at the first                                  save    note the place in register first
    again    go on at the second if nothing was consumed since register first was noted, else at the next
    same     the text of group first once more (second: whatever its case)
    begin, end, line begin, line end                             done    it matches
"""

Program: TypeAlias = list[Instruction]

_LARGEST_PROGRAM = 2_000
_MAX_DEPTH = 40
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_FLAGS = frozenset("smix")


class Pattern:
    """A compiled pattern: its program and how many groups and registers it has."""

    __slots__ = ("groups", "program", "registers")

    def __init__(self, program: Program, groups: int, registers: int) -> None:
        self.program = program
        self.groups = groups
        self.registers = registers


class _InvalidError(Exception):
    """The text is no pattern."""


@lru_cache(maxsize=256)
def compile_pattern(text: str, flags: str) -> Pattern | None:
    """Return the program of a pattern, None when the text or the flags are none; raises FeelLimitError."""
    if not _FLAGS.issuperset(flags):
        return None
    reader = _Reader(_without_blanks(text) if "x" in flags else text, flags)
    try:
        program = reader.whole()
    except _InvalidError:
        return None
    return Pattern(program, reader.groups, reader.registers)


class _Reader:
    def __init__(self, text: str, flags: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.groups = 0
        self.closed: set[int] = set()
        self.ignore_case = "i" in flags
        self.lines = "m" in flags
        self.dot = characters.ANY if "s" in flags else characters.DOT
        # Registers: start and end of each group, then one per loop.
        self.registers = 2 * (text.count("(") + 1)

    def whole(self) -> Program:
        body = self._alternatives()
        if self.at < len(self.text):
            self._refuse()
        return [("save", 0, 0, None), *body, ("save", 1, 0, None), ("done", 0, 0, None)]

    def _refuse(self) -> NoReturn:
        raise _InvalidError(self.text)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _accept(self, character: str) -> bool:
        found = self.text.startswith(character, self.at)
        self.at += len(character) * found
        return found

    def _alternatives(self) -> Program:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise errors.FeelLimitError(f"the pattern is nested more than {_MAX_DEPTH} deep")
        branches = [self._branch()]
        while self._accept("|"):
            branches.append(self._branch())
        self.depth -= 1
        program = branches.pop()
        while branches:
            branch = branches.pop()
            program = [
                ("split", 1, len(branch) + 2, None),
                *branch,
                ("jump", len(program) + 1, 0, None),
                *program,
            ]
        return program

    def _branch(self) -> Program:
        program: Program = []
        while self._peek() not in {"", "|", ")"}:
            program += self._quantified(self._atom())
            if len(program) > _LARGEST_PROGRAM:
                raise errors.FeelLimitError("the pattern is too long")
        return program

    def _quantified(self, atom: Program) -> Program:
        sign = self._peek()
        if sign not in {*_QUANTIFIERS, "{"}:
            return atom
        least, most = self._counts() if sign == "{" else _QUANTIFIERS[sign]
        self.at += 1
        lazy = self._accept("?")
        if self._peek() in {*_QUANTIFIERS, "{"}:
            self._refuse()
        copies = least + 1 if most is None else most
        if len(atom) * copies > _LARGEST_PROGRAM:
            raise errors.FeelLimitError("the pattern is too long")
        if most is None:
            return atom * least + self._star(atom, lazy=lazy)
        optional: Program = []
        for _ in range(most - least):
            optional = [_split(1, len(atom) + len(optional) + 1, lazy=lazy), *atom, *optional]
        return atom * least + optional

    def _star(self, atom: Program, *, lazy: bool) -> Program:
        register = self.registers
        self.registers += 1
        length = len(atom)
        return [
            _split(1, length + 4, lazy=lazy),
            ("save", register, 0, None),
            *atom,
            ("again", register, 2, None),
            ("jump", -(length + 3), 0, None),
        ]

    def _counts(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : max(end, 0)].partition(",")
        if end < 0 or not _is_count(low) or (high and not _is_count(high)):
            self._refuse()
        self.at = end
        least = int(low)
        most = int(high) if high else (None if comma else least)
        if most is not None and most < least:
            self._refuse()
        return least, most

    def _atom(self) -> Program:
        character = self._peek()
        self.at += 1
        if character == "(":
            return self._group()
        if character in "^$":
            anchor = "begin" if character == "^" else "end"
            return [(f"line {anchor}" if self.lines else anchor, 0, 0, None)]
        if character == ".":
            return [("one", 0, 0, self.dot)]
        if character == "[":
            test, self.at = self._class()
            return [("one", 0, 0, test)]
        if character == "\\":
            return self._escape()
        if character in "?*+{}]":
            self._refuse()
        return [("one", 0, 0, characters.literal(character, ignore_case=self.ignore_case))]

    def _group(self) -> Program:
        if self._accept("?:"):
            body = self._alternatives()
        else:
            self.groups += 1
            number = self.groups
            body = self._alternatives()
            self.closed.add(number)
            body = [("save", 2 * number, 0, None), *body, ("save", 2 * number + 1, 0, None)]
        if not self._accept(")"):
            self._refuse()
        return body

    def _class(self) -> tuple[Test, int]:
        found = characters.read_class(self.text, self.at, ignore_case=self.ignore_case)
        return found or self._refuse()

    def _escape(self) -> Program:
        digits = ""
        while characters.is_digit(self._peek()) and int(digits + self._peek()) <= self.groups:
            digits += self._peek()
            self.at += 1
        if digits:
            if int(digits) not in self.closed:
                self._refuse()
            return [("same", int(digits), int(self.ignore_case), None)]
        found = characters.read_escape(self.text, self.at, ignore_case=self.ignore_case)
        if found is None:
            self._refuse()
        test, self.at = found
        return [("one", 0, 0, test)]


def _split(first: int, second: int, *, lazy: bool) -> Instruction:
    return ("split", second, first, None) if lazy else ("split", first, second, None)


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_PROGRAM))


def _without_blanks(text: str) -> str:
    """Drop white space outside of classes, as the flag `x` asks."""
    kept: list[str] = []
    depth, escaped = 0, False
    for character in text:
        if character in " \t\n\r" and not depth:
            continue
        if not escaped:
            depth += (character == "[") - (character == "]" and depth > 0)
        escaped = character == "\\" and not escaped
        kept.append(character)
    return "".join(kept)
