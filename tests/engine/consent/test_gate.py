"""The gate: what allows an agency to be told, and that nothing else does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from engine import purposes
from engine.consent import gate
from engine.consent.gate import Needs
from engine.consent.models import BasisKind, CasePause, LegalBasis, Manner, PauseKind, RecordedBasis
from engine.participants import directory
from engine.participants.models import Agency, Exclusion, Network, User

AT = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
AGREEMENT = Needs(BasisKind.ADESIONE)


@pytest.fixture
def user(session: Session) -> User:
    return directory.create_user(session, username="operatrice", display_name="Operatrice", password="una frase lunga")


@pytest.fixture
def answer(session: Session, network: Network, agency: Agency, case_id: UUID, user: User) -> Any:
    def add(**changed: Any) -> RecordedBasis:
        values = {
            "network_id": network.id,
            "case_id": case_id,
            "kind": BasisKind.ADESIONE,
            "purpose": "protezione",
            "agency_id": agency.id,
            "given": True,
            "legal_basis": LegalBasis.INTERESSE_PUBBLICO,
            "asked_by_id": user.id,
            "asked_for_id": agency.id,
            "happened_at": AT,
            "recorded_at": AT,
            "key_version": 1,
            "sealed": b"-",
        }
        row = RecordedBasis(**(values | changed))
        session.add(row)
        session.flush()
        return row

    return add


@pytest.fixture
def ask(session: Session, agency: Agency, case_id: UUID) -> Any:
    def basis(**changed: Any) -> gate.Basis | None:
        asked = {"case_id": case_id, "agency_id": agency.id, "purpose": "protezione", "needs": AGREEMENT, "now": AT}
        return gate.basis_for(session, **(asked | changed))

    return basis


def test_without_an_answer_of_hers_nobody_is_told(ask: Any) -> None:
    assert ask() is None


def test_her_agreement_counts_for_one_agency_and_one_purpose(
    session: Session, network: Network, answer: Any, ask: Any
) -> None:
    row = answer()
    other = directory.create_agency(session, network.id, name="Questura", services=[])
    assert ask() == gate.Basis(BasisKind.ADESIONE, row.id)
    assert ask(purpose="cura") is None
    assert ask(agency_id=other.id) is None


def test_what_she_has_taken_back_counts_no_more(answer: Any, ask: Any) -> None:
    answer(ended_at=AT, ended_recorded_at=AT)
    assert ask() is None


def test_her_no_is_no_basis_and_is_told_to_whoever_prepares(session: Session, answer: Any, case_id: UUID) -> None:
    row = answer(given=False)
    found = gate.standing(
        session, case_id=case_id, agency_id=row.agency_id, purpose="protezione", needs=AGREEMENT, now=AT
    )
    assert (found.basis, found.refused) == (None, row)


def test_a_vital_interest_counts_until_its_end_and_no_longer(answer: Any, ask: Any) -> None:
    until = AT + timedelta(hours=24)
    row = answer(kind=BasisKind.INTERESSE_VITALE, until=until)
    assert ask() == gate.Basis(BasisKind.INTERESSE_VITALE, row.id, until)
    assert ask(now=until) is None


@pytest.mark.parametrize("kind", list(PauseKind))
def test_while_her_path_stands_still_only_law_life_and_the_network_s_own_tasks_go_on(
    session: Session,
    network: Network,
    agency: Agency,
    case_id: UUID,
    user: User,
    answer: Any,
    ask: Any,
    kind: PauseKind,
) -> None:
    answer()
    session.add(
        CasePause(
            network_id=network.id,
            case_id=case_id,
            kind=kind,
            manner=Manner.A_VOCE,
            happened_at=AT,
            recorded_by_id=user.id,
            recorded_for_id=agency.id,
            until=AT + timedelta(days=7) if kind is PauseKind.PAUSE else None,
        )
    )
    session.flush()
    assert ask() is None
    duty = Needs(BasisKind.OBBLIGO, "art. 331 c.p.p.")
    assert ask(needs=duty) == gate.Basis(BasisKind.OBBLIGO, duty="art. 331 c.p.p.")
    assert ask(needs=Needs(BasisKind.COMPITO)) == gate.Basis(BasisKind.COMPITO)
    vital = answer(kind=BasisKind.INTERESSE_VITALE, until=AT + timedelta(hours=1))
    assert ask() == gate.Basis(BasisKind.INTERESSE_VITALE, vital.id, vital.until)


@pytest.mark.parametrize(
    ("kind", "duty"),
    [(BasisKind.INTERESSE_VITALE, None), (BasisKind.OBBLIGO, None), (BasisKind.OBBLIGO, ""), (BasisKind.ADESIONE, "x")],
)
def test_a_step_cannot_need_what_only_a_person_can_invoke_nor_a_duty_without_a_name(
    kind: BasisKind, duty: str | None
) -> None:
    with pytest.raises(ValueError, match="a step needs"):
        Needs(kind, duty)


def test_every_purpose_has_a_name_in_both_languages_and_an_id_fit_for_a_diagram() -> None:
    for key, purpose in purposes.KNOWN.items():
        assert key == purpose.id
        assert key.replace("_", "a").isascii()
        assert purpose.title_it
        assert purpose.title_en
    assert {"dati_regione", "contatti"}.isdisjoint(purposes.OF_HANDOVERS)


def test_an_agency_that_is_kept_out_is_told_on_no_basis(
    session: Session, network: Network, agency: Agency, case_id: UUID, user: User, answer: Any, ask: Any
) -> None:
    answer()
    who = {"put_by_id": user.id, "controller_id": agency.id}
    session.add(Exclusion(network_id=network.id, case_id=case_id, agency_id=agency.id, **who))
    session.flush()
    assert ask() is None
    assert ask(needs=Needs(BasisKind.OBBLIGO, duty="art. 331 c.p.p.")) is None
