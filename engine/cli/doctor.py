"""The command that looks at everything an installation needs, and says what is wrong and what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from engine import crypto, db, migrations
from engine.cases import tombstones
from engine.cli import opening, speech
from engine.errors import ConfigurationError, Failure
from engine.oversight import watch_words, watchdog
from engine.oversight.watchdog import Finding, Severity, Watch
from engine.roster import reaching

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.cli.opening import Installation
    from engine.oversight.watch_models import WorkerBeat
    from engine.settings import Settings

_LITTLE, _HARDLY_ANY = 2_000_000_000, 200_000_000  # bytes left on the disk of the data folder
_MARKS = {None: "ok", Severity.WARNING: "!", Severity.ALARM: "!!"}


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at; without severity it is in order. `names` of what is meant."""

    name: str
    said: str
    severity: Severity | None = None
    names: tuple[str, ...] = ()
    since: str | None = None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor(as_json: bool) -> None:  # noqa: FBT001 - click gives a flag so
    """Look at settings, keys, disk, database and the clockwork. Leaves with 1 where something is an alarm."""
    beats: list[WorkerBeat] = []
    checks = list(_checks(beats))
    if as_json:
        workers = [_beat(row) for row in beats]
        click.echo(orjson.dumps({"checks": checks, "workers": workers}, option=orjson.OPT_INDENT_2))
    else:
        _tell(checks, beats)
    if any(check.severity is Severity.ALARM for check in checks):
        sys.exit(1)


def _checks(beats: list[WorkerBeat]) -> Iterator[Check]:
    try:
        with opening.installation() as opened:
            yield Check(
                "settings", speech.either("le impostazioni e le chiavi si leggono", "settings and keys are read")
            )
            yield from _disk(opened.settings)
            yield from _senders(opened.settings)
            yield from _database(opened, beats)
    except ConfigurationError as error:
        for line in str(error).splitlines():
            yield Check("settings", line, Severity.ALARM)
    except Failure as failure:
        said = speech.either(f"il database non risponde ({failure})", f"the database does not answer ({failure})")
        yield Check("database", said, Severity.ALARM)


def _disk(settings: Settings) -> Iterator[Check]:
    free = shutil.disk_usage(settings.data_dir).free
    said = speech.either(
        f"spazio libero nella cartella dei dati: {free // 1_000_000} MB",
        f"space left for the data folder: {free // 1_000_000} MB",
    )
    yield Check("disk", said, Severity.ALARM if free < _HARDLY_ANY else Severity.WARNING if free < _LITTLE else None)
    files = (settings.audit_heads_file, settings.erasures_file)
    closed = tuple(str(path) for path in files if not os.access(_nearest(path), os.W_OK))
    if closed:
        said = speech.either("questi file non si possono scrivere", "these files cannot be written")
        yield Check("files", said, Severity.ALARM, closed)


def _senders(settings: Settings) -> Iterator[Check]:
    """Say what people are told by only where they look at the pages."""
    kinds = {"STAFFETTA_SMTP_URL": settings.mail, "STAFFETTA_GATEWAY_URL": settings.gateway}
    missing = tuple(name for name, sender in kinds.items() if sender is None)
    if missing:
        said = speech.either(
            "chi non guarda le pagine non riceve tutto ciò che dovrebbe svegliarlo",
            "who does not look at the pages does not get everything that should wake her",
        )
        yield Check("senders", said, Severity.WARNING, missing)


def _nearest(path: Path) -> Path:
    return path if path.exists() else path.parent


def _database(opened: Installation, beats: list[WorkerBeat]) -> Iterator[Check]:
    with db.transaction(read_only=True) as session:
        yield (wrong := _refused("schema", lambda: migrations.require_current(session))) or _in_order(session)
        if wrong is not None:
            return
        watch = watchdog.look(session)
        beats.extend(watch.beats)
        yield from filter(None, (_refused("role", lambda: db.require_restricted_role(session)), _keys(session)))
        yield from (_found(finding) for finding in watch.findings)
        yield _clockwork(watch)
        yield from _on_call(session)
    erasures = opened.settings.erasures_file
    again = _refused("erasures", lambda: tombstones.require_erased(erasures))
    if again is not None:
        yield again


def _on_call(session: Session) -> Iterator[Check]:
    """Say who has a shift to come and could not be woken up: by daylight, before she is needed."""
    asleep = tuple(reaching.unreachable(session))
    if asleep:
        said = speech.either(
            "hanno un turno nei prossimi 31 giorni e niente le sveglierebbe: un numero confermato in Recapiti",
            "have a shift within 31 days and nothing would wake them up: a number proved in Contact details",
        )
        yield Check("on_call", said, Severity.WARNING, asleep)


def _refused(name: str, ask: Callable[[], None]) -> Check | None:
    try:
        ask()
    except ConfigurationError as error:
        return Check(name, str(error), Severity.ALARM)
    return None


def _in_order(session: Session) -> Check:
    version = ".".join(map(str, session.connection().dialect.server_version_info or ()))
    head = migrations.head()
    return Check("schema", f"database: {speech.either('versione', 'version')} {head}, PostgreSQL {version}")


def _keys(session: Session) -> Check:
    lost, other = crypto.wrapped_by_none(session), crypto.wrapped_otherwise(session)
    if lost:
        said = speech.either(
            f"{lost} chiavi dei casi sono chiuse con una chiave che non è in STAFFETTA_KEYS_FILE: rimettetela",
            f"{lost} keys of cases are wrapped by a key that STAFFETTA_KEYS_FILE does not hold: put it back",
        )
        return Check("keys", said, Severity.ALARM)
    return Check(
        "keys",
        speech.either(
            f"tutte le chiavi dei casi si aprono ({other} con una chiave più vecchia)",
            f"all keys of cases can be opened ({other} by an older key)",
        ),
    )


def _found(finding: Finding) -> Check:
    words = watch_words.said(finding.code, speech.language())
    count = f" ({finding.count})" if finding.count > 1 else ""
    since = None if finding.since is None else finding.since.isoformat(timespec="seconds")
    return Check(finding.code.value, f"{words.what}{count} {words.way_out}", finding.severity, finding.names, since)


def _clockwork(watch: Watch) -> Check:
    armed = "?" if watch.last is None else str(watch.last.armed)
    said = speech.either(
        f"{watch.workers} processi fanno ciò che scade; {armed} scadenze armate",
        f"{watch.workers} processes do what falls due; {armed} deadlines armed",
    )
    return Check("clockwork", said, None if watch.workers else Severity.ALARM)


def _beat(row: WorkerBeat) -> dict[str, Any]:
    names = ("host", "pid", "version", "started_at", "beat_at", "moved_at", "doing", "clock_offset")
    return {name: getattr(row, name) for name in names}


def _tell(checks: list[Check], beats: list[WorkerBeat]) -> None:
    for check in checks:
        since = "" if check.since is None else f" [{check.since}]"
        names = "".join(f"\n     {name}" for name in check.names)
        click.echo(f"{_MARKS[check.severity]:<3}{check.name}: {check.said}{since}{names}")
    for row in beats:
        at = row.beat_at.isoformat(timespec="seconds")
        said = speech.either("ultimo segno di vita", "last sign of life")
        click.echo(f"   {row.host}:{row.pid} {row.version} {row.doing}, {said} {at}")
