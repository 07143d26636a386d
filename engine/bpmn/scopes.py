"""The variables of an instance: a tree of scopes, as in the Camunda 8 dialect.

A process, an embedded subprocess and an activity with input mappings have a scope each; an activity that is done
several times has one for all instances, and each instance one in it. Inner scopes see outer ones; a write goes to the
nearest scope that has the name, else to the outermost one in sight, and out of an instance no new name goes. A called
process sees only what its caller maps in. SpiffWorkflow's own way, a copy per token merged at joins, loses the last
write (docs/decisions/0002).
"""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ROOT = ""

# Given by the case to each of its processes, called ones too; nobody writes them.
CASE_WIDE = frozenset({"case_code"})

# What is known of the instances of an activity that is done several times (BPMN 2.0.2, tables 10.28 and 10.30).
LOOP_COUNTER = "loopCounter"
INSTANCE_COUNTERS = (
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
)

# Names that no form, no mapping and no result may have.
RESERVED = CASE_WIDE | {LOOP_COUNTER, *INSTANCE_COUNTERS}


@dataclass(slots=True)
class _Scope:
    parent: str | None
    values: dict[str, Any]
    completed: list[list[Any]] = field(default_factory=list)


@dataclass(slots=True)
class ScopeTree:
    """Scopes by key: `ROOT`, or the id (hex) of the token whose activity opened the scope.

    The key of an instance is that of its activity, a dot or a colon, and its number.
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

    def open_instance(self, key: str, number: int, values: Mapping[str, Any], *, apart: bool) -> str:
        """Open the scope of one of the instances of an activity that has a scope; give its key.

        Where the instances stand `apart`, no new name goes out of one.
        """
        own = f"{key}{'.' if apart else ':'}{number}"
        self.open(own, key, values)
        return own

    def close(self, key: str) -> None:
        """Forget a scope and what was local to it."""
        self.scopes.pop(key, None)

    def view(self, key: str) -> Mapping[str, Any]:
        """Give what is visible from a scope, inner names first."""
        return ChainMap(*[self.scopes[found].values for found in self._outward(key)])

    def write(self, key: str, name: str, value: object, *, given: bool = False) -> None:
        """Write to the nearest scope that has the name, else to the instance's, else to the outermost in sight.

        What is `given` from outside, an answer or a message, is the instance's own whoever else has the name.
        """
        keys = list(self._outward(key))
        instance = next((number for number, found in enumerate(keys) if "." in found), len(keys) - 1)
        reached = keys[: instance + 1] if given else keys
        holder = next((found for found in reached if name in self.scopes[found].values), keys[instance])
        self.scopes[holder].values[name] = value
        self.changed = True

    def own(self, key: str) -> Mapping[str, Any]:
        """Give what a scope itself holds; nothing when it is not open."""
        return self.scopes[key].values if key in self.scopes else {}

    def declare(self, key: str, values: Mapping[str, Any]) -> None:
        """Give the scope itself these values, whoever else has the names."""
        self.scopes[key].values.update(values)
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

    def _outward(self, key: str | None) -> Iterator[str]:
        while key is not None:
            yield key
            key = self.scopes[key].parent
