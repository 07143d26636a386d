from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import Forbidden, InvalidValue, Refused
from engine.participants import access
from engine.participants.access import Action, Actor
from engine.participants.models import Agency, CaseParticipation, Channel, Network, Role

OURS, THEIRS = UUID(int=1), UUID(int=2)

# The whole table once more, in words of the issue: who may do what in an agency of hers.
EXPECTED = {
    Role.OPERATRICE: (
        "start_case claim save_draft complete confirm release correct take_out ask answer_question state_date extend"
        " search open_sealed record_fiscal_code ask_reopening reopen"
        " deliver_message exclude abstain record_agreement read_protocols read_directory hand_over answer_handover"
        " break_glass read_emergencies record_request acknowledge close_item call_her"
    ),
    Role.RESPONSABILE: (
        "start_case claim save_draft complete confirm release correct take_out ask answer_question state_date extend"
        " search open_sealed record_fiscal_code open_fiscal_code erase decide_erasure ask_reopening"
        " reopen deliver_message take_over reassign exclude abstain cancel_case record_agreement retry_incident board"
        " read_protocols read_directory hand_over answer_handover revoke_handover break_glass review_emergency"
        " read_emergencies record_request second_look read_worker_times plan_roster acknowledge close_item call_her"
    ),
    Role.COORDINAMENTO: (
        "erase decide_erasure deliver_message abstain cancel_case retry_incident board follow"
        " review_vital_interests"
        " read_protocols read_directory assess_breaches read_accesses break_glass read_emergencies second_look"
        " plan_roster keep_rosters change_ladders acknowledge close_item keep_webhooks"
    ),
    Role.PROGETTISTA: "deploy change_parameters migrate read_protocols read_directory",
    Role.AMMINISTRATORE: "administer migrate read_protocols read_directory",
    Role.DPO: (
        "review_vital_interests read_protocols read_directory assess_breaches read_accesses read_register"
        " read_emergencies protect_data decide_erasure record_request second_look"
    ),
}


def with_roles(*roles: Role, agency_id: UUID = OURS, network_id: UUID | None = None) -> Actor:
    memberships = tuple((agency_id, role) for role in roles)
    return Actor(uuid4(), network_id or uuid4(), memberships, "Operatrice CAV")


def take_part(
    session: Session, network_id: UUID, case_id: UUID, agency_id: UUID, **period: object
) -> CaseParticipation:
    row = CaseParticipation(
        network_id=network_id, case_id=case_id, lane="cav", agency_id=agency_id, basis="avvio", **period
    )
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(Action))
def test_a_role_may_do_what_is_agreed_and_no_more(role: Role, action: Action) -> None:
    expected = action.value in EXPECTED[role].split()
    assert access.may(with_roles(role), action) is expected
    assert access.may(with_roles(role), action, OURS) is expected


@pytest.mark.parametrize("action", list(Action))
def test_a_role_counts_only_in_its_own_agency(action: Action) -> None:
    assert not access.may(with_roles(*Role), action, THEIRS)


@pytest.mark.parametrize("action", list(Action))
def test_who_has_no_role_may_do_nothing(action: Action) -> None:
    with pytest.raises(Forbidden):
        access.require(with_roles(), action)


def test_the_system_acts_for_timers() -> None:
    access.require(Actor.system(uuid4()), Action.COMPLETE, OURS)


def test_people_do_their_own_agency_s_steps() -> None:
    access.require_step(
        with_roles(Role.OPERATRICE), Action.COMPLETE, agency_id=OURS, channel=Channel.PORTALE, proxies=[]
    )


STEP_OF_OTHERS = [
    (Channel.PORTALE, [OURS], None, Forbidden, "forbidden"),
    (Channel.PORTALE, [OURS], THEIRS, InvalidValue, "agency_uses_the_portal"),
    (Channel.TELEFONO, [OURS], None, Forbidden, "on_behalf_of_needed"),
    (Channel.TELEFONO, [], THEIRS, Forbidden, "forbidden"),
    (Channel.TELEFONO, [], None, Forbidden, "forbidden"),
    (Channel.PEC, [OURS], OURS, InvalidValue, "not_the_owing_agency"),
]


