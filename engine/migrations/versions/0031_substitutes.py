"""Let somebody of an agency be stood in for, for a time.

Revision ID: 0031
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE substitution (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    absent_id UUID NOT NULL,
    substitute_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by_id UUID,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_by_id UUID,
    CONSTRAINT pk_substitution PRIMARY KEY (id),
    CONSTRAINT ck_substitution_two_people CHECK (absent_id <> substitute_id),
    CONSTRAINT fk_substitution_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_substitution_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_substitution_absent_id FOREIGN KEY (absent_id) REFERENCES user_account (id),
    CONSTRAINT fk_substitution_substitute_id FOREIGN KEY (substitute_id) REFERENCES user_account (id),
    CONSTRAINT fk_substitution_set_by_id FOREIGN KEY (set_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_substitution_ended_by_id FOREIGN KEY (ended_by_id) REFERENCES user_account (id)
)
"""
# As in 0001: beyond reading.
PRIVILEGES = {"substitution": ["INSERT", "UPDATE (until, ended_by_id)"]}


def upgrade() -> None:
    """Create the table and its index."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    op.execute("CREATE INDEX ix_substitution_absent_id_until ON substitution (absent_id, until)")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
