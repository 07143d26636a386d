"""Each deadline of the networks' table, armed and climbed by the real engine with a set clock, against the paper.

The scenarios first, with what they say; then random starts in all towns: 27 of them, or as many as EXAMPLES says.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from engine import parameters, protocol_files
from engine.calendars import administration
from engine.calendars.timetables import Owner
from engine.cases import lifecycle
from engine.cases.models import Case
from engine.deadlines.models import Deadline, DeadlineClock, Rung, RungStatus
from engine.definitions import deployment
from engine.ladders import versions as ladders
from engine.notifications.models import Notice
from tests.engine.calendars.every_minute import PATRONS
from tests.engine.calendars.oracle import ROME, Office
from tests.engine.cases.conftest import World
from tests.engine.cases.protocols import deadline, end, process, start, task
from tests.engine.cases.terms_on_paper import TERMS
from tests.engine.cases.terms_on_paper import parameters as on_paper

TRIALS = int(os.environ.get("EXAMPLES", "27"))
BEGUN = "2026-01-02T00:00:00+00:00"
OFFICE = [[(9 * 60, 17 * 60)]] * 5 + [[], []]


def key(name: str) -> str:
    return name.lower().replace(".", "_")


def diagram(name: str) -> bytes:
    clock = deadline("conclusion", name, TERMS[name].escalation)
    way = [("inizio", "passo"), ("passo", "fine")]
    return process(
        key(name), [start("inizio"), task("passo", clock), end("fine")], way, lanes={"cav": "inizio passo fine"}
    )


@pytest.fixture
def network(world: World) -> World:
    with world.at(BEGUN) as session:
        parameters.load_defaults(session, world.network_id, on_paper())
        ladders.load_defaults(session, world.network_id, protocol_files.shipped_ladders())
        sources = {f"{key(name)}.bpmn": diagram(name) for name in TERMS}
        deployment.deploy(session, world.people["progettista"], sources, forms_given={})
    return world


def settle(world: World, town: str) -> Office:
    """Move the centre to a town: its office is closed on that patron day."""
    whose, actor = Owner(agency_id=world.agencies["cav"]), world.people["amministratrice"]
    patron = PATRONS[town]
    with world.at(BEGUN) as session:
        for row in administration.page(session, actor, whose).days:
            administration.remove_day(session, actor, whose, row.id)
        if patron is not None:
            administration.add_day(
                session, actor, whose, date(2026, *patron), every_year=True, hours="", reason="Patrono"
            )
    return Office(OFFICE, closed={date(year, *patron): () for year in range(2026, 2031)} if patron else {})


def armed(world: World, name: str, at: datetime) -> tuple[Case, list[Rung]]:
    with world.at(at) as session:
        lanes = {"cav": world.agencies["cav"]}
        case = lifecycle.start(session, world.people["operatrice.cav"], key(name), lanes=lanes)
    return case, sorted(world.rows(Rung, Rung.case_id == case.id), key=lambda rung: (rung.due_at, rung.position))


def local(text: str) -> datetime:
    """Read an instant of 2026, as the clocks of Rome show it, unless it says the year."""
    return (
        datetime.fromisoformat(text if text.startswith("20") else f"2026-{text}").replace(tzinfo=ROME).astimezone(UTC)
    )


SCENARIOS = [
    ("S1", "D05", "busto", "03-28 23:10", "03-28 23:30"),
    ("S1", "D03.alto", "busto", "03-28 23:55", "03-29 00:25, 03-29 00:43, 03-29 00:55, 03-29 01:55"),
    ("S1", "D31", "busto", "03-28 23:57", "03-29 04:57"),
    ("S1", "D09", "busto", "03-28 23:50", "03-31 00:50"),
    ("S2", "D22", "busto", "04-03 19:30", "04-03 20:30"),
    ("S2", "D23", "busto", "04-03 19:30", "04-04 15:30, 04-04 19:30"),
    ("S2", "D24", "busto", "04-04 18:50", "04-07 18:50"),
    ("S2", "D25", "busto", "04-06 11:00", "04-08 11:00"),
    ("S3", "D12", "busto", "05-29 12:00", "06-02 00:00"),
    ("S3", "D12", "busto", "05-30 12:00", "06-01 00:00, 06-02 00:00, 06-04 00:00, 06-05 09:00"),
    ("S3", "D13", "busto", "05-30 12:00", "06-30 00:00"),
    ("S4", "D43", "busto", "06-23 16:00", "07-01 16:00, 07-02 16:00"),
    ("S4", "D43", "gallarate", "06-23 16:00", "06-30 16:00"),
    ("S4", "D03.altro", "busto", "06-23 16:00", "06-24 16:00"),
    ("S6", "D10", "varese", "03-02 10:00", "03-03 10:00"),
    ("S7", "D32", "busto", "08-14 23:00", "08-18 00:00, 08-20 00:00"),
    ("S7", "D15", "busto", "08-14 23:00", "08-16 23:00"),
    ("S7", "D16", "busto", "08-16 23:00", "08-18 23:00"),
    ("S8", "D19", "cremona", "11-12 18:40", "11-12 19:10, 11-12 19:40"),
    ("S8", "D39", "cremona", "11-12 18:40", "11-13 18:40"),
    ("S8", "D39.riun", "cremona", "11-12 18:40", "11-15 18:40"),
    ("S8", "D20", "cremona", "11-16 10:00", "2027-02-17 00:00"),
    ("S9", "D34", "busto", "02-01 10:00", "07-01 00:00, 08-01 00:00"),
    ("S9", "D44", "busto", "05-04 10:00", "06-04 00:00"),
    ("S9", "D45", "busto", "06-01 10:00", "07-02 00:00"),
    ("S10", "D03.alto", "busto", "06-06 02:10", "06-06 03:10, 06-06 04:10, 06-06 07:10"),
    ("S10", "D50", "busto", "06-30 23:59", "07-16 00:00"),
]


def test_the_scenarios_come_out_as_they_say(network: World) -> None:
    for scenario, name, town, begins, said in SCENARIOS:
        office = settle(network, town)
        _case, rungs = armed(network, name, local(begins))
        found = [rung.due_at for rung in rungs]
        assert found == TERMS[name].instants(local(begins), office), (scenario, name)
        assert {local(text) for text in said.split(", ")} <= set(found), (scenario, name)


def test_terms_that_begin_anywhere_in_any_town_come_out_as_on_paper(network: World) -> None:
    chosen = random.Random(20261123)  # noqa: S311 - a sample, no secret
    for _ in range(max(1, TRIALS // len(PATRONS))):
        for town in PATRONS:
            office, name = settle(network, town), chosen.choice(sorted(TERMS))
            at = datetime(2026, 1, 3, tzinfo=UTC) + timedelta(minutes=chosen.randrange(2 * 365 * 24 * 60))
            _case, rungs = armed(network, name, at)
            assert [rung.due_at for rung in rungs] == TERMS[name].instants(at, office), (name, town, at)


EDGES = ["03-28 23:59", "03-29 01:30", "10-24 23:00", "10-25 00:30", "12-31 23:59", "2028-02-29 12:00"]


def test_terms_that_begin_where_the_clocks_or_the_years_change_come_out_as_on_paper(network: World) -> None:
    office = settle(network, "milano")
    for text in EDGES:
        for name in ("D03.alto", "D04.basso", "D12", "D36.alto", "D52", "D20"):
            _case, rungs = armed(network, name, local(text))
            assert [rung.due_at for rung in rungs] == TERMS[name].instants(local(text), office), (name, text)


def test_each_rung_fires_at_its_instant_and_not_a_minute_before(network: World) -> None:
    office, at = settle(network, "busto"), local("06-23 16:00")
    for name in ("D31", "D03.alto", "D43", "D12"):
        assert_fires(network, name, at, office)


def assert_fires(network: World, name: str, at: datetime, office: Office) -> None:
    case, rungs = armed(network, name, at)
    for number, instant in enumerate(TERMS[name].instants(at, office)):
        for moment, fired in ((instant - timedelta(minutes=1), number), (instant, number + 1)):
            network.worker_at(moment)
            found = network.rows(Rung, Rung.case_id == case.id, Rung.state != RungStatus.WAITING)
            assert len(found) == fired, (name, moment)
            assert {rung.fired_at for rung in found} <= {rung.due_at for rung in rungs}


def test_after_an_outage_the_highest_rung_alone_tells_and_the_next_fires_in_its_time(network: World) -> None:
    settle(network, "busto")
    case, _rungs = armed(network, "D03.alto", local("06-06 02:10"))
    network.worker_at(local("06-06 02:59"))
    before = len(network.rows(Notice, Notice.case_id == case.id))
    network.worker_at(local("06-06 05:30"))
    states = [rung.state for rung in sorted(network.rows(Rung, Rung.case_id == case.id), key=lambda row: row.position)]
    assert states[-4:] == [RungStatus.MERGED, RungStatus.FIRED, RungStatus.WAITING, RungStatus.WAITING]
    kinds = {row.kind for row in network.rows(Notice, Notice.case_id == case.id)[before:]}
    assert kinds == {"escalation"}
    (clock,) = network.rows(Deadline, Deadline.case_id == case.id, Deadline.clock == DeadlineClock.CONCLUSION)
    assert clock.due_at == local("06-06 03:10")
