"""What the program around an expression adds to the language."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from feel import library, syntax
from feel.kinds import Matcher
from feel.signatures import HostFunctions

HostTypes: TypeAlias = Mapping[str, Matcher]


class Host:
    """Functions, fields and types; equal to another one with the very same, so that compiled expressions are shared.

    `functions` are called with positional values, or named ones if their parameters are called so (with underscores
    for blanks); those described by their signatures behave as the language's own. `fields` are names that may stand
    behind a dot or in a filter and are no single word (`risk level`, `a-b`). `types` are tests by name, for `instance
    of` and parameters: of a value that is not null, at the expense of the evaluation's allowance.
    """

    __slots__ = ("_hash", "_key", "_names", "_types", "fields", "functions", "types")

    def __init__(
        self, functions: HostFunctions | None = None, fields: Iterable[str] = (), types: HostTypes | None = None
    ) -> None:
        self.functions = dict(functions or {})
        self.types = dict(types or {})
        self.fields = frozenset(fields)
        self._names = library.NAMES.union(self.functions)
        self._types = frozenset(self.types)
        named = (*self.functions.items(), *self.types.items())
        self._key = self.fields, frozenset((name, id(found)) for name, found in named)
        self._hash = hash(self._key)

    def known(self, names: frozenset[str]) -> syntax.Known:
        """Return all names that decide how a text is read."""
        return syntax.Known(names, self._names, self.fields, self._types)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Host) and self._key == other._key)
