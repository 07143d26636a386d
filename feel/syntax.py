"""The syntax tree: what the parser builds and the compiler turns into closures."""

from dataclasses import dataclass
from typing import TypeAlias

from feel.values import Value


@dataclass(frozen=True, slots=True)
class Known:
    """The names that decide how a text is read: variables in scope, functions, fields of contexts, types."""

    names: frozenset[str]
    functions: frozenset[str]
    fields: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is known when the expression is compiled."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable of the context or of a construct around it."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A field of a context or a property of a temporal value or range: `base.field`."""

    base: "Node"
    field: str


@dataclass(frozen=True, slots=True)
class Filter:
    """`base[condition]`: the elements for which it holds, or the one element at a position."""

    base: "Node"
    condition: "Node"


@dataclass(frozen=True, slots=True)
class Elements:
    """A list literal."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Entries:
    """A context literal; each entry sees those before it."""

    entries: "tuple[tuple[str, Node], ...]"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range literal; an end that is None is open to infinity."""

    start: "Node | None"
    end: "Node | None"
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+`, `-`, `*`, `/` or `**`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`=`, `!=`, `<`, `<=`, `>` or `>=`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` over two operands or more, kept flat so that long chains are not deep."""

    operator: str
    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Between:
    """`value between low and high`, both included."""

    value: "Node"
    low: "Node"
    high: "Node"


@dataclass(frozen=True, slots=True)
class Test:
    """A unary test with an operator: `> 7`, `!= "a"`."""

    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class In:
    """`value in (tests)`: true when one of the tests holds."""

    value: "Node"
    tests: "tuple[Node | Test, ...]"


@dataclass(frozen=True, slots=True)
class UnaryTests:
    """A cell of a decision table, tested against the value of `?`; without tests it always holds."""

    tests: "tuple[Node | Test, ...]"
    negated: bool


@dataclass(frozen=True, slots=True)
class If:
    """`if condition then yes else no`; a condition that is not true takes the second branch."""

    condition: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Steps:
    """`first..last` of a loop: whole numbers or days, upwards or downwards."""

    first: "Node"
    last: "Node"


@dataclass(frozen=True, slots=True)
class Loop:
    """One `name in source` of for, some and every."""

    name: str
    source: "Node | Steps"


@dataclass(frozen=True, slots=True)
class For:
    """`for loops return body`; `partial` is the list so far."""

    loops: tuple[Loop, ...]
    body: "Node"


@dataclass(frozen=True, slots=True)
class Quantified:
    """`some` or `every` with its condition."""

    quantifier: str
    loops: tuple[Loop, ...]
    condition: "Node"


@dataclass(frozen=True, slots=True)
class Type:
    """A type as written after `instance of` or a parameter: a name and what stands between `<` and `>`."""

    name: str
    at: int
    arguments: "tuple[Type, ...]" = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """`value instance of type`."""

    value: "Node"
    type: Type


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of a call: positional, or all with names."""

    values: "tuple[Node, ...]"
    names: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the language or of the host, known by name when compiled, and its offset."""

    function: str
    arguments: Arguments
    at: int


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function of the language or of the host used as a value, as in `sort(list, min)`."""

    function: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of whatever function the callee turns out to be."""

    callee: "Node"
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Definition:
    """`function(parameters) body`."""

    parameters: tuple[tuple[str, Type | None], ...]
    body: "Node"


Node: TypeAlias = (
    Constant
    | Name
    | Path
    | Filter
    | Elements
    | Entries
    | Interval
    | Negate
    | Arithmetic
    | Comparison
    | Logic
    | Between
    | In
    | If
    | For
    | Quantified
    | InstanceOf
    | Call
    | FunctionName
    | Invocation
    | Definition
)
