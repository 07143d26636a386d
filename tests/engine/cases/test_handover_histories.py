"""Random histories of agreements and hand-overs against a small model: whose the step is, and who may open the case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.cases import execution, handovers, lookup, resting, tasks
from engine.cases.handover_models import Handover, HandoverState
from engine.cases.models import Baton, Case, TaskStatus
from engine.consent.models import BasisEnd, RecordedBasis
from tests.engine.cases.conftest import World, after
from tests.engine.cases.handing_over import FORMS, Relay

SHELTERS = ("rosa", "viola")
Act = tuple[str, Literal["rosa", "viola"]]
ACTS = st.tuples(
    st.sampled_from(["agree", "withdraw", "send", "accept", "decline", "ask_back", "revoke", "claim", "complete"]),
    st.sampled_from(SHELTERS),
)

# What an act wants the phase to be, and of the shelter; and the phase that it leads to.
STEPS = {
    "send": ("prepare", "agreed", "sent"),
    "accept": ("sent", "asked", "accepted"),
    "claim": ("sent", "asked", "accepted"),
    "decline": ("sent", "asked", "prepare"),
    "complete": ("accepted", "asked", "done"),
    "ask_back": ("sent", "", "prepare"),
    "revoke": ("accepted", "", "prepare"),
}


@dataclass
class Model:
    """What a history must have come to: the phase of the step, at whom it is, and who takes part."""

    agreed: set[str] = field(default_factory=set)
    phase: str = "prepare"
    at: str | None = None
    part: str | None = None

    def does(self, verb: str, shelter: str) -> bool:
        """Say whether an act of this shelter, or towards it, is to succeed; and let it."""
        if verb == "agree":
            self.agreed.add(shelter)
            return True
        if verb == "withdraw":
            return self._withdraw(shelter)
        before, needs, after_it = STEPS[verb]
        allowed = self.phase == before and (needs != "agreed" or shelter in self.agreed)
        allowed = allowed and (needs != "asked" or self.at == shelter)
        if allowed and after_it == "prepare":
            self._back()
        elif allowed:
            self.phase, self.at = after_it, shelter if verb == "send" else self.at
            self.part = self.at if after_it != "sent" else None
        return allowed

    def _withdraw(self, shelter: str) -> bool:
        held = shelter in self.agreed
        self.agreed.discard(shelter)
        if held and self.at == shelter:
            self._back()
        return held

    def _back(self) -> None:
        self.phase, self.at, self.part = "prepare", None, None


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACTS, min_size=3, max_size=12))
def test_a_random_history_comes_to_what_the_model_says(world: World, acts: list[Act]) -> None:
    relay = Relay(world, shelters_of(world))
    case = relay.listened()
    model, bases = Model(), dict[str, object]()
    for number, (verb, shelter) in enumerate(acts, start=1):
        # What has been agreed to already is not agreed to twice.
        if verb == "agree" and shelter in model.agreed:
            continue
        expected = model.does(verb, shelter)
        assert _try(relay, case, verb, shelter, number, bases) is expected, (verb, shelter)
        _compare(relay, case, model)
        if model.phase == "done":
            break


def shelters_of(world: World, forms_given: dict[str, bytes] = FORMS) -> dict[str, UUID]:
    if "rosa.operatrice" not in world.people:
        return Relay.of(world, forms_given).shelters
    return {name: agency for name, agency in world.agencies.items() if name in {*SHELTERS, "muta"}}


def _try(relay: Relay, case: Case, verb: str, shelter: str, number: int, bases: dict[str, object]) -> bool:
    at, world = after(minutes=number), relay.world
    sender, lead, receiver = "operatrice.cav", "responsabile.cav", f"{shelter}.operatrice"
    if verb == "agree":
        bases[shelter] = relay.agrees(case, shelter, at)
        return True
    if verb == "withdraw":
        if shelter not in bases:
            return False
        basis_id = bases.pop(shelter)
        with world.at(at) as session, execution.locked(session, case.id, None) as running:
            session.get_one(RecordedBasis, basis_id).ended_recorded_at = at
            resting.basis_ended(running, None, basis_id, why=BasisEnd.WITHDRAWN)
        return True
    query = (Handover.case_id == case.id, Handover.state.in_(["prepare", "sent", "accepted"]))
    found = world.rows(Handover, *query)
    if not found:
        return False
    row = found[0]
    acts = {
        "send": lambda s: handovers.send(
            s, world.people[sender], row.id, to_agency=relay.shelters[shelter], again=True
        ),
        "accept": lambda s: handovers.accept(s, world.people[receiver], row.id),
        "decline": lambda s: handovers.decline(s, world.people[receiver], row.id, reason="no"),
        "ask_back": lambda s: handovers.ask_back(s, world.people[sender], row.id, reason="no"),
        "revoke": lambda s: handovers.revoke(s, world.people[lead], row.id, reason="no"),
        "claim": lambda s: tasks.claim(s, world.people[receiver], row.task_id),
        "complete": lambda s: tasks.complete(s, world.people[receiver], row.task_id, {"esito": "si", "nota": "x"}),
    }
    claimed = verb == "claim" and row.state is not HandoverState.SENT
    try:
        with world.at(at) as session:
            acts[verb](session)
    except errors.Refused:
        return False
    # To take again what one has already is no act.
    return not claimed


def _compare(relay: Relay, case: Case, model: Model) -> None:
    world = relay.world
    pending = {"prepare": Baton.PREPARE, "sent": Baton.SENT, "accepted": Baton.ACCEPTED}
    with world.at(after(minutes=59)) as session:
        opened = {s for s in SHELTERS if lookup.sees_case(session, world.people[f"{s}.operatrice"], case.id)}
    assert opened == ({model.part} if model.part else set())
    if model.phase == "done":
        return
    task = relay.baton(case)
    assert task.handover is pending[model.phase]
    owner = world.agencies["cav"] if model.at is None else relay.shelters[model.at]
    assert task.agency_id == owner
    assert task.state is (TaskStatus.CLAIMED if model.phase == "accepted" else TaskStatus.OPEN)
