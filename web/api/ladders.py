"""The ladders of deadlines, and recounting those that run."""

from __future__ import annotations

from typing import Any

from engine.cases import recounting, starting
from engine.cases.recounting import RecountsPage
from engine.deadlines.recount_models import Recount
from engine.ladders import versions
from engine.ladders.models import LadderVersion
from engine.participants.token_models import TokenScope
from web.api import identity, roster_schemas
from web.api.routes import Routes, Session

routes = Routes("ladders", "When a late step climbs, and to whom; and recounting deadlines that run.")


@routes.reading("/ladders", gives=roster_schemas.Ladders())
def list_ladders(session: Session) -> dict[str, Any]:
    """List every version of every ladder of the network, the newest of each class first."""
    return {"items": [_ladder(row) for row in versions.versions(session, identity.actor().network_id)]}


@routes.command(
    "/ladders",
    TokenScope.WORK,
    method="PUT",
    takes=roster_schemas.ChangeLadder(),
    gives=roster_schemas.Ladder(),
)
def change_ladder(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    """Give a class a new ladder from now on; deadlines that run keep theirs."""
    actor = identity.actor()
    startable = starting.startable(session, actor.network_id)
    return _ladder(versions.change(session, actor, body.pop("escalation_class"), startable=startable, **body))


@routes.reading("/recounts", gives=roster_schemas.Recounts())
def list_recounts(session: Session) -> RecountsPage:
    """Show what a recount would move, and those that were ordered."""
    return recounting.page(session, identity.actor())


@routes.command("/recounts", TokenScope.WORK, takes=roster_schemas.OrderRecount(), gives=roster_schemas.RecountOrder())
def order_recount(session: Session, body: dict[str, Any]) -> Recount:
    """Order a recount of what was shown."""
    return recounting.order(session, identity.actor(), **body)


def _ladder(row: LadderVersion) -> dict[str, Any]:
    names = (
        "escalation_class",
        "version",
        "clock",
        "acknowledged",
        "returned",
        "steps",
        "valid_from",
        "approved_by",
        "reason",
    )
    return {**{name: getattr(row, name) for name in names}, "toml": versions.written(row)}
