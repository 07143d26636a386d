"""Let a second person confirm a step: who answered it first, and when.

Revision ID: 0030
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE user_task ADD COLUMN first_by_id UUID",
    "ALTER TABLE user_task ADD COLUMN first_at TIMESTAMP WITH TIME ZONE",
    """ALTER TABLE user_task
    ADD CONSTRAINT fk_user_task_first_by_id FOREIGN KEY (first_by_id) REFERENCES user_account (id)""",
)
# As in 0001: beyond what it had.
PRIVILEGES = {"user_task": ["UPDATE (first_by_id, first_at)"]}


def upgrade() -> None:
    """Add the columns: nothing has been answered that waits to be confirmed."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
