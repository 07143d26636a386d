"""The agencies of the network, for programs."""

from __future__ import annotations

from tests.web.api.program import Program
from tests.web.world import World


def test_agencies_are_listed_by_service(operator: Program, world: World) -> None:
    everybody = operator.get("/agencies").body["agencies"]
    assert {row["id"] for row in everybody} == {str(agency_id) for agency_id in world.agencies.values()}
    (one,) = operator.get("/agencies", service="pronto_soccorso").body["agencies"]
    assert [service["id"] for service in one["services"]] == ["pronto_soccorso"]
    assert operator.get("/agencies", service="nessuno").body["agencies"] == []
    assert operator.get("/agencies", text="pronto").status == 422
