"""The audit: how fast entries are sealed, exported, and checked on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine import db
from engine.audit import exporting, heads, sealing, verifying
from tests.bench.figures import Figure
from tests.bench.installation import Installation

_ENTRIES = 200_000
_PART = "the audit"
# As wide as an entry of a reading is.
_FILL = """
    INSERT INTO audit_entry
        (network_id, at, actor_id, agency_id, purpose, basis, action, subject_type, subject_id, case_id, details)
    SELECT network.id, now(), user_account.id, gen_random_uuid(), 'cav', 'passo', 'task.read', 'user_task',
        gen_random_uuid()::text, gen_random_uuid(), '{}'
    FROM (SELECT id FROM network LIMIT 1) network, (SELECT id FROM user_account LIMIT 1) user_account,
        generate_series(1, %(count)s)
"""


def figures(installation: Installation, *, quick: bool) -> Iterator[Figure]:
    """Seal, export and check many entries; CPU of this process, but for the sealing, which waits for rows."""
    count = _ENTRIES // 20 if quick else _ENTRIES
    installation.sql("TRUNCATE audit_entry, audit_unsealed, audit_seal")
    installation.sql(_FILL, count=count)
    with TemporaryDirectory() as folder:
        signer = sealing.Signer(Ed25519PrivateKey.generate(), Path(folder) / "heads")
        begun = time.perf_counter()
        sealing.run(signer, sign_now=True)
        yield Figure(_PART, "sealed a second, with the database", count / (time.perf_counter() - begun), "/s")
        path, begun = Path(folder) / "audit.txt", time.process_time()
        with path.open("wb") as out, db.transaction(read_only=True) as session:
            exporting.write(session, out)
        yield Figure(_PART, "exported a second of CPU", count / (time.process_time() - begun), "/s")
        keys = heads.public_keys([heads.public_pem(signer.key).encode()])
        begun = time.process_time()
        with path.open("rb") as exported:
            report = verifying.verify(exported, signer.path.read_bytes().splitlines(), keys)
        yield Figure(_PART, "checked a second of CPU", count / (time.process_time() - begun), "/s", "≥ 200,000")
    if report.found or (report.entries, report.attested) != (count, count):
        message = f"the check found {report.findings}"
        raise RuntimeError(message)
