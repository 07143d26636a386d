"""The oracle of blocks, where ways part and meet: forks with parallel and with complex joins (BPMN 2.0.2, 13.4).

A way waits at a join as a token. A complex join goes on when its condition says so, with one token of each flow that
has one. Then it waits to be reset: until of the other flows each has a token too, or no token is left that could still
come over it; these it takes, and nothing goes on. What it does not take counts for the next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.engine.bpmn import block_game as game
from tests.engine.bpmn.block_game import Entry, Region, Scope, Then
from tests.engine.bpmn.blocks import Block

Part = tuple[str, int]


@dataclass(eq=False)
class Token:
    """A way that waits at a join, having come over a flow; -1 is the join's own wait for its reset."""

    flow: int
    stuck: Entry | None = None


@dataclass(eq=False)
class Join:
    """A join in one region: who waits at it, what it began with if it has to be reset, how to go on."""

    block: Block
    scope: Scope
    region: Region
    then: Then
    tokens: list[Token] = field(default_factory=list)
    began_with: set[int] | None = None

    @property
    def ways(self) -> list[Token]:
        return [token for token in self.tokens if token.flow >= 0]


class Play(game.Play):
    """One process being played, with its joins."""

    def __init__(self, whole: Block, *given: object, **more: object) -> None:
        self.joins: dict[tuple[Region, str], Join] = {}
        # In which parts of which forks a block is, and how many tokens are in each part.
        self.around: dict[str, tuple[Part, ...]] = {}
        self.inside: Counter[tuple[Region, Part]] = Counter()
        self._note_parts(whole, ())
        super().__init__(whole, *given, **more)  # type: ignore[arg-type]
        self._settle()

    def come(self, *given: object, **values: object) -> None:
        super().come(*given, **values)  # type: ignore[arg-type]
        self._settle()

    def fire(self) -> None:
        super().fire()
        self._settle()

    def hear(self, name: str) -> int:
        """Let a signal come from outside."""
        heard = self.signal(name)
        self._settle()
        return heard

    # --- where a block is ---

    def _note_parts(self, block: Block, around: tuple[Part, ...]) -> None:
        # What is done several times has the same key as one time of it.
        self.around.setdefault(block.key, around)
        apart = block.kind in {"sub", "call", "transaction", "free", "many", "again"}
        for number, part in enumerate(block.parts):
            within = (*around, (block.key, number)) if block.kind in {"fork", "some"} else around
            self._note_parts(part, () if apart else within)
        for event, handler in block.borders:
            self._note_parts(handler, around if event.interrupting else ())
        beside = [*(handler for _event, handler in block.watchers), block.undo, block.undoer]
        for handler in [one for one in beside if one is not None]:
            self._note_parts(handler, ())

    def _more(self, block: Block, scope: Scope, count: int) -> None:
        """Take note that there are so many tokens more, or less, at a block."""
        scope.ways += count
        for part in self.around[block.key]:
            self.inside[scope.content, part] += count

    # --- forks and joins ---

    def _fork(self, block: Block, scope: Scope, then: Then) -> None:
        here = scope.content
        join = self.joins.setdefault((here, block.key), Join(block, scope, here, then))
        self._more(block, scope, len(block.parts) - 1)
        for number in range(len(block.parts)):
            self.inside[here, (block.key, number)] += 1
        for number, part in enumerate(block.parts):
            self._run(part, scope, lambda number=number: self._arrive(join, number))  # type: ignore[misc]

    _some = _fork

    def _arrive(self, join: Join, flow: int) -> None:
        self.inside[join.region, (join.block.key, flow)] -= 1
        token = Token(flow)
        join.tokens.append(token)
        if join.began_with is None:
            self._begin(join, token)

    def _begin(self, join: Join, token: Token) -> None:
        """Go on if that is to be now that this token is there."""
        block, filled = join.block, {each.flow: each for each in reversed(join.ways)} | {token.flow: token}
        enough = block.enough if block.kind == "some" else len(block.parts)
        urged = block.kind == "some" and 0 < block.limit <= join.scope.view()["c"]
        if len(filled) < enough and not urged:
            return
        for each in filled.values():
            self._take(join, each)
        if block.kind == "some" and len(filled) < len(block.parts):
            join.began_with = set(filled)
            join.tokens.append(Token(-1))
        elif join.ways:
            self._begin(join, join.ways[0])
        self._more(block, join.scope, 1 - len(filled))
        join.then()

    def _take(self, join: Join, token: Token) -> None:
        join.tokens.remove(token)
        if token.stuck is not None and token.stuck in self.entries:
            self.entries.remove(token.stuck)

    # --- when nothing else moves ---

    def _settle(self) -> None:
        while any(self._reset(join) for join in self._alive()):
            pass
        for scope in {join.scope for join in self._alive()}:
            joins = [join for join in self._alive() if join.scope is scope]
            if scope.ways == sum(len(join.ways) for join in joins):
                for token in [join.tokens[0] for join in joins if join.tokens]:
                    self._note_stuck(token, scope)

    def _alive(self) -> Iterator[Join]:
        for join in list(self.joins.values()):
            if join.region.alive and not self.completed:
                yield join

    def _reset(self, join: Join) -> bool:
        if join.began_with is None:
            return False
        late = {token.flow: token for token in reversed(join.ways) if token.flow not in join.began_with}
        missing = set(range(len(join.block.parts))) - join.began_with - late.keys()
        if any(self.inside[join.region, (join.block.key, flow)] for flow in missing):
            return False
        join.began_with = None
        for token in [*late.values(), next(token for token in join.tokens if token.flow < 0)]:
            self._take(join, token)
        if join.ways:
            self._begin(join, join.ways[0])
        if late:
            self._more(join.block, join.scope, -len(late))
            join.scope.ways += 1
            self._way_ends(join.scope)
        return True

    def _note_stuck(self, token: Token, scope: Scope) -> None:
        if token.stuck is None:
            token.stuck = Entry("stuck", "join_never_completed", scope, scope.content, lambda _values: None)
            self.entries.append(token.stuck)
