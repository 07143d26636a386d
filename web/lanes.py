"""Choosing which agency plays a lane: when a case is started, and in a step that hands a lane on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import request

from engine import clock
from engine.bpmn.model import Lane
from engine.cases.task_page import Declined
from engine.errors import InvalidValue, LaneWithoutAgency, Refused
from engine.participants import access, directory
from engine.participants.access import Actor
from engine.participants.models import Agency
from web import acts, clocks
from web.answers import Problem
from web.translation import gettext as _


@dataclasses.dataclass(frozen=True, slots=True)
class LaneChoice:
    """A lane as a page asks for it: the agencies that can play it, the one chosen, what is wrong with that.

    `said_no` tells of agencies when they declined, by id; to choose one again, `again_field` has to be ticked.
    """

    control: str
    field: str
    name: str
    agencies: Sequence[Agency]
    chosen: str
    error: str | None
    said_no: Mapping[str, str] = dataclasses.field(default_factory=dict)
    again_field: str = ""
    again: bool = False


def choice(
    lane: str,
    name: str,
    agencies: Sequence[Agency],
    *,
    guess: UUID | None,
    refused: Refused | None,
    declined: Iterable[Declined] = (),
) -> LaneChoice:
    """Ask for the agency of a lane; `guess` is selected unless something was chosen already."""
    chosen = request.form.get(_field(lane), str(guess or ""))
    offered = {agency.id for agency in agencies}
    said_no = {
        str(no.agency_id): _("ha detto no %(when)s", when=clocks.on(no.at, clock.now()))
        for no in declined
        if no.agency_id in offered
    }
    again = f"_di_nuovo.{lane}"
    return LaneChoice(
        control=f"ente-{lane}",
        field=_field(lane),
        name=name,
        agencies=agencies,
        chosen=chosen,
        error=_wrong(lane, refused),
        said_no=said_no,
        again_field=again,
        again=again in request.form,
    )


def for_start(session: Any, actor: Actor, asked: Iterable[Lane], refused: Refused | None) -> list[LaneChoice]:
    """Ask for the lanes of a start; one's own agency is the first guess where it alone of one's own can play a lane."""
    mine, choices = access.scope(actor).agency_ids, []
    for lane in asked:
        able = directory.agencies_for(session, actor.network_id, lane.id)
        own = [agency.id for agency in able if agency.id in mine]
        choices.append(choice(lane.id, lane.name, able, guess=own[0] if len(own) == 1 else None, refused=refused))
    return choices


def picked(lanes: Iterable[str]) -> dict[str, UUID]:
    """Read the agencies chosen for these lanes from the post. InvalidValue for what is no id."""
    chosen = {lane: acts.identifier(_field(lane), f"lanes.{lane}") for lane in lanes}
    return {lane: agency_id for lane, agency_id in chosen.items() if agency_id is not None}


def again(lanes: Iterable[str]) -> list[str]:
    """Read for which of these lanes an agency that has said no is chosen on purpose."""
    return [lane for lane in lanes if f"_di_nuovo.{lane}" in request.form]


def problems(choices: Iterable[LaneChoice]) -> list[Problem]:
    """Say what is wrong with the choices, for the summary."""
    return [Problem(asked.control, asked.name, asked.error) for asked in choices if asked.error]


def _field(lane: str) -> str:
    return f"_ente.{lane}"


def _wrong(lane: str, refused: Refused | None) -> str | None:
    if isinstance(refused, LaneWithoutAgency) and refused.lane == lane:
        return _("Scegliere un ente che offra questo servizio; se non ce n'è, la rete deve indicarne uno.")
    if isinstance(refused, InvalidValue) and refused.field == f"lanes.{lane}" and refused.code == "declined_before":
        return _("Questo ente ha già detto no: sceglierne un altro, o confermare che lo si sceglie di nuovo.")
    if isinstance(refused, InvalidValue) and refused.field == f"lanes.{lane}":
        return _("Scegliere un ente dall'elenco.")
    return None
