"""Keep filters of the inbox for their owners, and for whom a lead has put a step back.

Revision ID: 0010
Create Date: 2026-03-30
"""

from __future__ import annotations

from alembic import context, op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FILTERS = """
CREATE TABLE saved_filter (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    user_id UUID NOT NULL,
    tab VARCHAR(40) NOT NULL,
    agency_id UUID,
    process TEXT COLLATE "C",
    due VARCHAR(40),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_saved_filter PRIMARY KEY (id),
    CONSTRAINT fk_saved_filter_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_saved_filter_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_saved_filter_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT ck_saved_filter_tab CHECK (tab IN ('to_take', 'mine', 'others')),
    CONSTRAINT ck_saved_filter_due CHECK (due IN ('late', 'hour', 'four_hours', 'day'))
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {
    "saved_filter": ["INSERT", "DELETE"],
    "user_task": ["UPDATE (offered_to_id)"],
}


def upgrade() -> None:
    """Create the table, the column, and the order in which cases are listed."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_FILTERS)
    op.execute("CREATE INDEX ix_saved_filter_user_id_network_id ON saved_filter (user_id, network_id)")
    op.execute("CREATE INDEX ix_case_file_network_id_opened_at_id ON case_file (network_id, opened_at, id)")
    op.execute(
        "ALTER TABLE user_task ADD COLUMN offered_to_id UUID "
        "CONSTRAINT fk_user_task_offered_to_id REFERENCES user_account (id)"
    )
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
