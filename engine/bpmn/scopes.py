"""The variables of an instance: a tree of scopes, as in the Camunda 8 dialect.

A process, an embedded subprocess and an activity with input mappings have a scope each. Inner scopes see outer ones; a
write goes to the nearest scope that has the name, else to the outermost one in sight. A called process sees only
what its caller maps in. SpiffWorkflow's own way, a copy per token merged at joins, loses the last write
(docs/decisions/0002).
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ROOT = ""

# Given by the case to each of its processes, called ones too; nobody writes them.
CASE_WIDE = frozenset({"case_code"})


@dataclass(slots=True)
class _Scope:
    parent: str | None
    values: dict[str, Any]


@dataclass(slots=True)
class ScopeTree:
    """Scopes by key: `ROOT`, or the id (hex) of the token whose activity opened the scope.

    `changed` says that something was written since somebody who waits for it last looked.
    """

    scopes: dict[str, _Scope] = field(default_factory=dict)
    changed: bool = False

    def open(self, key: str, parent: str | None, values: Mapping[str, Any]) -> None:
        """Open a scope; without a parent it sees nothing outside itself."""
        self.scopes[key] = _Scope(parent, dict(values))

    def close(self, key: str) -> None:
        """Forget a scope and what was local to it."""
        self.scopes.pop(key, None)

    def view(self, key: str) -> Mapping[str, Any]:
        """Give what is visible from a scope, inner names first."""
        return ChainMap(*[scope.values for scope in self._outward(key)])

    def write(self, key: str, name: str, value: object) -> None:
        """Write to the nearest scope that has the name, else to the outermost in sight."""
        chain = self._outward(key)
        holder = next((scope for scope in chain if name in scope.values), chain[-1])
        holder.values[name] = value
        self.changed = True

    def nearest(self, keys: tuple[str, ...]) -> str:
        """Give the first of the keys that names an open scope."""
        return next(key for key in keys if key in self.scopes)

    def dump(self) -> list[list[Any]]:
        """Give the tree as plain lists for the serialiser."""
        return [[key, scope.parent, {**scope.values}] for key, scope in self.scopes.items()]

    @classmethod
    def load(cls, rows: list[list[Any]]) -> "ScopeTree":
        """Rebuild the tree that `dump` gave."""
        return cls({key: _Scope(parent, values) for key, parent, values in rows})

    def _outward(self, key: str | None) -> list[_Scope]:
        chain = []
        while key is not None:
            scope = self.scopes[key]
            chain.append(scope)
            key = scope.parent
        return chain
