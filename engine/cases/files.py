"""Files that belong to answers: handed in one by one, named by an answer, given out to who may read that answer.

A file is sealed like the answer that names it, under the agency that answers for it, its name too. It is handed in
before the answer, so that neither a refused answer nor a draft loses it; until an answer names it, nobody is given it.
What a file is, its content says (`forms.contents`); whether it is harmless, nobody here knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

import forms
from engine import clock, crypto, db, errors, packing
from engine.cases import helping, lookup, openings, submissions, trail
from engine.cases.file_models import Attachment, AttachmentPart
from engine.cases.models import TaskStatus, UserTask
from engine.participants import access
from engine.participants.access import Action
from forms import secrecy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cases.models import FormSubmission
    from engine.participants.access import Actor

PART = 256 * 1024
"""Bytes of a file that are sealed together, so that giving it out never needs all of it at once."""
FORGOTTEN_AFTER = timedelta(days=1)
"""How long a file that no answer names outlives its task: a correction of the answer may be on its way."""
LONGEST_NAME = 200

_UNWANTED = re.compile("[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\\\]")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most bytes of one file, and of all files handed in for one answer."""

    file: int
    answer: int


@dataclass(frozen=True, slots=True)
class File:
    """A file as people know it: the name that it came with, the kind that its content is, its bytes."""

    id: UUID
    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out, part by part; to be read inside the command that found it."""

    file: File
    parts: Iterator[bytes]


def hand_in(
    session: Session, actor: Actor, task_id: UUID, sent: Sequence[tuple[str, bytes]], *, limits: Limits
) -> list[File]:
    """Keep files (name, content) for the answer to a task that the actor holds, or may correct: all or none.

    Raises NotFound, TaskNotYours, Forbidden, and InvalidValue `required` without any, `file_empty`, `file_too_big`,
    `files_too_big`, `file_kind`.
    """
    task = _writable(session, actor, task_id)
    if not sent:
        raise errors.InvalidValue("files", "required")
    # One hand at a time, or two of them could both find room for the last file.
    db.exclusive(session, f"files:{task.id}")
    return [_keep(session, actor, task, name, content, limits) for name, content in sent]


def discard(session: Session, actor: Actor, task_id: UUID, file_ids: Iterable[UUID]) -> None:
    """Delete files that were handed in for a task and that no answer names; of others, nothing. Raises as `hand_in`."""
    task = _writable(session, actor, task_id)
    given = list(file_ids)
    session.execute(_unnamed(task.id).where(Attachment.id.in_(given)))
    trail.note_task(session, actor, "file.discarded", task, {"files": [str(file_id) for file_id in given]})


def known(session: Session, task_id: UUID, file_ids: Iterable[str]) -> dict[str, File]:
    """Give by id those of these files that are a task's; for who may read what names them."""
    return {str(row.id): _opened(session, row) for row in _rows(session, task_id, file_ids)}


def require(session: Session, task: UserTask, form: forms.Form, values: Mapping[str, Any]) -> list[UUID]:
    """Give the ids of all files that values name. Raises InvalidAnswer where one is not there or is another task's."""
    asked = list(forms.files(form, values))
    wanted = [file_id for _, found in asked for file_id in found]
    # Locked, so that nobody discards a file between this look and the moment when the answer keeps it.
    there = {str(row.id): _opened(session, row) for row in _rows(session, task.id, wanted, lock=True)}
    wrong = {}
    for name, found in asked:
        question = forms.field_named(form, name)
        kinds = question.constraints.file_kinds if question is not None else ()
        if any(file_id not in there for file_id in found):
            wrong[name] = "file_missing"
        elif any(there[file_id].kind not in kinds for file_id in found):
            wrong[name] = "file_kind"
    if len(set(wanted)) < len(wanted):
        wrong |= {name: "chosen_twice" for name, _ in asked if name not in wrong}
    if wrong:
        raise errors.InvalidAnswer(wrong)
    return [UUID(file_id) for file_id in wanted]


def attach(session: Session, task: UserTask, form: forms.Form | None, values: Mapping[str, Any]) -> None:
    """Keep for good the files that an answer names, and delete those that it does not. Raises InvalidAnswer."""
    if form is None or not form.takes_files:
        return
    ids = require(session, task, form, values)
    session.execute(
        update(Attachment)
        .where(Attachment.id.in_(ids), Attachment.task_id == task.id, Attachment.kept_at.is_(None))
        .values(kept_at=clock.now())
    )
    session.execute(_unnamed(task.id))


def download(session: Session, actor: Actor, submission_id: UUID, file_id: UUID, *, purpose: str) -> Download:
    """Open a file that an answer names, for who may open the kind of secret that the question asks; it is audited.

    Raises NotFound, Forbidden, InvalidValue for `purpose`, SealBroken.
    """
    submission = submissions.find(session, actor, submission_id)
    row, kind = _named_by(session, submission, file_id)
    wanted = openings.opening(purpose, [kind])
    openings.record(session, actor, submission, wanted.purpose, wanted.kinds, file=row.id)
    return Download(_opened(session, row), _contents(session, row))


def content(session: Session, file_id: UUID) -> bytes:
    """Open a file whole; for who may read what names it. Raises SealBroken."""
    return b"".join(_contents(session, session.get_one(Attachment, file_id)))


def purge(session: Session) -> None:
    """Delete files that no answer names and whose task is over."""
    over = select(UserTask.id).where(UserTask.state.in_([TaskStatus.COMPLETED, TaskStatus.CANCELLED]))
    session.execute(
        delete(Attachment).where(
            Attachment.kept_at.is_(None),
            Attachment.handed_in_at < clock.now() - FORGOTTEN_AFTER,
            Attachment.task_id.in_(over),
        )
    )


