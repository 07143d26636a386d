"""The second wall: what the database shows to whom, asked past everything that the product does about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from engine import clock, db, errors, sight
from engine.cases import emergencies, exclusions, fiscal_codes, lifecycle
from engine.migrations import tables
from engine.participants import access, directory, sights
from engine.sight import Reach, Sight
from tests import database
from tests.engine.cases.conftest import START, World, after
from tests.engine.cases.handing_over import Relay

NO_CASE = {
    **dict.fromkeys(("network", "area", "agency", "network_agency", "timetable", "timetable_day"), "who is there"),
    **dict.fromkeys(("user_account", "membership", "login_failure", "roster_gap_told"), "who logs in, who is told"),
    **dict.fromkeys(("user_session", "api_token", "token_use", "calendar_feed"), "found by the hash of a secret"),
    **dict.fromkeys(("kept_post", "stored_answer"), "sealed for one person, found by her and a hash"),
    **dict.fromkeys(("saved_filter", "substitution", "roster", "shift", "shift_swap", "reserved_code"), "no case's"),
    **dict.fromkeys(("contact_point", "quiet_hours", "message", "push_device", "webhook", "webhook_event"), "telling"),
    **dict.fromkeys(("deployment", "process_definition", "called_definition", "parameter"), "protocols"),
    **dict.fromkeys(("deployed_form", "deployed_decision", "scheduled_start", "ladder", "recount"), "protocols"),
    **dict.fromkeys(("fiscal_code_use", "timing_agreement", "consent_text", "reception"), "a network's own"),
    **dict.fromkeys(("audit_seal", "audit_unsealed", "alembic_version", "worker_beat", "inspection"), "clockwork"),
}
"""Tables without a policy: nothing in them is of a case."""

PAST = {
    "audit_wait_for_seal",
    "case_code_taken",
    "oldest_undone",
    "sight_in_hand",
    "sight_kept_out",
    "sight_of",
    "sight_opened",
    "take_answers_out",
}
"""Functions with the owner's rights: each looks past the policies, so each is looked at before it is named here."""

CASE_OF = {
    "delivery": "(SELECT case_id FROM notice WHERE notice.id = notice_id)",
    "case_file": "id",
    "outgoing": "from_case_id",
    "received_referral": "new_case_id",
    "attachment_part": "(SELECT case_id FROM attachment WHERE attachment.id = attachment_id)",
    "task_explanation": "(SELECT case_id FROM user_task WHERE user_task.id = task_id)",
}
ADDRESSED = {"notice", "delivery", "emergency_access", "audit_entry"}
"""Tables in which somebody sees what is hers, too."""
NOON = after(hours=3)


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass
class Scene:
    """Cases by what has become of them, and a connection of the application's role, past the product."""

    world: World
    owner: psycopg.Connection
    app: psycopg.Connection
    cases: dict[str, UUID] = field(default_factory=dict)

    def become(self, seen: Sight) -> None:
        """Say for the rest of the session who asks, as a transaction of the product does."""
        for name, value in {**seen.settings, "now": NOON.isoformat(), "case": ""}.items():
            self.app.execute("SELECT set_config(%s, %s, false)", [f"staffetta.{name}", value])

    def person(self, name: str) -> Sight:
        return sights.of(self.world.people[name])

    def shown(self, table: str) -> set[str]:
        return {row for (row,) in self.app.execute(f"SELECT row(t.*)::text FROM {table} AS t")}

    def there(self, table: str, names: set[str]) -> set[str]:
        """The rows of these cases, as the owner of the tables has them."""
        given = [self.cases[name] for name in sorted(names)]
        case = CASE_OF.get(table, "case_id")
        query = f"SELECT row(t.*)::text FROM (SELECT * FROM {table} WHERE {case} = ANY (%s)) AS t"
        return {row for (row,) in self.owner.execute(query, [given])}


def walled() -> list[str]:
    return sorted(set(tables.metadata.tables) - set(NO_CASE))


@pytest.fixture
def scene(world: World, world_urls: database.Urls, database_server: database.Server) -> Iterator[Scene]:
    with psycopg.connect(plain(world_urls.owner), autocommit=True) as owner:
        made = Scene(world, owner, owner)
        _play(made, Relay.of(world))
        with database_server._connect() as admin:
            name = make_url(world_urls.app).database
            admin.execute(f"ALTER DATABASE {name} RESET staffetta.reach")
        with psycopg.connect(plain(world_urls.app), autocommit=True) as made.app:
            yield made


