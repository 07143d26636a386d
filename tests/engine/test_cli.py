from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from engine import db, protocol_files
from engine.definitions.models import ProcessDefinition
from engine.participants import credentials, directory, tokens
from engine.participants.models import Network, User
from tests import database
from tests.engine.command_line import INIT, Run

PASSWORD = "quattro parole lunghe davvero"


def opens(urls: database.Urls, username: str, password: str) -> bool:
    db.configure(urls.app)
    try:
        with db.transaction() as session:
            return credentials.log_in(session, username, password, address="192.0.2.1").user_id is not None
    finally:
        db.dispose()


def test_init_makes_secrets_schema_network_and_administrator(
    staffetta: Run, empty_database_urls: database.Urls, tmp_path: Path
) -> None:
    ran = staffetta(*INIT)
    assert (ran.code, ran.err) == (0, "")
    password = ran.out.split("the password is ")[1].split()[0]
    assert opens(empty_database_urls, "amministratore", password)
    assert {path.name for path in (tmp_path / "dati").iterdir()} == {"audit.key", "index.key", "keys.txt", "secret.key"}
    assert all(password not in path.read_text() for path in (tmp_path / "dati").iterdir())


def test_init_again_changes_nothing(initialised: Run, tmp_path: Path) -> None:
    before = (tmp_path / "dati" / "keys.txt").read_text()
    ran = initialised(*INIT)
    assert (ran.code, "nothing was created" in ran.out, "password" in ran.out) == (0, True, False)
    assert (tmp_path / "dati" / "keys.txt").read_text() == before


