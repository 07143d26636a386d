"""kill -9 of the sealer of the audit: afterwards the chain is whole, without a gap and with no number twice."""

from __future__ import annotations

import io
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine import db, settings
from engine.audit import exporting, heads, sealing, verifying
from engine.audit.models import AuditEntry, AuditSeal, AuditUnsealed
from engine.participants.models import Network
from tests.crash import dying_command
from tests.crash import station as support
from tests.crash.station import Station
from tests.engine.audit.installation import note

KILLED = -signal.SIGKILL
# A transaction that seals reads the instant, takes the lock, reads the tip and what waits, writes seals, clears the
# list. The first is killed between these; then, with a tip to sign, the second, its signature on the disk or not.
DEATHS = (
    *({"statement": number} for number in (4, 5, 6)),
    {"before": 1},
    {"after": 1},
    *({"statement": number} for number in (10, 11)),
    {"before": 2},
)


@pytest.mark.slow
def test_the_sealer_killed_anywhere_leaves_a_chain_that_verifies(station: Station, tmp_path: Path) -> None:
    kept = tmp_path / "heads.jsonl"
    own = {"STAFFETTA_AUDIT_HEADS_FILE": str(kept)}
    with station.database("few") as name:
        loaded = settings.load({**station.environment(name), **own})
        signer = sealing.Signer.of(loaded)
        assert station.world is not None
        with db.transaction(read_only=True) as session:
            network = session.get_one(Network, station.world.network_id)
        sealing.run(signer, sign_now=True)
        for dying in DEATHS:
            note(network, *range(2 * dying_command.BATCH + 1))
            assert support.run_dying_command(station, name, "seal", environment=own, **dying) == KILLED, dying
            assert_whole(signer, all_of_it=False)
            sealing.run(signer, sign_now=True)
            assert_whole(signer)


def assert_whole(signer: sealing.Signer, *, all_of_it: bool = True) -> None:
    """Each number once and none left out, each entry sealed or waiting, and the export as its check wants it."""
    out = io.BytesIO()
    with db.transaction(read_only=True) as session:
        exporting.write(session, out)
        numbers = session.scalars(select(AuditSeal.number).order_by(AuditSeal.number)).all()
        entries = session.scalar(select(func.count()).select_from(AuditEntry))
        waiting = session.scalar(select(func.count()).select_from(AuditUnsealed))
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) + (waiting or 0) == entries
    assert (waiting == 0) is all_of_it, "of what is sealed in several rounds, a killed one leaves some"
    out.seek(0)
    keys = heads.public_keys([heads.public_pem(signer.key).encode()])
    report = verifying.verify(out, signer.path.read_bytes().splitlines(), keys)
    assert (report.found, report.last) == (0, len(numbers)), report.findings
    assert not all_of_it or report.attested == len(numbers)
