"""Going to the addresses of answers in the wrong case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
