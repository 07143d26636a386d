"""The page of the ladders: read by everybody, changed by the coordination with a reason and who has decided it."""

from __future__ import annotations

from collections.abc import Callable

from engine import db
from engine.ladders import versions
from tests.web.world import Browser, World

PAGE = "/scale"
SHORTER = """[E1]
clock = "H"
acknowledged = "PT15M"
[[E1.step]]
at = "breach"
to = ["on_call.first:cav", "agency_lead"]
[[E1.step]]
at = "+PT30M"
to = ["coordinator"]
"""


def test_the_coordination_changes_a_ladder_and_what_it_was_stays_readable(
    someone: Callable[..., Browser], world: World
) -> None:
    coordination = someone("coordinamento")
    coordination.get(PAGE)
    sent = {"classe": "E1", "scala": SHORTER, "organo": "Tavolo tecnico, 5 giugno", "_motivo": "Notti scoperte."}
    wrong = coordination.post(PAGE, sent | {"scala": SHORTER.replace("coordinator", "qualcuno")})
    assert wrong.status == 422
    assert "E1.step.2.to" in wrong.text
    assert "Notti scoperte." in wrong.text, "what was typed is not lost"
    coordination.post(PAGE, sent)
    page = someone("operatrice.cav").get(PAGE)
    assert "prima reperibile di cav" in page.text
    assert "30 minuti dopo la scadenza" in page.text
    assert "Tavolo tecnico, 5 giugno" in page.text
    assert "scala-E1" not in page.text, "who works reads it, and does not change it"
    with db.transaction(read_only=True) as session:
        rows = [row for row in versions.versions(session, world.network_id) if row.escalation_class == "E1"]
    assert [(row.version, row.reason) for row in rows] == [(2, "Notti scoperte."), (1, None)]


def test_without_a_body_or_a_reason_nothing_changes(someone: Callable[..., Browser]) -> None:
    coordination = someone("coordinamento")
    coordination.get(PAGE)
    whole = {"classe": "E1", "scala": SHORTER, "organo": "Tavolo", "_motivo": "x"}
    for left_out in ("classe", "scala", "organo", "_motivo"):
        assert coordination.post(PAGE, whole | {left_out: ""}).status == 422, left_out
