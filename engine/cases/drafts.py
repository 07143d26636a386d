"""Half-filled forms of open tasks, kept sealed on the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

import forms
from engine import clock
from engine.cases import confidential
from engine.cases.models import Draft

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.cases.models import UserTask


def keep(
    session: Session,
    task: UserTask,
    values: Mapping[str, Any],
    *,
    saved_by: UUID | None,
    form_changed_at: datetime | None = None,
) -> None:
    """Keep a half-filled form of a task, in place of one that there may be."""
    sealed = confidential.seal_draft(
        session, values, task_id=task.id, case_id=task.case_id, controller_id=task.agency_id
    )
    columns = {
        "controller_id": task.agency_id,
        "saved_by_id": saved_by,
        "saved_at": clock.now(),
        "form_changed_at": form_changed_at,
        "key_version": sealed.key_version,
        "sealed": sealed.blob,
    }
    row = insert(Draft).values(task_id=task.id, network_id=task.network_id, case_id=task.case_id, **columns)
    session.execute(row.on_conflict_do_update(index_elements=[Draft.task_id], set_=columns))


def still_fitting(form: forms.Form, values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a form still takes of a draft that was made for another one."""
    known = {key: value for key, value in values.items() if key in form.fields}
    while True:
        try:
            return dict(forms.partial(form, known, context=context, now=clock.now()).values)
        except forms.InvalidAnswer as refused:
            wrong = {re.split(r"[.\[]", key)[0] for key in refused.errors}
            # What cannot be told apart is not guessed at.
            known = {key: value for key, value in known.items() if key not in wrong} if wrong & known.keys() else {}
