"""Say how an agency is reached by people, and let no armed clock name the variant of its length.

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
    """Add the columns and take the variants away."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE agency ADD COLUMN telephone TEXT, ADD COLUMN email TEXT")
    op.execute(_WITHOUT_VARIANT)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
