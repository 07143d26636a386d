"""What she agrees to, refuses and takes back; and what stands in for it in an emergency."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from engine import clock, crypto, errors, notifications, parameters
from engine.audit import AuditEntry
from engine.cases import agreements, agreements_page, pauses
from engine.cases.agreements import Asked
from engine.cases.models import Case, CaseEvent
from engine.consent import gate, sealing, texts
from engine.consent.gate import Needs
from engine.consent.models import BasisEnd, BasisKind, LegalBasis, Manner, RecordedBasis
from engine.participants.models import CaseParticipation
from tests.engine.cases.conftest import START, World, after

AGREEMENT = Needs(BasisKind.ADESIONE)


def asked(world: World, agency: str | None = "supervisione", **changed: Any) -> Asked:
    values = {
        "purpose": "protezione",
        "agency_id": None if agency is None else world.agencies[agency],
        "manner": Manner.A_VOCE,
        "text_language": "it",
        "text_version": 0,
        "language": "it",
    }
    return Asked(**(values | changed))


def answered(
    world: World, case: Case, instant: datetime, *, given: bool = True, by: str = "operatrice.cav", **changed: Any
) -> UUID:
    happened_at = changed.pop("happened_at", None)
    with world.at(instant) as session:
        what = asked(world, **changed)
        row = agreements.record(session, world.people[by], case.id, what, given=given, happened_at=happened_at)
        return row.id


def allowed(world: World, case: Case, instant: datetime, agency: str = "supervisione", **changed: Any) -> Any:
    with world.at(instant) as session:
        what = {"purpose": "protezione", "needs": AGREEMENT, **changed}
        basis = gate.basis_for(session, case_id=case.id, agency_id=world.agencies[agency], now=clock.now(), **what)
        return None if basis is None else basis.kind


def test_an_answer_says_to_whom_for_what_how_in_which_language_and_with_which_text(world: World) -> None:
    case = world.open_case()
    how = {"manner": Manner.PER_TELEFONO, "language": "ar", "interpreter": "mediatrice 12"}
    basis_id = answered(world, case, after(hours=2), happened_at=after(hours=1), **how)
    (row,) = world.rows(RecordedBasis)
    assert (row.id, row.purpose, row.agency_id) == (basis_id, "protezione", world.agencies["supervisione"])
    assert (row.given, row.manner, row.legal_basis) == (True, Manner.PER_TELEFONO, LegalBasis.INTERESSE_PUBBLICO)
    assert (row.asked_by_id, row.asked_for_id) == (world.people["operatrice.cav"].user_id, world.agencies["cav"])
    assert (row.happened_at, row.recorded_at) == (after(hours=1), after(hours=2))
    assert b"mediatrice" not in row.sealed
    with world.at(after(hours=3)) as session:
        assert sealing.open_(session, row) == sealing.Said("it", 0, "ar", "mediatrice 12")


def test_once_its_key_is_destroyed_the_page_shows_that_she_answered_and_no_more(world: World) -> None:
    case = world.open_case()
    answered(world, case, after(hours=1), interpreter="mediatrice 12")
    with world.at(after(hours=2)) as session:
        crypto.destroy(session, case.id, world.network_id)
    with world.at(after(hours=3)) as session:
        (row,) = agreements_page.agreements_of(session, world.people["operatrice.cav"], case.id).answers
    assert (row.given, row.said) == (True, sealing.Said())


def test_an_agreement_allows_one_agency_for_one_purpose(world: World) -> None:
    case = world.open_case()
    answered(world, case, after(hours=1))
    assert allowed(world, case, after(hours=2)) is BasisKind.ADESIONE
    assert allowed(world, case, after(hours=2), purpose="cura") is None
    assert allowed(world, case, after(hours=2), agency="capofila") is None


def test_her_last_answer_counts_and_the_ones_before_it_stay_readable(world: World) -> None:
    case = world.open_case()
    answered(world, case, after(hours=1), given=True)
    answered(world, case, after(hours=2), given=False)
    assert allowed(world, case, after(hours=3)) is None
    answered(world, case, after(hours=4), given=True)
    assert allowed(world, case, after(hours=5)) is BasisKind.ADESIONE
    rows = sorted(world.rows(RecordedBasis), key=lambda row: row.recorded_at)
    assert [(row.given, row.ended_why) for row in rows] == [
        (True, BasisEnd.ANSWERED_AGAIN),
        (False, BasisEnd.ANSWERED_AGAIN),
        (True, None),
    ]


def test_an_older_yes_that_is_typed_later_does_not_stand_before_her_no(world: World) -> None:
    case = world.open_case()
    answered(world, case, after(hours=3), given=False)
    with pytest.raises(errors.InvalidValue, match="before_her_last_answer"):
        answered(world, case, after(hours=4), happened_at=after(hours=2))
    assert allowed(world, case, after(hours=5)) is None


def test_what_she_takes_back_allows_nothing_any_more_and_the_agency_is_told_not_to_call(world: World) -> None:
    case = world.open_case()
    basis_id = answered(world, case, after(hours=1), agency="cav")
    with world.at(after(hours=3)) as session:
        actor = world.people["collega.cav"]
        agreements.withdraw(session, actor, basis_id, manner=Manner.PER_TELEFONO, happened_at=after(hours=2))
    (row,) = world.rows(RecordedBasis)
    assert (row.ended_at, row.ended_recorded_at, row.ended_manner) == (after(hours=2), after(hours=3), "per_telefono")
    assert allowed(world, case, after(hours=4), agency="cav") is None
    with world.at(after(hours=4)) as session:
        kinds = [notice.kind for notice in notifications.inbox(session, world.people["operatrice.cav"])]
    assert "agreement_withdrawn" in kinds


@pytest.mark.parametrize("given", [True, False])
def test_only_what_she_has_agreed_to_and_not_taken_back_can_be_taken_back(world: World, *, given: bool) -> None:
    case, actor = world.open_case(), world.people["operatrice.cav"]
    basis_id = answered(world, case, after(hours=1), given=given)
    if given:
        with world.at(after(hours=2)) as session:
            agreements.withdraw(session, actor, basis_id, manner=Manner.A_VOCE)
    with world.at(after(hours=3)) as session, pytest.raises(errors.Conflict, match="not_given"):
        agreements.withdraw(session, actor, basis_id, manner=Manner.A_VOCE)


def test_a_purpose_that_is_no_agency_s_is_answered_for_the_network(world: World) -> None:
    case = world.open_case()
    answered(world, case, after(hours=1), agency=None, purpose="dati_regione")
    (row,) = world.rows(RecordedBasis)
    assert row.agency_id is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"purpose": "inventato"}, "unknown_purpose"),
        ({"agency": None}, "required"),
        ({"agency": "cav", "purpose": "contatti"}, "no_agency_for_this_purpose"),
        ({"language": "klingon"}, "unknown_language"),
        ({"text_version": 7}, "unknown_text"),
        ({"text_language": "ar"}, "unknown_text"),
        ({"interpreter": "x" * 101}, "too_long"),
        ({"happened_at": after(hours=3)}, "in_the_future"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(world: World, changed: dict[str, Any], code: str) -> None:
    case = world.open_case()
    with pytest.raises(errors.InvalidValue) as refused:
        answered(world, case, after(hours=1), **changed)
    assert refused.value.code == code
    assert world.rows(RecordedBasis) == []


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("estranea", errors.NotFound),
        ("forestiera", errors.NotFound),
        ("coordinatrice", errors.NotFound),
        ("progettista", errors.NotFound),
        ("supervisora", errors.NotFound),
    ],
)
def test_who_does_not_take_part_knows_nothing_of_her_answers(world: World, who: str, error: type[Exception]) -> None:
    case = world.open_case()
    basis_id = answered(world, case, after(hours=1))
    with pytest.raises(error):
        answered(world, case, after(hours=2), by=who)
    with world.at(after(hours=2)) as session, pytest.raises(error):
        agreements.withdraw(session, world.people[who], basis_id, manner=Manner.A_VOCE)
    with world.at(after(hours=2)) as session, pytest.raises(error):
        pauses.end(session, world.people[who], case.id, manner=Manner.A_VOCE)


def test_who_takes_part_only_by_a_task_of_the_network_records_no_answer_of_hers(world: World) -> None:
    case = world.open_case()
    with world.at(after(hours=1)) as session:
        for row in session.query(CaseParticipation).where(CaseParticipation.case_id == case.id):
            row.basis = "compito"
    with pytest.raises(errors.Forbidden):
        answered(world, case, after(hours=2))


def test_history_and_audit_say_that_she_was_asked_and_nothing_of_what_she_said(world: World) -> None:
    case = world.open_case()
    answered(world, case, after(hours=1), given=False)
    (line,) = world.rows(CaseEvent, CaseEvent.kind == "agreement_recorded")
    assert line.sealed is None
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "agreement.recorded")
    assert entry.subject_id == str(case.id)


# A vital interest.


def invoked(world: World, case: Case, instant: datetime, by: str = "operatrice.cav") -> RecordedBasis:
    with world.at(instant) as session:
        return agreements.invoke_vital_interest(
            session,
            world.people[by],
            case.id,
            purpose="protezione",
            agency_id=world.agencies["supervisione"],
            reason="CÀNARY: priva di sensi",
        )


def test_a_vital_interest_counts_for_a_day_and_the_coordination_is_told_at_once(world: World) -> None:
    case = world.open_case()
    row = invoked(world, case, after(hours=1))
    assert (row.until, row.legal_basis) == (after(hours=25), LegalBasis.INTERESSE_VITALE)
    assert b"priva" not in row.sealed
    assert allowed(world, case, after(hours=24, minutes=59)) is BasisKind.INTERESSE_VITALE
    assert allowed(world, case, after(hours=25)) is None
    with world.at(after(hours=1)) as session:
        kinds = [notice.kind for notice in notifications.inbox(session, world.people["coordinatrice"])]
    assert kinds == ["vital_interest"]


def test_the_network_says_for_how_long_a_vital_interest_counts(world: World) -> None:
    case = world.open_case()
    with world.at(after(minutes=1)) as session:
        toml = '[INTERESSE_VITALE]\nlength = "PT6H"\nclock = "H"\nnature = "interno"\ntag = "D"\n'
        toml += 'title.it = "Interesse vitale"\ntitle.en = "Vital interest"\n'
        parameters.load_defaults(session, world.network_id, toml)
    assert invoked(world, case, after(hours=1)).until == after(hours=7)


def test_a_vital_interest_is_prolonged_by_another_person_only(world: World) -> None:
    case = world.open_case()
    invoked(world, case, after(hours=1))
    for late in (2, 26, 48):
        with pytest.raises(errors.MustBeAnotherPerson):
            invoked(world, case, after(hours=late))
    invoked(world, case, after(hours=27), by="collega.cav")
    # A day after it has ended it is another emergency.
    assert invoked(world, case, after(hours=80), by="collega.cav").until == after(hours=104)


def test_a_vital_interest_needs_a_reason(world: World) -> None:
    case = world.open_case()
    with world.at(after(hours=1)) as session, pytest.raises(errors.InvalidValue):
        agreements.invoke_vital_interest(
            session,
            world.people["operatrice.cav"],
            case.id,
            purpose="protezione",
            agency_id=world.agencies["supervisione"],
            reason=" ",
        )


# Texts.


def test_a_text_that_a_body_has_approved_takes_the_plain_one_s_place_and_older_answers_keep_theirs(
    world: World,
) -> None:
    case = world.open_case()
    answered(world, case, after(hours=1))
    with world.at(after(hours=2)) as session:
        row = texts.approve(
            session,
            world.people["amministratrice"],
            purpose="protezione",
            language="ar",
            text="…",
            legal_basis=LegalBasis.CONSENSO,
            approved_by="Tavolo di rete, 1 marzo 2026",
        )
        assert row.version == 1
    with world.at(after(hours=3)) as session:
        found = texts.in_force(session, world.network_id)
        assert (found["protezione", "ar"].version, found["protezione", "it"].version) == (1, 0)
    answered(world, case, after(hours=4), text_language="ar", text_version=1)
    assert [row.legal_basis for row in sorted(world.rows(RecordedBasis), key=lambda row: row.recorded_at)] == [
        LegalBasis.INTERESSE_PUBBLICO,
        LegalBasis.CONSENSO,
    ]


def test_texts_are_put_in_force_by_who_administers_and_by_nobody_else(world: World) -> None:
    for who in ("operatrice.cav", "responsabile.cav", "coordinatrice", "progettista"):
        with world.at(START) as session, pytest.raises(errors.Forbidden):
            texts.approve(
                session,
                world.people[who],
                purpose="protezione",
                language="it",
                text="x",
                legal_basis=LegalBasis.CONSENSO,
                approved_by="y",
            )
