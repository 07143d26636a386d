"""Say how an agency is reached, name no clock by the variant of its length, find what was recorded late.

Revision ID: 0006
Create Date: 2026-03-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"agency": ["UPDATE (telephone, email)"]}

# The variants that the shipped diagrams choose by the level of risk. New clocks get the name without them from the
# diagram itself (see engine/cases/clocks.py).
_WITHOUT_VARIANT = r"UPDATE deadline SET parameter = regexp_replace(parameter, '\.(alto|medio|basso|altro)$', '')"


def upgrade() -> None:
    """Add the columns, take the variants away, add the index."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE agency ADD COLUMN telephone TEXT, ADD COLUMN email TEXT")
    op.execute(_WITHOUT_VARIANT)
    op.execute(
        "CREATE INDEX ix_deadline_recorded_late ON deadline (network_id, stopped_at)"
        " WHERE kept IS TRUE AND stopped_at > due_at"
    )
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
