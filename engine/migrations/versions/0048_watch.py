"""Keep the beats of working processes and what their last look at all rows has found.

Work that is due and undone is also a function that waits to be called, and a start that waits for its time.

Revision ID: 0048
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE worker_beat (
    id UUID NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    born DOUBLE PRECISION NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    beat_at TIMESTAMP WITH TIME ZONE NOT NULL,
    moved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    doing TEXT COLLATE "C" NOT NULL,
    clock_offset DOUBLE PRECISION,
    CONSTRAINT pk_worker_beat PRIMARY KEY (id)
);
CREATE TABLE inspection (
    id INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    took DOUBLE PRECISION NOT NULL,
    armed INTEGER NOT NULL,
    found JSONB NOT NULL,
    CONSTRAINT pk_inspection PRIMARY KEY (id),
    CONSTRAINT ck_inspection_one CHECK (id = 1)
)
"""
# As in 0001: beyond reading. Nothing here is of a case.
PRIVILEGES = {
    "worker_beat": ["INSERT", "UPDATE (version, beat_at, moved_at, doing, clock_offset)", "DELETE"],
    "inspection": ["INSERT", "UPDATE (at, took, armed, found)"],
}

_UNDONE = """
CREATE OR REPLACE FUNCTION oldest_undone(instant timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
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
            SELECT min(least(held_until, basis_until)) FROM public.case_file
            WHERE next_due_at <= instant AND retry_at IS NULL
        ),
        (SELECT min(due_at) FROM public.job),
        (SELECT min(try_at) FROM public.scheduled_start)
    );
END $$
"""


def upgrade() -> None:
    """Create the tables, and let the function that looks past the policies look at jobs and starts too."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
    op.execute(_UNDONE)