def secret(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def test_a_password_that_others_can_read_is_refused(staffetta: Run, tmp_path: Path) -> None:
    secret(tmp_path / "pw", PASSWORD)
    (tmp_path / "pw").chmod(0o644)
    ran = staffetta(*INIT, "--password-file", str(tmp_path / "pw"))
    assert (ran.code, f"chmod 0600 {tmp_path / 'pw'}" in ran.err) == (3, True)


def test_init_takes_the_password_from_a_file(
    staffetta: Run, empty_database_urls: database.Urls, tmp_path: Path
) -> None:
    secret(tmp_path / "pw", PASSWORD + "\n")
    ran = staffetta(*INIT, "--password-file", str(tmp_path / "pw"))
    assert (ran.code, PASSWORD in ran.out) == (0, False)
    assert opens(empty_database_urls, "amministratore", PASSWORD)


def test_init_with_a_weak_password_creates_nothing(
    staffetta: Run, empty_database_urls: database.Urls, tmp_path: Path
) -> None:
    secret(tmp_path / "pw", "corta")
    ran = staffetta(*INIT, "--password-file", str(tmp_path / "pw"))
    assert (ran.code, "too_short" in ran.err) == (1, True)
    db.configure(empty_database_urls.app)
    with db.transaction() as session:
        assert session.scalars(select(Network)).all() == []


def test_unsafe_settings_stop_every_command(staffetta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAFFETTA_PUBLIC_URL", "http://staffetta.example.org")
    for command in (INIT, ["upgrade"], ["serve"], ["worker"], ["user", "disable", "x"]):
        ran = staffetta(*command)
        assert (ran.code, "STAFFETTA_PUBLIC_URL is http" in ran.err) == (3, True), command


def test_upgrade_needs_the_owner(initialised: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert initialised("upgrade").code == 0
    monkeypatch.delenv("STAFFETTA_DATABASE_OWNER_URL")
    ran = initialised("upgrade")
    assert (ran.code, "STAFFETTA_DATABASE_OWNER_URL is missing" in ran.err) == (3, True)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_an_owner_as_application_role_is_refused(
    initialised: Run, monkeypatch: pytest.MonkeyPatch, empty_database_urls: database.Urls, command: str
) -> None:
    monkeypatch.setenv("STAFFETTA_DATABASE_URL", empty_database_urls.owner)
    ran = initialised(command)
    assert (ran.code, "too much power" in ran.err, "owns_tables" in ran.err) == (3, True, True)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_of_another_version_is_not_served(
    initialised: Run, empty_database_urls: database.Urls, command: str
) -> None:
    engine = create_engine(empty_database_urls.owner)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    ran = initialised(command)
    assert (ran.code, "run `staffetta upgrade`" in ran.err) == (3, True)


def test_a_database_that_is_away_is_said(staffetta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    staffetta(*INIT)
    monkeypatch.setenv("STAFFETTA_DATABASE_URL", "postgresql://someone@127.0.0.1:1/x")
    ran = staffetta("user", "disable", "x")
    assert (ran.code, "unavailable" in ran.err) == (3, True)


def test_people_are_added_given_passwords_and_disabled(
    initialised: Run, empty_database_urls: database.Urls, tmp_path: Path
) -> None:
    assert initialised("agency", "add", "CAV", "--service", "cav", "--service", "supervisione").code == 0
    add = ["user", "add", "Operatrice.CAV", "--name", "Operatrice CAV", "--agency", "CAV", "--role", "operatrice"]
    added = initialised(*add)
    first = added.out.split("the password is ")[1].split()[0]
    assert opens(empty_database_urls, "operatrice.cav", first)

    secret(tmp_path / "pw", PASSWORD)
    assert initialised("user", "password", "operatrice.cav", "--password-file", str(tmp_path / "pw")).code == 0
    assert not opens(empty_database_urls, "operatrice.cav", first)
    assert opens(empty_database_urls, "operatrice.cav", PASSWORD)

    assert initialised("user", "disable", "operatrice.cav").code == 0
    assert not opens(empty_database_urls, "operatrice.cav", PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["user", "add", "x", "--name", "X", "--agency", "Nessuno", "--role", "operatrice"], "agency_not_found"),
        (["user", "add", "amministratore", "--name", "X", "--agency", "Comune", "--role", "operatrice"], "taken"),
        (["user", "password", "nessuna"], "user_not_found"),
        (["user", "disable", "nessuna"], "user_not_found"),
        (["agency", "add", "Ente", "--service", "Not A Lane"], "invalid_characters"),
        (["agency", "add", "Ente", "--network", "altra"], "network_not_found"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(initialised: Run, arguments: list[str], said: str) -> None:
    ran = initialised(*arguments)
    assert (ran.code, said in ran.err, ran.err.count("\n"), ran.out) == (1, True, 1, "")


def test_several_networks_have_to_be_told_apart(initialised: Run, empty_database_urls: database.Urls) -> None:
    db.configure(empty_database_urls.app)
    with db.transaction() as session:
        directory.create_network(session, key="altra", name="Altra rete")
    ran = initialised("agency", "add", "Ente")
    assert (ran.code, "--network (altra, prova)" in ran.err) == (3, True)
    assert initialised("agency", "add", "Ente", "--network", "altra").code == 0
    assert initialised("agency", "list", "--network", "altra").out == "Ente\t-\tportale\t-\n"


def test_protocols_are_put_in_force_once(initialised: Run, empty_database_urls: database.Urls) -> None:
    for service in ("cav", "capofila", "supervisione"):
        initialised("agency", "add", f"Ente {service}", "--service", service)
    folder = str(protocol_files.shipped())
    assert "nothing to object" in initialised("lint", folder).out
    first, second = initialised("deploy", folder), initialised("deploy", folder)
    assert first.out.count("version 1: in force") == 2, first
    assert second.out.count("version 1: unchanged") == 2, second
    db.configure(empty_database_urls.app)
    with db.transaction() as session:
        assert len(session.scalars(select(ProcessDefinition)).all()) == 2


def test_a_rule_that_waits_for_approval_is_turned_on_and_off(initialised: Run) -> None:
    on = initialised("parameter", "approve", "P04.triage_rapido", "--by", "Tavolo tecnico, 2 marzo 2026")
    off = initialised("parameter", "approve", "P04.triage_rapido", "--by", "Tavolo tecnico, 3 marzo 2026", "--off")
    assert (on.out.strip(), off.out.strip()) == (
        "P04.triage_rapido version 2: on, by Tavolo tecnico, 2 marzo 2026",
        "P04.triage_rapido version 3: off, by Tavolo tecnico, 3 marzo 2026",
    )
    assert initialised("parameter", "approve", "D03.alto", "--by", "Tavolo").code == 1


def test_a_wrong_call_is_told_apart_from_a_refusal(staffetta: Run) -> None:
    assert staffetta("nothing").code == 2
    assert staffetta("deploy").code == 2
    assert staffetta("--help").code == 0


def test_people_s_passwords_are_stored_as_hashes_only(initialised: Run, empty_database_urls: database.Urls) -> None:
    db.configure(empty_database_urls.app)
    with db.transaction() as session:
        assert all(stored.startswith("$argon2id$") for stored in session.scalars(select(User.password_hash)))


def test_an_installation_without_a_database_of_its_own_uses_the_embedded_one(tmp_path: Path) -> None:
    with database.embedded_home() as home:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STAFFETTA_DATABASE")},
            "STAFFETTA_DATA_DIR": str(home / "dati"),
            "LC_ALL": "en_GB.UTF-8",
        }
        command = [sys.executable, "-m", "engine.cli"]
        made = subprocess.run([*command, *INIT], env=environment, capture_output=True, text=True, check=True)
        assert "network prova created" in made.stdout
        again = subprocess.run([*command, "upgrade"], env=environment, capture_output=True, text=True, check=True)
        assert "up to date" in again.stdout
        assert not (home / "dati" / "postgresql" / "postmaster.pid").exists()


def test_a_token_is_made_shown_once_listed_and_revoked(initialised: Run, empty_database_urls: database.Urls) -> None:
    made = initialised("token", "create", "--user", "amministratore", "--name", "gestionale", "--scope", "read")
    assert made.code == 0
    text, token_id = made.out.strip(), made.err.split(":")[0]
    listed = initialised("token", "list", "--user", "amministratore")
    assert (token_id in listed.out, "gestionale" in listed.out, "never used" in listed.out) == (True, True, True)
    assert text not in listed.out
    assert token_holds(empty_database_urls, text)
    assert initialised("token", "revoke", token_id).code == 0
    assert not token_holds(empty_database_urls, text)
    assert "revoked" in initialised("token", "list").out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--user", "nessuna", "--scope", "read"], 1),
        (["--user", "amministratore", "--scope", "tutto"], 2),
        (["--user", "amministratore"], 2),
        (["--user", "amministratore", "--scope", "read", "--days", "0"], 2),
        (["--user", "amministratore", "--scope", "read", "--days", "400"], 2),
        (["--user", "amministratore", "--scope", "read", "--network", "ignota"], 1),
    ],
    ids=str,
)
def test_a_token_that_makes_no_sense_is_not_made(initialised: Run, options: list[str], code: int) -> None:
    assert initialised("token", "create", "--name", "gestionale", *options).code == code
    assert initialised("token", "list").out == ""


def token_holds(urls: database.Urls, text: str) -> bool:
    db.configure(urls.app)
    try:
        with db.transaction() as session:
            return tokens.load(session, text) is not None
    finally:
        db.dispose()


def test_serving_on_a_taken_port_is_refused_at_once(initialised: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("STAFFETTA_PORT", str(taken.getsockname()[1]))
        ran = initialised("serve")
    assert (ran.code, "nothing can listen on 127.0.0.1" in ran.err) == (3, True)


def test_refusals_are_sentences_in_the_language_of_the_terminal(
    initialised: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    for language, said in (
        ("it_IT.UTF-8", "nella rete c'è già un ente"),
        ("en_GB.UTF-8", "has an agency of this name"),
    ):
        monkeypatch.setenv("LANG", language)
        ran = initialised("agency", "add", "COMUNE")
        assert (ran.code, said in ran.err, "agency_taken" in ran.err, ran.err.count("\n")) == (1, True, True, 1)


def test_a_service_that_nothing_knows_is_refused_unless_it_is_meant(initialised: Run) -> None:
    ran = initialised("agency", "add", "Centro", "--service", "cva")
    assert (ran.code, "staffetta service list" in ran.err, "unknown_service" in ran.err) == (1, True, True)
    known = initialised("service", "list").out.splitlines()
    assert "capofila\taccoglienza_cav\t-" in known
    assert initialised("agency", "add", "Centro", "--service", "cav").code == 0
    assert initialised("agency", "add", "Altro", "--service", "sportello", "--new-service").code == 0
    assert "sportello\t-\tAltro" in initialised("service", "list").out.splitlines()
    assert initialised("agency", "list").out.splitlines()[:2] == [
        "Altro\tsportello\tportale\t-",
        "Centro\tcav\tportale\t-",
    ]


def test_init_without_a_terminal_says_what_is_missing_or_what_is_there(staffetta: Run) -> None:
    ran = staffetta("init")
    assert (ran.code, "--network-key" in ran.err) == (2, True)
    assert staffetta(*INIT).code == 0
    ran = staffetta("init")
    assert (ran.code, "prova (Rete di prova)" in ran.out, "nothing was created" in ran.out) == (0, True, True)


def listed(run: Run, *options: str) -> list[list[str]]:
    """The versions of one parameter, as the command line shows them."""
    rows = [line.split("\t") for line in run("parameter", "list", *options).out.splitlines()]
    return [row for row in rows if row[0] == "D03.alto"]


def test_a_parameter_gets_a_new_version_and_the_old_one_stays(initialised: Run) -> None:
    (before,) = listed(initialised)
    assert (before[2], before[4]) == ("v1", "predefinito")
    ran = initialised("parameter", "set", "D03.alto", "PT7H", "--by", "Tavolo tecnico")
    assert (ran.code, "D03.alto version 2: PT7H" in ran.out) == (0, True)
    ran = initialised("parameter", "set", "D03.alto", "PT9H", "--by", "Tavolo tecnico", "--from", "2999-01-01")
    assert (ran.code, "from 2999-01-01 00:00" in ran.out) == (0, True)
    (after,) = listed(initialised)
    assert (after[1:3], after[4]) == (["PT7H H", "v2"], "Tavolo tecnico")
    assert [row[1] for row in listed(initialised, "--all")] == [before[1], "PT7H H", "PT9H H"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["NIENTE", "PT2H", "--by", "X"], "parameter_not_found"),
        (["D03.alto", "due ore", "--by", "X"], "invalid_length"),
        (["D03.alto", "P2M", "--by", "X"], "invalid_length"),
        (["D03.alto", "PT2H", "--by", " "], "required"),
        (["D03.alto", "PT2H", "--by", "predefinito"], "required"),
        (["D03.alto", "PT2H", "--by", "X", "--from", "2020-01-01"], "in_the_past"),
    ],
)
def test_a_parameter_is_not_set_to_what_makes_no_sense(initialised: Run, arguments: list[str], code: str) -> None:
    ran = initialised("parameter", "set", *arguments)
    assert (ran.code, code in ran.err) == (1, True)
    assert len(listed(initialised, "--all")) == 1


def test_data_keys_are_followed_by_new_ones(initialised: Run) -> None:
    ran = initialised("keys", "rotate", "--days", "30")
    assert (ran.code, ran.out) == (0, "0 new data keys\n")
    assert initialised("keys", "rotate", "--days", "0").code == 2


def test_tombstones_are_checked_and_repeated(initialised: Run, tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    names = ("erasure_id", "network_id", "case_id", "controller_id")
    ids = ", ".join(f'"{name}": "00000000-0000-4000-8000-000000000000"' for name in names)
    line = f'{{{ids}, "ground": "richiesta", "at": "2026-03-02T08:00:00+00:00"}}\n'
    file.write_text(line * 2)
    ran = initialised("erasures", "check", str(file))
    assert (ran.code, ran.out) == (0, "1 erasures in the file, 0 readable again\n")
    ran = initialised("erasures", "replay", str(file))
    assert (ran.code, ran.out) == (0, "1 erasures in the file, 0 repeated\n"), "a case that this database has not"
    for torn in ("{}\n", line[:-30], "\x00\n"):
        file.write_text(torn)
        assert initialised("erasures", "replay", str(file)).code == 3
    assert initialised("erasures", "check").code == 3, "nothing was erased here: there is no file"


def test_keys_are_wrapped_anew_and_none_is_left(initialised: Run) -> None:
    ran = initialised("keys", "rewrap")
    assert (ran.code, ran.out) == (0, "0 data keys wrapped anew, 0 left under an older key\n")


def test_a_ladder_is_written_from_a_file_and_shown_as_it_was_written(initialised: Run, tmp_path: Path) -> None:
    file = tmp_path / "e1.toml"
    file.write_text('[E1]\nclock = "H"\n\n[[E1.step]]\nat = "breach"\nto = ["agency_lead"]\ndo = ["tell"]\n')
    decided = ("--by", "Tavolo tecnico", "--reason", "Notti scoperte.")
    assert initialised("ladder", "set", "E1", str(file), *decided).code == 0
    assert f"Tavolo tecnico\n{file.read_text()}" in initialised("ladder", "list").out
    assert initialised("ladder", "list", "--all").out.count("# E1 ") == 2
    file.write_text("[E1]")
    ran = initialised("ladder", "set", "E1", str(file), *decided)
    assert (ran.code, "invalid_ladder" in ran.err) == (1, True)
    assert initialised("on-call", "--at", "2027-01-12T03:00").code == 0
