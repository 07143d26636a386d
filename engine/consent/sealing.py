"""What is sealed of a basis: with which text and in which languages it was asked, who interpreted, or why not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from engine import crypto, packing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.consent.models import RecordedBasis
    from engine.crypto import Sealed


@dataclass(frozen=True, slots=True)
class Said:
    """How an answer was asked for: the text's language and version, the language spoken, the interpreter if any.

    `interpreter` is a number or a role, never a name. `reason` is that of a vital interest, which is asked of nobody.
    """

    text_language: str | None = None
    text_version: int | None = None
    language: str | None = None
    interpreter: str | None = None
    reason: str | None = None


def seal(session: Session, said: Said, *, basis_id: UUID, case_id: UUID, network_id: UUID) -> Sealed:
    """Seal it under the network's key of the case; it opens only as this very basis."""
    content = packing.dumps(asdict(said))
    return crypto.seal(
        session, content, case_id=case_id, controller_id=network_id, table="basis", field=f"said:{basis_id}"
    )


def open_(session: Session, row: RecordedBasis) -> Said:
    """Open it; of what is erased nothing is said. Raises SealBroken."""
    if crypto.destroyed(session, row.case_id, row.network_id):
        return Said()
    content = crypto.open_(
        session,
        row.sealed,
        case_id=row.case_id,
        controller_id=row.network_id,
        key_version=row.key_version,
        table="basis",
        field=f"said:{row.id}",
    )
    return Said(**packing.loads(content))
