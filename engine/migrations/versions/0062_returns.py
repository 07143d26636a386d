"""Let an urgent step that is taken and not touched go back, after the time that the ladder of its class says.

Revision ID: 0062
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

# As in 0001: beyond reading.
PRIVILEGES = {"user_task": ["UPDATE (return_at)"]}

_STATEMENTS = (
    'ALTER TABLE ladder ADD COLUMN returned TEXT COLLATE "C"',
    "ALTER TABLE user_task ADD COLUMN return_at TIMESTAMP WITH TIME ZONE",
    """
CREATE INDEX ix_user_task_return ON user_task (case_id, return_at) WHERE state = 'claimed' AND return_at IS NOT NULL
""",
)
# As in 0057, and when a step goes back.
_UNDONE = """
CREATE OR REPLACE FUNCTION oldest_undone(instant timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN
    RETURN least(
        (
            SELECT due_at FROM public.timer
            WHERE due_at <= instant AND (SELECT retry_at IS NULL FROM public.case_file WHERE id = timer.case_id)
            ORDER BY due_at LIMIT 1
        ),
        (
            SELECT due_at FROM public.rung
            WHERE state = 'waiting' AND due_at <= instant
                AND (SELECT retry_at IS NULL FROM public.case_file WHERE id = rung.case_id)
            ORDER BY due_at LIMIT 1
        ),
        (
            SELECT min(return_at) FROM public.user_task
            WHERE state = 'claimed' AND return_at <= instant AND held_since IS NULL
                AND (SELECT retry_at IS NULL FROM public.case_file WHERE id = user_task.case_id)
        ),
        (
            SELECT min(least(held_until, basis_until, clocks_at)) FROM public.case_file
            WHERE next_due_at <= instant AND retry_at IS NULL
        ),
        (SELECT min(due_at) FROM public.job WHERE due_at <= instant),
        (SELECT min(try_at) FROM public.scheduled_start WHERE try_at <= instant)
    );
END $$
"""


def upgrade() -> None:
    """Add the columns and the index, and let what is overdue count."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute(_UNDONE)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
