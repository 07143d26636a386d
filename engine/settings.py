"""Settings: read once from `STAFFETTA_*` variables and secret files, checked, frozen.

| variable | meaning |
|---|---|
| STAFFETTA_DATA_DIR | folder of what the installation keeps: secrets, and the embedded database |
| STAFFETTA_DATABASE_URL | any PostgreSQL >= 15, as the application role; without it the embedded one runs |
| STAFFETTA_DATABASE_OWNER_URL | the same database as the role that owns the tables; for `init` and `upgrade` only |
| STAFFETTA_SECRET_KEY_FILE | key of cookies and form tokens, default DATA_DIR/secret.key |
| STAFFETTA_KEYS_FILE | key-encryption keys, one per line, the last is the current one, default DATA_DIR/keys.txt |
| STAFFETTA_AUDIT_KEY_FILE | key that signs heads of the audit, default DATA_DIR/audit.key; read by the worker alone |
| STAFFETTA_AUDIT_HEADS_FILE | file that these heads are added to, default DATA_DIR/audit-heads.jsonl |
| STAFFETTA_ERASURES_FILE | file that the worker adds what was erased to, default DATA_DIR/erasures.jsonl |
| STAFFETTA_INDEX_KEY_FILE | key of the blind index (search by name and number), default DATA_DIR/index.key |
| STAFFETTA_HOST, STAFFETTA_PORT | where the web server listens, default 127.0.0.1 and 8000 |
| STAFFETTA_PUBLIC_URL | the address that people type; https unless everything stays on this machine |
| STAFFETTA_TRUSTED_PROXIES | how many proxies in front add X-Forwarded-For, default 0 |
| STAFFETTA_FILE_MB, STAFFETTA_ANSWER_FILES_MB | megabytes of one file, of all files of an answer; default 10 and 25 |
| STAFFETTA_COVER_MINUTES | minutes without a key or a movement after which a page hides, default 5 |
| STAFFETTA_SMTP_URL | the server that takes e-mail on (see senders); without it nobody gets any |
| STAFFETTA_GATEWAY_URL | the gateway for text messages and calls (see senders); without it nobody gets any |
| STAFFETTA_METRICS_TOKEN_FILE | bearer token of /metrics; without it there is no such page |
| STAFFETTA_HEARTBEAT_URL | asked for by each worker once a minute, while the watchdog has no alarm |

These URLs may come from a file instead, named by the same variable with `_FILE`. All that is wrong is said at
once, each with the way out; there is no unsafe default to forget.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from engine import senders
from engine.errors import ConfigurationError
from engine.senders import Gateway, MailServer, Senders, is_loopback

KEY_LENGTH = 32  # bytes; AES-256
_SECRET_MINIMUM = 32  # bytes
_DISTINCT_MINIMUM = 10  # different bytes in a secret; a random one of 32 bytes has about 30
_WELL_KNOWN = frozenset({"", "admin", "changeme", "default", "password", "postgres", "root", "secret", "staffetta"})
FOREIGN_ACCESS = 0o037  # nobody else at all; the file's group may read it (credentials of service managers)
_PORTS = range(1, 65536)
_Sender = TypeVar("_Sender", MailServer, Gateway)


@dataclass(frozen=True, slots=True)
class KeyEncryptionKey:
    """A key that wraps data keys. `id` is a short fingerprint: it says which key, and nothing about it."""

    id: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The installation's settings; secrets do not show in its text form."""

    data_dir: Path
    database_url: str | None = field(repr=False)
    database_owner_url: str | None = field(repr=False)
    secret_key: bytes = field(repr=False)
    keys: tuple[KeyEncryptionKey, ...]
    audit_key_file: Path
    audit_heads_file: Path
    erasures_file: Path
    index_key: bytes = field(repr=False)
    host: str
    port: int
    public_url: str
    trusted_proxies: int
    file_megabytes: int = 10
    answer_megabytes: int = 25
    cover_minutes: int = 5
    mail: MailServer | None = None
    gateway: Gateway | None = None
    metrics_token: bytes | None = field(default=None, repr=False)
    heartbeat_url: str | None = field(default=None, repr=False)

    @property
    def senders(self) -> Senders:
        """Who carries what is told outside the pages."""
        return Senders(self.mail, self.gateway, self.public_url)

    @property
    def cookie_secure(self) -> bool:
        """Whether cookies travel over https only: always, but for a server that only this machine reaches."""
        return self.public_url.startswith("https:")

    @property
    def app_role(self) -> str | None:
        """The role in the application's database URL, None with the embedded database."""
        return None if self.database_url is None else unquote(urlsplit(self.database_url).username or "") or None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. ConfigurationError lists everything that is missing or unsafe."""
    reader = _Reader(os.environ if environ is None else environ)
    data_dir = reader.data_dir()
    host, port = reader.text("STAFFETTA_HOST", "127.0.0.1"), reader.port()
    settings = Settings(
        data_dir=data_dir,
        database_url=reader.database_url("STAFFETTA_DATABASE_URL"),
        database_owner_url=reader.database_url("STAFFETTA_DATABASE_OWNER_URL"),
        secret_key=reader.random_key("STAFFETTA_SECRET_KEY_FILE", data_dir / "secret.key"),
        keys=reader.keys(data_dir / "keys.txt"),
        audit_key_file=reader.audit_key_file(data_dir / "audit.key"),
        audit_heads_file=Path(reader.text("STAFFETTA_AUDIT_HEADS_FILE", str(data_dir / "audit-heads.jsonl"))),
        erasures_file=Path(reader.text("STAFFETTA_ERASURES_FILE", str(data_dir / "erasures.jsonl"))),
        index_key=reader.random_key("STAFFETTA_INDEX_KEY_FILE", data_dir / "index.key"),
        host=host,
        port=port,
        public_url=reader.public_url(host, port),
        trusted_proxies=reader.number("STAFFETTA_TRUSTED_PROXIES", 0, range(10)),
        **reader.file_limits(),
        cover_minutes=reader.number("STAFFETTA_COVER_MINUTES", 5, range(1, 31)),
        mail=reader.sender("STAFFETTA_SMTP_URL", senders.read_mail),
        gateway=reader.sender("STAFFETTA_GATEWAY_URL", senders.read_gateway),
        metrics_token=reader.metrics_token(),
        heartbeat_url=reader.heartbeat_url(),
    )
    reader.raise_problems()
    return settings


def create_secrets(data_dir: Path) -> list[Path]:
    """Make the folder and the secret files that are not there yet, readable by this user alone; return the new ones.

    What exists is never replaced: losing a key-encryption key loses every case sealed under it.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    made_up = {"secret.key": secrets.token_urlsafe(48), "keys.txt": new_key(), "index.key": secrets.token_urlsafe(48)}
    for name, content in {**made_up, "audit.key": new_key()}.items():
        path = data_dir / name
        if not path.exists():
            write_private(path, content + "\n")
            made.append(path)
    return made


