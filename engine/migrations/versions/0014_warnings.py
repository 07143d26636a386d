"""Keep with each version of a protocol what its designer was warned of.

Revision ID: 0014
Create Date: 2026-04-20
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

if TYPE_CHECKING:
    from collections.abc import Mapping

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As in 0001: whoever may insert a version may insert this with it.
PRIVILEGES: Mapping[str, list[str]] = {}


def upgrade() -> None:
    """Add the column; nobody was warned of anything until now."""
    op.execute("ALTER TABLE process_definition ADD COLUMN warnings JSONB NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE process_definition ALTER COLUMN warnings DROP DEFAULT")
