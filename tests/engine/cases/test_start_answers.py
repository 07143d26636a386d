"""What a process is started with: kept like any other answer, read by whom it is for, corrected by whoever said it."""

from __future__ import annotations

from uuid import UUID

import pytest

from engine import errors, notifications
from engine.cases import case_page, corrections, lifecycle, submission_page, submissions, task_page
from engine.cases.models import Case, CaseState, FormSubmission, ProcessInstance, SubmissionKind
from engine.cases.submission_page import RequestPage
from engine.participants import directory
from engine.participants.models import Role
from tests.engine.cases.conftest import PASSWORD, START, World, after

SOON, LATER = after(minutes=5), after(minutes=10)
ASKED = {"rischio_segnalato": "ALTO", "canale": "pronto_soccorso"}


@pytest.fixture
def case(world: World) -> Case:
    """A case that the supervision sends to the centre: it plays no lane of the protocol so far."""
    case = world.start("accoglienza_cav", by="supervisora", **ASKED)
    world.claim(START, case, "accetta_invio")
    return case


@pytest.fixture
def request_id(world: World, case: Case) -> UUID:
    (row,) = world.rows(FormSubmission)
    return row.id


def asked(world: World, case: Case, element_id: str, by: str) -> RequestPage | None:
    task_id = world.task(case, element_id)
    with world.at(SOON) as session:
        return task_page.task(session, world.people[by], task_id).request


def listed(world: World, case: Case, by: str) -> list[tuple[str | None, bool]]:
    with world.at(SOON) as session:
        return [(row.task_name, row.own) for row in case_page.case(session, world.people[by], case.id).submissions]


def test_it_is_an_answer_of_the_agency_that_opened(world: World, case: Case) -> None:
    (row,) = world.rows(FormSubmission)
    (instance,) = world.rows(ProcessInstance)
    assert (row.task_id, row.instance_id, row.kind) == (None, instance.id, SubmissionKind.ANSWER)
    assert row.controller_id == instance.opened_by_agency_id == world.agencies["supervisione"]


def test_a_process_without_start_form_leaves_none(world: World) -> None:
    world.start("conteso")
    assert world.rows(FormSubmission) == []


def test_the_agency_that_owes_a_step_reads_it_with_the_step(world: World, case: Case) -> None:
    found = asked(world, case, "accetta_invio", "operatrice.cav")
    assert found is not None
    assert found.values == ASKED
    assert (found.row.agency_name, found.row.submitted_by_name, found.corrected) == ("Supervisione", None, False)
    assert listed(world, case, "operatrice.cav") == [(None, False)]


def test_the_agency_that_opened_reads_its_own(world: World, case: Case, request_id: UUID) -> None:
    assert listed(world, case, "supervisora") == [(None, True)]
    with world.at(SOON) as session:
        page = submission_page.submission(session, world.people["supervisora"], request_id)
    assert (page.values, page.row.submitted_by_name, page.row.correctable) == (ASKED, "supervisora", True)


@pytest.mark.parametrize("name", ["estranea", "operatrice.capofila", "coordinatrice", "forestiera", "amministratrice"])
def test_an_agency_without_part_sees_nothing(world: World, case: Case, request_id: UUID, name: str) -> None:
    with world.at(SOON) as session:
        actor = world.people[name]
        with pytest.raises(errors.NotFound):
            submission_page.submission(session, actor, request_id)
        with pytest.raises(errors.NotFound):
            submissions.find(session, actor, request_id)
        (instance,) = world.rows(ProcessInstance)
        assert submission_page.request(session, actor, instance.id) is None
        with pytest.raises(errors.NotFound):
            corrections.correct(session, actor, request_id, ASKED, reason="prova")


