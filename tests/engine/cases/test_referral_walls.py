"""What two do at once with a referral, who gets at it and who does not, and what a restore brings back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine import clock, db, errors, sight
from engine.cases import confidential, erasure, exclusions, received, referrals
from engine.cases.models import Case
from engine.cases.referral_models import ReceivedReferral, Referral, ReferralState
from engine.crypto import Sealed
from engine.participants import sights
from engine.participants.models import Exclusion, Membership, Role
from tests.engine.cases.conftest import START, after
from tests.engine.cases.referring import Far, gone, new_case, told
from tests.engine.cases.test_concurrency import at_once


@pytest.mark.parametrize(
    ("where", "who", "sees"),
    [
        ("here", "operatrice.cav", (1, 0)),
        ("here", "estranea", (0, 0)),
        ("there", "operatrice", (0, 1)),
        ("there", "amministratore", (0, 0)),
    ],
)
def test_the_database_shows_each_network_its_own_end(far: Far, where: str, who: str, sees: tuple[int, int]) -> None:
    far.referred()
    actor = (far.people if where == "there" else far.world.people)[who]
    token = sight.give(sights.of(actor))
    try:
        with clock.frozen(after(minutes=1)), db.transaction() as session:
            shown = tuple(session.scalar(select(func.count(kind.id))) for kind in (Referral, ReceivedReferral))
    finally:
        sight.take_back(token)
    assert shown == sees


@pytest.mark.parametrize("by", ["operatrice.cav", "coordinatrice", "estranea"])
def test_nobody_of_the_senders_network_answers(far: Far, by: str) -> None:
    _case, row = far.referred()
    actor = far.world.people[by]
    for verb, options in ((received.accept, {}), (received.show, {}), (received.decline, {"reason": "no"})):
        with far.world.at(START) as session, pytest.raises(errors.NotFound):
            verb(session, actor, row.id, **options)
    with far.world.at(START) as session, pytest.raises(errors.NotFound):
        referrals.ask_back(session, far.people["operatrice"], row.id)


def test_whom_the_case_keeps_out_is_neither_told_nor_asked_there_either(far: Far) -> None:
    case = far.world.open_case()
    far.agrees(case)
    keeper, outside = far.world.people["operatrice.cav"], far.people["collega"]
    with far.world.at(START) as session:
        here = Membership(
            network_id=far.world.network_id,
            user_id=outside.user_id,
            agency_id=far.world.agencies["estraneo"],
            role=Role.OPERATRICE,
        )
        session.add(here)
        session.flush()
        exclusions.put(session, keeper, case.id, exclusions.Subject(user_id=outside.user_id), reason="lo conosce")
    row = far.send(case)
    assert outside.user_id not in told(far, "referral_received")
    with far.world.at(START) as session:
        assert received.listing(session, outside) == ()
    with far.world.at(START) as session, pytest.raises(errors.NotFound):
        received.accept(session, outside, row.id)
    far.accept(row)
    (kept,) = far.world.rows(Exclusion, Exclusion.case_id == new_case(far, row))
    assert kept.user_id == outside.user_id


def test_two_who_accept_at_once_begin_one_case(far: Far) -> None:
    _case, row = far.referred()
    acts = [
        lambda session, actor=far.people[name]: received.accept(session, actor, row.id)
        for name in ("operatrice", "collega")
    ]
    assert sorted(at_once(acts, [after(minutes=5)] * 2)) == ["Conflict", "done"]
    assert len(far.world.rows(Case, Case.network_id == far.network_id)) == 1


def test_accepting_and_asking_back_at_once_has_one_outcome(far: Far) -> None:
    person, worker = far.world.people["operatrice.cav"], far.people["operatrice"]
    for _round in range(4):
        _case, row = far.referred()
        acts = [
            lambda session, row=row: received.accept(session, worker, row.id),
            lambda session, row=row: referrals.ask_back(session, person, row.id),
        ]
        assert sorted(at_once(acts, [after(minutes=5)] * 2)) == ["Conflict", "done"]
        here, there = far.ends(row)
        assert here.state is there.state
        assert (there.new_case_id is not None) == (here.state is ReferralState.ACCEPTED)
        assert gone(far, row)


def test_a_package_brought_back_by_a_restore_is_destroyed_again_and_begins_nothing(far: Far) -> None:
    _case, row = far.referred()
    with far.world.at(START) as session:
        erasure.destroy(session, row.case_id, row.id)  # what replaying a tombstone does
    with pytest.raises(errors.Conflict, match="referral_over"):
        far.accept(row)


def test_the_package_opens_only_as_this_referral(far: Far) -> None:
    _case, row = far.referred()
    _other_case, other = far.referred()
    _here, there = far.ends(row)
    with far.world.at(START) as session, pytest.raises(errors.SealBroken):
        confidential.open_package(session, other, Sealed(there.key_version, there.sealed))
    assert b"posto" not in there.sealed
