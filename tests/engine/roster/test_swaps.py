"""A shift changes hands when the colleague accepts, and not before."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from engine.errors import Conflict, InvalidValue, NotFound
from engine.notifications.models import Notice
from engine.roster import coverage, planning, swaps
from engine.roster.models import Shift
from tests.engine.roster.conftest import NOON, World, rome

HERS = ("2026-03-02 18:00", "2026-03-03 08:00")
OTHERS = ("2026-03-03 18:00", "2026-03-04 08:00")


def ask(world: World, shift: Shift, by: str = "prima", **said: UUID | None) -> UUID:
    with world.at() as session:
        return swaps.ask(session, world.people[by], shift.id, **{"to": None, **said}).id


def answer(world: World, swap_id: UUID, by: str = "seconda", *, accept: bool = True) -> None:
    with world.at() as session:
        swaps.answer(session, world.people[by], swap_id, accept=accept)


def who(world: World) -> list[list[str]]:
    names = {actor.user_id: name for name, actor in world.people.items()}
    with world.at() as session:
        query = select(Shift).where(Shift.withdrawn_at.is_(None)).order_by(Shift.starts_at)
        return [[names[person] for person in coverage.people(shift)] for shift in session.scalars(query)]


def test_she_takes_the_shift_when_she_accepts_and_who_asked_is_told(world: World) -> None:
    shift = world.shift(world.roster(), *HERS, second=world.who("terza"), capabilities=("auto",))
    swap = ask(world, shift, to=world.who("seconda"))
    assert who(world) == [["prima", "terza"]]
    with pytest.raises(NotFound):
        answer(world, swap, "terza")
    answer(world, swap)
    assert who(world) == [["seconda", "terza"]]
    with world.at() as session:
        told = {(row.kind, row.user_id) for row in session.scalars(select(Notice))}
        assert told == {("shift_swap_asked", world.who("seconda")), ("shift_swap_accepted", world.who("prima"))}
        (now,) = session.scalars(select(Shift).where(Shift.withdrawn_at.is_(None)))
        assert (now.capabilities, now.published_at) == (["auto"], NOON.astimezone(now.published_at.tzinfo))
    with pytest.raises(NotFound):
        answer(world, swap)


def test_for_one_of_hers_both_change_and_declined_none_does(world: World) -> None:
    roster = world.roster()
    mine, hers = world.shift(roster, *HERS), world.shift(roster, *OTHERS, "seconda")
    answer(world, ask(world, mine, in_return=hers.id), accept=False)
    assert who(world) == [["prima"], ["seconda"]]
    answer(world, ask(world, mine, in_return=hers.id))
    assert who(world) == [["seconda"], ["prima"]]


def test_what_is_not_hers_has_begun_or_changed_is_not_swapped(world: World) -> None:
    roster = world.roster()
    shift, hers = world.shift(roster, *HERS), world.shift(roster, *OTHERS, "seconda")
    with pytest.raises(Conflict, match="shift_not_yours"):
        ask(world, shift, "terza", to=world.who("seconda"))
    with pytest.raises(NotFound):
        ask(world, shift, "assistente", to=world.who("seconda"))
    for said in ({"to": world.who("assistente")}, {"to": world.who("prima")}, {}):
        with pytest.raises(InvalidValue):
            ask(world, shift, **said)
    with world.at(rome(HERS[0])) as session, pytest.raises(Conflict, match="shift_has_begun"):
        swaps.ask(session, world.people["prima"], shift.id, to=world.who("seconda"))
    swap = ask(world, shift, in_return=hers.id)
    with pytest.raises(Conflict, match="swap_asked_already"):
        ask(world, shift, to=world.who("terza"))
    with world.at() as session:
        planning.withdraw(session, world.people["responsabile"], hers.id)
    with pytest.raises(Conflict, match="shift_changed"):
        answer(world, swap)
    # Nothing of it was done.
    assert who(world) == [["prima"]]
    with world.at(rome(HERS[0]) + timedelta(minutes=1)) as session, pytest.raises(Conflict, match="shift_has_begun"):
        swaps.answer(session, world.people["seconda"], swap, accept=True)
