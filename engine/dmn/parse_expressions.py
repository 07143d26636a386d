"""From XML to boxed expressions and decision tables."""

from collections.abc import Callable

from lxml import etree

from engine.dmn import allowlist, dialect, model
from engine.dmn.model import Boxed, Literal, Place


def boxed(element: etree._Element) -> Boxed | None:
    """Read the one boxed expression inside an element, None when there is none."""
    for child in element:
        read = _READERS.get(allowlist.local(child))
        if read is not None:
            return read(child)
    return None


def function(element: etree._Element) -> model.FunctionDefinition:
    """Read a function definition, or the encapsulated logic of a business knowledge model."""
    return model.FunctionDefinition(
        kind=element.get("kind") or "FEEL",
        parameters=tuple(variable(child) for child in children(element, "formalParameter")),
        body=boxed(element),
        type=element.get("typeRef"),
        place=place(element),
    )


def variable(element: etree._Element, name: str = "") -> model.Variable:
    """Read an information item; `name` is for those that have none of their own."""
    return model.Variable(clean(element.get("name")) or name, element.get("typeRef"), place(element))


def place(element: etree._Element) -> Place:
    """Say where an element stands."""
    return Place(allowlist.label(element), element.sourceline)


def children(element: etree._Element, *names: str) -> list[etree._Element]:
    """Return the children with one of these names, in the order of the file."""
    return [child for child in element if allowlist.local(child) in names]


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Return the first child with a name."""
    return next(iter(children(element, name)), None)


def text(element: etree._Element | None) -> str:
    """Return the text that an element holds in its `text` child, without blanks around it."""
    inner = None if element is None else child(element, "text")
    return "" if inner is None else (inner.text or "").strip()


def clean(name: object) -> str:
    """Return a name with single blanks, as expressions spell it."""
    return " ".join(str(name or "").split())


def translations(element: etree._Element, what: str) -> tuple[tuple[str, str], ...]:
    """Return what an element is called or says in other languages, from our extension: (language, words)."""
    return tuple(
        (item.get("lang") or "", clean(item.text))
        for extensions in children(element, "extensionElements")
        for item in extensions.iterchildren(f"{{{dialect.STAFFETTA}}}{what}")
    )


def _literal(element: etree._Element) -> Literal:
    return Literal(text(element), place(element))


def _context(element: etree._Element) -> model.Context:
    return model.Context(tuple(_entry(entry) for entry in children(element, "contextEntry")), place(element))


def _entry(element: etree._Element) -> model.Entry:
    declared = child(element, "variable")
    return model.Entry(None if declared is None else variable(declared), boxed(element))


def _items(element: etree._Element) -> tuple[Boxed | None, ...]:
    return tuple(_READERS[allowlist.local(item)](item) for item in children(element, *dialect.BOXED))


def _list(element: etree._Element) -> model.Elements:
    return model.Elements(_items(element), place(element))


def _relation(element: etree._Element) -> model.Relation:
    columns = tuple(variable(column) for column in children(element, "column"))
    return model.Relation(columns, tuple(_items(row) for row in children(element, "row")), place(element))


def _invocation(element: etree._Element) -> model.Invocation:
    bindings = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        if parameter is not None:
            bindings.append((variable(parameter), boxed(binding)))
    return model.Invocation(boxed(element), tuple(bindings), place(element))


def _inner(element: etree._Element, name: str) -> Boxed | None:
    found = child(element, name)
    return None if found is None else boxed(found)


def _conditional(element: etree._Element) -> model.Conditional:
    return model.Conditional(_inner(element, "if"), _inner(element, "then"), _inner(element, "else"), place(element))


def _filter(element: etree._Element) -> model.Filter:
    return model.Filter(_inner(element, "in"), _inner(element, "match"), place(element))


def _iterator(element: etree._Element) -> model.Iterator:
    kind = allowlist.local(element)
    return model.Iterator(
        kind=kind,
        name=clean(element.get("iteratorVariable")),
        source=_inner(element, "in"),
        body=_inner(element, "return" if kind == "for" else "satisfies"),
        place=place(element),
    )


def _table(element: etree._Element) -> model.Table:
    return model.Table(
        policy=element.get("hitPolicy") or "UNIQUE",
        aggregation=element.get("aggregation") or "",
        inputs=tuple(_input(column) for column in children(element, "input")),
        outputs=tuple(_output(column) for column in children(element, "output")),
        annotations=tuple(clean(column.get("name")) for column in children(element, "annotation")),
        rules=tuple(_rule(row, number) for number, row in enumerate(children(element, "rule"), 1)),
        place=place(element),
    )


def _input(element: etree._Element) -> model.Input:
    expression = child(element, "inputExpression")
    shown = element if expression is None else expression
    return model.Input(
        expression=Literal(text(expression), place(shown)),
        type=None if expression is None else expression.get("typeRef"),
        allowed=text(child(element, "inputValues")),
        label=clean(element.get("label")) or text(expression),
        place=place(element),
    )


def _output(element: etree._Element) -> model.Output:
    default = child(element, "defaultOutputEntry")
    return model.Output(
        name=clean(element.get("name")),
        type=element.get("typeRef"),
        allowed=text(child(element, "outputValues")),
        default=None if default is None or not text(default) else _literal(default),
        place=place(element),
    )


def _rule(element: etree._Element, number: int) -> model.Rule:
    description = child(element, "description")
    return model.Rule(
        number=number,
        tests=tuple(text(cell) for cell in children(element, "inputEntry")),
        results=tuple(_literal(cell) for cell in children(element, "outputEntry")),
        annotations=tuple(text(cell) for cell in children(element, "annotationEntry")),
        place=place(element),
        description="" if description is None else clean(description.text),
        descriptions=translations(element, "description"),
    )


_READERS: dict[str, Callable[[etree._Element], Boxed]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "decisionTable": _table,
}
