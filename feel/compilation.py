"""What is known while one expression is compiled: which names mean slots, which are free, how much it costs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

from feel import errors, lexer, limits, syntax
from feel.limits import Budget
from feel.signatures import HostFunctions

Frame: TypeAlias = list[Any]
"""`[context, budget, slot, slot, ...]`: all that a closure needs; names bound inside the expression live in slots."""

Code: TypeAlias = Callable[[Frame], Any]

CONTEXT, BUDGET, FIRST_SLOT = 0, 1, 2


UNKNOWN: Final = object()
"""An argument that is known only when the expression is evaluated."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a function of the host as it is written: literals as they are, UNKNOWN for everything else.

    The keys are places of arguments from 0 on, or their names where the call names them.
    """

    function: str
    arguments: Mapping[int | str, Any]


@dataclass(slots=True)
class Compilation:
    """The state of compiling one expression."""

    text: str
    known: frozenset[str]
    functions: HostFunctions
    types: Mapping[str, Callable[[Any, Budget], bool]]
    compilers: "Mapping[type, Callable[[Compilation, Any], Code]]"
    free: set[str] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)
    calls: list["Called"] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    slots: int = FIRST_SLOT
    size: int = 0
    depth: int = 0
    scopes: list[tuple[dict[str, int], int | None]] = field(default_factory=list)
    """Names bound around this place with their slots, innermost last; of a filter also the slot of its element."""

    def compile(self, node: syntax.Node) -> Code:
        """Return the closure of a node; raises FeelLimitError, FeelSyntaxError."""
        self.size += 1
        self.depth += 1
        if self.depth > limits.MAX_DEPTH:
            raise errors.FeelLimitError(f"the expression is nested more than {limits.MAX_DEPTH} deep")
        code = self.compilers[type(node)](self, node)
        self.depth -= 1
        return code

    def measured(self, node: syntax.Node) -> tuple[Code, int]:
        """Compile what is evaluated again and again; return its cost in steps, too."""
        before = self.size
        code = self.compile(node)
        return code, self.size - before

    def slot(self) -> int:
        """Reserve a place in the frame."""
        self.slots += 1
        return self.slots - 1

    @contextmanager
    def bound(self, names: dict[str, int], element: int | None = None) -> Iterator[None]:
        """Let names mean slots inside a construct."""
        self.scopes.append((names, element))
        try:
            yield
        finally:
            self.scopes.pop()

    def variable(self, name: str) -> Code:
        """Return the closure that reads a name.

        Inside a filter the fields of the element come first, and nobody knows them yet; so a name that is not
        declared either is not reported as free there.
        """
        elements: list[int] = []
        for names, element in reversed(self.scopes):
            if element is not None:
                elements.append(element)
            if name in names:
                base = _slot_reader(names[name])
                self.read.add(names[name])
                break
        else:
            base = _context_reader(name)
            if not elements or name in self.known:
                self.free.add(name)
        return _field_reader(name, elements, base) if elements else base

    def is_global(self, name: str) -> bool:
        """Say whether a name can only mean a variable of the context."""
        return all(element is None and name not in names for names, element in self.scopes)

    def refuse(self, message: str, hint: str, offset: int) -> NoReturn:
        """Raise FeelSyntaxError at an offset of the text."""
        raise errors.FeelSyntaxError(message, *lexer.place(self.text, offset), hint)


def _context_reader(name: str) -> Code:
    return lambda frame: frame[CONTEXT].get(name)


def _slot_reader(slot: int) -> Code:
    return lambda frame: frame[slot]


def _field_reader(name: str, elements: list[int], base: Code) -> Code:
    def read(frame: Frame) -> Any:
        for slot in elements:
            element = frame[slot]
            if isinstance(element, Mapping) and name in element:
                return element[name]
        return base(frame)

    return read
