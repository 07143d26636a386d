"""Going to the addresses of answers in the wrong case, and of questions between agencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import clock, db
from engine.participants.models import CaseParticipation
from tests.web.api.program import Program, token_for
from tests.web.story import claim
from tests.web.world import Browser


def by_mistake(walk: Any, someone: Callable[..., Browser], api: Program, opened: Callable[..., dict[str, Any]]) -> None:
    """An answer in the wrong case is taken out, by a page and by the API, and judged."""
    person, ids = someone("operatrice.cav"), {}
    for number in range(2):
        ids = opened(api, walk.world, "cav")
        claim(person, f"/attivita/{ids['task_id']}")
        done = {"values": {"esito_invio": "accetta"}}
        assert api.post(f"/tasks/{ids['task_id']}/complete", done).status == 200
        submissions = api.get(f"/cases/{ids['case_id']}").body["submissions"]
        named = {"submission_id": next(row["id"] for row in submissions if row["task_name"])}
        if number:
            walk.api(api, "api-breaches.take_out_submission", {}, method="POST", **named)
        else:
            walk.page(person, "wrong_case.show", **named)
            walk.page(person, "wrong_case.take_out", {"dove": "togli"}, **named)
    judge = Program(walk.app, token_for(walk.world, "coordinamento"))
    coordination = someone("coordinamento")
    page = walk.page(coordination, "breaches.page")
    breach_id = page.tree.xpath("string(//form[contains(@action, '/valutazione')]/@action)").split("/")[2]
    walk.page(coordination, "breaches.assess", {"notifica": "no", "_motivo": "mai letta"}, breach_id=breach_id)
    left = next(
        row["id"] for row in walk.api(judge, "api-breaches.list_breaches").body["items"] if not row["assessed_at"]
    )
    body = {"to_notify": True, "reason": "letta"}
    walk.api(judge, "api-breaches.assess_breach", body, method="POST", breach_id=left)


def by_questions(
    walk: Any, someone: Callable[..., Browser], api: Program, opened: Callable[..., dict[str, Any]]
) -> None:
    """A question on a step to another agency of the case, by a page and by the API, and its answers."""
    person, other, ids = someone("operatrice.cav"), someone("operatrice.ps"), opened(api, walk.world, "cav")
    theirs = Program(walk.app, token_for(walk.world, "operatrice.ps"))
    ps, of_task = walk.world.agencies["ps"], {"task_id": ids["task_id"]}
    with db.transaction() as session:
        part = {"lane": "pronto_soccorso", "basis": "avvio", "since": clock.now()}
        here = {"network_id": walk.world.network_id, "case_id": ids["case_id"], "agency_id": ps}
        session.add(CaseParticipation(**here, **part))
    walk.page(person, "questions.on_step", **of_task)
    walk.page(person, "questions.ask", {"ente": str(ps), "_domanda": "x"}, **of_task)
    walk.api(api, "api-questions.ask_question", {"to_agency": str(ps), "text": "y"}, method="POST", **of_task)
    page = walk.page(other, "questions.page")
    action = page.tree.xpath("string(//form[contains(@action, '/risposta')]/@action)")
    walk.page(other, "questions.answer", {"_risposta": "z"}, question_id=action.split("/")[2])
    (left,) = walk.api(theirs, "api-questions.list_questions").body["to_answer"]
    walk.api(theirs, "api-questions.answer_question", {"text": "w"}, method="POST", question_id=left["id"])
