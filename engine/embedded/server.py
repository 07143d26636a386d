"""One PostgreSQL server: initialise its directory, start it, wait for it, stop it, clear what a crash left behind."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.embedded.binaries import Binaries
from engine.embedded.errors import EmbeddedDatabaseError
from engine.embedded.places import Account, Places
from engine.embedded.roles import PORT, SUPERUSER, read_password

_log = logging.getLogger(__name__)

# pg_ctl wants a limit (seconds); crash recovery takes as long as it takes, and pg_ctl notices when the server dies.
_NO_LIMIT = str(365 * 24 * 60 * 60)
_POLL = 0.05
_PATIENCE = 2.0
"""Seconds between the stages of ending a process: by itself, by SIGQUIT, by SIGKILL."""
_LONGEST_STOP = 60.0
"""Seconds for the checkpoint of a fast shutdown; after that the write-ahead log does its work at the next start."""

# Terse, and without statements: details and statements of failed commands would hold values of a case.
_SETTINGS = """\
# Written by Staffetta at each start. Settings of your own: local.conf beside this file.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
port = {port}
cluster_name = '{name}'
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = on
logging_collector = on
log_directory = '../log'
log_filename = 'server-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length = 0
include_if_exists = 'local.conf'
"""
_ACCESS = """\
# Written by Staffetta at each start: the socket only, and never without a password.
local all all scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running server, as its own lock file describes it. `status`: starting, ready, stopping, standby."""

    pid: int
    socket: Path
    status: str


def find(cluster: Path) -> Postmaster | None:
    """Find the running server of a data directory.

    The lock file alone proves nothing: after a crash its process id may belong to anybody.
    """
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid, socket = int(lines[0]), Path(lines[4])
    except (FileNotFoundError, IndexError, ValueError):
        return None  # absent, or caught while it was being written: see await_ready
    # The status is the eighth line and comes last.
    status = "".join(lines[7:]).strip() or "starting"
    return Postmaster(pid, socket, status) if _is_postmaster(pid, cluster) else None


def initialise(places: Places, binaries: Binaries) -> None:
    """Make the data directory unless it exists; the finished directory appears in one step, or not at all."""
    if places.cluster.exists():
        return
    _check_reachable(places)
    unfinished = places.home / "cluster.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    password_file = places.home / "initdb-password"
    password_file.unlink(missing_ok=True)
    try:
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(read_password(places.passwords, SUPERUSER))
        if places.account.uid is not None and places.account.gid is not None:
            os.chown(password_file, places.account.uid, places.account.gid)
        command = [binaries.program("initdb"), f"--pgdata={unfinished}", f"--username={SUPERUSER}"]
        command += [f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        run([*command, "--data-checksums", "--no-instructions"], places.home, places.account)
    finally:
        password_file.unlink(missing_ok=True)
    unfinished.rename(places.cluster)


def check_version(cluster: Path, binaries: Binaries) -> None:
    """Refuse a data directory of another major version: PostgreSQL cannot read it, and must not be asked to try."""
    found = int((cluster / "PG_VERSION").read_text())
    if found != binaries.major:
        message = (
            f"The database in {cluster} was made by PostgreSQL {found}; this release of Staffetta brings "
            f"{binaries.version}. Dump it with the release that made it, then restore it into a new data directory."
        )
        raise EmbeddedDatabaseError(message)


def start(places: Places, binaries: Binaries, *, durable: bool) -> Postmaster:
    """Start the server and wait until it takes connections, however long recovery after a crash lasts."""
    _clear_after_crash(places)
    settings = _SETTINGS.format(
        socket=str(places.socket).replace("'", "''"),
        port=PORT,
        name=_name(places.cluster),
        durable="on" if durable else "off",
    )
    _write(places.cluster / "postgresql.conf", settings, places.account)
    _write(places.cluster / "pg_hba.conf", _ACCESS, places.account)
    places.start_log.unlink(missing_ok=True)
    command = [binaries.program("pg_ctl"), "start", f"--pgdata={places.cluster}", f"--log={places.start_log}"]
    try:
        run([*command, "--wait", f"--timeout={_NO_LIMIT}", "--silent"], places.home, places.account)
    except EmbeddedDatabaseError as error:
        message = f"PostgreSQL did not start ({error}). Its last words: {_last_words(places)}"
        raise EmbeddedDatabaseError(message) from error
    found = find(places.cluster)
    if found is None:
        message = f"PostgreSQL started and stopped again. Its last words: {_last_words(places)}"
        raise EmbeddedDatabaseError(message)
    return found


def await_ready(places: Places) -> Postmaster | None:
    """Wait for a server that is starting or stopping. None when there is none, or none is left."""
    told = time.monotonic()
    while _is_between(found := find(places.cluster), places.cluster):
        if time.monotonic() - told > 5 * _PATIENCE:
            told = time.monotonic()
            _log.info("the embedded database is %s", "starting" if found is None else found.status)
        time.sleep(_POLL)
    return found


def stop(cluster: Path) -> None:
    """Stop the server: open transactions are rolled back, everything committed is written out."""
    found = find(cluster)
    if found is None:
        return
    _signal(found.pid, signal.SIGINT)
    if not _wait_until(lambda: not _is_postmaster(found.pid, cluster), _LONGEST_STOP):
        _log.warning("the embedded database does not stop; it will recover at its next start")
        _signal(found.pid, signal.SIGQUIT)
        _wait_until(lambda: not _is_postmaster(found.pid, cluster), _LONGEST_STOP)


def run(command: list[str], home: Path, account: Account) -> None:
    """Run a program as the server's user, with nothing of our environment."""
    try:
        done = subprocess.run(
            command,
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            umask=0o077,
            user=account.uid,
            group=account.gid,
            extra_groups=None if account.uid is None else [],
        )
    except PermissionError as error:
        message = f"The user with id {account.uid}, who is to run PostgreSQL, may not run {command[0]}."
        raise EmbeddedDatabaseError(message) from error
    if done.returncode != 0:
        message = f"{Path(command[0]).name} failed with code {done.returncode}: {done.stdout.strip()[-2000:]}"
        raise EmbeddedDatabaseError(message)


