"""Whatever a network's ladder says, whenever workers come: each rung once, in order, somebody told, nobody robbed."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.calendars.lengths import Clock, Length
from engine.cases import acknowledging, exclusions, tasks
from engine.cases.action_item_models import ActionItem
from engine.cases.exclusions import Subject
from engine.cases.helper_models import TaskHelper
from engine.cases.models import CaseEvent, Draft, TaskStatus, UserTask
from engine.deadlines.models import Acknowledgement, Deadline, DeadlineClock, Rung, RungStatus, SeenBy
from engine.ladders import versions
from engine.ladders.steps import Act, EscalationClass, Target
from engine.notifications.models import Notice
from engine.roster import planning
from engine.roster.planning import Wanted
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.invariants import assert_rows_follow_from_state

EXAMPLES = int(os.environ.get("EXAMPLES", "20"))
WORKERS = ("operatrice.cav", "collega.cav", "responsabile.cav")
SINCE, UNTIL = after(hours=9), after(hours=21)
"""Of the shift that is on call; before and after it nobody is, but the desk."""
TARGETS = [*(each.value for each in Target), "on_call.first:cav", "on_call.second:associazioni"]
DOINGS = [each.value for each in Act if each is not Act.START_PROCESS]
"""What is tried; a process that a rung starts has a ladder of its own, which would start it again."""
LENGTHS = {"H": ["PT5M", "PT1H", "PT4H", "PT30H"], "GL": ["PT1H", "P1D", "P3D"]}


@st.composite
def ladders(draw: st.DrawFn) -> str:
    """A ladder that is accepted: what it says besides that is anything."""
    clock = draw(st.sampled_from(sorted(LENGTHS)))
    shares = draw(st.lists(st.integers(1, 99), max_size=3, unique=True))
    beyond = draw(st.integers(0, len(LENGTHS[clock])))
    instants = [*(f"{share}%" for share in sorted(shares)), "breach", *(f"+{one}" for one in LENGTHS[clock][:beyond])]
    lines = ["[E1]", f'clock = "{clock}"']
    for name, lengths in (("acknowledged", LENGTHS[clock]), ("returned", LENGTHS["H"])):
        chosen = draw(st.sampled_from([None, *lengths]))
        lines += [f'{name} = "{chosen}"'] if chosen else []
    for at in instants:
        to = draw(st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3, unique=True))
        do = draw(st.lists(st.sampled_from(DOINGS), max_size=3, unique=True))
        lines += ["[[E1.step]]", f'at = "{at}"', f"to = {to}".replace("'", '"'), f"do = {do}".replace("'", '"')]
    return "\n".join(lines)


HAPPENINGS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 60 * 60), st.integers(23 * 60, 24 * 60)),  # the step is due after a day
        st.sampled_from(["worker", "worker", "claim", "acknowledge", "draft", "exclude", "release"]),
        st.sampled_from(WORKERS),
    ),
    max_size=9,
).map(sorted)


@dataclass(frozen=True)
class Life:
    """A case with one step that is owed within a day, by the ladder that is tried."""

    world: World
    case_id: UUID
    task_id: UUID
    counts: timedelta | None  # for how long it counts that somebody has said or saved something, in elapsed time

    def happens(self, instant: datetime, what: str, who: str) -> None:
        if what == "worker":
            self.works(instant)
            return
        actor = self.world.people[who]
        try:
            with self.world.at(instant) as session:
                if what == "claim":
                    tasks.claim(session, actor, self.task_id)
                elif what == "draft":
                    tasks.save_draft(session, actor, self.task_id, {"obbligatoria": "quasi"})
                elif what == "release":
                    tasks.release(session, actor, self.task_id, reason="altro turno")
                elif what == "exclude":
                    exclusions.put(session, actor, self.case_id, Subject(user_id=actor.user_id), reason="la conosce")
                else:
                    acknowledging.acknowledge_step(session, actor, self.task_id, SeenBy.PAGE)
        except errors.Refused:
            pass

    def works(self, instant: datetime) -> None:
        """Let a worker come; whoever acts keeps the step."""
        before, acts = self.task(), self.acts_until()
        self.world.worker_at(instant)
        after_ = self.task()
        if before.state is TaskStatus.CLAIMED and acts is not None and acts > instant:
            assert (after_.state, after_.assignee_id) == (TaskStatus.CLAIMED, before.assignee_id), "she is acting"
        assert_rows_follow_from_state(self.world.network_id, only=[self.case_id])

    def task(self) -> UserTask:
        (row,) = self.world.rows(UserTask, UserTask.id == self.task_id)
        return row

    def acts_until(self) -> datetime | None:
        """Until when it counts what she has said or saved who has the step, read from the rows."""
        task = self.task()
        ids = [row.id for row in self.world.rows(Deadline, Deadline.task_id == self.task_id)]
        said = self.world.rows(Acknowledgement, Acknowledgement.deadline_id.in_(ids))
        hers = [row.until for row in said if row.user_id == task.assignee_id and row.at >= (task.claimed_at or row.at)]
        saved = self.world.rows(Draft, Draft.task_id == self.task_id)
        if self.counts is not None:
            hers += [row.saved_at + self.counts for row in saved if row.saved_at >= (task.claimed_at or row.saved_at)]
        return max(hers, default=None)


def on_call(world: World) -> None:
    with world.at(START) as session:
        coordination = world.people["coordinatrice"]
        roster = planning.set_up(session, coordination, "cav", None)
        first, second = (world.people[name].user_id for name in WORKERS[:2])
        planning.add(session, coordination, roster.id, Wanted(SINCE, UNTIL, first, second))
        planning.publish(session, coordination, roster.id, after(days=3), despite_faults=True)


def test_each_rung_fires_once_in_order_whatever_the_ladder_says(world: World) -> None:
    on_call(world)

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(text=ladders(), happenings=HAPPENINGS)
    def check(text: str, happenings: list[tuple[int, str, str]]) -> None:
        with world.at(START) as session:
            coordination = world.people["coordinatrice"]
            versions.change(session, coordination, EscalationClass.E1, text, approved_by="tavolo", reason="prova")
        case = world.start("soccorso")
        ladder = tomllib.loads(text)["E1"]
        length = ladder.get("acknowledged") if ladder["clock"] == "H" else None
        counts = Length.read(length, Clock.H).time if length is not None else None
        life = Life(world, case.id, world.task(case, "passo"), counts)
        for minutes, what, who in happenings:
            life.happens(after(minutes=minutes), what, who)
        for days in (3, 10, 20):
            life.works(after(days=days))
        _check(life)

    check()


def _check(life: Life) -> None:
    """Read what is left of it: the trail, the rungs, who was told."""
    world = life.world
    (deadline,) = world.rows(Deadline, Deadline.task_id == life.task_id, Deadline.clock == DeadlineClock.CONCLUSION)
    rungs = sorted(world.rows(Rung, Rung.deadline_id == deadline.id), key=lambda rung: rung.position)
    assert {rung.state for rung in rungs} <= {RungStatus.FIRED, RungStatus.MERGED}
    instants = [rung.fired_at for rung in rungs]
    assert instants == sorted(instants), "in their order"
    assert rungs[-1].state is RungStatus.FIRED
    notices = world.rows(Notice, Notice.deadline_id == deadline.id)
    fired = {rung.fired_at: rung.step for rung in rungs if rung.state is RungStatus.FIRED}
    assert {row.created_at for row in notices} == set(fired), "each that fired told somebody, and none twice"
    assert all(row.kind == fired[row.created_at] for row in notices)
    assert len({(row.created_at, row.user_id, row.role, row.agency_id) for row in notices}) == len(notices)
    events = [row.kind for row in world.rows(CaseEvent, CaseEvent.case_id == life.case_id)]
    _check_what_was_done(life, rungs, events)


def _check_what_was_done(life: Life, rungs: list[Rung], events: list[str]) -> None:
    world, did = life.world, {action for rung in rungs for action in rung.actions}
    of_centre: set[Any] = {world.people[name].user_id for name in WORKERS}
    helpers = {row.user_id for row in world.rows(TaskHelper, TaskHelper.task_id == life.task_id)}
    assert helpers <= of_centre
    assert bool(helpers) == ("helper_added" in events)
    assert not helpers or Act.ADD_HELPER in did
    left = {row.kind.value for row in world.rows(ActionItem, ActionItem.task_id == life.task_id)}
    expected = {"open_task": "solicitation", "incident": "incident", "agenda": "agenda"}
    assert left == {kind for action, kind in expected.items() if action in did}
