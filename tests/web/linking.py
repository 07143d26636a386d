"""Two contacts of one woman, on the pages and through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web.api.program import Program
from tests.web.story import start
from tests.web.world import Browser


def walk_through(walk: Any, someone: Callable[..., Browser], api: Program) -> None:
    """Go to each address of it, for the test of the audit."""
    person = someone("operatrice.cav")
    first, second = (start(person, walk.world).split("/")[2] for _ in range(2))
    code = api.get(f"/cases/{second}").body["code"]
    here = {"case_id": first}
    page = walk.page(person, "links.show", **here)
    walk.page(person, "links.link", {"codice": code, "come": "a_voce"}, **here)
    page = person.get(f"/casi/{first}/collegati")
    (ending,) = page.tree.xpath("//form[contains(@action, '/fine')]/@action")
    walk.page(person, "links.unlink", {}, **here, link_id=ending.split("/")[4])
    made = walk.api(api, "api-links.link_cases", {"code": code, "manner": "a_voce"}, method="POST", **here).body
    walk.api(api, "api-links.show_links", **here)
    walk.api(api, "api-links.unlink_cases", method="POST", **here, link_id=made["id"])