def _check_reachable(places: Places) -> None:
    """Refuse a home that the server's user cannot get to: opening the directories above it is not ours to do."""
    try:
        run(["/bin/sh", "-c", 'test -w "$0"', str(places.home)], Path("/"), places.account)
    except EmbeddedDatabaseError as error:
        message = (
            f"The user with id {places.account.uid}, who is to run PostgreSQL, cannot reach {places.home}. "
            "Name another directory in STAFFETTA_EMBEDDED_HOME."
        )
        raise EmbeddedDatabaseError(message) from error


def _is_between(found: Postmaster | None, cluster: Path) -> bool:
    if found is None:
        # Begun by somebody who was killed meanwhile, it may not have written its lock file yet.
        return any(_is_postmaster(process.pid, cluster) for process in psutil.process_iter())
    return found.status in ("starting", "stopping")


def _clear_after_crash(places: Places) -> None:
    """End what a killed server left: processes that still use its memory, and lock files of a process long gone.

    Its lock files hold a process id, and PostgreSQL will not start while anybody at all of the same user has that id.
    """
    name = _name(places.cluster)
    if not _wait_until(lambda: not _orphans(name), _PATIENCE):
        for ending in (signal.SIGQUIT, signal.SIGKILL):
            for pid in _orphans(name):
                _log.warning("process %d of a killed database server is still there; sending %s", pid, ending.name)
                _signal(pid, ending)
            if _wait_until(lambda: not _orphans(name), _PATIENCE):
                break
        else:
            message = f"Processes {_orphans(name)} of a killed database server do not end."
            raise EmbeddedDatabaseError(message)
    (places.cluster / "postmaster.pid").unlink(missing_ok=True)
    for leftover in places.socket.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _name(cluster: Path) -> str:
    """Name the server in its processes' titles: the only thing about them that every user on every system can read."""
    return "staffetta-" + hashlib.sha256(os.fsencode(cluster)).hexdigest()[:16]


def _orphans(name: str) -> list[int]:
    title = f"postgres: {name}: "
    return [process.pid for process in psutil.process_iter() if " ".join(_command(process.pid)).startswith(title)]


def _is_postmaster(pid: int, cluster: Path) -> bool:
    """Tell a postmaster, or the pg_ctl that starts it, by what it was called with."""
    program, *arguments = _command(pid) or [""]
    named = str(cluster) in arguments or f"--pgdata={cluster}" in arguments
    return named and Path(program).name in ("postgres", "pg_ctl")


def _command(pid: int) -> list[str]:
    """Return the command line; empty for a process that is gone, dead but not yet collected, or not to be seen."""
    try:
        return psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return []


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        _log.debug("process %d had ended before %s", pid, number.name)


def _write(path: Path, text: str, account: Account) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid)


def _last_words(places: Places) -> str:
    logs = sorted((places.home / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)[-1:]
    # The end of each: the newest log may be of an earlier start, and must not push out what this one said.
    texts = [path.read_text(errors="replace")[-800:] for path in (places.start_log, *logs) if path.exists()]
    return " ".join(" ".join(texts).split())


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL)
    return True