def _play(scene: Scene, relay: Relay) -> None:
    """A start, hand-overs asked for, accepted and revoked, an exclusion, an emergency; two agencies, two networks."""
    world, cases = scene.world, scene.cases
    cases["taken"] = relay.accepted().id
    revoked = relay.accepted()
    relay.act("revoke", revoked, by="responsabile.cav", reason="non serve più")
    cases["given back"] = revoked.id
    asked = relay.listened()
    relay.agrees(asked)
    relay.send(asked)
    cases["asked"] = asked.id
    kept = relay.accepted()
    with world.at(START) as session:
        for name in ("rosa.operatrice", "coordinatrice"):
            person = exclusions.Subject(user_id=world.people[name].user_id)
            exclusions.put(session, world.people["operatrice.cav"], kept.id, person, reason="lo conosce")
    cases["kept from some"] = kept.id
    with world.at(START) as session:
        lanes = {"cav": world.agencies["estraneo"]}
        other = lifecycle.start(session, world.people["estranea"], "staffetta", lanes=lanes)
    cases["another's"] = other.id
    with world.at(NOON) as session:
        stranger = world.people["estranea"]
        emergencies.open_(session, stranger, _code(session, cases["taken"]), reason="in pericolo")
    far = world.people["forestiera"]
    cases["far away"] = uuid4()
    scene.owner.execute(
        "INSERT INTO case_file (id, network_id, code, state, opened_at, version, attempts)"
        " VALUES (%s, %s, 'LONTANO', 'open', %s, 0, 0)",
        [cases["far away"], far.network_id, START],
    )
    scene.owner.execute(
        "INSERT INTO case_participation (id, network_id, case_id, lane, agency_id, entered_by, basis, since)"
        " VALUES (gen_random_uuid(), %s, %s, 'cav', %s, 'step', 'apertura', %s)",
        [far.network_id, cases["far away"], far.memberships[0][0], START],
    )


def _code(session: Session, case_id: UUID) -> str:
    return str(session.scalar(text("SELECT code FROM case_file WHERE id = :id"), {"id": case_id}))


OURS = {"taken", "given back", "asked", "kept from some", "another's"}
SEEN = {
    "operatrice.cav": {"taken", "given back", "asked", "kept from some"},
    "rosa.operatrice": {"taken"},
    "rosa.responsabile": {"taken", "kept from some"},
    "viola.operatrice": set(),
    "estranea": {"another's", "taken"},
    "coordinatrice": OURS - {"kept from some"},
    "progettista": set(),
    "forestiera": {"far away"},
}
"""Whose cases are whose: written from what was played, not from the policies."""
IN_HAND = {"rosa.operatrice": "asked", "rosa.responsabile": "asked"}


def test_every_table_has_a_policy_or_a_reason_to_have_none(scene: Scene) -> None:
    query = """
        SELECT relname, relrowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)
        FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
    """
    found = dict(scene.owner.execute(query).fetchall())
    assert {name for name, has in found.items() if not has} == set(NO_CASE)
    assert {name for name, has in found.items() if has} == set(walled())
    of_cases = {
        name
        for name, table in tables.metadata.tables.items()
        if any("case_id" in column.name for column in table.columns)
    }
    assert of_cases <= set(walled())


def test_what_looks_past_the_policies_is_known(scene: Scene) -> None:
    functions = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    assert {name for (name,) in scene.owner.execute(functions)} == PAST
    views = "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
    assert {name for (name,) in scene.owner.execute(views)} == {"sight_part", "notice_about"}


def test_who_has_said_nothing_is_shown_nothing(scene: Scene) -> None:
    assert {table for table in walled() if scene.shown(table)} == set()
    scene.become(sight.NOTHING)
    assert {table for table in walled() if scene.shown(table)} == set()


def test_who_works_for_nobody_is_shown_everything(scene: Scene) -> None:
    scene.become(sight.EVERYTHING)
    for table in walled():
        assert scene.shown(table) == {row for (row,) in scene.owner.execute(f"SELECT row(t.*)::text FROM {table} AS t")}


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_person_is_shown_the_rows_of_her_cases_and_no_other(scene: Scene, name: str) -> None:
    scene.become(scene.person(name))
    hidden = {*scene.cases} - SEEN[name]
    full = set()
    for table in walled():
        shown, hers = scene.shown(table), scene.there(table, SEEN[name])
        full |= {table} if hers else set()
        if table not in ADDRESSED:
            in_hand = scene.there(table, {IN_HAND[name]}) if name in IN_HAND else set()
            assert shown - in_hand == hers, table
        elif table != "audit_entry":
            assert hers <= shown, table
        if name in {"rosa.operatrice", "coordinatrice"}:
            assert not shown & scene.there(table, {"kept from some"}), table
        if name in {"forestiera", "viola.operatrice", "progettista"}:
            assert not shown & scene.there(table, hidden) or table in ADDRESSED, table
    if name == "operatrice.cav":
        assert {"case_file", "user_task", "case_state", "case_key", "form_submission", "handover", "deadline"} <= full
        assert {"case_event", "case_participation", "exclusion", "basis", "process_instance", "rung", "notice"} <= full


