"""One asks, another decides, the keys are gone: what a body kept of a case can never be read again, others' can."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from engine import crypto, errors
from engine.audit import AuditEntry
from engine.cases import case_page, corrections, erasure, lifecycle, openings, retention, submission_page, tasks
from engine.cases.erasure_models import Erasure, ErasureState, LegalHold
from engine.cases.models import Case, FormSubmission
from engine.crypto import CaseKey
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Role
from tests.engine.cases.conftest import PASSWORD, START, World, after, moment

LATER = after(days=30)


@pytest.fixture
def case(world: World) -> Case:
    case = world.open_case()
    world.do(after(minutes=1), case, "accetta_invio", {"esito_invio": "accetta", "nota": "CÀNARY"})
    task_id = world.claim(after(minutes=2), case, "fissa_colloquio")
    with world.at(after(minutes=3)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"contatto_altro": "CÀNARY"})
    return case


@pytest.fixture
def ended(world: World, case: Case) -> Case:
    with world.at(after(minutes=5)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="CÀNARY")
    return case


@pytest.fixture
def second(world: World) -> Actor:
    """Another lead of the centre: nobody decides what she has asked for herself."""
    cav = world.agencies["cav"]
    with world.at(START) as session:
        person = directory.create_user(session, username="vice.cav", display_name="vice", password=PASSWORD)
        directory.create_membership(
            session, network_id=world.network_id, user_id=person.id, agency_id=cav, role=Role.RESPONSABILE
        )
        person_id = person.id
    return Actor(person_id, world.network_id, ((cav, Role.RESPONSABILE),), "vice")


def ask(world: World, case: Case, *, by: str = "responsabile.cav", controller: UUID | None = None) -> UUID:
    with world.at(LATER) as session:
        actor = world.people[by]
        return erasure.ask(session, actor, case.id, controller or world.agencies["cav"], "richiesta").id


def erase(world: World, case: Case, second: Actor) -> UUID:
    erasure_id = ask(world, case)
    with world.at(LATER) as session:
        erasure.decide(session, second, case.id, erasure_id, approve=True)
    return erasure_id


def answer_of(world: World) -> FormSubmission:
    (row,) = world.rows(FormSubmission, FormSubmission.task_id.is_not(None))
    return row


def test_two_people_erase_and_nothing_of_it_opens_any_more(world: World, ended: Case, second: Actor) -> None:
    erase(world, ended, second)
    cav = world.agencies["cav"]
    keys = world.rows(CaseKey, CaseKey.case_id == ended.id, CaseKey.controller_id == cav)
    assert keys
    assert all(row.wrapped == b"" and row.destroyed_at is not None for row in keys)
    (row,) = world.rows(Erasure)
    assert (row.state, row.asked_by_id) == (ErasureState.DONE, world.people["responsabile.cav"].user_id)
    with world.at(LATER) as session, pytest.raises(errors.SealBroken):
        crypto.open_(
            session,
            answer_of(world).sealed,
            case_id=ended.id,
            controller_id=cav,
            key_version=1,
            table="form_submission",
            field=f"values:{answer_of(world).id}",
        )


def test_pages_say_so_and_do_not_break(world: World, ended: Case, second: Actor) -> None:
    answer = answer_of(world)
    erase(world, ended, second)
    actor = world.people["operatrice.cav"]
    with world.at(LATER) as session:
        assert [name for name, _ in case_page.case(session, actor, ended.id).erased] == ["Centro antiviolenza"]
        page = submission_page.submission(session, actor, answer.id)
        assert (page.erased, page.values, page.closed) == (True, {}, ())
        opening = openings.opening("atti", ["libero"])
        assert submission_page.submission(session, actor, answer.id, opening=opening).values == {}
    with world.at(LATER) as session, pytest.raises(errors.Conflict, match="erased"):
        corrections.correct(session, actor, answer.id, {"esito_invio": "accetta"}, reason="x")


def test_the_history_of_the_network_is_erased_apart(world: World, ended: Case, second: Actor) -> None:
    other = Actor(second.user_id, world.network_id, ((world.agencies["capofila"], Role.COORDINAMENTO),), "vice")
    erasure_id = ask(world, ended, by="coordinatrice", controller=world.network_id)
    with world.at(LATER) as session:
        erasure.decide(session, other, ended.id, erasure_id, approve=True)
    actor = world.people["responsabile.cav"]
    with world.at(LATER) as session:
        page = case_page.case(session, actor, ended.id)
        assert [name for name, _ in page.erased] == [None]
        assert page.timeline
        assert all(line.reason is None for line in page.timeline)
        opened = submission_page.submission(
            session, actor, answer_of(world).id, opening=openings.opening("atti", ["libero"])
        )
        assert opened.values["nota"] == "CÀNARY", "the answers of the centre are another controller's"


def test_nobody_decides_what_she_has_asked_for(world: World, ended: Case) -> None:
    erasure_id = ask(world, ended)
    with world.at(LATER) as session, pytest.raises(errors.MustBeAnotherPerson):
        erasure.decide(session, world.people["responsabile.cav"], ended.id, erasure_id, approve=True)
    assert not [row for row in world.rows(CaseKey) if row.destroyed_at]


def test_what_was_refused_can_be_asked_again_and_what_was_decided_cannot(
    world: World, ended: Case, second: Actor
) -> None:
    erasure_id = ask(world, ended)
    with world.at(LATER) as session:
        erasure.decide(session, second, ended.id, erasure_id, approve=False)
    with world.at(LATER) as session, pytest.raises(errors.Conflict):
        erasure.decide(session, second, ended.id, erasure_id, approve=True)
    erase(world, ended, second)
    with pytest.raises(errors.Conflict, match="erasure_asked"):
        ask(world, ended)


@pytest.mark.parametrize("by", ["operatrice.cav", "coordinatrice", "operatrice.capofila", "estranea", "progettista"])
def test_who_may_not_erase_for_the_centre_finds_nothing(world: World, ended: Case, by: str) -> None:
    with pytest.raises(errors.NotFound):
        ask(world, ended, by=by)
    for verb in (erasure.standing, erasure.lift):
        if by != "coordinatrice":  # she decides for the network's own records
            with world.at(LATER) as session, pytest.raises(errors.NotFound):
                verb(session, world.people[by], ended.id)


def test_a_case_that_is_worked_on_is_not_erased(world: World, case: Case) -> None:
    for by, controller in (("responsabile.cav", None), ("coordinatrice", world.network_id)):
        with pytest.raises(errors.Conflict, match="erasure_too_early"):
            ask(world, case, by=by, controller=controller)


def test_a_hold_stands_above_who_asks_and_who_decides(world: World, ended: Case, second: Actor) -> None:
    erasure_id = ask(world, ended)
    lead = world.people["responsabile.cav"]
    with world.at(LATER) as session:
        erasure.hold(session, lead, ended.id, "tribunale")
    with world.at(LATER) as session, pytest.raises(errors.Conflict, match="erasure_held"):
        erasure.decide(session, second, ended.id, erasure_id, approve=True)
    with pytest.raises(errors.Conflict, match="erasure_held"):
        ask(world, ended, by="coordinatrice", controller=world.network_id)
    with world.at(LATER) as session, pytest.raises(errors.MustBeAnotherPerson):
        erasure.lift(session, lead, ended.id)
    with world.at(LATER) as session:
        erasure.lift(session, second, ended.id)
        erasure.decide(session, second, ended.id, erasure_id, approve=True)
    (hold,) = world.rows(LegalHold)
    assert (hold.held_by_id, hold.lifted_by_id) == (lead.user_id, second.user_id)


def test_all_of_it_is_audited(world: World, ended: Case, second: Actor) -> None:
    erase(world, ended, second)
    entries = world.rows(AuditEntry, AuditEntry.action.startswith("erasure."))
    lead = world.people["responsabile.cav"].user_id
    assert [(row.action, row.actor_id) for row in entries] == [
        ("erasure.asked", lead),
        ("erasure.done", second.user_id),
    ]
    assert all(row.details["controller"] == str(world.agencies["cav"]) for row in entries)


def test_what_is_past_its_term_is_listed_and_nothing_erases_it(world: World, ended: Case) -> None:
    lead = world.people["responsabile.cav"]

    def listed(instant: object) -> list[tuple[UUID, bool]]:
        with world.at(instant) as session:  # type: ignore[arg-type] # an instant
            return [(row.case_id, row.path_over) for row in retention.due(session, lead)]

    assert listed(moment(START) + timedelta(days=364)) == []
    assert listed(moment(START) + timedelta(days=367)) == [(ended.id, False)]
    assert listed(moment(START) + timedelta(days=3652)) == [(ended.id, True)]
    with world.at(moment(START) + timedelta(days=3652)) as session:
        assert retention.due(session, world.people["estranea"]) == []
    assert not [row for row in world.rows(CaseKey) if row.destroyed_at]


def test_what_was_asked_is_listed_before_its_term(world: World, ended: Case, second: Actor) -> None:
    ask(world, ended)
    with world.at(LATER) as session:
        (row,) = retention.due(session, second)
    assert (row.case_id, row.asked, row.held) == (ended.id, 1, False)
