"""A woman goes to another network: it is asked, sees what was declared, and what it does is its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import errors
from engine.audit import AuditEntry
from engine.cases import (
    agreements,
    lifecycle,
    pauses,
    received,
    receptions,
    referral_page,
    referrals,
    submissions,
)
from engine.cases.models import Case, CaseEvent, FormSubmission, UserTask
from engine.cases.referral_models import Referral, ReferralState
from engine.consent.models import Manner
from engine.definitions import deployment
from engine.participants.models import CaseParticipation, Entry
from forms import secrecy
from tests.engine.cases.conftest import START, after
from tests.engine.cases.protocols import field, form
from tests.engine.cases.referring import NAME, PURPOSE, RISKS, SAID, Far, gone, new_case, receiving, told

MUCH_LATER = after(days=30)


def test_nothing_is_received_unless_the_administrator_of_the_network_says_so(far: Far) -> None:
    world, admin = far.world, far.people["amministratore"]
    case = world.open_case()
    far.agrees(case)
    with world.at(START) as session:
        assert [one.name for one in receptions.elsewhere(session, world.network_id)] == [NAME]
        assert receptions.elsewhere(session, far.network_id) == (), "the other way it is off"
        receptions.close(session, admin)
    with pytest.raises(errors.InvalidValue, match="not_receiving"):
        far.send(case)
    for wrong, code in (
        ({"name": " "}, "reception_name"),
        ({"agency_id": world.agencies["cav"]}, "reception_agency"),
        ({"process": "accoglienza_cav"}, "reception_process"),
    ):
        said = {"name": NAME, "agency_id": far.agency_id, "process": "arriva", **wrong}
        with world.at(START) as session, pytest.raises(errors.InvalidValue) as refused:
            receptions.open_(session, admin, **said)
        assert refused.value.field == code
    with world.at(START) as session, pytest.raises(errors.Forbidden):
        receptions.close(session, far.people["responsabile"])


def test_whoever_prepares_sees_what_is_asked_what_is_known_and_what_allows_it(far: Far) -> None:
    case = far.world.open_case()
    with far.world.at(START) as session:
        page = referral_page.prepare(session, far.world.people["operatrice.cav"], case.id, far.network_id)
    assert page.form is not None
    assert set(page.form.fields) == {"rischio_segnalato", "bisogno", "zona"}
    assert page.known == {"rischio_segnalato": "ALTO"}, "answered at the start, under the same name"
    assert not any(one.basis for one in page.standing)
    far.agrees(case)
    with far.world.at(START) as session:
        page = referral_page.prepare(session, far.world.people["operatrice.cav"], case.id, far.network_id)
    assert [one.purpose for one in page.standing if one.basis] == [PURPOSE]


@pytest.mark.parametrize("by", ["estranea", "coordinatrice", "supervisora"])
def test_who_has_no_part_in_the_case_refers_nothing(far: Far, by: str) -> None:
    case = far.world.open_case()
    far.agrees(case)
    with pytest.raises((errors.NotFound, errors.Forbidden)):
        far.send(case, by=by)


def test_without_her_agreement_for_that_agency_and_purpose_nothing_goes(far: Far) -> None:
    case = far.world.open_case()
    far.agrees(case, "cura")
    far.world.agrees(START, case, far.world.agencies["estraneo"], PURPOSE)
    with pytest.raises(errors.Conflict, match="referral_without_basis"):
        far.send(case)
    assert far.world.rows(Referral) == []


def test_she_is_asked_for_the_other_networks_agency_like_for_any_other(far: Far) -> None:
    case, person = far.world.open_case(), far.world.people["operatrice.cav"]
    asked = agreements.Asked(PURPOSE, far.agency_id, Manner.A_VOCE, "it", 0, "it")
    with far.world.at(START) as session:
        agreements.record(session, person, case.id, asked, given=True)
    assert far.send(case).state is ReferralState.SENT
    with far.world.at(START) as session:
        receptions.close(session, far.people["amministratore"])
    with far.world.at(START) as session, pytest.raises(errors.InvalidValue, match="unknown_agency"):
        agreements.record(session, person, case.id, asked, given=True)


@pytest.mark.parametrize("values", [{**SAID, "nome": "Anna"}, {**SAID, "rischio_segnalato": "x"}, {"zona": "porto"}])
def test_nothing_travels_but_what_the_other_networks_form_asks(far: Far, values: dict[str, str]) -> None:
    case = far.world.open_case()
    far.agrees(case)
    with pytest.raises(errors.InvalidAnswer):
        far.send(case, values=values)


def test_the_asked_see_for_what_from_where_by_when_and_no_value(far: Far) -> None:
    case, row = far.referred()
    with far.world.at(START) as session:
        (listed,) = received.listing(session, far.people["operatrice"])
        page = received.show(session, far.people["operatrice"], row.id)
    assert (listed.from_name, listed.purpose, listed.new_case_id) == ("Rete", PURPOSE, None)
    assert listed.due_at > row.sent_at
    assert {one["it"] for one in page.fields} == {"rischio_segnalato", "bisogno"}
    said = f"{page}{listed}"
    assert not any(secret in said for secret in ("ALTO", "posto_letto", case.code, str(case.id)))
    workers = {far.people[name].user_id for name in ("operatrice", "collega", "responsabile")}
    assert told(far, "referral_received") == workers
    (entry,) = far.world.rows(AuditEntry, AuditEntry.action == "referral.read")
    assert (entry.network_id, entry.case_id) == (far.network_id, None)


def test_what_is_accepted_begins_a_case_there_with_what_was_sent(far: Far) -> None:
    case, row = far.referred()
    far.accept(row)
    made = new_case(far, row)
    here, there = far.ends(row)
    assert (here.state, there.state) == (ReferralState.ACCEPTED, ReferralState.ACCEPTED)
    (begun,) = far.world.rows(Case, Case.id == made)
    assert (begun.network_id, begun.opened_by_agency_id) == (far.network_id, far.agency_id)
    assert far.world.rows(UserTask.element_id, UserTask.case_id == made) == ["accoglie"]
    (part,) = far.world.rows(CaseParticipation, CaseParticipation.case_id == made, CaseParticipation.lane == "apertura")
    assert (part.entered_by, part.purpose) == (Entry.REFERRAL, PURPOSE)
    with far.world.at(START) as session:
        (answer,) = session.scalars(select(FormSubmission).where(FormSubmission.case_id == made)).all()
        values = submissions.opened(session, answer, kinds=secrecy.KINDS).values
    assert {key: value for key, value in values.items() if value is not None} == SAID
    assert gone(far, row)
    kinds = {row.kind for row in far.world.rows(CaseEvent, CaseEvent.case_id == case.id)}
    assert {"referral_sent", "referral_accepted"} <= kinds
    assert {entry.network_id for entry in far.world.rows(AuditEntry, AuditEntry.action.startswith("referral."))} == {
        far.world.network_id,
        far.network_id,
    }


def test_the_sender_sees_that_it_is_accepted_and_nothing_of_the_other_case(far: Far) -> None:
    case, row = far.referred()
    far.accept(row)
    made = new_case(far, row)
    with far.world.at(START) as session:
        (seen,) = referrals.sent(session, far.world.people["operatrice.cav"])
        assert (seen.state, seen.case_id, seen.open) == (ReferralState.ACCEPTED, case.id, False)
        with pytest.raises(errors.NotFound):
            lifecycle.cancel(session, far.world.people["coordinatrice"], made, reason="x")
    (code,) = far.world.rows(Case.code, Case.id == made)
    assert str(made) not in f"{seen}"
    assert code not in f"{seen}"


def test_a_decline_comes_back_with_its_reason_and_climbs_until_somebody_has_dealt_with_it(far: Far) -> None:
    case, row = far.referred()
    far.decline(row)
    assert gone(far, row)
    person, coordination = far.world.people["operatrice.cav"], far.world.people["coordinatrice"]
    with far.world.at(START) as session:
        (seen,) = referrals.of_case(session, person, case.id)
        (late,) = referrals.waiting(session, coordination)
    assert (seen.state, seen.reason, seen.open) == (ReferralState.DECLINED, "Nessun posto.", True)
    assert (late.case_code, late.state) == (case.code, ReferralState.DECLINED)
    assert told(far, "referral_declined") == {far.world.agencies["cav"]}
    climbed(far, MUCH_LATER)
    assert told(far, "referral_came_back") == {far.world.network_id}, "the coordination"
    with far.world.at(START) as session:
        referrals.settle(session, person, row.id)
    with far.world.at(START) as session:
        assert referrals.waiting(session, coordination) == ()
    with far.world.at(START) as session, pytest.raises(errors.Conflict, match="referral_over"):
        referrals.settle(session, person, row.id)


def climbed(far: Far, at: object) -> None:
    with far.world.at(at) as session:  # type: ignore[arg-type]
        referrals.climb(session)


def test_silence_climbs_at_the_sender_and_in_the_end_it_expires(far: Far) -> None:
    case, row = far.referred()
    length = row.due_at - row.sent_at
    person, coordination = far.world.people["operatrice.cav"], far.world.people["coordinatrice"]
    climbed(far, row.due_at - length / 10)
    assert len(told(far, "referral_due")) == 3
    assert told(far, "referral_silent") == set()
    late = row.due_at + length / 10
    climbed(far, late)
    assert told(far, "referral_late") == {far.people["responsabile"].user_id}
    assert told(far, "referral_silent") == {far.world.agencies["cav"]}
    with far.world.at(late) as session:
        assert referrals.sent(session, person)[0].late
        assert [one.case_code for one in referrals.waiting(session, coordination)] == [case.code]
    climbed(far, row.due_at + length)
    assert told(far, "referral_silent") == {far.world.agencies["cav"], far.world.network_id}
    with pytest.raises(errors.Conflict, match="referral_over"):
        far.accept(row, row.due_at + 2 * length)  # no worker has come yet
    assert not gone(far, row)
    climbed(far, row.due_at + 2 * length)
    assert far.ends(row)[0].state is ReferralState.EXPIRED
    assert gone(far, row)
    with pytest.raises(errors.Conflict, match="referral_over"):
        far.accept(row, row.due_at + 2 * length)


def test_asked_back_it_is_over_and_can_be_sent_again(far: Far) -> None:
    case, row = far.referred()
    with pytest.raises(errors.Conflict, match="referral_under_way"):
        far.send(case)
    with far.world.at(START) as session:
        referrals.ask_back(session, far.world.people["operatrice.cav"], row.id)
    assert gone(far, row)
    for act in (far.accept, far.decline):
        with pytest.raises(errors.Conflict, match="referral_over"):
            act(row)
    again = far.send(case)
    far.accept(again)


def test_her_agreement_taken_back_ends_what_waits_and_not_what_was_accepted(far: Far) -> None:
    person = far.world.people["operatrice.cav"]
    case = far.world.open_case()
    basis_id = far.agrees(case)
    row = far.send(case)
    with far.world.at(START) as session:
        agreements.withdraw(session, person, basis_id, manner=Manner.A_VOCE)
    assert far.ends(row)[0].state is ReferralState.REVOKED
    assert gone(far, row)
    assert far.people["operatrice"].user_id in told(far, "referral_taken_back")
    with pytest.raises(errors.Conflict, match="referral_over"):
        far.accept(row)
    basis_id = far.agrees(case)
    row = far.send(case)
    far.accept(row)
    with far.world.at(START) as session:
        agreements.withdraw(session, person, basis_id, manner=Manner.A_VOCE)
    assert far.ends(row)[0].state is ReferralState.ACCEPTED


def test_in_a_pause_nobody_takes_her_on_and_afterwards_they_may(far: Far) -> None:
    case, row = far.referred()
    person = far.world.people["operatrice.cav"]
    with far.world.at(START) as session:
        pauses.pause(session, person, case.id, manner=Manner.A_VOCE, until=after(days=5))
    with pytest.raises(errors.Conflict, match="referral_without_basis"):
        far.accept(row)
    assert far.ends(row)[0].state is ReferralState.SENT
    far.accept(row, after(days=5, minutes=1))


def test_in_a_pause_its_clock_stands_still_and_runs_on_with_what_was_left(far: Far) -> None:
    case, row = far.referred()
    length, person = row.due_at - row.sent_at, far.world.people["operatrice.cav"]
    with far.world.at(START) as session:
        pauses.pause(session, person, case.id, manner=Manner.A_VOCE, until=after(days=70))
    climbed(far, row.due_at + 3 * length)
    assert told(far, "referral_due") == told(far, "referral_silent") == set()
    with far.world.at(row.due_at + length) as session:
        assert not referrals.sent(session, person)[0].late
        assert referrals.waiting(session, far.world.people["coordinatrice"]) == ()
    with far.world.at(after(days=28)) as session:
        pauses.resume(session, person, case.id)
    here, there = far.ends(row)
    assert here.due_at == there.due_at == row.due_at + timedelta(days=28)
    climbed(far, here.due_at - length / 10)
    assert told(far, "referral_due")
    assert told(far, "referral_silent") == set()
    climbed(far, here.due_at + length)
    assert far.world.network_id in told(far, "referral_silent"), "as long again as they had, not as long as the pause"
    climbed(far, here.due_at + 2 * length)
    assert far.ends(row)[0].state is ReferralState.EXPIRED


def test_in_a_long_pause_what_waits_is_not_over_and_can_be_declined(far: Far) -> None:
    case, row = far.referred()
    person, much_later = far.world.people["operatrice.cav"], row.due_at + 3 * (row.due_at - row.sent_at)
    with far.world.at(START) as session:
        pauses.pause(session, person, case.id, manner=Manner.A_VOCE, until=after(days=70))
    with far.world.at(much_later) as session:
        assert [one.late for one in received.listing(session, far.people["operatrice"])] == [False]
        assert not received.show(session, far.people["operatrice"], row.id).row.late
    with pytest.raises(errors.Conflict, match="referral_without_basis"):
        far.accept(row, much_later)
    far.decline(row, much_later)
    assert far.ends(row)[0].state is ReferralState.DECLINED


def test_a_cancelled_case_takes_back_what_waits(far: Far) -> None:
    case, row = far.referred()
    with far.world.at(START) as session:
        lifecycle.cancel(session, far.world.people["responsabile.cav"], case.id, reason="doppio")
    assert far.ends(row)[0].state is ReferralState.REVOKED
    assert gone(far, row)


def test_a_network_switched_off_meanwhile_can_answer_what_it_was_sent(far: Far) -> None:
    case, row = far.referred()
    with far.world.at(START) as session:
        receptions.close(session, far.people["amministratore"])
    far.accept(row)
    with pytest.raises(errors.InvalidValue, match="not_receiving"):
        far.send(case)


def test_what_does_not_fit_the_other_networks_protocol_any_more_begins_nothing(far: Far) -> None:
    _case, row = far.referred()
    asking = form("arrivo", field("radio", "comune", routing=True, required=True, values=RISKS))
    with far.world.at(START) as session:
        sources = {"arriva.bpmn": receiving().replace(b"Passo accoglie", b"Passo nuovo")}
        deployment.deploy(session, far.people["progettista"], sources, forms_given={"arrivo": asking})
    with pytest.raises(errors.Conflict, match="referral_outdated"):
        far.accept(row)
    assert far.world.rows(Case, Case.network_id == far.network_id) == []
    far.decline(row)
