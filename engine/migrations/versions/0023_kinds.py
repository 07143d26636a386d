"""Seal each kind of secret in an answer apart; answers from before keep all of theirs in one.

Revision ID: 0023
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# As in 0001: nothing new, answers are only ever inserted.
PRIVILEGES: dict[str, list[str]] = {}


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE form_submission ADD COLUMN sealed_kinds JSONB NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE form_submission ALTER COLUMN sealed_kinds DROP DEFAULT")
