"""What a case shows at a glance: its diagram with marks, and who is told next."""

from __future__ import annotations

import pytest

from engine import errors
from engine.audit import AuditEntry
from engine.cases import diagram, inbox, next_told
from engine.cases.diagram import Diagram, Mark
from engine.cases.models import Case, Incident
from engine.deadlines.models import RungStep
from engine.definitions import deployment
from engine.participants.models import Role
from tests.engine.cases import protocols
from tests.engine.cases.conftest import START, World, after


def diagrams(world: World, case: Case, who: str = "operatrice.cav", at: object = START) -> tuple[Diagram, ...]:
    with world.at(at) as session:  # type: ignore[arg-type]
        return diagram.of_case(session, world.people[who], case.id, foreign_name="Altro ente")


def test_the_open_step_is_marked_and_late_once_its_clock_has_run_out(world: World) -> None:
    case = world.open_case()
    (drawn,) = diagrams(world, case)
    assert drawn.marks == {"accetta_invio": Mark.CURRENT}
    (drawn,) = diagrams(world, case, at=after(hours=3))
    assert drawn.marks == {"accetta_invio": Mark.LATE}


def test_what_is_done_stays_marked_beside_what_comes_next(world: World) -> None:
    case = world.open_case()
    world.do(after(minutes=5), case, "accetta_invio", {"esito_invio": "accetta"})
    (drawn,) = diagrams(world, case, at=after(minutes=6))
    assert drawn.marks == {"accetta_invio": Mark.DONE, "fissa_colloquio": Mark.CURRENT}
    assert b'id="fissa_colloquio"' in drawn.bpmn


def test_a_protocol_without_a_drawing_gives_one_s_own_steps_in_words(world: World) -> None:
    others = protocols.task("altrui", protocols.TASK_OF_THE_NETWORK, protocols.deadline("conclusion", "T.giorno"))
    nodes = [protocols.start("inizio"), protocols.task("primo"), others, protocols.end("fatto")]
    lanes = {"cav": "inizio primo fatto", "capofila": "altrui"}
    line = [("inizio", "primo"), ("primo", "altrui"), ("altrui", "fatto")]
    source = protocols.process("non_disegnato", nodes, line, lanes=lanes)
    with world.at(START) as session:
        deployment.deploy(session, world.people["progettista"], {"a.bpmn": source}, forms_given=protocols.FORMS)
    case = world.start("non_disegnato")
    (listed,) = diagrams(world, case)
    assert (listed.bpmn, [element for element, _name in listed.steps]) == (None, ["primo"])
    assert listed.marks == {"primo": Mark.CURRENT}
    (drawn,) = diagrams(world, world.open_case())
    assert drawn.steps == ()


def test_a_step_that_is_gone_back_to_is_current_again(world: World) -> None:
    assert diagram._more(Mark.DONE, Mark.CURRENT) is Mark.CURRENT
    assert diagram._more(Mark.LATE, Mark.CURRENT) is Mark.LATE


def test_who_takes_no_part_gets_no_diagram(world: World) -> None:
    case = world.open_case()
    for stranger in ("estranea", "forestiera", "coordinatrice", "amministratrice"):
        with pytest.raises(errors.NotFound):
            diagrams(world, case, stranger)


def test_an_agency_sees_its_own_part_only_from_its_first_step_on(world: World) -> None:
    case = world.open_case()
    with pytest.raises(errors.NotFound):
        diagrams(world, case, "operatrice.capofila")
    world.do(after(minutes=5), case, "accetta_invio", {"esito_invio": "declina", "motivo_rifiuto": "incompatibilita"})
    with pytest.raises(errors.NotFound):
        diagrams(world, case, "operatrice.capofila", at=after(minutes=5))
    world.claim(after(minutes=6), case, "riassegna_invio", by="operatrice.capofila")
    (drawn,) = diagrams(world, case, "operatrice.capofila", at=after(minutes=6))
    assert drawn.marks == {"riassegna_invio": Mark.CURRENT}
    assert b"accetta_invio" not in drawn.bpmn
    (drawn,) = diagrams(world, case, at=after(minutes=6))
    assert drawn.marks == {"accetta_invio": Mark.DONE}
    assert b"riassegna_invio" not in drawn.bpmn