@pytest.mark.parametrize(("channel", "proxies", "on_behalf_of", "kind", "code"), STEP_OF_OTHERS)
def test_another_agency_s_step_is_not_ours_to_do(
    channel: Channel, proxies: list[UUID], on_behalf_of: UUID | None, kind: type[Refused], code: str
) -> None:
    with pytest.raises(kind) as caught:
        access.require_step(
            with_roles(Role.OPERATRICE),
            Action.COMPLETE,
            agency_id=THEIRS,
            channel=channel,
            proxies=proxies,
            on_behalf_of=on_behalf_of,
        )
    assert caught.value.code == code


@pytest.mark.parametrize("channel", [Channel.TELEFONO, Channel.PEC])
def test_what_an_agency_without_the_portal_did_is_recorded_for_it(channel: Channel) -> None:
    step = {"agency_id": THEIRS, "channel": channel, "proxies": [OURS]}
    access.require_step(with_roles(Role.OPERATRICE), Action.COMPLETE, on_behalf_of=THEIRS, **step)
    assert access.may_step(with_roles(Role.OPERATRICE), Action.COMPLETE, **step)
    assert not access.may_step(with_roles(Role.COORDINAMENTO), Action.COMPLETE, **step)


def test_a_case_is_seen_while_one_s_agency_takes_part_in_it(
    session: Session, network: Network, agency: Agency, case_id: UUID
) -> None:
    now = clock.now()
    actor = with_roles(Role.OPERATRICE, agency_id=agency.id, network_id=network.id)
    row = take_part(session, network.id, case_id, agency.id)

    def seen() -> bool:
        return case_id in session.scalars(access.scope(actor).case_ids)

    for since, until, expected in (
        (None, None, False),
        (now, None, True),
        (now + timedelta(seconds=1), None, False),
        (now - timedelta(days=1), now, False),
        (now - timedelta(days=1), now + timedelta(seconds=1), True),
    ):
        row.since, row.until = since, until
        session.flush()
        assert seen() is expected, (since, until)


@pytest.mark.parametrize("role", list(Role))
def test_drawing_protocols_or_administering_opens_no_case(
    session: Session, network: Network, agency: Agency, case_id: UUID, role: Role
) -> None:
    take_part(session, network.id, case_id, agency.id, since=clock.now())
    scope = access.scope(with_roles(role, agency_id=agency.id, network_id=network.id))
    works_on_cases = role not in {Role.PROGETTISTA, Role.AMMINISTRATORE, Role.DPO}
    assert bool(session.scalars(scope.case_ids).all()) is works_on_cases
    assert bool(scope.agency_ids) is works_on_cases


def test_another_network_s_case_is_not_seen(session: Session, network: Network, agency: Agency, case_id: UUID) -> None:
    take_part(session, network.id, case_id, agency.id, since=clock.now())
    elsewhere = with_roles(Role.OPERATRICE, agency_id=agency.id)
    assert session.scalars(access.scope(elsewhere).case_ids).all() == []


def test_an_actor_without_agencies_sees_no_case(session: Session, network: Network, case_id: UUID) -> None:
    assert session.scalars(access.scope(with_roles(network_id=network.id)).case_ids).all() == []


def test_the_scope_filters_any_query(session: Session, network: Network, agency: Agency, case_id: UUID) -> None:
    take_part(session, network.id, case_id, agency.id, since=clock.now())
    actor = with_roles(Role.OPERATRICE, agency_id=agency.id, network_id=network.id)
    rows = select(CaseParticipation.id).where(CaseParticipation.case_id.in_(access.scope(actor).case_ids))
    assert len(session.scalars(rows).all()) == 1


def test_the_system_sees_the_cases_of_its_network_only(session: Session, network: Network, case_id: UUID) -> None:
    assert session.scalars(access.scope(Actor.system(network.id)).case_ids).all() == [case_id]
    assert session.scalars(access.scope(Actor.system(uuid4())).case_ids).all() == []


def test_leading_and_overseeing_are_told_apart(session: Session) -> None:
    lead, coordination = access.scope(with_roles(Role.RESPONSABILE)), access.scope(with_roles(Role.COORDINAMENTO))
    assert (lead.led_agency_ids, lead.oversees_network) == ({OURS}, False)
    assert (coordination.led_agency_ids, coordination.oversees_network) == (frozenset(), True)
