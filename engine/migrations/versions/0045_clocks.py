"""Ask for the dates that clocks wait for.

Revision ID: 0045
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

# As in 0037, and when clocks are to be looked at.
_OLDEST_UNDONE = """
CREATE OR REPLACE FUNCTION oldest_undone(instant timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN least(
        (
            SELECT min(timer.due_at) FROM public.timer JOIN public.case_file ON case_file.id = timer.case_id
            WHERE case_file.retry_at IS NULL
        ),
        (
            SELECT min(rung.due_at) FROM public.rung JOIN public.case_file ON case_file.id = rung.case_id
            WHERE rung.state = 'waiting' AND case_file.retry_at IS NULL
        ),
        (
            SELECT min(least(held_until, basis_until, clocks_at)) FROM public.case_file
            WHERE next_due_at <= instant AND retry_at IS NULL
        )
    );
END $$
"""
# As in 0001: beyond what it had.
PRIVILEGES = {"case_file": ["UPDATE (clocks_at)"], "incident": ["UPDATE (ask_at, asked)"]}


def upgrade() -> None:
    """Add what is asked and when; what is due in a case is due for its clocks too."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE case_file ADD COLUMN clocks_at TIMESTAMP WITH TIME ZONE")
    op.execute("ALTER TABLE incident ADD COLUMN ask_at TIMESTAMP WITH TIME ZONE, ADD COLUMN asked INTEGER")
    op.execute("UPDATE incident SET asked = 0")
    op.execute("ALTER TABLE incident ALTER COLUMN asked SET NOT NULL")
    op.execute(_OLDEST_UNDONE)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
