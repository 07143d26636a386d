"""The demonstration network: made once, completed at each start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, parameters, protocol_files
from engine.calendars import administration as calendars
from engine.calendars.calendar import ROME, local_day
from engine.calendars.models import Timetable
from engine.calendars.timetables import NETWORK, Owner
from engine.cases import receptions
from engine.definitions import deployment, repository
from engine.demo import accounts
from engine.errors import InvalidProcess, NotFound, Problem
from engine.ladders import versions as ladders
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Agency, Network, User
from engine.roster import planning
from engine.roster.models import Roster
from engine.roster.planning import Wanted

KEY = "dimostrativa"
NAME = "Rete dimostrativa"
NEIGHBOUR = ("dimostrativa_vicina", "Rete dimostrativa di un'altra provincia")
RECEIVES_BY = "accoglienza_cav"

_WEEK = timedelta(days=7)
_WEEKS_ON_CALL = 4


def prepare(session: Session, data_dir: Path) -> UUID:
    """Make what is missing of the networks, their agencies, accounts and parameters; return the first network's id."""
    passwords, are_new = accounts.passwords(data_dir)
    network, neighbour = _network(session, KEY, NAME), _network(session, *NEIGHBOUR)
    for one, offered in ((network, accounts.AGENCIES), (neighbour, accounts.NEIGHBOURS)):
        agencies = _agencies(session, one.id, offered)
        _hours(session, one.id, agencies, offered)
        for person in accounts.PEOPLE:
            if person.agency in agencies:
                _person(session, one.id, agencies, person, passwords[person.username], are_new=are_new)
        parameters.load_defaults(session, one.id, protocol_files.shipped_parameters())
        ladders.load_defaults(session, one.id, protocol_files.shipped_ladders())
    _on_call(session, network.id)
    return network.id


def prepare_neighbour(session: Session, folder: Path) -> None:
    """Put the protocols in force in the second network too, and let it receive women whom the first one refers.

    That is said once: whoever tries the administration may change it for good.
    """
    network_id = directory.network_named(session, NEIGHBOUR[0]).id
    is_new = repository.latest_id(session, network_id, RECEIVES_BY) is None
    deploy(session, network_id, folder)
    if is_new and receptions.door(session, network_id, RECEIVES_BY) is not None:
        (answering,) = [one.id for one in directory.agencies(session, network_id)]
        receptions.open_(
            session, Actor.system(network_id), name="Altra provincia", agency_id=answering, process=RECEIVES_BY
        )


def deploy(session: Session, network_id: UUID, folder: Path) -> tuple[list[str], tuple[Problem, ...]]:
    """Put the protocols of a folder in force; return the new versions in words, or the problems that prevent it."""
    sources = protocol_files.read([folder])
    try:
        with session.begin_nested():
            deployed = deployment.deploy(session, Actor.system(network_id), sources.diagrams, forms_given=sources.forms)
    except InvalidProcess as refused:
        return [], refused.problems
    return [f"{item.definition.key} v{item.definition.version}" for item in deployed if item.is_new], ()


def _network(session: Session, key: str, name: str) -> Network:
    try:
        return directory.network_named(session, key)
    except NotFound:
        return directory.create_network(session, key=key, name=name)


def _agencies(session: Session, network_id: UUID, offered: Iterable[accounts.DemoAgency]) -> dict[str, Agency]:
    known = {agency.name: agency for agency in directory.agencies(session, network_id)}
    for wanted in offered:
        if wanted.name not in known:
            known[wanted.name] = directory.create_agency(
                session,
                network_id,
                name=wanted.name,
                services=wanted.services,
                channel=wanted.channel,
                contact=wanted.contact,
            )
    return known


def _hours(
    session: Session, network_id: UUID, agencies: Mapping[str, Agency], offered: Iterable[accounts.DemoAgency]
) -> None:
    """Write the opening hours once; whoever tries the administration may change them for good."""
    if session.scalar(select(Timetable.id).where(Timetable.network_id == network_id).limit(1)) is not None:
        return
    actor = Actor.system(network_id)
    calendars.change(session, actor, NETWORK, week=accounts.WEEK)
    for each in offered:
        if each.week is not None:
            calendars.change(
                session,
                actor,
                Owner(agency_id=agencies[each.name].id),
                week=each.week,
                open_on_holidays=each.week == accounts.ALWAYS,
                out_of_hours=each.out_of_hours,
            )


def _on_call(session: Session, network_id: UUID) -> None:
    """Let people of the first network be on call for four weeks, a week each; once, as the hours."""
    if session.scalar(select(Roster.id).where(Roster.network_id == network_id).limit(1)) is not None:
        return
    actor, today = Actor.system(network_id), datetime.combine(local_day(clock.now()), time(), ROME)
    for service, telephone, weeks in accounts.ON_CALL:
        roster = planning.set_up(session, actor, service, None, telephone=telephone)
        for number in range(_WEEKS_ON_CALL):
            starts_at = today + number * _WEEK
            name, second = weeks[number % len(weeks)]
            first_id = directory.user_named(session, name).id
            second_id = directory.user_named(session, second).id if second else None
            planning.add(session, actor, roster.id, Wanted(starts_at, starts_at + _WEEK, first_id, second_id))
        # Invented people have no telephones.
        planning.publish(session, actor, roster.id, today + _WEEKS_ON_CALL * _WEEK, despite_faults=True)


def _person(
    session: Session,
    network_id: UUID,
    agencies: Mapping[str, Agency],
    person: accounts.DemoPerson,
    password: str,
    *,
    are_new: bool,
) -> None:
    user = session.scalars(select(User).where(User.username == person.username)).one_or_none()
    if user is not None:
        if are_new:  # the file with the passwords was lost
            directory.set_password(session, user.id, password)
        return
    user = directory.create_user(session, username=person.username, display_name=person.display_name, password=password)
    for name in (person.agency, *person.also):
        directory.create_membership(
            session, network_id=network_id, user_id=user.id, agency_id=agencies[name].id, role=person.role
        )
