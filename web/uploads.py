"""Files in a post: kept at once, whatever becomes of the answers, and named in it from then on.

A browser does not send a chosen file twice. So a file that has arrived is kept before anything is judged, and the page
that comes back holds its id in a hidden field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID

from flask import current_app, g, request
from werkzeug.datastructures import MultiDict

import forms
from engine import db
from engine.cases import files
from engine.cases.files import File
from engine.errors import InvalidValue
from web.answers import Sheet
from web.rows import Post

# SQL is the engine's: what a page gets of it, it only passes on.
Session: TypeAlias = Any

# The post's name for the id of a file that is no longer wanted.
REMOVED = "_togli"

_ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Received:
    """A post with the ids of its files in it, and by question why a file was not taken."""

    post: Post
    refused: Mapping[str, forms.FieldError]


def received(task_id: UUID | None) -> Received:
    """Take the files of this request for the answer to a task; to be called before the command's own transaction.

    Once for each request, however often it is asked. Without a task no file is taken. Raises NotFound, TaskNotYours,
    Forbidden when the answer is not the actor's to give.
    """
    if "received" not in g:
        g.received = _receive(task_id)
    found: Received = g.received
    return found


def so_far() -> Received:
    """Give what this request has brought, as far as it was taken: for showing a page again after a refusal."""
    found: Received = g.get("received") or Received(request.form, {})
    return found


def shown(session: Session, sheet: Sheet | None, task_id: UUID | None) -> Sheet | None:
    """Give the sheet with the names of its files."""
    if sheet is None or task_id is None or not sheet.file_ids:
        return sheet
    return replace(sheet, files=files.known(session, task_id, sheet.file_ids))


def named(
    session: Session, form: forms.Form | None, task_id: UUID | None, values: Mapping[str, Any]
) -> dict[str, File]:
    """Give by id the files that an answer names."""
    if form is None or task_id is None or not form.takes_files:
        return {}
    return files.known(session, task_id, [file_id for _, found in forms.files(form, values) for file_id in found])


def ids(texts: Iterable[str]) -> list[str]:
    """Give those that can be ids of files."""
    return [text for text in texts if _ID.fullmatch(text)]


def _receive(task_id: UUID | None) -> Received:
    removed = ids(request.form.getlist(REMOVED))
    sent = [(name, file) for name, file in request.files.items(multi=True) if file.filename and name[:1] != "_"]
    post: Post = MultiDict((name, text) for name, text in request.form.items(multi=True) if text not in removed)
    refused: dict[str, forms.FieldError] = {}
    if task_id is None or not (sent or removed):
        return Received(post, refused)
    limits: files.Limits = current_app.config["FILE_LIMITS"]
    with db.transaction() as session:
        if removed:
            files.discard(session, g.actor, task_id, [UUID(file_id) for file_id in removed])
        for name, file in sent:
            try:
                (kept,) = files.hand_in(session, g.actor, task_id, [(file.filename or "", file.read())], limits=limits)
                post.add(name, str(kept.id))
            except InvalidValue as problem:
                refused[name] = _error(problem.code, limits)
    return Received(post, refused)


def _error(code: str, limits: files.Limits) -> forms.FieldError:
    most = {"file_too_big": limits.file, "files_too_big": limits.answer}.get(code)
    return forms.FieldError(code, {} if most is None else {"megabytes": most // 1_000_000})
