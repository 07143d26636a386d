"""Look for the oldest work that is due and undone among what is due, and not among everything that is armed.

Revision ID: 0054
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

PRIVILEGES: dict[str, list[str]] = {}

# In the order of the index, to the first whose case is not put aside. The look at the case is a query of its own: as a
# join it was planned as one of everything, 2 s with a million deadlines armed.
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
            SELECT min(least(held_until, basis_until)) FROM public.case_file
            WHERE next_due_at <= instant AND retry_at IS NULL
        ),
        (SELECT min(due_at) FROM public.job WHERE due_at <= instant),
        (SELECT min(try_at) FROM public.scheduled_start WHERE try_at <= instant)
    );
END $$
"""


def upgrade() -> None:
    """Write the function anew."""
    op.execute(_UNDONE)
