"""Keep with each task when the first of its running clocks is due, so that an inbox is read in its order by index.

Revision ID: 0004
Create Date: 2026-03-09
"""

from __future__ import annotations

from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"user_task": ["UPDATE (due_at)"]}

_FIRST_DUE = """
    UPDATE user_task SET due_at = running.due_at
    FROM (SELECT task_id, min(due_at) AS due_at FROM deadline WHERE state = 'armed' GROUP BY task_id) AS running
    WHERE running.task_id = user_task.id
"""


def upgrade() -> None:
    """Add the column, fill it from the clocks that run, and let the index of the inbox follow it."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE user_task ADD COLUMN due_at TIMESTAMP WITH TIME ZONE")
    op.execute(_FIRST_DUE)
    op.execute("DROP INDEX ix_user_task_inbox")
    op.execute(
        "CREATE INDEX ix_user_task_inbox ON user_task (agency_id, state, due_at, created_at, id)"
        " WHERE state IN ('open', 'claimed')"
    )
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
