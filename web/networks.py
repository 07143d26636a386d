"""The networks of somebody who works in several: her log-in remembers them, so whoever has one pays nothing for it.

What is read in several is read in each as who she is there, in a transaction of its own: no query spans two networks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from flask import g

from engine import db
from engine.participants import directory, sights
from engine.participants.access import Actor
from engine.participants.models import Network

_REMEMBERED = "networks"
_Read = TypeVar("_Read")


def remembered(networks: Sequence[Network]) -> dict[str, dict[str, str]]:
    """Return what a log-in remembers of its person's networks: nothing where there is but one."""
    several = {str(network.id): network.name for network in networks} if len(networks) > 1 else {}
    return {_REMEMBERED: several}


def names() -> dict[UUID, str]:
    """Return the names of the networks of who is asking, by name; none where there is but one."""
    login = g.get("login")
    known: dict[str, str] = login.data.get(_REMEMBERED, {}) if login is not None else {}
    return {UUID(network_id): name for network_id, name in sorted(known.items(), key=lambda one: one[1])}


def elsewhere(read: Callable[[Any, Actor], _Read]) -> dict[UUID, _Read]:
    """Read the same in each other network of who is asking; one in which she has no role any more is left out."""
    found = {}
    for network_id in names():
        if network_id != g.login.network_id:
            with db.transaction() as session:
                there = directory.actor(session, g.login.user_id, network_id)
                if there is not None:
                    db.become(session, sights.of(there))
                    found[network_id] = read(session, there)
    return found
