from __future__ import annotations

import base64
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine import senders, settings
from engine.errors import ConfigurationError
from tests.engine.notifications.reaching import application_key


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "dati"
    settings.create_secrets(folder)
    return folder


def problems(environ: Mapping[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings.load(environ)
    return str(caught.value)


def test_what_init_makes_is_accepted_and_private(data_dir: Path) -> None:
    loaded = settings.load({"STAFFETTA_DATA_DIR": str(data_dir)})
    assert (loaded.host, loaded.port, loaded.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (loaded.database_url, loaded.cookie_secure, loaded.trusted_proxies, loaded.app_role) == (
        None,
        False,
        0,
        None,
    )
    assert (len(loaded.secret_key), len(loaded.keys), len(loaded.keys[0].value)) == (64, 1, 32)
    assert {stat.S_IMODE(path.stat().st_mode) for path in data_dir.iterdir()} == {0o600}
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


def test_secrets_are_made_once_and_never_replaced(data_dir: Path) -> None:
    before = {path.name: path.read_text() for path in data_dir.iterdir()}
    assert settings.create_secrets(data_dir) == []
    assert {path.name: path.read_text() for path in data_dir.iterdir()} == before


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    settings.create_secrets(tmp_path / "a")
    settings.create_secrets(tmp_path / "b")
    assert (tmp_path / "a" / "keys.txt").read_text() != (tmp_path / "b" / "keys.txt").read_text()
    assert (tmp_path / "a" / "secret.key").read_text() != (tmp_path / "b" / "secret.key").read_text()


def test_no_secret_shows_when_settings_are_printed(data_dir: Path) -> None:
    loaded = settings.load(
        {
            "STAFFETTA_DATA_DIR": str(data_dir),
            "STAFFETTA_DATABASE_URL": "postgresql://app:unaparola8@db/staffetta",
            "STAFFETTA_DATABASE_OWNER_URL": "postgresql://own:altraparola9@db/staffetta",
        }
    )
    shown = repr(loaded)
    assert "parola" not in shown
    assert repr(loaded.secret_key) not in shown
    assert repr(loaded.keys[0].value) not in shown
    assert loaded.app_role == "app"


def test_an_empty_environment_is_told_everything_it_lacks() -> None:
    said = problems({})
    assert "STAFFETTA_DATA_DIR is missing" in said
    assert "STAFFETTA_SECRET_KEY_FILE" in said
    assert "STAFFETTA_KEYS_FILE" in said


@pytest.mark.parametrize("name", ["secret.key", "keys.txt"])
@pytest.mark.parametrize("mode", [0o604, 0o620, 0o644, 0o660, 0o666])
def test_a_secret_that_others_can_reach_is_refused(data_dir: Path, name: str, mode: int) -> None:
    (data_dir / name).chmod(mode)
    assert f"chmod 0600 {data_dir / name}" in problems({"STAFFETTA_DATA_DIR": str(data_dir)})


def test_a_secret_given_to_the_group_by_a_service_manager_is_accepted(data_dir: Path) -> None:
    (data_dir / "secret.key").chmod(0o440)
    assert settings.load({"STAFFETTA_DATA_DIR": str(data_dir)}).secret_key


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "is empty"), ("secret", "has 6 bytes"), ("a" * 64, "is not random"), ("changeme" * 8, "is not random")],
)
def test_an_unsafe_secret_key_is_refused(data_dir: Path, content: str, said: str) -> None:
    (data_dir / "secret.key").write_text(content)
    assert said in problems({"STAFFETTA_DATA_DIR": str(data_dir)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("# only words\n", "holds no key"),
        ("not base64!", "is not 32 bytes"),
        (base64.b64encode(os.urandom(16)).decode(), "is not 32 bytes"),
        (base64.b64encode(bytes(32)).decode(), "is not random"),
        (f"{settings.new_key()}\nshort", "key 2 is not 32 bytes"),
    ],
    # Random keys in a test's name would differ between the processes of a parallel run.
    ids=["empty", "only a comment", "not base64", "16 bytes", "zeros", "second too short"],
)
def test_an_unsafe_key_encryption_key_is_refused(data_dir: Path, content: str, said: str) -> None:
    (data_dir / "keys.txt").write_text(content)
    assert said in problems({"STAFFETTA_DATA_DIR": str(data_dir)})


def test_the_same_key_twice_is_refused(data_dir: Path) -> None:
    key = settings.new_key()
    (data_dir / "keys.txt").write_text(f"{key}\n{key}\n")
    assert "the same key twice" in problems({"STAFFETTA_DATA_DIR": str(data_dir)})