def test_a_part_begins_with_its_first_step_and_ends_when_the_lane_goes_on(
    world: World, case: Case, request_id: UUID
) -> None:
    """The centre declines: the coordination decides, and reads; then another centre does, and the first no more."""
    world.do(SOON, case, "accetta_invio", {"esito_invio": "declina", "motivo_rifiuto": "lingua"})
    world.claim(SOON, case, "riassegna_invio", by="operatrice.capofila")
    # It was handed the level of risk and the reason of the refusal, and not the request.
    assert asked(world, case, "riassegna_invio", "operatrice.capofila") is None
    with world.at(SOON) as session, pytest.raises(errors.NotFound):
        submissions.find(session, world.people["operatrice.capofila"], request_id)
    with world.at(SOON) as session, pytest.raises(errors.NotFound):
        submissions.find(session, world.people["estranea"], request_id)
    lanes = {"cav": world.agencies["estraneo"]}
    answer = {"mittente_avvisato": True}
    world.do(LATER, case, "riassegna_invio", answer, by="operatrice.capofila", lanes=lanes)
    world.pass_on(LATER, case)
    with world.at(LATER) as session, pytest.raises(errors.NotFound):
        submissions.find(session, world.people["estranea"], request_id)
    world.claim(LATER, case, "accetta_invio", by="estranea")
    with world.at(LATER) as session:
        assert submissions.find(session, world.people["estranea"], request_id).id == request_id
        with pytest.raises(errors.NotFound):
            submissions.find(session, world.people["operatrice.cav"], request_id)


def test_who_takes_part_in_another_process_of_the_case_only_does_not_read_it(world: World, request_id: UUID) -> None:
    (case,) = world.rows(Case)
    with world.at(SOON) as session:
        actor = world.people["operatrice.cav"]
        lifecycle.start_in(session, actor, case.id, "telefonata", lanes={})
    # The association without computers has the case before it now, and its step is another process's.
    with world.at(LATER) as session:
        user = directory.create_user(session, username="volontaria", display_name="volontaria", password=PASSWORD)
        place = world.agencies["telefono"]
        directory.create_membership(
            session, network_id=world.network_id, user_id=user.id, agency_id=place, role=Role.OPERATRICE
        )
        volunteer = directory.actor(session, user.id, world.network_id)
    assert volunteer is not None
    world.do(LATER, case, "apre", {"obbligatoria": "x"})
    world.claim(after(minutes=11), case, "ospita", on_behalf_of=world.agencies["telefono"])
    with world.at(after(minutes=11)) as session:
        assert case_page.case(session, volunteer, case.id).submissions == ()
        with pytest.raises(errors.NotFound):
            submissions.find(session, volunteer, request_id)


def test_its_author_corrects_it_the_readers_are_told_and_the_path_stays(
    world: World, case: Case, request_id: UUID
) -> None:
    before = [row.sealed for row in world.rows(CaseState)]
    new = {"rischio_segnalato": "MEDIO", "canale": "n1522"}
    with world.at(SOON) as session:
        correction = corrections.correct(session, world.people["supervisora"], request_id, new, reason="sbagliato")
    assert (correction.task_id, correction.corrects_id) == (None, request_id)
    assert correction.kind is SubmissionKind.CORRECTION
    assert [row.sealed for row in world.rows(CaseState)] == before
    found = asked(world, case, "accetta_invio", "operatrice.cav")
    assert found is not None
    assert (found.values, found.corrected) == (new, True)
    with world.at(LATER) as session:
        told = notifications.inbox(session, world.people["operatrice.cav"])
        timeline = case_page.case(session, world.people["operatrice.cav"], case.id).timeline
    assert [notice.kind for notice in told] == ["corrected", "handover_sent"]
    (line,) = [line for line in timeline if line.kind == "answer_corrected"]
    assert (line.agency_name, line.reason, line.actor_name) == ("Supervisione", None, None)


def test_whoever_only_reads_it_does_not_correct_it(world: World, case: Case, request_id: UUID) -> None:
    with world.at(SOON) as session, pytest.raises(errors.Forbidden):
        corrections.correct(session, world.people["operatrice.cav"], request_id, ASKED, reason="prova")
    assert len(world.rows(FormSubmission)) == 1


def test_a_wrong_correction_is_refused_by_the_start_form(world: World, case: Case, request_id: UUID) -> None:
    with world.at(SOON) as session, pytest.raises(errors.InvalidAnswer) as refused:
        corrections.correct(session, world.people["supervisora"], request_id, {"canale": "boh"}, reason="prova")
    assert refused.value.errors == {"rischio_segnalato": "required", "canale": "not_an_option"}
