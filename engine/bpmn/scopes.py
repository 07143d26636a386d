"""The variables of an instance: a tree of scopes, as in the Camunda 8 dialect.

A process, an embedded subprocess and an activity with input mappings have a scope each. Inner scopes see outer ones; a
write goes to the nearest scope that has the name, else to the outermost one in sight. A called process sees only
what its caller maps in. SpiffWorkflow's own way, a copy per token merged at joins, loses the last write
(docs/decisions/0002).
"""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROOT = ""

# Given by the case to each of its processes, called ones too; nobody writes them.
CASE_WIDE = frozenset({"case_code"})


@dataclass(slots=True)
class _Scope:
    parent: str | None
    values: dict[str, Any]
    completed: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True)
class ScopeTree:
    """Scopes by key: `ROOT`, or the id (hex) of the token whose activity opened the scope.

    A scope keeps what has been completed in it and can be undone (`completed.py`), in the order of completion.
    `changed` says that something was written since somebody who waits for it last looked.
    """

    scopes: dict[str, _Scope] = field(default_factory=dict)
    changed: bool = False

    def open(
        self, key: str, parent: str | None, values: Mapping[str, Any], completed: Iterable[list[Any]] = ()
    ) -> None:
        """Open a scope; without a parent it sees nothing outside itself."""
        self.scopes[key] = _Scope(parent, dict(values), list(completed))

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

    def completed(self, key: str) -> list[list[Any]]:
        """Give what has been completed in a scope and can be undone; the list itself."""
        return self.scopes[key].completed

    def snapshot(self, key: str) -> list[Any]:
        """Give a scope as `dump` does, without its key; nothing that happens later changes it."""
        scope = self.scopes[key]
        return [scope.parent, dict(scope.values), list(scope.completed)]

    def dump(self) -> list[list[Any]]:
        """Give the tree as plain lists for the serialiser."""
        return [
            [key, scope.parent, {**scope.values}, *([[*scope.completed]] if scope.completed else [])]
            for key, scope in self.scopes.items()
        ]

    @classmethod
    def load(cls, rows: list[list[Any]]) -> "ScopeTree":
        """Rebuild the tree that `dump` gave."""
        return cls({key: _Scope(parent, values, *more) for key, parent, values, *more in rows})

    def _outward(self, key: str | None) -> list[_Scope]:
        chain = []
        while key is not None:
            scope = self.scopes[key]
            chain.append(scope)
            key = scope.parent
        return chain
