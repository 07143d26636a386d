"""Keep who has opened a case in an emergency, until when, and what was made of it.

Revision ID: 0027
Create Date: 2026-06-08
"""

from __future__ import annotations

from alembic import context, op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE emergency_access (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    user_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    holder_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    review_from TIMESTAMP WITH TIME ZONE NOT NULL,
    review_until TIMESTAMP WITH TIME ZONE NOT NULL,
    reminded_at TIMESTAMP WITH TIME ZONE,
    escalated_at TIMESTAMP WITH TIME ZONE,
    reviewed_at TIMESTAMP WITH TIME ZONE,
    reviewed_by_id UUID,
    justified BOOLEAN,
    CONSTRAINT pk_emergency_access PRIMARY KEY (id),
    CONSTRAINT fk_emergency_access_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_emergency_access_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_emergency_access_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_emergency_access_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_emergency_access_holder_id FOREIGN KEY (holder_id) REFERENCES agency (id),
    CONSTRAINT fk_emergency_access_reviewed_by_id FOREIGN KEY (reviewed_by_id) REFERENCES user_account (id)
)
"""
# As in 0001: beyond reading. How long a case stays open is not changed.
PRIVILEGES = {
    "emergency_access": ["INSERT", "UPDATE (reminded_at, escalated_at, reviewed_at, reviewed_by_id, justified)"]
}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    for columns in (("user_id", "until"), ("network_id", "since")):
        op.execute(f"CREATE INDEX ix_emergency_access_{'_'.join(columns)} ON emergency_access ({', '.join(columns)})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
