"""Files of answers: handed in for a task before its answer names them, read from an answer that does."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask import current_app, request

from engine.cases import files
from engine.cases.files import Download
from engine.participants.token_models import TokenScope
from web.api import bodies, identity, schemas
from web.api.routes import Routes, Session

routes = Routes("files", "Files that belong to answers.")


@routes.command("/tasks/<uuid:task_id>/files", TokenScope.WORK, gives=schemas.Files(), files=True)
def hand_in_files(session: Session, task_id: UUID) -> dict[str, Any]:
    """Hand in files for the answer to a task that one holds, all or none; the answer then names them by their ids."""
    limits: files.Limits = current_app.config["FILE_LIMITS"]
    sent = [(file.filename or "", file.read()) for file in request.files.getlist("files")]
    return {"items": files.hand_in(session, identity.actor(), task_id, sent, limits=limits)}


@routes.opening(
    "/submissions/<uuid:submission_id>/files/<uuid:file_id>/open", takes=bodies.Purpose(), gives=schemas.FileContent()
)
def open_file(session: Session, body: dict[str, Any], submission_id: UUID, file_id: UUID) -> dict[str, Any]:
    """Open a file that an answer names, for a purpose; whether its content is harmless nobody has looked."""
    found = files.download(session, identity.actor(), submission_id, file_id, purpose=body["purpose"])
    return content(found)


def content(found: Download) -> dict[str, Any]:
    """Give a file with its content, as `schemas.FileContent` has it."""
    own = {name: getattr(found.file, name) for name in schemas.File().fields}
    return {**own, "content": base64.b64encode(b"".join(found.parts)).decode("ascii")}
