"""What the database itself shows to a transaction of somebody (see engine.sight)."""

from __future__ import annotations

from engine.participants import access
from engine.participants.access import Actor
from engine.participants.models import Role
from engine.sight import NOTHING, Reach, Sight

# Who answers for the whole network: what there is, not what it says.
_OVERSEERS = frozenset({Role.COORDINAMENTO, Role.DPO})


def of(actor: Actor | None) -> Sight:
    """Return what the database itself shows to a transaction of the actor; nothing of any case to nobody."""
    if actor is None or actor.user_id is None:
        return NOTHING
    seen = access.scope(actor)
    reach = Reach.OWN if _OVERSEERS.isdisjoint(actor.roles) else Reach.NETWORK
    return Sight(reach, actor.network_id, actor.user_id, seen.agency_ids, seen.member_of)
