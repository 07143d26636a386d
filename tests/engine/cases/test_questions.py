"""Questions between agencies on a step."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, db, errors
from engine.audit import AuditEntry
from engine.cases import exclusions, inbox, pauses, questions, tasks
from engine.cases.models import Case, CaseEvent, UserTask
from engine.cases.question_models import Question
from engine.consent.models import Manner
from engine.notifications.models import Notice
from engine.participants import directory
from engine.participants.models import CaseParticipation, Channel, Role
from tests.engine.cases.conftest import PASSWORD, World, after
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.test_misfiling import at_once

STEP = "accetta_invio"


def take_part(world: World, case: Case, agency: str) -> None:
    with world.at(after()) as session:
        part = {"network_id": world.network_id, "case_id": case.id, "lane": f"altro_{agency}", "basis": "avvio"}
        session.add(CaseParticipation(**part, agency_id=world.agencies[agency], since=clock.now()))


@pytest.fixture
def case(world: World) -> Case:
    """A case of the centre in which the other centre takes part too."""
    made = world.open_case()
    take_part(world, made, "estraneo")
    return made


def ask(
    world: World, case: Case, *, to: str = "estraneo", by: str = "operatrice.cav", text: str = "Avete un posto?"
) -> Question:
    with world.at(after(minutes=1)) as session:
        task_id = world.task(case, STEP)
        return questions.ask(session, world.people[by], task_id, to_agency=world.agencies[to], text=text)


def answer(world: World, question: Question, *, by: str = "estranea", minute: float = 5, **options: UUID) -> Question:
    with world.at(after(minutes=minute)) as session:
        return questions.answer(session, world.people[by], question.id, "Sì, due.", **options)


def lists(world: World, who: str, minute: float = 2) -> questions.Lists:
    with world.at(after(minutes=minute)) as session:
        return questions.lists(session, world.people[who])


def notices(kind: str) -> list[tuple[str | None, UUID | None, UUID | None]]:
    with Session(db.engine()) as session:
        rows = session.scalars(select(Notice).where(Notice.kind == kind)).all()
        return [(row.role, row.agency_id, row.user_id) for row in rows]


def test_a_question_is_answered_and_both_sides_read_it(world: World, case: Case) -> None:
    asked = ask(world, case)
    assert notices("question_asked") == [(Role.OPERATRICE, world.agencies["estraneo"], None)]
    (waiting,) = lists(world, "estranea").to_answer
    assert (waiting.question, waiting.open, waiting.answerable) == ("Avete un posto?", True, True)
    assert (waiting.task_id, waiting.task_name, waiting.asked_by_name) == (None, None, None), "the step is not theirs"
    answer(world, asked)
    assert lists(world, "estranea", 6).to_answer == ()
    (read,) = lists(world, "collega.cav", 6).asked
    assert (read.answer, read.open, read.answered_at) == ("Sì, due.", False, after(minutes=5))
    assert notices("question_answered") == [(None, None, world.people["operatrice.cav"].user_id)]
    with Session(db.engine()) as session:
        kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case.id)).all()
        acts = set(session.scalars(select(AuditEntry.action).where(AuditEntry.case_id == case.id)))
        row = session.get_one(Question, asked.id)
        assert b"posto" not in row.sealed
        assert b"due" not in (row.sealed_answer or b"")
    assert {"question_asked", "question_answered"} <= set(kinds)
    assert {"question.asked", "question.read", "question.answered"} <= acts


def test_who_does_not_take_part_is_not_asked_that_is_a_hand_over(world: World, case: Case) -> None:
    for agency, code in (("supervisione", "not_taking_part"), ("cav", "own_agency")):
        with pytest.raises(errors.InvalidValue) as refused:
            ask(world, case, to=agency)
        assert (refused.value.field, refused.value.code) == ("to_agency", code)
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(errors.InvalidValue):
            ask(world, case, text=text)
    for stranger in ("estranea", "supervisora", "coordinatrice"):
        with pytest.raises(errors.Refused):
            ask(world, case, by=stranger)
    with Session(db.engine()) as session:
        assert session.scalars(select(Question)).all() == []


def test_only_the_asked_agency_answers_and_only_once(world: World, case: Case) -> None:
    asked = ask(world, case)
    with pytest.raises(errors.NotFound):
        answer(world, asked, by="supervisora")
    with pytest.raises(errors.NotFound):
        answer(world, asked, by="collega.cav")
    with pytest.raises(errors.InvalidValue):
        answer(world, asked, on_behalf_of=world.agencies["estraneo"])
    answer(world, asked)
    with pytest.raises(errors.Conflict, match="question_over"):
        answer(world, asked, minute=6)


def test_when_the_step_is_over_there_is_nothing_to_answer(world: World, case: Case) -> None:
    asked = ask(world, case)
    task_id = world.claim(after(minutes=2), case, STEP)
    with world.at(after(minutes=3)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"esito_invio": "accetta"})
    assert lists(world, "estranea", 4).to_answer == ()
    with pytest.raises(errors.Conflict, match="question_over"):
        answer(world, asked)
    with world.at(after(hours=999)) as session:
        questions.climb(session)
    assert notices("question_late") == []


def test_whoever_has_the_step_after_her_reads_nothing_of_what_she_asked(world: World) -> None:
    relay = Relay.of(world)
    case = relay.accepted()
    with world.at(after(minutes=1)) as session:
        asking, asked = world.people["rosa.operatrice"], world.agencies["cav"]
        questions.ask(session, asking, relay.baton(case).id, to_agency=asked, text="C'è posto?")
    relay.act("revoke", case, after(minutes=2), by="responsabile.cav", reason="non serve più")
    relay.agrees(case, "viola", after(minutes=3))
    relay.send(case, "viola", after(minutes=3))
    relay.act("accept", case, after(minutes=4), by="viola.operatrice")
    with world.at(after(minutes=5)) as session:
        assert questions.on_step(session, world.people["viola.operatrice"], relay.baton(case).id).questions == ()


def test_whose_part_has_ended_reads_and_answers_no_more(world: World, case: Case) -> None:
    asked = ask(world, case)
    with world.at(after(minutes=3)) as session:
        query = select(CaseParticipation).where(CaseParticipation.agency_id == world.agencies["estraneo"])
        session.scalars(query).one().until = clock.now()
    assert lists(world, "estranea", 4).to_answer == ()
    with pytest.raises(errors.NotFound):
        answer(world, asked)


def test_an_agency_without_computers_is_called_and_who_asks_records_its_answer(world: World, case: Case) -> None:
    take_part(world, case, "centralino")
    asked = ask(world, case, to="centralino")
    assert notices("question_asked") == [(Role.OPERATRICE, world.agencies["cav"], None)]
    (waiting,) = lists(world, "collega.cav").to_answer
    assert (waiting.to_channel, waiting.on_behalf, waiting.answerable) == (Channel.TELEFONO, True, True)
    with pytest.raises(errors.Forbidden, match="on_behalf_of_needed"):
        answer(world, asked, by="collega.cav")
    done = answer(world, asked, by="collega.cav", on_behalf_of=world.agencies["centralino"])
    assert done.on_behalf_of_id == world.agencies["centralino"]


def test_a_late_question_climbs_and_stands_on_the_board(world: World, case: Case) -> None:
    with world.at(after()) as session:
        user = directory.create_user(session, username="lead", display_name="lead", password=PASSWORD)
        here = {"network_id": world.network_id, "agency_id": world.agencies["estraneo"]}
        directory.create_membership(session, user_id=user.id, role=Role.RESPONSABILE, **here)
    asked = ask(world, case)
    assert asked.due_at > after(days=1), "two working days of the asked agency"

    def climbed(at: datetime) -> tuple[int, int]:
        with world.at(at) as session:
            questions.climb(session)
        return len(notices("question_due")), len(notices("question_late"))

    assert climbed(after(hours=1)) == (0, 0)
    assert asked.climbs_at is not None
    assert climbed(asked.climbs_at) == climbed(asked.climbs_at + timedelta(minutes=5)) == (1, 0)
    assert climbed(asked.due_at) == (1, 2), "the lead of the asked agency and who asked"
    last = asked.due_at + (asked.due_at - asked.asked_at)
    assert climbed(last) == climbed(last + timedelta(days=9)) == (1, 3), "the coordination"
    with world.at(last) as session:
        (late,) = questions.waiting(session, world.people["coordinatrice"])
        assert (late.case_code, late.due_at) == (case.code, asked.due_at)
        lead = directory.actor(session, user.id, world.network_id)
        assert lead is not None
        assert len(questions.waiting(session, lead)) == 1
        assert questions.waiting(session, world.people["responsabile.cav"]) == ()


def test_on_a_step_that_her_pause_holds_a_question_waits_and_has_then_what_was_left(world: World, case: Case) -> None:
    asked, person = ask(world, case), world.people["operatrice.cav"]
    with world.at(after(minutes=2)) as session:
        pauses.pause(session, person, case.id, manner=Manner.A_VOCE, until=after(days=70))
    with world.at(after(days=27)) as session:
        questions.climb(session)
        assert questions.waiting(session, world.people["coordinatrice"]) == ()
        assert questions.lists(session, world.people["estranea"]).to_answer == ()
        assert inbox.page(session, world.people["estranea"]).questions == 0
        (row,) = questions.lists(session, person).asked
        assert (row.open, row.held, row.late, row.answerable) == (True, True, False, False)
    assert notices("question_due") == notices("question_late") == []
    with pytest.raises(errors.PathHeld):
        answer(world, asked)
    with world.at(after(days=28, minutes=2)) as session:
        pauses.resume(session, person, case.id)
    with world.at(asked.due_at + timedelta(days=28) - timedelta(minutes=1)) as session:
        (row,) = questions.lists(session, world.people["estranea"]).to_answer
        assert (row.due_at, row.held, row.late) == (asked.due_at + timedelta(days=28), False, False)
        questions.climb(session)
    assert (len(notices("question_due")), notices("question_late")) == (1, [])
    length = asked.due_at - asked.asked_at
    for at, told in ((row.due_at, 2), (row.due_at + length, 3)):
        with world.at(at) as session:
            questions.climb(session)
        assert len(notices("question_late")) == told, "as long again as they had, not as long as the pause"


def test_a_step_that_the_law_demands_goes_on_in_a_pause_and_so_do_its_questions(world: World) -> None:
    case = world.start("orologi", urgenza="bassa")
    take_part(world, case, "estraneo")
    with world.at(after(minutes=1)) as session:
        (task,) = session.scalars(select(UserTask).where(UserTask.case_id == case.id))
        to = world.agencies["estraneo"]
        asked = questions.ask(session, world.people["operatrice.cav"], task.id, to_agency=to, text="Quando?")
    with world.at(after(minutes=2)) as session:
        person = world.people["operatrice.cav"]
        pauses.pause(session, person, case.id, manner=Manner.A_VOCE, until=after(days=70))
    with world.at(asked.due_at) as session:
        questions.climb(session)
    assert len(notices("question_late")) > 0
    answer(world, asked)


def test_the_inbox_of_the_asked_agency_counts_what_waits(world: World, case: Case) -> None:
    def counted(who: str) -> int:
        with world.at(after(minutes=9)) as session:
            return inbox.page(session, world.people[who]).questions

    assert counted("estranea") == 0
    asked = ask(world, case)
    assert (counted("estranea"), counted("operatrice.cav"), counted("supervisora")) == (1, 0, 0)
    answer(world, asked)
    assert counted("estranea") == 0


def test_of_two_answers_at_once_one_counts(world: World, case: Case) -> None:
    asked = ask(world, case)
    done = at_once([lambda: answer(world, asked), lambda: answer(world, asked, minute=6)])
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    with Session(db.engine()) as session:
        kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == case.id)).all()
    assert kinds.count("question_answered") == 1


def test_an_agency_that_is_kept_out_is_not_asked(world: World, case: Case) -> None:
    with world.at(after(minutes=1)) as session:
        subject = exclusions.Subject(agency_id=world.agencies["estraneo"])
        exclusions.put(session, world.people["operatrice.cav"], case.id, subject, reason="Ci lavora lui.")
    with pytest.raises(errors.InvalidValue, match="not_taking_part"):
        ask(world, case)