def test_who_is_asked_to_take_a_case_over_sees_the_step_and_nothing_else_of_it(scene: Scene) -> None:
    scene.become(scene.person("rosa.operatrice"))
    asked = {table: len(scene.shown(table) & scene.there(table, {"asked"})) for table in walled()}
    found = {table for table, number in asked.items() if number}
    assert found - {"notice"} == {"case_file", "user_task", "deadline", "handover"}
    assert (asked["case_file"], asked["user_task"], asked["handover"]) == (1, 1, 1)


def test_a_fiscal_code_is_shown_to_the_agency_that_keeps_it_alone(scene: Scene) -> None:
    world, cav = scene.world, scene.world.agencies["cav"]
    with world.at(NOON) as session:
        fiscal_codes.switch_on(session, world.people["amministratrice"], cav, reason="Esenzione dal ticket")
        fiscal_codes.record(session, world.people["operatrice.cav"], scene.cases["taken"], cav, "RSSMRA85T10A562S")
    for name in SEEN:
        scene.become(scene.person(name))
        assert len(scene.shown("fiscal_code")) == (name == "operatrice.cav"), name


def test_a_notice_tells_the_code_of_a_case_that_is_hers_no_more(scene: Scene) -> None:
    scene.become(scene.person("rosa.operatrice"))
    query = "SELECT code FROM notice_about JOIN notice USING (id) WHERE case_id = %s"
    assert scene.app.execute(query, [scene.cases["given back"]]).fetchall()
    assert not scene.app.execute(query, [scene.cases["kept from some"]]).fetchall()


def test_a_part_ends_with_its_instant(scene: Scene) -> None:
    scene.become(scene.person("rosa.operatrice"))
    scene.app.execute("SELECT set_config('staffetta.now', %s, false)", [after(hours=-1).isoformat()])
    assert scene.shown("form_submission") == set()


@contextmanager
def _refused() -> Iterator[None]:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        yield


def test_nothing_is_written_into_a_case_that_is_not_hers(scene: Scene) -> None:
    scene.become(scene.person("operatrice.cav"))
    other, agency = scene.cases["another's"], scene.world.agencies["cav"]
    entering = (
        "INSERT INTO case_participation (id, network_id, case_id, lane, agency_id, entered_by, basis, since)"
        " VALUES (gen_random_uuid(), %s, %s, 'spia', %s, 'step', 'x', %s) RETURNING id"
    )
    with _refused():
        scene.app.execute(entering, [scene.world.network_id, other, agency, START])
    exclusion = (
        "INSERT INTO blind_index (case_id, controller_id, network_id, kind, digest)"
        " VALUES (%s, %s, %s, 'x', '') ON CONFLICT DO NOTHING"
    )
    with _refused():
        scene.app.execute(exclusion, [other, agency, scene.world.network_id])
    assert scene.app.execute("UPDATE case_file SET state = 'cancelled' WHERE id = %s", [other]).rowcount == 0
    assert scene.app.execute("DELETE FROM timer WHERE case_id = %s", [other]).rowcount == 0
    assert scene.app.execute("SELECT FROM case_file WHERE id = %s FOR UPDATE", [other]).rowcount == 0
    assert scene.app.execute("UPDATE case_file SET attempts = 0 WHERE id = %s", [scene.cases["taken"]]).rowcount == 1


def test_a_row_is_not_moved_into_another_case(scene: Scene) -> None:
    scene.become(scene.person("operatrice.cav"))
    granted = "SELECT has_column_privilege('staffetta_app', %s, 'case_id', 'UPDATE')"
    movable = [
        name
        for name in walled()
        if "case_id" in tables.metadata.tables[name].columns
        and scene.owner.execute(granted, [name]).fetchone() == (True,)
    ]
    assert movable == []


