"""The agencies of the network, as its telephone directory has them."""

from __future__ import annotations

from typing import Any

from engine.oversight import phone_book
from engine.oversight.phone_book import PhoneBook, Wanted
from web.api import agency_schemas, identity
from web.api.routes import Routes, Session

routes = Routes("agencies", "The agencies of the network: services, hours, how they are reached.")


@routes.reading("/agencies", takes=agency_schemas.AgencyQuery(), gives=agency_schemas.PhoneBook())
def list_agencies(session: Session, query: dict[str, Any]) -> PhoneBook:
    """List the agencies of the network, with whether they are open now."""
    return phone_book.look_up(session, identity.actor(), Wanted(**query))
