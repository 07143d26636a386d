"""Name on each step of an agency without computers the one agency that records it.

Revision ID: 0011
Create Date: 2026-04-06
"""

from __future__ import annotations

from alembic import context, op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# As in 0001: beyond what it had.
PRIVILEGES = {"user_task": ["UPDATE (proxy_id)"]}

# Until now everybody in the case could; who opened it was told.
_FILL = """
UPDATE user_task SET proxy_id = case_file.opened_by_agency_id
FROM case_file, agency
WHERE case_file.id = user_task.case_id AND agency.id = user_task.agency_id AND agency.channel <> 'portale'
"""


def upgrade() -> None:
    """Add the column and fill it."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE user_task ADD COLUMN proxy_id UUID CONSTRAINT fk_user_task_proxy_id REFERENCES agency (id)")
    op.execute(_FILL)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT {', '.join(privileges)} ON {table} TO {app}")
