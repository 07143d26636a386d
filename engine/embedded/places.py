"""Which directory holds what, and which user runs the server.

    <data directory>/          0700, of whoever runs Staffetta
        passwords/             one file per role
        starting.lock          held while somebody starts or stops the server
        users.lock             held, shared, by everybody who uses the server
        home                   the path of the server's home
        socket-directory       its path, when the one in the home is too long

    <home>/                    0700, of the user who runs the server
        cluster/               PostgreSQL's own data directory
        socket/                the Unix socket
        log/, start.log        what the server says: ids and codes, no statement and no value

The home is the data directory itself, except for root: PostgreSQL refuses to run as root, so its home is then a
directory of its own below /var/lib/staffetta (or STAFFETTA_EMBEDDED_HOME), and nothing else changes hands or modes.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.embedded.errors import EmbeddedDatabaseError

# The path of a Unix socket ends at 103 bytes on macOS and 107 on Linux, "/.s.PGSQL.5432.lock" included.
_LONGEST_SOCKET_DIRECTORY = 103 - len("/.s.PGSQL.5432.lock")
_UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The user who runs the server: ids for the kernel, None when it is the user who runs us."""

    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one embedded server."""

    data: Path
    home: Path
    socket: Path
    account: Account

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def passwords(self) -> Path:
        return self.data / "passwords"

    @property
    def start_log(self) -> Path:
        return self.home / "start.log"


def settle(data: Path) -> Places:
    """Make the directories of a data directory, or find those made before."""
    account = _account(data / "cluster")
    home = data if account.uid is None else _home_for_root(data, account)
    return Places(data=data, home=home, socket=_socket(data, home, account), account=account)


def abandoned(data: Path) -> Path | None:
    """Name the home that a deleted data directory of this path has left: with its passwords gone nobody can use it."""
    if os.geteuid() != 0 or (data / "home").exists() or (data / "cluster").exists():
        return None
    left = base_for_root() / _home_name(data)
    return left if left.exists() else None


def base_for_root() -> Path:
    """Name the directory below which root keeps the homes of servers and copies of the programs."""
    return Path(os.environ.get("STAFFETTA_EMBEDDED_HOME", "/var/lib/staffetta")).absolute()


def _account(cluster: Path) -> Account:
    """Choose the user: who owns the cluster, else an unprivileged one for root, else the one who runs us."""
    if os.geteuid() != 0:
        if cluster.exists() and cluster.stat().st_uid != os.geteuid():
            message = f"{cluster} belongs to the user with id {cluster.stat().st_uid}; run Staffetta as that user."
            raise EmbeddedDatabaseError(message)
        return Account()
    if cluster.exists():
        # Made by a user who is not root: root starts the server as that user, where it is.
        owner = cluster.stat()
        return Account(owner.st_uid, owner.st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _UNPRIVILEGED:
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid)
    message = "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`."
    raise EmbeddedDatabaseError(message)


def _home_for_root(data: Path, account: Account) -> Path:
    if (data / "cluster").exists():
        return data
    recorded = data / "home"
    if not recorded.exists():
        base = base_for_root()
        if not base.exists():
            base.mkdir(parents=True)
            base.chmod(0o755)  # whatever the umask: the server's user has to pass
        name = _home_name(data)
        if (base / name).exists():
            # It belongs to a data directory of this path that somebody has deleted; what is in it is left alone.
            name += f"-{secrets.token_hex(4)}"
        _write(recorded, str(base / name))
    home = Path(recorded.read_text())
    _own_directory(home, account)
    _refuse_copy(data, home)
    return home


def _home_name(data: Path) -> str:
    return hashlib.sha256(os.fsencode(data)).hexdigest()[:16]


def _refuse_copy(data: Path, home: Path) -> None:
    """Refuse a copied data directory: two would use one server, and each would stop it for the other."""
    mark = home / "data-directory"
    if mark.exists():
        first = Path(mark.read_text())
        if first != data and (first / "home").exists():
            message = (
                f"{data} is a copy of {first}, and the database of both is {home}. "
                "Copy a database with pg_dump and pg_restore."
            )
            raise EmbeddedDatabaseError(message)
        if first == data:
            return
    _write(mark, str(data))


def _socket(data: Path, home: Path, account: Account) -> Path:
    """Choose the socket's directory: in the home, or in a short place when the home's path is too long for a socket."""
    wanted = home / "socket"
    if len(os.fsencode(wanted)) <= _LONGEST_SOCKET_DIRECTORY:
        _own_directory(wanted, account)
        return wanted
    recorded = data / "socket-directory"
    if recorded.exists():
        short = Path(recorded.read_text())
        if _is_private(short, account):
            return short
    runtime = os.environ.get("XDG_RUNTIME_DIR") if account.uid is None else None
    fitting = runtime is not None and len(os.fsencode(runtime)) < _LONGEST_SOCKET_DIRECTORY - len("/staffetta-12345678")
    short = Path(tempfile.mkdtemp(prefix="staffetta-", dir=runtime if fitting else "/tmp"))  # noqa: S108 - mode 0700  # nosec B108
    _give(short, account)
    _write(recorded, str(short))
    return short


def _own_directory(path: Path, account: Account) -> None:
    """Make a directory that only the server's user enters. One that exists is left as it is."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    _give(path, account)


def _give(path: Path, account: Account) -> None:
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid)


def _is_private(path: Path, account: Account) -> bool:
    """Tell whether a directory is still the one that we made: somebody else may have taken its place in /tmp."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    owner = os.geteuid() if account.uid is None else account.uid
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == stat.S_IRWXU


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(text)
    unfinished.rename(path)
