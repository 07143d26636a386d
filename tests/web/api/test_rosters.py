"""On call, ladders, addresses and codes for paper, by programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.web.api.conftest import Programs
from tests.web.api.program import ABSENT, Program
from tests.web.sendings import SHIFT
from tests.web.world import World

MONDAY = datetime(2030, 1, 7, tzinfo=UTC)
LADDER = """[E1]
clock = "H"
acknowledged = "PT15M"
[[E1.step]]
at = "breach"
to = ["agency_lead"]
"""


def shift(world: World, day: int, **said: object) -> dict[str, object]:
    at = MONDAY + timedelta(days=day)
    first = {"first": str(world.people["operatrice.cav"])}
    return SHIFT | first | {"starts_at": at.isoformat(), "ends_at": (at + timedelta(days=1)).isoformat()} | said


def test_a_roster_is_set_up_written_published_and_asked_at_an_instant(program: Programs, world: World) -> None:
    coordination, worker = program("coordinamento"), program("operatrice.cav")
    made = coordination.post("/rosters", {"service": "cav", "telephone": "099999 0199"})
    assert (made.status, made.headers["Location"]) == (201, f"/api/v1/rosters/{made.body['id']}")
    roster = f"/rosters/{made.body['id']}"
    written = coordination.post(f"{roster}/shifts", shift(world, 0))
    assert (written.status, written.body["published_at"]) == (201, None)
    refused = coordination.post(f"{roster}/publish", {"until": "2030-01-09T00:00:00Z"})
    assert (refused.status, refused.code) == (409, "roster_has_faults"), "one person alone has nobody behind her"
    assert coordination.get(roster, day="2030-01-07").body["faults"]
    until = {"until": "2030-01-09T00:00:00Z", "despite_faults": True}
    assert coordination.post(f"{roster}/publish", until).body == {"published": 1}
    during, after = (worker.get("/rosters", at=f"2030-01-0{day}T03:00:00Z").body["items"][0] for day in (7, 9))
    assert [one["name"] for one in during["positions"]][-1] == "operatrice.cav"
    assert (during["gap"], after["gap"]) == (False, True)
    (same,) = (
        one for one in program("operatrice.ps").get("/rosters", service="cav", at="2030-01-07T03:00:00Z").body["items"]
    )
    assert [one["name"] for one in same["positions"] if one["user_id"] is None][-1:] != ["operatrice.cav"]
    assert "operatrice.cav" not in str(same), "who does not work there has a number, and no name"
    instead = shift(world, 0, first=str(world.people["collega.cav"]), reason="Malattia.")
    assert coordination.post(f"{roster}/replacements", instead).body["replaces"] is True
    shown = worker.get(roster, day="2030-01-07").body
    assert len(shown["shifts"]) == 2
    assert coordination.post(f"/shifts/{written.body['id']}/withdraw").status == 200
    assert len(worker.get(roster, day="2030-01-07").body["shifts"]) == 1


def test_a_ladder_is_read_and_changed_with_a_body_and_a_reason(program: Programs) -> None:
    coordination, worker = program("coordinamento"), program("operatrice.cav")
    sent = {"escalation_class": "E1", "toml": LADDER, "approved_by": "Tavolo tecnico", "reason": "Notti scoperte."}
    assert worker.put("/ladders", sent).status == 403
    assert coordination.put("/ladders", sent | {"escalation_class": "E9"}).status == 422
    wrong = coordination.put("/ladders", sent | {"toml": LADDER.replace("agency_lead", "qualcuno")})
    assert (wrong.status, wrong.body["errors"][0]["code"]) == (422, "unknown_ladder_target")
    changed = coordination.put("/ladders", sent).body
    (newest, *_before) = (row for row in worker.get("/ladders").body["items"] if row["escalation_class"] == "E1")
    assert newest == changed
    assert (newest["version"], newest["reason"]) == (2, "Notti scoperte.")


def test_codes_for_paper_are_reserved_once_for_a_request_and_entered(operator: Program, world: World) -> None:
    asked = {"agency": str(world.agencies["cav"]), "number": 2}
    first = operator.post("/reserved-codes", asked, key="notte-1")
    again = operator.post("/reserved-codes", asked, key="notte-1")
    assert (first.body, len(first.body["items"])) == (again.body, 2)
    assert operator.get("/reserved-codes").body["items"] == first.body["items"]
    code = first.body["items"][0]["code"]
    values = {"rischio_segnalato": "ALTO", "canale": "pronto_soccorso"}
    lanes = {"cav": str(world.agencies["cav"])}
    case = {"definition": "accoglienza_cav", "lanes": lanes, "variables": values, "reserved_code": code}
    assert operator.post("/cases", case).body["errors"][0]["code"] == "required"
    began = case | {"happened_at": first.body["items"][0]["reserved_at"]}
    assert operator.post("/cases", began).body["code"] == code
    assert operator.post("/cases", began).body["errors"][0]["code"] == "already_used"
    assert operator.post("/reserved-codes", asked | {"agency": ABSENT}).status == 422


@pytest.mark.parametrize(("address", "who"), [("/on-call-test", "responsabile.cav"), ("/contacts", "operatrice.cav")])
def test_who_is_reached_how_is_read(program: Programs, address: str, who: str) -> None:
    assert program(who).get(address).status == 200


def test_a_recount_that_would_move_nothing_is_refused(program: Programs) -> None:
    administrator = program("amministratore")
    assert administrator.get("/recounts").body["orders"] == []
    refused = administrator.post("/recounts", {"reason": "Nuovi orari.", "expected": 3})
    assert refused.status in {409, 422}
