"""Say in rows which functions are to be called, and when.

Revision ID: 0017
Create Date: 2026-05-25
"""

from __future__ import annotations

from alembic import context, op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE job (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    element_id TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_job PRIMARY KEY (id),
    CONSTRAINT fk_job_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_job_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_job_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id)
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {"job": ["INSERT", "UPDATE (attempts, due_at)", "DELETE"]}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for column in ("case_id", "instance_id", "due_at"):
        op.execute(f"CREATE INDEX ix_job_{column} ON job ({column})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
