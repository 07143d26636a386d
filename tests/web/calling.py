"""What the audited walk does by telephone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import db
from engine.deadlines.models import Deadline, Rung, RungStatus
from tests.web.api.program import Program
from tests.web.story import claim
from tests.web.world import Browser, World


def next_rung(task_id: object) -> UUID:
    """The rung that fires next of the reception of a step."""
    with Session(db.engine()) as session:
        waiting = select(Rung.id).join(Deadline, Deadline.id == Rung.deadline_id)
        of_task = (Deadline.task_id == task_id, Deadline.clock == "reception", Rung.state == RungStatus.WAITING)
        return session.scalars(waiting.where(*of_task).order_by(Rung.due_at, Rung.position)).first()


def by_telephone(
    walk: Any, someone: Callable[..., Browser], api: Program, opened: Callable[[Program, World, str], dict[str, Any]]
) -> None:
    person = someone("operatrice.cav")
    named = {"task_id": opened(api, walk.world, "cav")["task_id"]}
    person.get(f"/attivita/{named['task_id']}")
    walk.page(person, "calling.unanswered", {"_gradino": str(next_rung(named["task_id"]))}, **named)
    assert api.get(f"/tasks/{named['task_id']}/call").body["duties"] == [], "her own office"
    body = {"rung": str(next_rung(named["task_id"]))}
    walk.api(api, "api-calling.call_unanswered", body, method="POST", **named)
    walk.page(person, "calling.answered", {}, **named)
    walk.api(api, "api-calling.call_answered", method="POST", **named)
    case_id = api.get(f"/tasks/{named['task_id']}").body["case_id"]
    claim(person, f"/attivita/{named['task_id']}")
    done = api.post(f"/tasks/{named['task_id']}/complete", {"values": {"esito_invio": "accetta"}})
    assert done.status == 200, done.raw
    steps = api.get(f"/cases/{case_id}/tasks").body["items"]
    hers = {"task_id": next(row["task_id"] for row in steps if row["label"] == "Fissa il colloquio")}
    assert "Chiamo io" in person.get(f"/attivita/{hers['task_id']}").said()
    walk.page(person, "calling.begin", {}, **hers)
    assert "State chiamando voi" in person.get(f"/attivita/{hers['task_id']}").said()
    assert "la sta già chiamando operatrice.cav" in someone("collega.cav").get(f"/attivita/{hers['task_id']}").said()
    walk.page(person, "calling.end", {"_esito_chiamata": "unanswered"}, **hers)
    walk.api(api, "api-calling.begin_her_call", method="POST", **hers)
    walk.api(api, "api-calling.end_her_call", {"outcome": "not_called"}, method="POST", **hers)
