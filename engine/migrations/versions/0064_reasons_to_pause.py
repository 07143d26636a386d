"""Let a clock stand still for a reason that its protocol allows, for so long and no longer.

Revision ID: 0064
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

_STATEMENTS = (
    'ALTER TABLE deadline_pause ADD COLUMN parameter TEXT COLLATE "C"',
    "ALTER TABLE deadline_pause ADD COLUMN ends_at TIMESTAMP WITH TIME ZONE",
    """
ALTER TABLE deadline_pause ADD COLUMN by_id UUID
    CONSTRAINT fk_deadline_pause_by_id REFERENCES user_account (id)
""",
    """
ALTER TABLE deadline_pause ADD CONSTRAINT ck_deadline_pause_reason
    CHECK ((parameter IS NULL) = (ends_at IS NULL))
""",
)
# As in 0018: a pause is written once, and ended once.
PRIVILEGES: dict[str, list[str]] = {}


def upgrade() -> None:
    """Say of a pause for which reason it is, until when at the most, and who said so."""
    for statement in _STATEMENTS:
        op.execute(statement)
