"""The oracle of blocks, for what is undone and for what is free: compensation, transactions, ad-hoc subprocesses.

A scope keeps what was completed in it and has something that undoes it. To undo takes all of that, and undoes the last
first, each in the scope where it was done, as it was then (BPMN 2.0.2, 13.5.5).
"""

from __future__ import annotations

from tests.engine.bpmn import block_joins
from tests.engine.bpmn.block_game import Done, Region, Scope, Then
from tests.engine.bpmn.blocks import Block


class Play(block_joins.Play):
    """One process being played, with all that a block can be."""

    # --- what has been completed ---

    def _completed(self, block: Block, scope: Scope, then: Then, inner: Scope | None = None) -> None:
        holder = scope.outer if scope.instance and scope.outer is not None else scope
        own = dict(scope.values) if scope.instance else None
        if scope.block.kind == "again" and scope.block.parts[0] is block:
            own = {"loopCounter": scope.values["loopCounter"]}
        if scope.stands_for is None:
            if block.undo is not None:
                holder.done.append(Done(block, holder, own, None))
            elif inner is not None and (inner.block.undoer is not None or inner.done):
                kept = Scope(inner.block, scope, inner.sees, inner.region, inner.ended, dict(inner.values))
                kept.done = list(inner.done)
                holder.done.append(Done(block, holder, own, kept))
        if scope.block.kind == "free" and scope.stands_for is None and not scope.over:
            scope.over = 0 < scope.block.limit <= scope.view()["c"]
            if scope.over and scope.block.in_turn:
                self._withdraw_offered(scope)
        self._passed(block, scope, then)

    def _passed(self, block: Block, scope: Scope, then: Then) -> None:
        """Go on, unless it is in an ad-hoc subprocess in which what is done is enough."""
        if not scope.over or scope.stands_for is not None:
            then()
            return
        scope.left = []
        for part in self.around[block.key]:
            self.inside[scope.content, part] -= 1
        self._way_ends(scope)

    # --- ad-hoc subprocesses ---

    def _free(self, block: Block, scope: Scope, then: Then) -> None:
        inner = self._inner(block, scope, then, sees=scope, values={})
        inner.content = Region(inner.region)
        # People choose among the steps when everything else has been done, each by itself.
        parts = sorted(block.parts, key=_is_step) if block.in_turn else list(block.parts)
        inner.left, inner.ways = parts, 0
        self._watch(inner)
        self._begin_next(inner)

    def _begin_next(self, scope: Scope) -> None:
        alone = scope.block.in_turn and not _is_step(scope.left[0])
        begun, scope.left = (scope.left[:1], scope.left[1:]) if alone else (scope.left, [])
        scope.ways += len(begun)
        for part in begun:
            self._run(part, scope, lambda: self._way_ends(scope))

    def _withdraw_offered(self, scope: Scope) -> None:
        for entry in self.waiting("task"):
            if entry.scope is scope:
                entry.region.dead = True
                scope.ways -= 1
                for part in self.around[entry.key]:
                    self.inside[scope.content, part] -= 1

    def _way_ends(self, scope: Scope) -> None:
        if scope.over:
            at_joins = sum(len(join.ways) for join in self._alive() if join.scope is scope)
            # What waits at a join waits for nothing any more.
            scope.ways = 1 if scope.block.cancels_rest or scope.ways == at_joins + 1 else scope.ways
        if scope.ways == 1 and scope.left:
            scope.ways = 0
            self._begin_next(scope)
        else:
            super()._way_ends(scope)

    # --- what undoes ---

    def _compensate(self, block: Block, scope: Scope, then: Then) -> None:
        undo = self._taken(scope, block.code)
        if block.waits:
            self._undo_all(undo, scope, then)
        else:
            scope.ways += 1
            self._undo_all(undo, scope, lambda: self._way_ends(scope))
            then()

    def _final(self, scope: Scope) -> None:
        kind, code = scope.block.final
        if kind == "compensate":
            self._undo_all(self._taken(scope, code), scope, lambda: self._way_ends(scope))
        elif kind == "cancel":
            scope.content.dead = True
            scope.content, scope.ways, scope.interrupted = Region(scope.region), 1, True
            self._undo_all(self._taken(scope, ""), scope, lambda: self._left_over_its_border(scope))
        else:
            super()._final(scope)

    @staticmethod
    def _left_over_its_border(scope: Scope) -> None:
        event, handler, comes = next(border for border in scope.borders if border[0].kind == "cancel")
        comes(event, handler)

    def _taken(self, scope: Scope, key: str) -> list[Done]:
        """Take what can be undone from a scope; an event subprocess acts for the one around it too."""
        found: list[Done] = []
        at: Scope | None = scope
        while at is not None:
            mine = [done for done in at.done if key in {"", done.block.key}]
            at.done = [done for done in at.done if done not in mine]
            found = mine + found
            at = (at.outer and (at.outer.stands_for or at.outer)) if at.block.triggered else None
        return found

    def _undo_all(self, undo: list[Done], scope: Scope, then: Then) -> None:
        if undo:
            self._undo(undo[-1], scope.content, lambda: self._undo_all(undo[:-1], scope, then))
        else:
            then()

    def _undo(self, done: Done, region: Region, then: Then) -> None:
        """Undo one thing where it was done; it goes as far as who asked for it."""
        where = Scope(done.block, done.holder, done.holder, region, then, content=Region(region))
        where.stands_for, where.order = done.holder, done.holder.order
        where.values, where.instance = dict(done.own or {}), done.holder.block.kind == "many"
        if done.block.undo is not None:
            self._run(done.block.undo, where, then)
        elif done.inner is not None:
            self._undo_inside(done.inner, where, then)

    def _undo_inside(self, kept: Scope, where: Scope, then: Then) -> None:
        sees = None if kept.sees is None else where
        inner = Scope(kept.block, where, sees, Region(where.content), then, dict(kept.values), interrupted=True)
        self.scopes += 1
        inner.order, inner.content, inner.ways = self.scopes, Region(inner.region), 1
        inner.done = [Done(done.block, inner, done.own, done.inner) for done in kept.done]

        def over() -> None:
            inner.region.dead = True
            then()

        inner.ended = over
        if kept.block.undoer is not None:
            self._open(kept.block.undoer, inner, lambda: self._way_ends(inner), sees=inner, values={})
        else:
            undo, inner.done = inner.done, []
            self._undo_all(undo, inner, lambda: self._way_ends(inner))

    def _transaction(self, block: Block, scope: Scope, then: Then) -> None:
        self._sub(block, scope, then)


def _is_step(part: Block) -> bool:
    """Say whether a part begins with a step that a person takes."""
    return _is_step(part.parts[0]) if part.kind == "sequence" else part.kind == "task"