def test_reading_a_diagram_is_recorded(world: World) -> None:
    case = world.open_case()
    diagrams(world, case)
    (entry,) = world.rows(AuditEntry, AuditEntry.action == "diagram.read")
    assert entry.subject_id == str(case.id)


def test_the_next_rung_says_step_time_and_whom(world: World) -> None:
    case = world.open_case()
    with world.at(after(minutes=1)) as session:
        (row,) = next_told.of_case(session, world.people["operatrice.cav"], case.id)
    assert (row.step, row.role, row.agency_name) == (RungStep.REMINDER, Role.OPERATRICE, "Centro antiviolenza")
    assert row.at == after(minutes=30)
    world.worker_at(after(minutes=31))
    with world.at(after(minutes=32)) as session:
        (row,) = next_told.of_case(session, world.people["operatrice.cav"], case.id)
    assert (row.step, row.role, row.at) == (RungStep.BREACH, Role.RESPONSABILE, after(minutes=60))


def test_once_taken_the_reminder_is_for_who_has_it(world: World) -> None:
    case = world.open_case()
    world.claim(after(minutes=5), case, "accetta_invio")
    with world.at(after(minutes=6)) as session:
        rows = next_told.of_case(session, world.people["operatrice.cav"], case.id)
    assert [(row.step, row.person, row.role) for row in rows] == [(RungStep.REMINDER, "operatrice.cav", None)]


def test_other_agencies_ladders_are_not_told(world: World) -> None:
    case = world.open_case()
    world.do(after(minutes=5), case, "accetta_invio", {"esito_invio": "declina", "motivo_rifiuto": "incompatibilita"})
    with world.at(after(minutes=6)) as session:
        assert next_told.of_case(session, world.people["operatrice.cav"], case.id) == ()
        with pytest.raises(errors.NotFound):
            next_told.of_case(session, world.people["estranea"], case.id)


def test_one_s_own_steps_carry_their_clocks_and_those_that_run_how_far_they_have_climbed(world: World) -> None:
    case = world.open_case()
    world.worker_at(after(minutes=31))
    (drawn,) = diagrams(world, case, at=after(minutes=32))
    reception, conclusion = (one for one in drawn.clocks if one.element_id == "accetta_invio")
    assert (reception.escalation_class, reception.due_at) == ("E1", after(minutes=60))
    assert [(rung.due_at, rung.fired) for rung in reception.rungs][:2] == [
        (after(minutes=31), True),
        (after(minutes=60), False),
    ]
    assert conclusion.due_at == after(hours=2)
    to_come = {(one.element_id, one.due_at, one.rungs) for one in drawn.clocks} - {
        (one.element_id, one.due_at, one.rungs) for one in (reception, conclusion)
    }
    assert ("fissa_colloquio", None, ()) in to_come
    assert "riassegna_invio" not in {one.element_id for one in drawn.clocks}, "another agency's step has no clock here"


def test_the_inbox_says_whom_an_urgent_step_reaches_next_and_that_a_date_is_missing(world: World) -> None:
    case = world.open_case()

    def row(minutes: int) -> inbox.InboxRow:
        with world.at(after(minutes=minutes)) as session:
            (found,) = inbox.page(session, world.people["operatrice.cav"]).rows
            return found

    assert (row(1).climbs_at, row(1).climbs_to) == (after(minutes=60), ("agency_lead",)), "not whom it is for"
    world.worker_at(after(minutes=60))
    assert (row(61).climbs_at, row(61).climbs_to) == (after(hours=2), ("coordinator",))
    assert not row(61).date_unknown
    task_id = row(61).task_id
    with world.at(after(minutes=62)) as session:
        session.add(
            Incident(
                network_id=case.network_id,
                case_id=case.id,
                token_id=str(task_id),
                code="deadline_conclusion_date_unknown",
                ask_at=after(hours=1),
            )
        )
    assert row(62).date_unknown
