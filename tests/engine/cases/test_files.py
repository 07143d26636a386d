"""Files of answers: handed in before the answer, sealed with it, given out to who may read it."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from engine import crypto, db, errors
from engine.audit import AuditEntry
from engine.cases import corrections, files, lifecycle, tasks
from engine.cases.file_models import Attachment, AttachmentPart
from engine.cases.models import Case, FormSubmission
from engine.definitions import deployment
from tests.engine.cases import protocols
from tests.engine.cases.conftest import World, after

PDF = b"%PDF-1.7 " + b"referto di una donna " * 40_000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
LIMITS = files.Limits(file=1_000_000, answer=1_500_000)
NAME = "referto operatrice.pdf"

_ORDINARY = {"confidentiality": "clinical"}
FORM = protocols.form(
    "referti",
    {
        "type": "filepicker",
        "key": "referto",
        "id": "referto",
        "label": "Referto",
        "properties": _ORDINARY,
        "accept": ".pdf",
    },
    {
        "type": "dynamiclist",
        "path": "visite",
        "id": "visite",
        "label": "Visite",
        "components": [
            {"type": "textfield", "key": "dove", "id": "dove", "label": "Dove", "properties": _ORDINARY},
            {
                "type": "filepicker",
                "key": "foto",
                "id": "foto",
                "label": "Foto",
                "multiple": True,
                "properties": {**_ORDINARY, "maxFiles": "2"},
            },
        ],
    },
)
DIAGRAM = protocols.process(
    "referti",
    [
        protocols.start("inizio"),
        protocols.task("passo", form="referti"),
        protocols.task("altro", form="referti"),
        protocols.end("fatto"),
    ],
    [("inizio", "passo"), ("passo", "altro"), ("altro", "fatto")],
    lanes={"cav": "inizio passo altro fatto"},
)


@pytest.fixture
def case(world: World) -> Case:
    with world.at(after(minutes=-5)) as session:
        deployment.deploy(
            session, world.people["progettista"], {"referti.bpmn": DIAGRAM}, forms_given={"referti": FORM}
        )
    return world.start("referti")


@pytest.fixture
def task_id(world: World, case: Case) -> UUID:
    return world.claim(after(minutes=1), case, "passo")


def hand_in(
    world: World,
    task_id: UUID,
    content: bytes = PDF,
    *,
    name: str = NAME,
    by: str = "operatrice.cav",
    limits: files.Limits = LIMITS,
) -> str:
    with world.at(after(minutes=2)) as session:
        (file,) = files.hand_in(session, world.people[by], task_id, [(name, content)], limits=limits)
        return str(file.id)


def complete(world: World, task_id: UUID, **values: object) -> UUID:
    with world.at(after(minutes=9)) as session:
        tasks.complete(session, world.people["operatrice.cav"], task_id, values)
    (answer,) = world.rows(FormSubmission, FormSubmission.task_id == task_id)
    return answer.id


def read(world: World, answer_id: UUID, file_id: str, *, by: str = "operatrice.cav") -> tuple[files.File, bytes]:
    with world.at(after(minutes=9)) as session:
        found = files.download(session, world.people[by], answer_id, UUID(file_id), purpose="atti")
        return found.file, b"".join(found.parts)


def test_a_file_comes_back_as_it_was_handed_in(world: World, task_id: UUID) -> None:
    file_id, photo = hand_in(world, task_id), hand_in(world, task_id, PNG, name="../..\\casa\u202e.png")
    answer = complete(world, task_id, referto=[file_id], visite=[{"dove": "PS", "foto": [photo]}])
    about, content = read(world, answer, file_id, by="collega.cav")
    assert (about.name, about.kind, about.size, content) == (NAME, "pdf", len(PDF), PDF)
    about, content = read(world, answer, photo)
    assert (about.name, about.kind, content) == ("....casa.png", "png", PNG)


def test_nothing_of_a_file_can_be_read_in_the_database(world: World, task_id: UUID) -> None:
    hand_in(world, task_id)
    (row,), parts = world.rows(Attachment), world.rows(AttachmentPart)
    assert row.parts == len(parts) == 4
    assert all(b"Rossi" not in sealed and b"%PDF" not in sealed for sealed in (row.sealed, *(p.sealed for p in parts)))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE attachment_part SET number = number + 10; UPDATE attachment_part SET number = 13 - number",
        "DELETE FROM attachment_part WHERE number = 3; UPDATE attachment SET parts = 3",
        "UPDATE attachment_part SET sealed = sealed || '\\x00'",
        "UPDATE attachment SET parts = 3",
    ],
)
def test_parts_that_were_moved_dropped_or_changed_do_not_open(
    world: World, world_urls: object, task_id: UUID, change: str
) -> None:
    file_id = hand_in(world, task_id)
    answer = complete(world, task_id, referto=[file_id])
    as_owner(world_urls, change)
    with pytest.raises(errors.SealBroken):
        read(world, answer, file_id)


def test_a_file_of_another_row_does_not_open_in_its_place(world: World, world_urls: object, task_id: UUID) -> None:
    first, second = hand_in(world, task_id), hand_in(world, task_id, PNG)
    answer = complete(world, task_id, referto=[first], visite=[{"dove": "PS", "foto": [second]}])
    other = f"SELECT sealed FROM attachment_part WHERE attachment_id = '{first}' AND number = 0"
    as_owner(world_urls, f"UPDATE attachment_part SET sealed = ({other}) WHERE attachment_id = '{second}'")
    with pytest.raises(errors.SealBroken):
        read(world, answer, second)


def test_when_the_keys_of_an_agency_are_destroyed_its_files_are_gone(world: World, case: Case, task_id: UUID) -> None:
    file_id = hand_in(world, task_id)
    answer = complete(world, task_id, referto=[file_id])
    with world.at(after(minutes=4)) as session:
        crypto.destroy(session, case.id, world.agencies["cav"])
    # No answer names it any more; and what is left of it on disk does not open.
    with pytest.raises(errors.NotFound):
        read(world, answer, file_id)
    (row,) = world.rows(Attachment)
    with world.at(after(minutes=9)) as session, pytest.raises(errors.SealBroken, match="key_destroyed"):
        files._opened(session, row)


@pytest.mark.parametrize("by", ["estranea", "operatrice.capofila", "coordinatrice", "forestiera", "progettista"])
def test_who_may_not_read_the_answer_finds_no_file(world: World, task_id: UUID, by: str) -> None:
    file_id = hand_in(world, task_id)
    answer = complete(world, task_id, referto=[file_id])
    with pytest.raises(errors.NotFound):
        read(world, answer, file_id, by=by)


def test_a_file_is_read_only_from_an_answer_that_names_it(world: World, case: Case, task_id: UUID) -> None:
    first = hand_in(world, task_id)
    answer = complete(world, task_id, referto=[first])
    other_task = world.claim(after(minutes=9), case, "altro")
    second = hand_in(world, other_task)
    other = complete(world, other_task, referto=[second])
    for answer_id, file_id in ((answer, second), (other, first), (answer, str(uuid4()))):
        with pytest.raises(errors.NotFound):
            read(world, answer_id, file_id)


def test_handing_in_and_reading_are_audited_without_a_name(world: World, task_id: UUID) -> None:
    file_id = hand_in(world, task_id)
    read(world, complete(world, task_id, referto=[file_id]), file_id)
    entries = [row for row in world.rows(AuditEntry) if row.subject_id == file_id]
    assert [row.action for row in entries] == ["file.handed_in", "answer.opened"]
    assert (entries[1].details["kind"], entries[1].details["purpose"]) == ("clinico", "atti")
    assert all("Rossi" not in str(vars(row)) for row in entries)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-" + bytes(1_000_000), "file_too_big"),
        (b"MZ\x90\x00", "file_kind"),
        (b"PK\x03\x04\x00", "file_kind"),
    ],
)
def test_what_is_empty_too_big_or_of_another_kind_is_refused(
    world: World, task_id: UUID, content: bytes, code: str
) -> None:
    with pytest.raises(errors.InvalidValue) as caught:
        hand_in(world, task_id, content)
    assert caught.value.code == code
    assert world.rows(Attachment) == []


def test_files_of_one_answer_have_an_end_together(world: World, task_id: UUID) -> None:
    first = hand_in(world, task_id)
    with pytest.raises(errors.InvalidValue, match="files_too_big"):
        hand_in(world, task_id)
    with world.at(after(minutes=2)) as session:
        files.discard(session, world.people["operatrice.cav"], task_id, [UUID(first)])
    assert world.rows(AttachmentPart) == []
    hand_in(world, task_id)


def test_only_who_holds_the_task_hands_in_files(world: World, case: Case) -> None:
    open_task = world.task(case, "passo")
    with pytest.raises(errors.TaskNotYours):
        hand_in(world, open_task)
    world.claim(after(minutes=1), case, "passo")
    with pytest.raises(errors.TaskNotYours):
        hand_in(world, open_task, by="collega.cav")
    with pytest.raises(errors.NotFound):
        hand_in(world, open_task, by="estranea")


def test_an_answer_that_names_a_file_of_another_task_is_refused(world: World, case: Case, task_id: UUID) -> None:
    file_id = hand_in(world, task_id)
    complete(world, task_id, referto=[file_id])
    other_task = world.claim(after(minutes=9), case, "altro")
    for values in ({"referto": [file_id]}, {"referto": [str(uuid4())]}):
        with pytest.raises(errors.InvalidAnswer) as caught:
            complete(world, other_task, **values)
        assert caught.value.errors == {"referto": "file_missing"}
    with world.at(after(minutes=5)) as session, pytest.raises(errors.InvalidAnswer):
        tasks.save_draft(session, world.people["operatrice.cav"], other_task, {"visite": [{"foto": [file_id]}]})


def test_a_question_takes_only_the_kinds_that_it_names(world: World, task_id: UUID) -> None:
    photo = hand_in(world, task_id, PNG)
    with pytest.raises(errors.InvalidAnswer) as caught:
        complete(world, task_id, referto=[photo])
    assert caught.value.errors == {"referto": "file_kind"}


def test_one_file_answers_one_question(world: World, task_id: UUID) -> None:
    file_id = hand_in(world, task_id)
    with pytest.raises(errors.InvalidAnswer, match="visite"):
        complete(world, task_id, referto=[file_id], visite=[{"dove": "PS", "foto": [file_id]}])


def test_a_draft_keeps_its_files_and_the_answer_keeps_only_what_it_names(world: World, task_id: UUID) -> None:
    kept, dropped = hand_in(world, task_id, PNG), hand_in(world, task_id, PNG)
    with world.at(after(minutes=2)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"visite": [{"foto": [kept, dropped]}]})
    assert len(world.rows(Attachment)) == 2
    complete(world, task_id, visite=[{"foto": [kept]}])
    assert [str(row.id) for row in world.rows(Attachment)] == [kept]


def test_what_an_answer_is_just_keeping_cannot_be_discarded_beside_it(world: World, task_id: UUID) -> None:
    file_id = hand_in(world, task_id, PNG)

    def discard() -> None:
        with world.at(after(minutes=9)) as session:
            session.execute(text("SET LOCAL lock_timeout = '10s'"))
            files.discard(session, world.people["operatrice.cav"], task_id, [UUID(file_id)])

    other = threading.Thread(target=discard)
    with world.at(after(minutes=9)) as session:
        tasks.save_draft(session, world.people["operatrice.cav"], task_id, {"visite": [{"foto": [file_id]}]})
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits for the answer"
        tasks.complete(session, world.people["operatrice.cav"], task_id, {"visite": [{"foto": [file_id]}]})
    other.join()
    assert [str(row.id) for row in world.rows(Attachment)] == [file_id]


def test_a_correction_names_the_old_file_or_a_new_one_and_loses_neither(world: World, task_id: UUID) -> None:
    old = hand_in(world, task_id)
    answer = complete(world, task_id, referto=[old])
    new = hand_in(world, task_id, b"%PDF-1.4 quello giusto", by="collega.cav")
    with world.at(after(minutes=9)) as session:
        corrected = corrections.correct(
            session, world.people["collega.cav"], answer, {"referto": [new]}, reason="file sbagliato"
        ).id
    assert read(world, answer, old)[1] == PDF
    assert read(world, corrected, new)[1] == b"%PDF-1.4 quello giusto"
    with pytest.raises(errors.NotFound):
        read(world, answer, new)
    with world.at(after(minutes=9)) as session:
        files.discard(session, world.people["collega.cav"], task_id, [UUID(old), UUID(new)])
    assert len(world.rows(Attachment)) == 2


def test_what_no_answer_names_is_deleted_when_the_task_has_been_over_for_a_day(
    world: World, case: Case, task_id: UUID
) -> None:
    hand_in(world, task_id)
    with world.at(after(days=2)) as session:
        files.purge(session)
    assert len(world.rows(Attachment)) == 1
    with world.at(after(days=2)) as session:
        lifecycle.cancel(session, world.people["responsabile.cav"], case.id, reason="doppio")
    with world.at(after(days=2)) as session:
        files.purge(session)
    assert world.rows(Attachment) == []
    assert timedelta(days=1) == files.FORGOTTEN_AFTER


def as_owner(urls: object, statements: str) -> None:
    """Change rows as somebody who has the database, past every rule of ours."""
    db.dispose()
    from sqlalchemy import create_engine

    engine = create_engine(urls.owner)
    with engine.begin() as connection:
        for statement in statements.split("; "):
            connection.execute(text(statement))
    engine.dispose()
    db.configure(urls.app)


def test_a_form_with_files_starts_no_process(world: World) -> None:
    """Files are sealed under the keys of a case: before the start there is none."""
    begins = protocols.start("inizio", form="referti")
    diagram = protocols.process(
        "referti",
        [begins, protocols.task("passo"), protocols.end("fatto")],
        [("inizio", "passo"), ("passo", "fatto")],
        lanes={"cav": "inizio passo fatto"},
    )
    with pytest.raises(errors.InvalidProcess) as caught, world.at(after(minutes=-5)) as session:
        deployment.deploy(
            session, world.people["progettista"], {"referti.bpmn": diagram}, forms_given={"referti": FORM}
        )
    assert [(problem.element, problem.way_out) for problem in errors.refusals(caught.value.problems)] == [
        ("inizio", "Spostarli nel modulo della prima attività.")
    ]
