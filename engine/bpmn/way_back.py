"""The way back from a completed user task: what its completion changed, and how that is undone.

A completion is kept as the difference that it made to the stored form: the tokens that it used up, those that it put in
their place, the variables that it wrote. Going back exchanges the one for the other, so that it is right for whatever
has a token, in loops, joins, subprocesses and calls alike. It is possible while all that has come of the completion
stands as it left it; what happened meanwhile elsewhere in the instance stays. Instants stay what they were: a task that
is open again is due when it was due before.

All of it works on the plain form of an instance (`state.plain`), and on nothing of the specification.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from typing import Any
from uuid import UUID

from engine import errors, packing

KEPT = 10
"""Completions of an instance that are remembered, the latest ones: its stored form must not grow with what was done."""


class NoWayBack(errors.Conflict):
    """A completed task cannot be opened again; `element` is what stands in the way, if one thing does."""

    def __init__(self, code: str, element: str | None = None) -> None:
        self.element = element
        super().__init__(code, element=element)


@dataclass(frozen=True, slots=True)
class _Form:
    """The plain form by ids: tokens (host of their scope, node, state, data), scopes (parent, values, what more).

    `hosts` are the activities with a subprocess, also one in which no token is left.
    """

    completed: bool
    hosts: set[str]
    tokens: dict[str, list[Any]]
    scopes: dict[str, list[Any]]
    further: list[Any]

    @classmethod
    def of(cls, plain: list[Any]) -> "_Form":
        completed, tokens, inner, scopes, _remembered, *further = plain
        placed = [("", tokens), *inner]
        return cls(
            completed,
            {host for host, _held in inner},
            {key: [host, *rest] for host, held in placed for key, *rest in held},
            {key: rest for key, *rest in scopes},
            further,
        )

    def digest(self) -> str:
        return sha256(packing.dumps([self.tokens, self.scopes, self.further])).hexdigest()


@dataclass(slots=True)
class WayBack:
    """What the completion of a task changed. `lost` says why there is no way back any more, and through which element.

    `added`: the tokens that it brought, with their nodes; `gone`: those that it used up, each with the one that came
    after it; `altered`: those that it changed, before and after; `opened` and `closed`: scopes that began and ended
    with these; `written`: scope, name, the value before and after, as lists that are empty where there was none;
    `kept`: scopes, what more they keep before and after; `further`: other parts of the form, before and after. `alone`
    is a digest of all that the completion left, where nothing whatever may have happened since.
    """

    task: str
    lost: list[str | None] | None = None
    added: dict[str, str] = field(default_factory=dict)
    gone: list[list[Any]] = field(default_factory=list)
    altered: list[list[Any]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    closed: list[list[Any]] = field(default_factory=list)
    written: list[list[Any]] = field(default_factory=list)
    kept: list[list[Any]] = field(default_factory=list)
    further: list[list[Any]] = field(default_factory=list)
    alone: str | None = None

    def dump(self) -> list[Any]:
        """Give it as a plain list for the serialiser; nothing is left of one that is lost but why."""
        return [self.task, self.lost] if self.lost else [getattr(self, each.name) for each in fields(self)]

    def require(self) -> None:
        """Raise NoWayBack if it is lost."""
        if self.lost is not None:
            raise NoWayBack(*self.lost)  # type: ignore[arg-type] # the first of the two is the code


def between(task: UUID, before: list[Any], after: list[Any], *, alone: bool) -> WayBack:
    """Compare the plain forms before and after a task was completed; `alone` as in `WayBack`."""
    old, new = _Form.of(before), _Form.of(after)
    stayed = [key for key in old.tokens if key in new.tokens]
    opened = (new.scopes.keys() | new.hosts) - old.scopes.keys() - old.hosts
    brought = new.tokens.keys() - old.tokens.keys()
    return WayBack(
        task.hex,
        added={key: token[1] for key, token in new.tokens.items() if key not in old.tokens},
        gone=_gone(old, new),
        altered=[[key, old.tokens[key], new.tokens[key]] for key in stayed if old.tokens[key] != new.tokens[key]],
        kept=[
            [key, scope[2:], new.scopes[key][2:]]
            for key, scope in old.scopes.items()
            if key in new.scopes and scope[2:] != new.scopes[key][2:]
        ],
        opened=sorted(opened - brought),
        closed=[[key, *scope] for key, scope in old.scopes.items() if key not in new.scopes],
        written=_written(old, new),
        further=[] if old.further == new.further else [old.further, new.further],
        alone=new.digest() if alone else None,
    )


def find(remembered: Iterable[WayBack], task: UUID) -> WayBack:
    """Give the way back from a task. Raises NoWayBack when there is none (any more)."""
    found = next((way for way in remembered if way.task == task.hex), None)
    if found is None:
        raise NoWayBack("not_remembered")
    found.require()
    return found


def keep(remembered: Iterable[WayBack], plain: list[Any]) -> list[WayBack]:
    """Give those that are worth storing: of a completion that was built upon, only that it was."""
    alive = {key for _host, held in [("", plain[1]), *plain[2]] for key, *_rest in held}
    found = []
    for way in [*remembered][-KEPT:]:
        missing = next((node for key, node in way.added.items() if key not in alive), None)
        found.append(way if missing is None else WayBack(way.task, ["gone_on", missing]))
    return found


def undo(plain: list[Any], way: WayBack) -> list[Any]:
    """Give the plain form as if the task had not been completed, and all else as it is. Raises NoWayBack."""
    form = _Form.of(plain)
    _require_untouched(form, way)
    tokens = {key: token for key, token in form.tokens.items() if key not in way.added}
    tokens |= {key: before for key, before, _after in way.altered}
    for key, follower, *token in reversed(way.gone):
        tokens = _inserted(tokens, key, token, follower)
    ended = way.added.keys() | set(way.opened)
    scopes = {key: [parent, dict(values), *more] for key, (parent, values, *more) in _scopes(form, way, ended)}
    for key, name, before, _after in way.written:
        scopes[key][1].pop(name, None)
        if before:
            scopes[key][1][name] = before[0]
    for key, before, _after in way.kept:
        scopes[key][2:] = before
    further = way.further[0] if way.further else form.further
    remembered = [kept for kept in plain[4] if kept.task != way.task]
    at_top, inside = _by_scope(tokens, form.hosts - ended)
    return [form.completed, at_top, inside, [[key, *scope] for key, scope in scopes.items()], remembered, *further]


def _scopes(form: _Form, way: WayBack, ended: Collection[str]) -> Iterator[tuple[str, list[Any]]]:
    yield from ((key, scope) for key, scope in form.scopes.items() if key not in ended)
    yield from ((key, scope) for key, *scope in way.closed)


def _gone(old: _Form, new: _Form) -> list[list[Any]]:
    """List what was used up, oldest first: its id, the token that came after it, and what it was."""
    following = [*list(old.tokens)[1:], ""]
    return [
        [key, follower, *token]
        for (key, token), follower in zip(old.tokens.items(), following, strict=True)
        if key not in new.tokens
    ]


def _written(old: _Form, new: _Form) -> list[list[Any]]:
    found = []
    for key, (_parent, before, *_more) in old.scopes.items():
        after: Mapping[str, Any] = new.scopes[key][1] if key in new.scopes else before
        for name in {**before, **after} if before != after else ():
            both = [[values[name]] if name in values else [] for values in (before, after)]
            if both[0] != both[1]:
                found.append([key, name, *both])
    return found


def _require_untouched(form: _Form, way: WayBack) -> None:
    if form.completed:
        raise NoWayBack("instance_ended")
    for key, node in way.added.items():
        if key not in form.tokens:
            raise NoWayBack("gone_on", node)
    for key, _before, after in way.altered:
        if form.tokens.get(key) != after:
            raise NoWayBack("gone_on", after[1])
    held = form.tokens.keys() | {key for key, *_rest in way.gone} | {""}
    for _key, _follower, host, node, *_rest in way.gone:
        if host not in held:
            raise NoWayBack("scope_ended", node)
    if any(_value(form, key, name) != after for key, name, _before, after in way.written):
        raise NoWayBack("written_since")
    elsewhere = [form.scopes[key][2:] != after for key, _before, after in way.kept if key in form.scopes]
    elsewhere.append(bool(way.further) and form.further != way.further[1])
    if any(elsewhere) or (way.alone is not None and way.alone != form.digest()):
        raise NoWayBack("others_went_on")


def _value(form: _Form, key: str, name: str) -> list[Any]:
    values = form.scopes[key][1] if key in form.scopes else {}
    return [values[name]] if name in values else []


def _inserted(tokens: dict[str, list[Any]], key: str, token: list[Any], follower: str) -> dict[str, list[Any]]:
    """Put a token back at its age: before the one that came after it; else it is the youngest, or older than all."""
    if follower not in tokens:
        return {**tokens, key: token} if not follower else {key: token, **tokens}
    result: dict[str, list[Any]] = {}
    for other, held in tokens.items():
        if other == follower:
            result[key] = token
        result[other] = held
    return result


def _by_scope(tokens: dict[str, list[Any]], hosts: set[str]) -> tuple[list[Any], list[Any]]:
    """Give the tokens of the top, and those of each subprocess under its host, outer ones first."""
    held: dict[str, list[Any]] = {}
    for key, (host, *rest) in tokens.items():
        held.setdefault(host, []).append([key, *rest])
    ordered, frontier = [], [key for key, *_rest in held.get("", [])]
    while frontier:
        host = frontier.pop(0)
        if host in held or host in hosts:
            inside = held.get(host, [])
            ordered.append([host, inside])
            frontier += [key for key, *_rest in inside]
    return held.get("", []), ordered
