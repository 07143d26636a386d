"""Choosing which agency plays a lane: when a case is started, and in a step that hands a lane on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request

from engine.errors import InvalidValue, LaneWithoutAgency, Refused
from engine.participants.models import Agency
from web import acts
from web.answers import Problem
from web.translation import gettext as _


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """A lane as a page asks for it: the agencies that can play it, the one chosen, what is wrong with that."""

    control: str
    field: str
    name: str
    agencies: Sequence[Agency]
    chosen: str
    error: str | None


def choice(
    lane: str, name: str, agencies: Sequence[Agency], *, guess: UUID | None, refused: Refused | None
) -> LaneChoice:
    """Ask for the agency of a lane; `guess` is selected unless something was chosen already."""
    chosen = request.form.get(_field(lane), str(guess or ""))
    return LaneChoice(f"ente-{lane}", _field(lane), name, agencies, chosen, _wrong(lane, refused))


def picked(lanes: Iterable[str]) -> dict[str, UUID]:
    """Read the agencies chosen for these lanes from the post. InvalidValue for what is no id."""
    chosen = {lane: acts.identifier(_field(lane), f"lanes.{lane}") for lane in lanes}
    return {lane: agency_id for lane, agency_id in chosen.items() if agency_id is not None}


def problems(choices: Iterable[LaneChoice]) -> list[Problem]:
    """Say what is wrong with the choices, for the summary."""
    return [Problem(asked.control, asked.name, asked.error) for asked in choices if asked.error]


def _field(lane: str) -> str:
    return f"_ente.{lane}"


def _wrong(lane: str, refused: Refused | None) -> str | None:
    if isinstance(refused, LaneWithoutAgency) and refused.lane == lane:
        return _("Scegliere un ente che offra questo servizio; se non ce n'è, la rete deve indicarne uno.")
    if isinstance(refused, InvalidValue) and refused.field == f"lanes.{lane}":
        return _("Scegliere un ente dall'elenco.")
    return None
