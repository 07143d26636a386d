"""What the oracle of blocks plays and what is drawn of it: blocks within blocks, and what can happen to them."""

from __future__ import annotations

from dataclasses import dataclass

CODES = ("UNO", "DUE")
SIGNALS = ("SIG1", "SIG2")


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
    are done. A scope (`sub`, `call`, `transaction`, the whole) has a `final`: how its way ends. `some` is a fork that
    goes on when `enough` of its parts are done (or when c reaches `limit`), `free` an ad-hoc subprocess until c reaches
    it. `compensate` undoes the activity `code`, or all. What undoes a block is `undo`, on its border, or `undoer`, an
    event subprocess in it.
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
    undo: Block | None = None
    undoer: Block | None = None
    triggered: bool = False
    waits: bool = True
    cancels_rest: bool = True

    def __repr__(self) -> str:
        """Only what it has: this is read when the two do not agree."""
        plain = Block("", "")
        given = {name: value for name, value in vars(self).items() if value != getattr(plain, name)}
        return f"B({', '.join(f'{name}={value!r}' for name, value in given.items())})"