def test_copying_a_table_shows_no_more(scene: Scene) -> None:
    scene.become(scene.person("rosa.operatrice"))
    with scene.app.cursor().copy("COPY case_file (id) TO STDOUT") as copied:
        found = {row[0] for row in copied.rows()}
    assert found == {str(scene.cases["taken"]), str(scene.cases["asked"])}
    with pytest.raises(psycopg.errors.FeatureNotSupported), scene.app.cursor().copy("COPY timer FROM STDIN"):
        pass


def test_a_prepared_statement_serves_each_who_sends_it_her_own(scene: Scene) -> None:
    for _time in range(8):
        for name in ("operatrice.cav", "estranea", "viola.operatrice"):
            scene.become(scene.person(name))
            rows = scene.app.execute("SELECT id FROM case_file", prepare=True).fetchall()
            assert {row for (row,) in rows} == {scene.cases[one] for one in SEEN[name]}
    assert scene.app.execute("SELECT generic_plans FROM pg_prepared_statements").fetchall() != [(0,)]


def _pooled(urls: database.Urls) -> None:
    """One connection for all, so that whatever stays on it is found."""
    db.configure(urls.app, pool_size=1)


def test_nothing_of_a_transaction_is_left_on_its_connection(scene: Scene, world_urls: database.Urls) -> None:
    _pooled(world_urls)
    names = [*sight.NOTHING.settings, "now", "case"]
    left = "SELECT " + ", ".join(f"coalesce(current_setting('staffetta.{name}', true), '')" for name in names)
    before = None
    for ending in (None, errors.TaskTaken, ZeroDivisionError):
        token = sight.give(scene.person("operatrice.cav"))
        try:
            with db.transaction() as session:
                before = session.connection().connection.driver_connection
                assert session.scalar(text("SELECT count(*) FROM case_file")) == len(SEEN["operatrice.cav"])
                session.scalar(db_held(scene.cases["taken"]))
                if ending is not None:
                    raise ending
        except (errors.TaskTaken, ZeroDivisionError):
            pass
        finally:
            sight.take_back(token)
        with db.engine().connect() as connection:
            assert connection.connection.driver_connection is before
            assert tuple(connection.exec_driver_sql(left).one()) == ("",) * len(names)
            assert connection.exec_driver_sql("SELECT count(*) FROM case_file").scalar_one() == 0


def db_held(case_id: UUID) -> object:
    return text("SELECT set_config('staffetta.case', :id, true)").bindparams(id=str(case_id))


def test_who_keeps_herself_out_ends_her_command_and_is_shown_nothing_after_it(
    scene: Scene, world_urls: database.Urls
) -> None:
    _pooled(world_urls)
    abstaining = scene.world.people["operatrice.cav"]
    token = sight.give(sights.of(abstaining))
    try:
        with clock.frozen(NOON), db.transaction() as session:
            exclusions.abstain(session, abstaining, scene.cases["taken"])
            assert _code(session, scene.cases["taken"]) != "None"
        with clock.frozen(NOON), db.transaction() as session:
            assert _code(session, scene.cases["taken"]) == "None"
    finally:
        sight.take_back(token)


def test_a_verb_that_reaches_farther_does_so_for_itself_alone(scene: Scene, world_urls: database.Urls) -> None:
    _pooled(world_urls)

    @db.over(Reach.EVERYTHING)
    def count(session: Session, *, refused: bool = False) -> int:
        found: int = session.scalar(text("SELECT count(*) FROM case_file")) or 0
        if refused:
            raise errors.TaskTaken
        return found

    token = sight.give(scene.person("viola.operatrice"))
    try:
        with clock.frozen(NOON), db.transaction() as session:
            assert count(session) == len(scene.cases)
            assert session.scalar(text("SELECT count(*) FROM case_file")) == 0
            with pytest.raises(errors.TaskTaken):
                count(session, refused=True)
            assert session.scalar(text("SELECT count(*) FROM case_file")) == 0
    finally:
        sight.take_back(token)


def test_outside_a_request_nobody_sees_anything_until_a_process_says_who_it_is(
    scene: Scene, world_urls: database.Urls
) -> None:
    _pooled(world_urls)
    assumed = sight.current()
    sight.assume(sight.NOTHING)
    try:
        with db.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM case_file")) == 0
            assert directory.networks(session)
    finally:
        sight.assume(assumed)


def test_the_system_as_an_actor_of_the_web_would_be_nobody() -> None:
    assert sights.of(None) == sight.NOTHING
    assert sights.of(access.Actor.system(uuid4())) == sight.NOTHING
