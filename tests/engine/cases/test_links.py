"""Two contacts of one woman: told to who may know of both, linked by her wish, never one; the shorter clock counts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from engine import errors
from engine.audit import AuditEntry
from engine.cases import erasure, exclusions, links, task_page
from engine.cases.link_models import CaseLink
from engine.cases.models import Case, CaseEvent, FormSubmission, UserTask
from engine.consent.models import Manner
from engine.deadlines.models import Deadline, DeadlineClock, Rung, RungStatus, RungStep
from engine.definitions import deployment
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.protocols import deadline, end, form, process, start, task
from tests.engine.cases.test_concurrency import at_once
from tests.engine.cases.test_search import _field

ME, OTHER = "operatrice.cav", "collega.cav"
FORM = form("chi", _field("nome", "nome"), _field("numero", "telefono"))
DIAGRAM = process(
    "chi",
    [
        start("inizio"),
        task("accoglie", form="chi"),
        task("richiama", deadline("reception", "T.giorno"), deadline("conclusion", "T.mese")),
        end("fatto"),
    ],
    [("inizio", "accoglie"), ("accoglie", "richiama"), ("richiama", "fatto")],
    lanes={"cav": "inizio accoglie richiama fatto"},
)
LATER = after(hours=3)


@pytest.fixture(autouse=True)
def protocol(world: World) -> None:
    """The diagram in force that asks for a name and a number."""
    with world.at(after(minutes=-5)) as session:
        deployment.deploy(session, world.people["progettista"], {"chi.bpmn": DIAGRAM}, forms_given={"chi": FORM})


def contact(world: World, at: Any = START, *, nome: str = "Prima Prova", numero: str = "3295550147") -> Case:
    case = world.start("chi", at)
    world.do(at, case, "accoglie", {"nome": nome, "numero": numero})
    return case


@pytest.fixture
def pair(world: World) -> tuple[Case, Case]:
    """Two contacts with one telephone number; the second one two hours later."""
    return contact(world), contact(world, after(hours=2), nome="Seconda Prova", numero="+39 329 555 0147")


def shown(world: World, case: Case, *, by: str = ME, at: Any = LATER) -> links.LinksPage:
    with world.at(at) as session:
        return links.show(session, world.people[by], case.id)


def link(world: World, case: Case, code: str, *, by: str = ME, at: Any = LATER, **said: Any) -> CaseLink:
    with world.at(at) as session:
        return links.link(session, world.people[by], case.id, code, **{"manner": Manner.A_VOCE, **said})


def test_the_same_number_suggests_the_other_contact_and_says_what_is_the_same(
    world: World, pair: tuple[Case, Case]
) -> None:
    first, second = pair
    contact(world, nome="Terza Prova", numero="029876543")
    for case, other in (pair, pair[::-1]):
        (one,) = shown(world, case).suggestions
        assert (one.code, one.kinds) == (other.code, ("telefono",))
    third = contact(world, nome="PROVA, prima", numero="3295550147")
    assert {one.code: one.kinds for one in shown(world, third).suggestions} == {
        first.code: ("nome", "telefono"),
        second.code: ("telefono",),
    }


def test_it_is_suggested_to_nobody_who_may_not_know_of_both(world: World, pair: tuple[Case, Case]) -> None:
    first, second = pair
    for name in ("estranea", "forestiera", "supervisora", "coordinatrice"):
        with pytest.raises(errors.NotFound):
            shown(world, first, by=name)
    with world.at(LATER) as session:
        exclusions.abstain(session, world.people[OTHER], second.id)
    page = shown(world, first, by=OTHER)
    assert (page.suggestions, page.links) == ((), ())
    with pytest.raises(errors.InvalidValue) as refused:
        link(world, first, second.code, by=OTHER)
    with pytest.raises(errors.InvalidValue) as unknown:
        link(world, first, "2345-67", by=OTHER)
    assert (refused.value.field, refused.value.code) == (unknown.value.field, unknown.value.code) == ("code", "unknown")
    row = link(world, first, second.code)
    assert shown(world, first, by=OTHER).links == ()
    with pytest.raises(errors.NotFound), world.at(LATER) as session:
        links.unlink(session, world.people[OTHER], first.id, row.id)
    assert [one.code for one in shown(world, first).links] == [second.code]


def everything(world: World, *cases: Case) -> list[Any]:
    """All that is kept of cases but the audit and the links."""
    found = []
    for kind in (Case, UserTask, Deadline, FormSubmission, CaseEvent):
        key = Case.id if kind is Case else kind.case_id
        rows = world.rows(kind, key.in_([case.id for case in cases]))
        found += sorted(str({k: v for k, v in vars(row).items() if not k.startswith("_")}) for row in rows)
    return found


def test_a_link_is_no_merge_says_who_asked_and_when_and_leaves_nothing_when_it_is_taken_away(
    world: World, pair: tuple[Case, Case]
) -> None:
    first, second = pair
    before = everything(world, first, second)
    row = link(world, second, first.code.lower(), manner=Manner.PER_TELEFONO, happened_at=after(hours=2, minutes=30))
    assert everything(world, first, second) == before
    for case, other in (pair, pair[::-1]):
        (one,) = shown(world, case).links
        assert (one.code, one.manner, one.happened_at) == (other.code, Manner.PER_TELEFONO, row.happened_at)
        assert (one.asked_by, shown(world, case).suggestions) == (ME, ())
    with world.at(LATER) as session:
        links.unlink(session, world.people[OTHER], first.id, row.id)
    assert everything(world, first, second) == before
    assert shown(world, first).links == ()
    assert [one.code for one in shown(world, first).suggestions] == [second.code]
    noted = {(entry.action, entry.case_id) for entry in world.rows(AuditEntry, AuditEntry.subject_type == "case_link")}
    assert noted == {(act, case.id) for act in ("case.linked", "case.unlinked") for case in pair}
    with pytest.raises(errors.NotFound), world.at(LATER) as session:
        links.unlink(session, world.people[ME], first.id, row.id)
    link(world, first, second.code)


@pytest.mark.parametrize("code", ["", "2345-67", "???"])
def test_what_is_no_case_of_one_s_own_is_not_linked(world: World, pair: tuple[Case, Case], code: str) -> None:
    with pytest.raises(errors.InvalidValue, match="unknown"):
        link(world, pair[0], code)
    with pytest.raises(errors.InvalidValue, match="the_same_case"):
        link(world, pair[0], pair[0].code)
    link(world, *[pair[0], pair[1].code])
    with pytest.raises(errors.InvalidValue, match="linked_already"):
        link(world, pair[1], pair[0].code)


def shorter(world: World, case: Case, *, by: str = ME) -> list[dict[str, Any]]:
    with world.at(LATER) as session:
        page = task_page.task(session, world.people[by], world.task(case, "richiama"))
    return [asdict(one) for one in page.shorter]


def test_of_the_step_that_is_owed_in_both_the_shorter_clock_counts_while_they_are_linked(
    world: World, pair: tuple[Case, Case]
) -> None:
    first, second = pair
    assert shorter(world, second) == []
    row = link(world, first, second.code)
    due = {each.clock: each.due_at for each in world.rows(Deadline, Deadline.case_id == first.id)}
    assert shorter(world, first) == []
    assert shorter(world, second) == [
        {"clock": name, "due_at": due[name], "case_code": first.code}
        for name in (DeadlineClock.RECEPTION, DeadlineClock.CONCLUSION)
    ]
    world.claim(LATER, first, "richiama")
    assert [one["clock"] for one in shorter(world, second)] == [DeadlineClock.CONCLUSION]
    with world.at(LATER) as session:
        links.unlink(session, world.people[ME], first.id, row.id)
    assert shorter(world, second) == []


def test_the_shorter_clock_rings_first_whatever_becomes_of_the_link(world: World, pair: tuple[Case, Case]) -> None:
    first, second = pair
    row = link(world, first, second.code)
    (due,) = {one.due_at for one in world.rows(Deadline, Deadline.case_id == first.id, Deadline.clock == "reception")}
    with world.at(LATER) as session:
        links.unlink(session, world.people[ME], second.id, row.id)
    world.worker_at(due)
    climbed = world.rows(Rung, Rung.step == RungStep.BREACH, Rung.state == RungStatus.FIRED)
    assert [rung.case_id for rung in climbed] == [first.id]


def test_two_at_once_make_one_link_and_take_it_away_once(world: World, pair: tuple[Case, Case]) -> None:
    first, second = pair

    def act(session: Session, name: str, here: Case, there: Case) -> None:
        links.link(session, world.people[name], here.id, there.code, manner=Manner.A_VOCE)

    acts = [
        lambda session, name=name, turn=turn: act(session, name, *turn)
        for name in (ME, OTHER)
        for turn in (pair, pair[::-1])
    ]
    assert sorted(at_once(acts, [LATER] * 4)) == ["InvalidValue"] * 3 + ["done"]
    (row,) = world.rows(CaseLink)
    ends = [
        lambda session, name=name, case_id=case_id: links.unlink(session, world.people[name], case_id, row.id)
        for name in (ME, OTHER)
        for case_id in (first.id, second.id)
    ]
    assert sorted(at_once(ends, [LATER] * 4)) == ["NotFound"] * 3 + ["done"]


def test_a_forged_id_ends_no_link(world: World, pair: tuple[Case, Case]) -> None:
    row, third = link(world, pair[0], pair[1].code), contact(world)
    for case_id, link_id in ((third.id, row.id), (pair[0].id, UUID(int=7)), (UUID(int=7), row.id)):
        with pytest.raises(errors.NotFound), world.at(LATER) as session:
            links.unlink(session, world.people[ME], case_id, link_id)


def test_what_is_erased_leaves_no_link(world: World, pair: tuple[Case, Case]) -> None:
    link(world, pair[0], pair[1].code)
    with world.at(LATER) as session:
        erasure.destroy(session, pair[1].id, world.agencies["estraneo"])
    assert len(world.rows(CaseLink)) == 1
    with world.at(LATER) as session:
        erasure.destroy(session, pair[1].id, world.agencies["cav"])
    assert world.rows(CaseLink) == []


def test_a_worker_of_another_agency_of_the_case_suggests_nothing_that_hers_has_not_written(
    world: World, pair: tuple[Case, Case]
) -> None:
    with world.at(LATER) as session:
        person = world.people["estranea"].user_id
        cav = world.agencies["cav"]
        directory.create_membership(session, network_id=world.network_id, user_id=person, agency_id=cav, role=Role.DPO)
    with pytest.raises(errors.NotFound), world.at(LATER) as session:
        actor = directory.actor(session, person, world.network_id)
        links.show(session, actor, pair[0].id)
