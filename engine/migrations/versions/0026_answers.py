"""Seal the answers that are kept for requests that come twice; those from before are gone after a day.

Revision ID: 0026
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# As in 0001: nothing new, answers are only ever inserted and deleted.
PRIVILEGES: dict[str, list[str]] = {}


def upgrade() -> None:
    """Add the column that says which key sealed an answer."""
    op.execute('ALTER TABLE stored_answer ADD COLUMN key_id TEXT COLLATE "C"')
