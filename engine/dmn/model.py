"""A decision model as the file states it: values only, nothing resolved or compiled yet."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for problems and traces: the id or name of its element, and the line."""

    element: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Variable:
    """A name with the type that its values have to be of, if one is declared."""

    name: str
    type: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Literal:
    """An expression in FEEL."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a boxed context; the one without a variable is the result."""

    variable: Variable | None
    value: "Boxed | None"


@dataclass(frozen=True, slots=True)
class Context:
    """A boxed context: each entry sees those before it."""

    entries: tuple[Entry, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Elements:
    """A boxed list."""

    items: "tuple[Boxed | None, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Relation:
    """A list of contexts, drawn as a table of rows and columns."""

    columns: tuple[Variable, ...]
    rows: "tuple[tuple[Boxed | None, ...], ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call of a function with named arguments."""

    callee: "Boxed | None"
    bindings: "tuple[tuple[Variable, Boxed | None], ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function; `kind` other than FEEL is not executed. `type` is that of the result, if the file says so."""

    kind: str
    parameters: tuple[Variable, ...]
    body: "Boxed | None"
    type: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Conditional:
    """If, then, else."""

    condition: "Boxed | None"
    yes: "Boxed | None"
    no: "Boxed | None"
    place: Place


@dataclass(frozen=True, slots=True)
class Filter:
    """The elements of a list that match."""

    source: "Boxed | None"
    match: "Boxed | None"
    place: Place


@dataclass(frozen=True, slots=True)
class Iterator:
    """`for`, `some` or `every`: a body that is evaluated for each element of a list."""

    kind: str
    name: str
    source: "Boxed | None"
    body: "Boxed | None"
    place: Place


@dataclass(frozen=True, slots=True)
class Input:
    """A column of conditions: what is tested, and the tests that every value of it has to pass."""

    expression: Literal
    type: str | None
    allowed: str
    label: str
    place: Place


@dataclass(frozen=True, slots=True)
class Output:
    """A column of results; `allowed` also gives the order of priority."""

    name: str
    type: str | None
    allowed: str
    default: Literal | None
    place: Place


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: tests for the inputs, expressions for the outputs, remarks for people; numbers count from one.

    Editors show the description beside the row, as its annotation; `descriptions` are the same in other languages.
    """

    number: int
    tests: tuple[str, ...]
    results: tuple[Literal, ...]
    annotations: tuple[str, ...]
    place: Place
    description: str = ""
    descriptions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table; `policy` and `aggregation` are in the words of the standard."""

    policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    annotations: tuple[str, ...]
    rules: tuple[Rule, ...]
    place: Place


Boxed: TypeAlias = (
    Literal | Context | Elements | Relation | Invocation | FunctionDefinition | Conditional | Filter | Iterator | Table
)


@dataclass(frozen=True, slots=True)
class Item:
    """A type: another one by name, a structure of components, or a function; perhaps a list of it, perhaps narrowed."""

    name: str
    type: str | None
    collection: bool
    allowed: str
    constraint: str
    components: "tuple[Item, ...]"
    function: bool
    place: Place


@dataclass(frozen=True, slots=True)
class InputData:
    """A value that comes from outside."""

    id: str
    variable: Variable


@dataclass(frozen=True, slots=True)
class Reference:
    """Another element that is needed: `#id` in the same model, `namespace#id` in an imported one."""

    href: str
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: what it needs and how it is made; without logic it is null.

    `label` is how people call it, `labels` the same in other languages: (language, words).
    """

    id: str
    name: str
    variable: Variable
    information: tuple[Reference, ...]
    knowledge: tuple[Reference, ...]
    logic: Boxed | None
    place: Place
    label: str = ""
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model: a function with a name, for several decisions."""

    id: str
    variable: Variable
    knowledge: tuple[Reference, ...]
    function: FunctionDefinition


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: some decisions behind one call, its inputs in the order of the call."""

    id: str
    variable: Variable
    outputs: tuple[Reference, ...]
    encapsulated: tuple[Reference, ...]
    inputs: tuple[Reference, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Import:
    """Another model whose elements are reached under a name; without a name they are reached directly."""

    name: str
    namespace: str
    place: Place


Element: TypeAlias = InputData | Decision | Knowledge | Service


@dataclass(frozen=True, slots=True)
class Definitions:
    """One file."""

    name: str
    namespace: str
    imports: tuple[Import, ...]
    items: tuple[Item, ...]
    elements: tuple[Element, ...]
    place: Place