def new_key() -> str:
    """Return a new key of `KEY_LENGTH` random bytes, as a line of the keys file or of the audit's."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_LENGTH)).decode("ascii")


def key_bytes(line: str) -> bytes | None:
    """Return the key that a line holds; None when it holds none."""
    try:
        value = base64.b64decode(line, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if len(value) == KEY_LENGTH else None


def write_private(path: Path, content: str) -> None:
    """Write a new file that this user alone can read, whole or not at all. FileExistsError when it is there."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600 from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.link(temporary, path)  # fails if somebody else was faster; a rename would replace his file
    finally:
        Path(temporary).unlink()


class _Reader:
    """Reads one variable after the other and keeps what is wrong, so that one start shows everything."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def raise_problems(self) -> None:
        if self._problems:
            raise ConfigurationError("\n".join(self._problems))

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def number(self, name: str, default: int, allowed: range) -> int:
        text = self.text(name, str(default))
        if not (text.isascii() and text.isdigit()) or int(text) not in allowed:
            self._problem(f"{name} must be a number from {allowed.start} to {allowed.stop - 1}")
            return default
        return int(text)

    def file_limits(self) -> dict[str, int]:
        one = self.number("STAFFETTA_FILE_MB", 10, range(1, 51))
        all_of_them = self.number("STAFFETTA_ANSWER_FILES_MB", 25, range(1, 101))
        if one > all_of_them:
            self._problem(
                "STAFFETTA_FILE_MB is more than STAFFETTA_ANSWER_FILES_MB: no file of that size could come in"
            )
        return {"file_megabytes": one, "answer_megabytes": all_of_them}

    def port(self) -> int:
        return self.number("STAFFETTA_PORT", 8000, _PORTS)

    def data_dir(self) -> Path:
        name = self.text("STAFFETTA_DATA_DIR", "")
        if not name:
            self._problem("STAFFETTA_DATA_DIR is missing: name a folder of this installation, e.g. /var/lib/staffetta")
            return Path("/nonexistent")
        path = Path(name).absolute()
        if path.is_dir() and path.stat().st_mode & 0o002:
            self._problem(f"STAFFETTA_DATA_DIR {path} can be written by everybody: chmod 0700 {path}")
        return path

    def sender(self, name: str, read: Callable[[str], _Sender]) -> _Sender | None:
        """Read who carries messages; None where nobody is named."""
        url = self._url(name)
        try:
            return read(url) if url else None
        except ValueError as wrong:  # of our own words, or of a port that is none
            self._problem(f"{name} {wrong}")
            return None

    def metrics_token(self) -> bytes | None:
        name = "STAFFETTA_METRICS_TOKEN_FILE"
        path = self.text(name, "")
        return self.random_key(name, Path(path)) if path else None

    def heartbeat_url(self) -> str | None:
        """Read the address that hears of us from outside: who knows it can say in our name that all is well."""
        name = "STAFFETTA_HEARTBEAT_URL"
        url = self._url(name)
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
            self._problem(f"{name} must be an address, e.g. https://status.example.org/ping/...")
        elif parts.scheme == "http" and not is_loopback(parts.hostname):
            self._problem(f"{name} is http: use https, or somebody else could say that all is well")
        return url

    def database_url(self, name: str) -> str | None:
        url = self._url(name)
        if not url:
            return None
        parts = urlsplit(url)
        if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
            self._problem(f"{name} must begin with postgresql:// (no other database will do)")
        if not parts.username:
            self._problem(f"{name} must name its role: postgresql://role@host/database")
        if parts.password is not None and unquote(parts.password).lower() in _WELL_KNOWN | {parts.username}:
            self._problem(f"{name} has a password that anybody would try: ALTER ROLE {parts.username} PASSWORD '...'")
        return url

    def _url(self, name: str) -> str:
        """Read an address that holds a password: from the variable itself, or from the file that it names."""
        url = self.text(name, "")
        file = self.text(f"{name}_FILE", "")
        if file:
            content = self._secret(f"{name}_FILE", Path(file)).decode("utf-8", "replace").strip()
            if url and url != content:  # a child process gets both, alike
                self._problem(f"{name} and {name}_FILE are both set, and differ: keep one")
            url = content
        return url

    def random_key(self, name: str, default: Path) -> bytes:
        value = self._secret(name, Path(self.text(name, str(default)))).strip()
        if value and len(value) < _SECRET_MINIMUM:
            self._problem(f"{name}: the key has {len(value)} bytes, at least {_SECRET_MINIMUM} are needed: {_RANDOM}")
        elif value and len(set(value)) < _DISTINCT_MINIMUM:
            self._problem(f"{name}: the key is not random: {_RANDOM}")
        return value

    def keys(self, default: Path) -> tuple[KeyEncryptionKey, ...]:
        name = "STAFFETTA_KEYS_FILE"
        content = self._secret(name, Path(self.text(name, str(default)))).decode("utf-8", "replace")
        lines = [line.strip() for line in content.splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        keys = tuple(key for key in (self._key(name, number, line) for number, line in enumerate(lines, 1)) if key)
        if content and not lines:
            self._problem(f"{name} holds no key: `staffetta init` makes one")
        if len({key.id for key in keys}) != len(keys):
            self._problem(f"{name} holds the same key twice: remove one line")
        return keys

    def audit_key_file(self, default: Path) -> Path:
        """Say where the key is. Only the worker keeps it: whoever serves pages could sign a chain of his own."""
        name = "STAFFETTA_AUDIT_KEY_FILE"
        path = Path(self.text(name, str(default)))
        content = self._secret(name, path).decode("utf-8", "replace").strip()
        if content and key_bytes(content) is None:
            self._problem(f"{name}: {path} holds no key of {KEY_LENGTH} bytes in base64")
        return path

    def public_url(self, host: str, port: int) -> str:
        name = "STAFFETTA_PUBLIC_URL"
        url = self.text(name, f"http://{host}:{port}" if is_loopback(host) else "").rstrip("/")
        parts = urlsplit(url)
        if not url:
            self._problem(f"{name} is missing: {host} is reached from outside, name its address, https://...")
        elif parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
            self._problem(f"{name} must be an address without path, e.g. https://staffetta.example.org")
        elif parts.scheme == "http" and not (is_loopback(host) and is_loopback(parts.hostname)):
            self._problem(
                f"{name} is http, but people reach it from other machines: use https (a proxy in front ends TLS)"
                " and STAFFETTA_HOST=127.0.0.1",
            )
        return url

    def _key(self, name: str, number: int, line: str) -> KeyEncryptionKey | None:
        value = key_bytes(line)
        if value is None:
            self._problem(f"{name}: key {number} is not {KEY_LENGTH} bytes in base64")
            return None
        if len(set(value)) < _DISTINCT_MINIMUM:
            self._problem(f"{name}: key {number} is not random")
            return None
        return KeyEncryptionKey(id=hashlib.sha256(b"staffetta-kek:" + value).hexdigest()[:12], value=value)

    def _secret(self, name: str, path: Path) -> bytes:
        try:
            mode = path.stat().st_mode
            if mode & FOREIGN_ACCESS:
                self._problem(f"{name}: others can read or change {path}: chmod 0600 {path}")
            content = path.read_bytes()
        except OSError as error:
            self._problem(f"{name}: {path} cannot be read ({error.strerror}): `staffetta init` makes it")
            return b""
        if not content.strip():
            self._problem(f"{name}: {path} is empty: remove it, `staffetta init` makes a new one")
        return content

    def _problem(self, text: str) -> None:
        self._problems.append(text)


_RANDOM = "head -c 48 /dev/urandom | base64"
