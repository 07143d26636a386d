"""Fiscal codes: off unless somebody says why, apart from everything, read by the lead alone, and gone when they go."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import make_transient

from engine import crypto, errors
from engine.audit import AuditEntry
from engine.blind import BlindEntry
from engine.cases import case_page, erasure, exclusions, fiscal_codes, lifecycle, search, tombstones
from engine.cases.erasure_models import Erasure
from engine.cases.exclusions import Subject
from engine.cases.fiscal_code_models import FiscalCode, FiscalCodeUse
from engine.cases.models import Case
from engine.crypto import CaseKey
from engine.participants.access import Action, Actor
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.test_erasure import erase, second

__all__ = ["second"]  # a fixture

CODE, OTHER = "RSSMRA85T10A562S", "HMRDSH03L52Y621O"
LATER = after(hours=1)


@pytest.fixture
def allowed(world: World) -> None:
    with world.at(START) as session:
        fiscal_codes.switch_on(session, world.people["amministratrice"], world.agencies["cav"], reason="Tessera")


@pytest.fixture
def case(world: World, allowed: None) -> Case:
    case = world.open_case()
    record(world, case, "rssmra85t10 a562s")
    return case


def record(world: World, case: Case, text: str, *, by: str = "operatrice.cav") -> None:
    with world.at(LATER) as session:
        fiscal_codes.record(session, world.people[by], case.id, world.agencies["cav"], text)


def opened(world: World, case: Case, *, by: str = "responsabile.cav", purpose: str = "prestazione") -> str:
    with world.at(LATER) as session:
        return fiscal_codes.open_(session, world.people[by], case.id, world.agencies["cav"], purpose)


def found(world: World, text: str, *, by: str = "responsabile.cav") -> list[str]:
    with world.at(LATER) as session:
        return [row.code for row in search.find(session, world.people[by], "codice_fiscale", text)]


def test_it_is_off_until_the_administrator_says_why(world: World) -> None:
    case, cav = world.open_case(), world.agencies["cav"]
    for verb in (lambda: record(world, case, CODE), lambda: opened(world, case), lambda: _take_away(world, case)):
        with pytest.raises(errors.NotFound):
            verb()
    with pytest.raises(errors.InvalidValue, match="required"):
        found(world, CODE)
    with world.at(START) as session:
        for name in ("responsabile.cav", "coordinatrice", "progettista"):
            with pytest.raises(errors.Forbidden):
                fiscal_codes.switch_on(session, world.people[name], cav, reason="x")
        administrator = world.people["amministratrice"]
        with pytest.raises(errors.InvalidValue, match="required"):
            fiscal_codes.switch_on(session, administrator, cav, reason=" ")
        fiscal_codes.switch_on(session, administrator, cav, reason="Esenzione ticket")
        with pytest.raises(errors.InvalidValue, match="in_use"):
            fiscal_codes.switch_on(session, administrator, cav, reason="x")
    record(world, case, CODE)
    (use,) = world.rows(FiscalCodeUse)
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "fiscal_codes.switched_on")
    assert (use.reason, entry.subject_id, entry.details) == ("Esenzione ticket", str(cav), {"use": str(use.id)})


def test_switched_off_nobody_reads_or_finds_what_is_there(world: World, case: Case) -> None:
    with world.at(LATER) as session:
        fiscal_codes.switch_off(session, world.people["amministratrice"], world.agencies["cav"])
    with pytest.raises(errors.NotFound):
        opened(world, case)
    with pytest.raises(errors.InvalidValue):
        found(world, CODE)


def test_workers_write_it_down_and_their_lead_alone_reads_it(world: World, case: Case) -> None:
    assert opened(world, case) == CODE
    for name in ("operatrice.cav", "collega.cav"):
        with pytest.raises(errors.Forbidden):
            opened(world, case, by=name)
        with pytest.raises(errors.InvalidValue):
            found(world, CODE, by=name)
    assert found(world, CODE) == found(world, CODE.lower()) == [case.code]
    assert found(world, OTHER) == found(world, CODE[:-1]) == []


@pytest.mark.parametrize("by", ["estranea", "supervisora", "operatrice.capofila", "coordinatrice", "forestiera"])
def test_for_everybody_else_there_is_none(world: World, case: Case, by: str) -> None:
    for verb in (lambda: opened(world, case, by=by), lambda: record(world, case, CODE, by=by)):
        with pytest.raises(errors.NotFound):
            verb()
    with pytest.raises((errors.InvalidValue, errors.Forbidden)):
        found(world, CODE, by=by)


def test_the_page_of_the_case_leads_there_only_where_it_is_on(world: World, case: Case) -> None:
    with world.at(LATER) as session:
        for name, leads in (("operatrice.cav", True), ("supervisora", False)):
            try:
                may = case_page.case(session, world.people[name], case.id).may
            except errors.NotFound:
                may = frozenset()
            assert (Action.RECORD_FISCAL_CODE in may) is leads
        _case, (kept,) = fiscal_codes.show(session, world.people["operatrice.cav"], case.id)
    assert (kept.recorded_at is not None, kept.may_record, kept.may_open) == (True, True, False)


def test_who_is_kept_out_does_not_read_it_and_does_not_find_the_case(world: World, case: Case) -> None:
    with world.at(LATER) as session:
        kept_out = Subject(user_id=world.people["responsabile.cav"].user_id)
        exclusions.put(session, world.people["operatrice.cav"], case.id, kept_out, reason="parente")
    with pytest.raises(errors.NotFound):
        opened(world, case)
    assert found(world, CODE) == []


@pytest.mark.parametrize(
    ("text", "code"), [("", "required"), ("RSSMRA", "fiscal_code_form"), (CODE[:-1] + "A", "fiscal_code_check")]
)
def test_a_wrong_code_is_refused_and_the_one_before_stays(world: World, case: Case, text: str, code: str) -> None:
    with pytest.raises(errors.InvalidValue, match=code):
        record(world, case, text)
    assert opened(world, case) == CODE


def test_each_opening_is_audited_for_a_purpose_and_without_the_code(world: World, case: Case) -> None:
    for purpose, code in (("", "required"), ("curiosità", "unknown")):
        with pytest.raises(errors.InvalidValue, match=code):
            opened(world, case, purpose=purpose)
    opened(world, case, purpose="atto")
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "fiscal_code.opened")
    lead = world.people["responsabile.cav"].user_id
    assert (entry.actor_id, entry.case_id, entry.agency_id) == (lead, case.id, world.agencies["cav"])
    assert entry.details == {"purpose": "atto"}
    assert [row.action for row in world.rows(AuditEntry, AuditEntry.action.like("fiscal\\_code.%"))] == [
        "fiscal_code.recorded",
        "fiscal_code.opened",
    ]


def test_it_stands_nowhere_but_in_its_store_under_a_key_of_its_own(world: World, case: Case) -> None:
    (row,) = world.rows(FiscalCode)
    assert world.rows(BlindEntry, BlindEntry.kind == "codice_fiscale") == []
    assert world.rows(CaseKey, CaseKey.controller_id == row.id)
    with world.at(LATER) as session, pytest.raises(errors.SealBroken):
        # The agency's key alone does not open it: what is under it is sealed once more.
        where = {"case_id": case.id, "table": "fiscal_code", "field": f"code:{row.id}"}
        inner = crypto.open_(session, row.sealed, controller_id=row.agency_id, key_version=row.key_version, **where)
        assert CODE.encode() not in inner
        crypto.open_(session, inner, controller_id=row.agency_id, key_version=row.key_version, **where)


def test_a_new_one_replaces_it_and_by_her_wish_it_goes(world: World, case: Case) -> None:
    record(world, case, OTHER)
    assert opened(world, case) == OTHER
    assert found(world, CODE) == []
    with world.at(LATER) as session:
        fiscal_codes.take_away(session, world.people["operatrice.cav"], case.id, world.agencies["cav"])
    with pytest.raises(errors.NotFound):
        opened(world, case)
    assert (world.rows(FiscalCode), found(world, OTHER)) == ([], [])
    assert sorted(row.ground.value for row in world.rows(Erasure)) == ["errore", "richiesta"]
    with world.at(LATER) as session:
        page = case_page.case(session, world.people["operatrice.cav"], case.id)
    assert page.erased == (), "the agency's records are all there"


def test_what_a_restore_brings_back_goes_again(world: World, case: Case, tmp_path: Path) -> None:
    (row,) = world.rows(FiscalCode)
    (before,) = world.rows(CaseKey, CaseKey.controller_id == row.id)
    with world.at(LATER) as session:
        fiscal_codes.take_away(session, world.people["operatrice.cav"], case.id, world.agencies["cav"])
    assert tombstones.keep(tmp_path / "stones") == 1
    with world.at(LATER) as session:
        key = session.get_one(CaseKey, (case.id, row.id, 1))
        key.wrapped, key.destroyed_at = before.wrapped, None
        make_transient(row)
        session.add(row)
    assert opened(world, case) == CODE
    with world.at(LATER) as session:
        assert tombstones.replay(session, tombstones.read(tmp_path / "stones")) == 1
    with pytest.raises(errors.NotFound):
        opened(world, case)


def test_while_an_authority_holds_the_case_it_stays(world: World, case: Case) -> None:
    with world.at(LATER) as session:
        erasure.hold(session, world.people["responsabile.cav"], case.id, "procura")
    for change in (lambda: record(world, case, OTHER), lambda: _take_away(world, case)):
        with pytest.raises(errors.Conflict, match="erasure_held"):
            change()
    assert opened(world, case) == CODE


def _take_away(world: World, case: Case) -> None:
    with world.at(LATER) as session:
        fiscal_codes.take_away(session, world.people["operatrice.cav"], case.id, world.agencies["cav"])


def test_it_is_erased_with_the_case(world: World, case: Case, second: Actor) -> None:
    (row,) = world.rows(FiscalCode)
    with world.at(LATER) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="x")
    erase(world, case, second)
    assert world.rows(FiscalCode) == []
    assert all(key.destroyed_at for key in world.rows(CaseKey, CaseKey.controller_id.in_([row.id, row.agency_id])))