def _writable(session: Session, actor: Actor, task_id: UUID) -> UserTask:
    """Find a task for whose answer the actor may hand in files now: he holds it, or may correct what was answered."""
    task = lookup.task(session, actor, task_id)
    if actor.user_id is None:
        raise errors.Forbidden(action=Action.SAVE_DRAFT)
    if task.state is TaskStatus.COMPLETED:
        access.require(actor, Action.CORRECT, task.agency_id)
    elif task.state is not TaskStatus.CLAIMED or not helping.owns(session, actor, task):
        raise errors.TaskNotYours(task=task_id)
    elif task.first_by_id is not None:
        raise errors.ToConfirm(task=task_id)
    else:
        access.require_step(
            actor,
            Action.SAVE_DRAFT,
            agency_id=task.agency_id,
            channel=lookup.channel(session, task.agency_id),
            proxies=lookup.proxies(task),
            on_behalf_of=task.on_behalf_of_id,
        )
    return task


def _keep(session: Session, actor: Actor, task: UserTask, name: str, content: bytes, limits: Limits) -> File:
    kind = _require_acceptable(session, task, content, limits)
    parts = [content[at : at + PART] for at in range(0, len(content), PART)]
    file = File(db.new_id(), _UNWANTED.sub("", name).strip()[-LONGEST_NAME:] or "file", kind, len(content))
    about = _seal(session, task, packing.dumps({"name": file.name, "kind": kind}), f"about:{file.id}:{len(parts)}")
    row = {
        "id": file.id,
        "network_id": task.network_id,
        "case_id": task.case_id,
        "task_id": task.id,
        "controller_id": task.agency_id,
        "handed_in_by_id": actor.user_id,
        "handed_in_at": clock.now(),
        "size": file.size,
        "parts": len(parts),
        "key_version": about.key_version,
        "sealed": about.blob,
    }
    rows = [_part(session, task, file, number, len(parts), part) for number, part in enumerate(parts)]
    session.execute(insert(db.table(Attachment)), [row])
    session.execute(insert(db.table(AttachmentPart)), rows)
    subject = ("attachment", file.id)
    trail.note(session, actor, "file.handed_in", task.case_id, subject=subject, agency_id=task.agency_id)
    return file


def _require_acceptable(session: Session, task: UserTask, content: bytes, limits: Limits) -> str:
    if not content:
        raise errors.InvalidValue("file", "file_empty")
    if len(content) > limits.file:
        raise errors.InvalidValue("file", "file_too_big")
    waiting = select(func.coalesce(func.sum(Attachment.size), 0)).where(
        Attachment.task_id == task.id, Attachment.kept_at.is_(None)
    )
    if session.execute(waiting).scalar_one() + len(content) > limits.answer:
        raise errors.InvalidValue("file", "files_too_big")
    kind = forms.kind_of(content)
    if kind is None:
        raise errors.InvalidValue("file", "file_kind")
    return kind


def _part(session: Session, task: UserTask, file: File, number: int, parts: int, content: bytes) -> dict[str, Any]:
    sealed = _seal(session, task, content, f"content:{file.id}:{number}:{parts}", "attachment_part")
    return {
        "attachment_id": file.id,
        "number": number,
        "network_id": task.network_id,
        "key_version": sealed.key_version,
        "sealed": sealed.blob,
    }


def _seal(session: Session, task: UserTask, content: bytes, field: str, table: str = "attachment") -> crypto.Sealed:
    return crypto.seal(session, content, case_id=task.case_id, controller_id=task.agency_id, table=table, field=field)


def _rows(session: Session, task_id: UUID, file_ids: Iterable[str], *, lock: bool = False) -> list[Attachment]:
    ids = [UUID(file_id) for file_id in file_ids]
    if not ids:
        return []
    query = select(Attachment).where(Attachment.id.in_(ids), Attachment.task_id == task_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def _opened(session: Session, row: Attachment) -> File:
    content = crypto.open_(
        session,
        row.sealed,
        case_id=row.case_id,
        controller_id=row.controller_id,
        key_version=row.key_version,
        table="attachment",
        field=f"about:{row.id}:{row.parts}",
    )
    about = packing.loads(content)
    return File(row.id, about["name"], about["kind"], row.size)


def _contents(session: Session, row: Attachment) -> Iterator[bytes]:
    for number in range(row.parts):
        query = select(AttachmentPart).where(AttachmentPart.attachment_id == row.id, AttachmentPart.number == number)
        part = session.scalars(query).one()
        yield crypto.open_(
            session,
            part.sealed,
            case_id=row.case_id,
            controller_id=row.controller_id,
            key_version=part.key_version,
            table="attachment_part",
            field=f"content:{row.id}:{number}:{row.parts}",
        )
        session.expunge(part)


def _named_by(session: Session, submission: FormSubmission, file_id: UUID) -> tuple[Attachment, str]:
    """Find a file that an answer really names, and its kind of secret; being in the same case is not enough."""
    row, form = session.get(Attachment, file_id), submissions.form_of(session, submission)
    if row is None or form is None or row.task_id != submission.task_id:
        raise errors.NotFound(submission=submission.id, file=file_id)
    values = submissions.opened(session, submission, kinds=secrecy.KINDS).values
    for name, found in forms.files(form, values):
        question = forms.field_named(form, name)
        if question is not None and str(file_id) in found and row.controller_id == submission.controller_id:
            return row, secrecy.kind_of(question)
    raise errors.NotFound(submission=submission.id, file=file_id)


def _unnamed(task_id: UUID) -> Any:
    return delete(Attachment).where(Attachment.task_id == task_id, Attachment.kept_at.is_(None))
