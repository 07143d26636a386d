"""What the oracle of blocks plays and what is drawn of it: blocks within blocks, and what can happen to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """What is waited for: `message`, `signal`, `timer` (minutes), `error` or `escalation` (a code, or "" for all)."""

    key: str
    kind: str
    what: str | int = ""
    interrupting: bool = True


@dataclass(frozen=True)
class Block:
    """A part of a process.

    `task`, `catch`, `count`, `escalate`, `signal`, `sequence`, `choice`, `fork`, `loop`, `race`, `sub` or `call`;
    `many` and `again`, of which the only part is what is done several times, `turns` times at the most, until `enough`
    are done. A scope (`sub`, `call`, the whole) has a `final`: how its way ends.
    """

    kind: str
    key: str
    parts: tuple[Block, ...] = ()
    borders: tuple[tuple[Event, Block], ...] = ()
    watchers: tuple[tuple[Event, Block], ...] = ()
    events: tuple[Event, ...] = ()
    limit: int = 0
    code: str = ""
    final: tuple[str, str] = ("none", "")
    local: bool = False
    turns: int = 0
    enough: int = 0
    in_turn: bool = False
    before: bool = False

    def __repr__(self) -> str:
        """Only what it has: this is read when the two do not agree."""
        given = {name: value for name, value in vars(self).items() if value not in ((), 0, "", False, ("none", ""))}
        return f"B({', '.join(f'{name}={value!r}' for name, value in given.items())})"
