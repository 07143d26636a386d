"""Reads types, as they stand behind `instance of` and the colon of a parameter."""

from feel import names, syntax
from feel.cursor import Cursor

_LONG_NAMES = names.index(
    frozenset(
        {"date and time", "days and time duration", "years and months duration", "date time", "day time duration"}
    )
)


def parse(cursor: Cursor) -> syntax.Type:
    """Read a type such as `list<number>` or `context<name: string>`; raises FeelSyntaxError, FeelLimitError."""
    cursor.descend()
    if cursor.kind != "name":
        cursor.refuse(f"expected a type, found {cursor.described()}")
    offset = cursor.tokens[cursor.at][2]
    found = max(
        names.longest(_LONG_NAMES, cursor.tokens, cursor.at),
        names.longest(cursor.types, cursor.tokens, cursor.at),
        key=lambda candidate: candidate[0] if candidate else 0,
    )
    name = cursor.run(found[0] if found else names.unknown(cursor.tokens, cursor.at))
    while cursor.word == "." and cursor.tokens[cursor.at + 1][0] == "name":
        cursor.at += 1
        name = f"{name}.{cursor.run(names.unknown(cursor.tokens, cursor.at))}"
    described = _described(cursor, name, offset) if cursor.accept("<") else syntax.Type(name, offset)
    cursor.depth -= 1
    return described


def _described(cursor: Cursor, name: str, offset: int) -> syntax.Type:
    fields: list[str] = []
    arguments: list[syntax.Type] = []
    while cursor.word != ">":
        if name == "context":
            fields.append(cursor.declared_name(":"))
            cursor.at += 1
        arguments.append(parse(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(">", "to close the type")
    if name == "function":
        cursor.expect("->", "before the type of the result")
        arguments.append(parse(cursor))
    return syntax.Type(name, offset, tuple(arguments), tuple(fields))
