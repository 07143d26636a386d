"""To whom the database shows the rows of cases, whatever a query asks for: the second wall, behind `access`.

Each transaction says in its first statement for whom it reads and writes (`db.transaction`); row-level security keeps
everything else from it. Who says nothing is shown nothing. A process that works for nobody in particular (worker,
command line) says so once by `assume`; the web says it anew for each request.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from contextvars import ContextVar, Token
from dataclasses import dataclass
from uuid import UUID


class Reach(enum.StrEnum):
    """How far somebody sees: nowhere, into her agencies' cases, into all of her network's, into everything."""

    NOTHING = "nothing"
    OWN = "own"
    NETWORK = "network"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Sight:
    """For whom a transaction acts.

    `agencies`: those for which she works on cases; `member_of`: those that she belongs to in whatever role.
    """

    reach: Reach
    network_id: UUID | None = None
    person: UUID | None = None
    agencies: Collection[UUID] = ()
    member_of: Collection[UUID] = ()

    @property
    def settings(self) -> dict[str, str]:
        """What the policies read, by the name of the setting."""
        return {
            "reach": self.reach.value,
            "network": _text(self.network_id),
            "person": _text(self.person),
            "agencies": _array(self.agencies),
            "member_of": _array(self.member_of),
        }


NOTHING, EVERYTHING = Sight(Reach.NOTHING), Sight(Reach.EVERYTHING)

_assumed = [NOTHING]
_given: ContextVar[Sight | None] = ContextVar("_given", default=None)


def assume(sight: Sight) -> None:
    """Let this process see so much wherever nothing else is given; to be said once, when it starts."""
    _assumed[0] = sight


def give(sight: Sight) -> Token[Sight | None]:
    """Let what follows in this context see so much; the token takes it back by `take_back`."""
    return _given.set(sight)


def take_back(token: Token[Sight | None]) -> None:
    """End what was given."""
    _given.reset(token)


def current() -> Sight:
    """Return what the next transaction of this context sees."""
    return _given.get() or _assumed[0]


def _text(one: UUID | None) -> str:
    return "" if one is None else str(one)


def _array(several: Collection[UUID]) -> str:
    return "{" + ",".join(sorted(map(str, several))) + "}"
