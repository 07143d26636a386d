"""Random histories of hand-over, agreement, pause, exclusion and emergency: who reads what, against a list on paper.

The list is written from docs/security.md and the decisions 0024 to 0027, not from the code: it knows no participation,
no scope and no query. What is compared are sets of (person, way in, field).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from engine import errors
from engine.cases import (
    agreements,
    case_list,
    case_page,
    emergencies,
    exclusions,
    handovers,
    openings,
    pauses,
    submission_page,
    task_page,
)
from engine.cases.exclusions import Subject
from engine.cases.handover_models import Handover
from engine.cases.models import Case
from engine.consent.models import BasisKind, Manner, RecordedBasis
from engine.participants import directory
from engine.participants.access import Actor
from engine.participants.models import Exclusion
from forms import secrecy
from tests.engine.cases.conftest import START, World, moment
from tests.engine.cases.handing_over import Relay
from tests.engine.cases.test_agreements import asked
from tests.engine.cases.test_handover_histories import SHELTERS, shelters_of

CENTRE = ("operatrice.cav", "collega.cav")
STRANGERS = ("supervisora", "coordinatrice", "amministratrice", "forestiera")
HURRIED = "estranea"  # she opens the case in an emergency
KEPT_OUT = ("collega.cav", "rosa.operatrice", HURRIED)
READERS = (*CENTRE, *STRANGERS, HURRIED, "rosa.operatrice", "rosa.responsabile", "viola.operatrice")

ANSWERED = frozenset({"rischio", "segreto", "racconto", "altro_racconto"})
HANDED = frozenset({"rischio", "racconto"})  # what the diagram says: fields="rischio, ascolto.racconto"

Act = tuple[str, str]

ACTS = st.one_of(
    st.tuples(st.sampled_from(["withdraw", "send", "accept", "decline"]), st.sampled_from(SHELTERS)),
    st.tuples(st.sampled_from(["ask_back", "revoke", "pause", "end", "resume", "emergency"]), st.just("")),
    st.tuples(st.sampled_from(["exclude", "lift"]), st.sampled_from(KEPT_OUT)),
)
# Chance alone seldom comes as far as an acceptance.
SENT = st.sampled_from(SHELTERS).map(lambda shelter: [("agree", shelter), ("send", shelter)])
ACCEPTED = st.sampled_from(SHELTERS).map(lambda shelter: [("agree", shelter), ("send", shelter), ("accept", shelter)])
SCENE = st.one_of(ACTS.map(lambda act: [act]), SENT, ACCEPTED)
HISTORY = st.lists(st.tuples(SCENE, st.sampled_from([5, 45, 300])), min_size=3, max_size=7)


@dataclass
class Paper:
    """What somebody would note of a case: at whom it is, who has accepted it, who is kept out, who reads until when."""

    sent_to: str | None = None
    accepted_by: str | None = None
    kept_out: set[str] = field(default_factory=set)
    read_until: datetime | None = None

    def note(self, what: str, whom: str, now: datetime) -> None:
        """Note an act that was carried out."""
        if what == "send":
            self.sent_to = whom
        elif what == "accept":
            self.accepted_by = whom
        elif what in {"decline", "ask_back", "revoke", "end"} or (what == "withdraw" and whom == self.sent_to):
            # What rests on her agreement ends with it; so does what was only sent.
            self.sent_to = self.accepted_by = None
        elif what == "exclude":
            self.kept_out.add(whom)
        elif what == "lift":
            self.kept_out.discard(whom)
        elif what == "emergency":
            self.read_until = now + timedelta(hours=1)

    def readable(self, person: str, now: datetime) -> set[str]:
        """Say what a person reads, and by which way in."""
        if person in self.kept_out:
            return set()
        takes_part = person in CENTRE or (self.accepted_by is not None and person.startswith(self.accepted_by))
        hurried = person == HURRIED and self.read_until is not None and now < self.read_until
        found = {"the case", "the list", "its code"} if takes_part else {"the case"} if hurried else set()
        if person in CENTRE or hurried:
            found |= {f"answer: {key}" for key in ANSWERED}
        if self.accepted_by is not None and (person.startswith(self.accepted_by) or hurried):
            found |= {f"handed over: {key}" for key in HANDED}
        return found


@settings(max_examples=int(os.environ.get("EXAMPLES", "8")), deadline=None, suppress_health_check=list(HealthCheck))
@given(history=HISTORY)
def test_who_reads_what_is_as_it_is_noted_on_paper(world: World, history: list[tuple[list[Act], int]]) -> None:
    relay, paper, now = Relay(world, shelters_of(world)), Paper(), moment(START)
    case = relay.listened()
    step = world.task(case, "ospita")
    for scene, minutes in history:
        for what, whom in scene:
            now += timedelta(minutes=minutes)
            if _carried_out(relay, case, what, whom, now):
                paper.note(what, whom, now)
        for person in READERS:
            assert _read(world, case, step, person, now) == paper.readable(person, now), (person, scene)


def _carried_out(relay: Relay, case: Case, what: str, whom: str, now: datetime) -> bool:
    act = _acts(relay, case, whom, now).get(what)
    try:
        with relay.world.at(now) as session:
            return act is not None and act(session) is not False
    except errors.Refused:
        return False


def _acts(relay: Relay, case: Case, whom: str, now: datetime) -> dict[str, Callable[[Session], Any]]:
    world, people = relay.world, relay.world.people
    sender, lead, receiver = people["operatrice.cav"], people["responsabile.cav"], people.get(f"{whom}.operatrice")
    acts: dict[str, Callable[[Session], Any]] = {
        "pause": lambda s: pauses.pause(s, sender, case.id, until=now + timedelta(hours=9), manner=Manner.A_VOCE),
        "end": lambda s: pauses.end(s, sender, case.id, manner=Manner.A_VOCE),
        "resume": lambda s: pauses.resume(s, sender, case.id),
        "emergency": lambda s: emergencies.open_(s, _fresh(s, people[HURRIED]), case.code, reason="è in pericolo"),
        "exclude": lambda s: exclusions.put(s, lead, case.id, Subject(user_id=people[whom].user_id), reason="parente"),
        "lift": lambda s: _lift(s, relay, case, whom),
        "withdraw": lambda s: _withdraw(s, relay, case, whom),
    }
    if whom in SHELTERS:
        acts["agree"] = lambda s: agreements.record(s, sender, case.id, asked(world, whom), given=True)
    rows = world.rows(Handover, Handover.case_id == case.id, Handover.state.in_(["prepare", "sent", "accepted"]))
    for row in rows:
        acts |= _of_handover(row, relay, whom, (sender, lead, receiver))
    return acts


def _of_handover(
    row: Handover, relay: Relay, whom: str, who: tuple[Actor, Actor, Actor | None]
) -> dict[str, Callable[[Session], Any]]:
    sender, lead, receiver = who
    acts: dict[str, Callable[[Session], Any]] = {
        "ask_back": lambda s: handovers.ask_back(s, sender, row.id, reason="no"),
        "revoke": lambda s: handovers.revoke(s, lead, row.id, reason="no"),
    }
    if receiver is not None:
        to = relay.shelters[whom]
        acts["send"] = lambda s: handovers.send(s, sender, row.id, to_agency=to, again=True)
        acts["accept"] = lambda s: handovers.accept(s, receiver, row.id)
        acts["decline"] = lambda s: handovers.decline(s, receiver, row.id, reason="no")
    return acts


def _lift(session: Session, relay: Relay, case: Case, whom: str) -> bool:
    """Let somebody in again, as two people."""
    people = relay.world.people
    query = (Exclusion.case_id == case.id, Exclusion.user_id == people[whom].user_id, Exclusion.until.is_(None))
    row = session.query(Exclusion).where(*query).one_or_none()
    if row is None:
        return False
    for actor in ("operatrice.cav", "responsabile.cav"):
        exclusions.lift(session, people[actor], case.id, row.id)
    return True


def _withdraw(session: Session, relay: Relay, case: Case, whom: str) -> bool:
    query = (
        RecordedBasis.case_id == case.id,
        RecordedBasis.kind == BasisKind.ADESIONE,
        RecordedBasis.agency_id == relay.shelters[whom],
        RecordedBasis.ended_recorded_at.is_(None),
    )
    row = session.query(RecordedBasis).where(*query).one_or_none()
    if row is None:
        return False
    agreements.withdraw(session, relay.world.people["operatrice.cav"], row.id, manner=Manner.A_VOCE)
    return True


def _read(world: World, case: Case, step: UUID, person: str, now: datetime) -> set[str]:
    """Try every way in; give what was read."""
    found: set[str] = set()
    for way in (_case, _lists, _answers, _step):
        try:
            with world.at(now) as session:
                found |= set(way(session, _fresh(session, world.people[person]), case, step))
        except errors.Refused:
            continue
    return found


def _case(session: Session, actor: Actor, case: Case, _step: UUID) -> Iterator[str]:
    yield {case.code: "the case"}[case_page.case(session, actor, case.id).case.code]


def _lists(session: Session, actor: Actor, case: Case, _step: UUID) -> Iterator[str]:
    if any(row.code == case.code for row in case_list.page(session, actor).rows):
        yield "the list"
    if case_list.named(session, actor, case.code) is not None:
        yield "its code"


def _answers(session: Session, actor: Actor, case: Case, _step: UUID) -> Iterator[str]:
    opening = openings.opening("atti", secrecy.KINDS)
    for row in submission_page.rows(session, actor, case.id):
        page = submission_page.submission(session, actor, row.id, opening=opening)
        yield from (f"answer: {key}" for key in page.values)


def _step(session: Session, actor: Actor, _case: Case, step: UUID) -> Iterator[str]:
    yield from (f"handed over: {one.key}" for one in task_page.task(session, actor, step).handed)


def _fresh(session: Session, actor: Actor) -> Actor:
    """The person as she would be logged in now: with what she has open in an emergency."""
    assert actor.user_id is not None
    found = directory.actor(session, actor.user_id, actor.network_id)
    assert found is not None
    return found
