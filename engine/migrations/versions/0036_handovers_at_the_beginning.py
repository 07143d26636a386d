"""Let a hand-over tell all that a process holds, and a part stay: for who plays its first lane; let bases lapse.

Revision ID: 0036
Create Date: 2026-06-04
"""

from __future__ import annotations

from alembic import context, op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"case_file": ["UPDATE (basis_until)"]}


def upgrade() -> None:
    """Let both be without a value; what lapses by then is due work of its case."""
    op.execute("ALTER TABLE handover ALTER COLUMN fields DROP NOT NULL, ALTER COLUMN ends_with DROP NOT NULL")
    kinds = "'withdrawn', 'answered_again', 'path_ended', 'lapsed'"
    op.execute("ALTER TABLE basis DROP CONSTRAINT ck_basis_basisend")
    op.execute(f"ALTER TABLE basis ADD CONSTRAINT ck_basis_basisend CHECK (ended_why IN ({kinds}))")
    op.execute("ALTER TABLE case_file ADD COLUMN basis_until TIMESTAMP WITH TIME ZONE")
    op.execute(
        "UPDATE case_file SET basis_until = first.until, next_due_at = least(next_due_at, first.until) FROM ("
        "SELECT case_id, min(until) AS until FROM basis WHERE kind = 'interesse_vitale' AND ended_recorded_at IS NULL "
        "GROUP BY case_id) AS first WHERE first.case_id = case_file.id"
    )
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
