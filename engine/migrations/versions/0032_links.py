"""Link contacts of one woman, by her wish.

Revision ID: 0032
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE case_link (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    other_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    asked_by_id UUID,
    manner VARCHAR(40) NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_by_id UUID,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_link PRIMARY KEY (id),
    CONSTRAINT ck_case_link_two_cases CHECK (case_id < other_id),
    CONSTRAINT ck_case_link_manner CHECK (manner IN ('a_voce', 'per_iscritto', 'per_telefono')),
    CONSTRAINT fk_case_link_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_case_link_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_case_link_other_id FOREIGN KEY (other_id) REFERENCES case_file (id),
    CONSTRAINT fk_case_link_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_case_link_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_case_link_ended_by_id FOREIGN KEY (ended_by_id) REFERENCES user_account (id)
)
"""
_STATEMENTS = (
    _TABLE,
    "CREATE UNIQUE INDEX uq_case_link_pair ON case_link (case_id, other_id) WHERE until IS NULL",
    "CREATE INDEX ix_case_link_other_id ON case_link (other_id)",
)
# As in 0001: beyond reading; deleted when what one body keeps of a case is erased.
PRIVILEGES = {"case_link": ["INSERT", "UPDATE (until, ended_by_id)", "DELETE"]}


def upgrade() -> None:
    """Create the table and its indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