def test_several_keys_keep_their_order_and_have_ids_of_their_own(data_dir: Path) -> None:
    old, new = settings.new_key(), settings.new_key()
    (data_dir / "keys.txt").write_text(f"# turned on 2026-03-02\n{old}\n\n{new}\n")
    keys = settings.load({"STAFFETTA_DATA_DIR": str(data_dir)}).keys
    assert [key.value for key in keys] == [base64.urlsafe_b64decode(old), base64.urlsafe_b64decode(new)]
    assert len({key.id for key in keys}) == 2


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"STAFFETTA_HOST": "0.0.0.0"}, "STAFFETTA_PUBLIC_URL is missing"),  # noqa: S104 - that is the point
        ({"STAFFETTA_PUBLIC_URL": "http://staffetta.example.org"}, "is http, but people reach it"),
        ({"STAFFETTA_HOST": "10.0.0.4", "STAFFETTA_PUBLIC_URL": "http://localhost"}, "is http, but people reach it"),
        ({"STAFFETTA_PUBLIC_URL": "https://a.example/path"}, "without path"),
        ({"STAFFETTA_PUBLIC_URL": "ftp://a.example"}, "without path"),
        ({"STAFFETTA_PUBLIC_URL": "staffetta"}, "without path"),
        ({"STAFFETTA_PORT": "0"}, "STAFFETTA_PORT must be a number from 1 to 65535"),
        ({"STAFFETTA_PORT": "http"}, "STAFFETTA_PORT must be a number"),
        ({"STAFFETTA_PORT": "٨٠"}, "STAFFETTA_PORT must be a number"),
        ({"STAFFETTA_FILE_MB": "0"}, "STAFFETTA_FILE_MB must be a number from 1 to 50"),
        ({"STAFFETTA_FILE_MB": "30"}, "STAFFETTA_FILE_MB is more than STAFFETTA_ANSWER_FILES_MB"),
        ({"STAFFETTA_TRUSTED_PROXIES": "-1"}, "STAFFETTA_TRUSTED_PROXIES must be a number"),
        ({"STAFFETTA_DATABASE_URL": "sqlite:///x"}, "must begin with postgresql://"),
        ({"STAFFETTA_DATABASE_URL": "postgresql://db/x"}, "must name its role"),
        ({"STAFFETTA_DATABASE_URL": "postgresql://app:app@db/x"}, "anybody would try"),
        ({"STAFFETTA_DATABASE_URL": "postgresql://app:Password@db/x"}, "anybody would try"),
        ({"STAFFETTA_DATABASE_OWNER_URL": "postgresql://own:@db/x"}, "anybody would try"),
        ({"STAFFETTA_DATABASE_URL_FILE": "/nonexistent/url"}, "cannot be read"),
        ({"STAFFETTA_METRICS_TOKEN_FILE": "/nonexistent/token"}, "cannot be read"),
        ({"STAFFETTA_HEARTBEAT_URL": "http://status.example.org/x"}, "STAFFETTA_HEARTBEAT_URL is http"),
        ({"STAFFETTA_HEARTBEAT_URL": "status.example.org/x"}, "must be an address"),
    ],
)
def test_an_unsafe_setting_is_refused_with_the_way_out(data_dir: Path, environ: dict[str, str], said: str) -> None:
    assert said in problems({"STAFFETTA_DATA_DIR": str(data_dir), **environ})


@pytest.mark.parametrize(
    "environ",
    [
        {"STAFFETTA_PUBLIC_URL": "https://staffetta.example.org/"},
        {"STAFFETTA_HOST": "0.0.0.0", "STAFFETTA_PUBLIC_URL": "https://staffetta.example.org"},  # noqa: S104 - behind TLS
        {"STAFFETTA_HOST": "::1", "STAFFETTA_PUBLIC_URL": "http://localhost:8000"},
        {"STAFFETTA_DATABASE_URL": "postgresql://app@db/x"},
        {"STAFFETTA_DATABASE_URL": "postgres://app:3vB-9_x@db/x"},
    ],
)
def test_a_safe_setting_is_accepted(data_dir: Path, environ: dict[str, str]) -> None:
    loaded = settings.load({"STAFFETTA_DATA_DIR": str(data_dir), **environ})
    assert loaded.cookie_secure == loaded.public_url.startswith("https")


def test_a_database_url_can_come_from_a_private_file(data_dir: Path) -> None:
    file = data_dir / "url"
    settings.write_private(file, "postgresql://app:3vB-9_x@db/x\n")
    environ = {"STAFFETTA_DATA_DIR": str(data_dir), "STAFFETTA_DATABASE_URL_FILE": str(file)}
    assert settings.load(environ).database_url == "postgresql://app:3vB-9_x@db/x"
    file.chmod(0o644)
    assert "chmod 0600" in problems(environ)


def test_a_folder_that_everybody_writes_to_is_refused(data_dir: Path) -> None:
    data_dir.chmod(0o777)
    assert "can be written by everybody" in problems({"STAFFETTA_DATA_DIR": str(data_dir)})


def test_a_private_file_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "x"
    settings.write_private(path, "first")
    with pytest.raises(FileExistsError):
        settings.write_private(path, "second")
    assert (path.read_text(), [entry.name for entry in tmp_path.iterdir()]) == ("first", ["x"])


def test_calls_by_vonage_need_the_key_of_an_application(tmp_path: Path) -> None:
    url = "vonage://chiave:segreto@rest.nexmo.com?from=%2B39021111111&signature=firma"
    assert senders.read_gateway(url).carries == {"sms"}
    key = tmp_path / "vonage.pem"
    key.write_bytes(application_key())
    gateway = senders.read_gateway(f"{url}&application=app-1&key_file={key}")
    assert (gateway.carries, gateway.calls_url) == ({"sms", "voice"}, "https://api.nexmo.com")
    assert "PRIVATE" not in repr(gateway)
    key.write_text("niente")
    for wrong in (f"{url}&application=app-1", f"{url}&application=app-1&key_file={key}"):
        with pytest.raises(ValueError, match="key_file"):
            senders.read_gateway(wrong)
    with pytest.raises(ValueError, match="signature"):
        senders.read_gateway(f"{url}&application=app-1&key_file={key}".replace("&signature=firma", ""))
