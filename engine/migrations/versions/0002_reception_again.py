"""Let a task have a clock again: given back, its reception runs anew beside the clock that was kept or not.

Revision ID: 0002
Create Date: 2026-02-09
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the clocks of a task only the armed ones are one of a kind."""
    op.execute("ALTER TABLE deadline DROP CONSTRAINT uq_deadline_task_id_clock")
    op.execute("CREATE UNIQUE INDEX ix_deadline_running ON deadline (task_id, clock) WHERE state = 'armed'")
    op.execute("CREATE INDEX ix_deadline_task_id ON deadline (task_id)")
