"""Keep who is on call: the rosters of services, and their shifts.

Revision ID: 0043
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE roster (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    service TEXT COLLATE "C" NOT NULL,
    area_id UUID,
    telephone TEXT,
    needs TEXT[] COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_roster PRIMARY KEY (id),
    CONSTRAINT uq_roster_network_id_service_area_id UNIQUE NULLS NOT DISTINCT (network_id, service, area_id),
    CONSTRAINT fk_roster_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_roster_area_id FOREIGN KEY (area_id) REFERENCES area (id)
);
CREATE TABLE shift (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    roster_id UUID NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    first_id UUID NOT NULL,
    second_id UUID,
    languages TEXT[] COLLATE "C" NOT NULL,
    capabilities TEXT[] COLLATE "C" NOT NULL,
    replaces BOOLEAN NOT NULL,
    reason TEXT,
    created_by_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_by_id UUID,
    published_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by_id UUID,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_shift PRIMARY KEY (id),
    CONSTRAINT ck_shift_some_time CHECK (starts_at < ends_at),
    CONSTRAINT ck_shift_two_people CHECK (first_id <> second_id),
    CONSTRAINT ck_shift_with_a_reason CHECK (NOT replaces OR reason IS NOT NULL),
    CONSTRAINT fk_shift_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_shift_roster_id FOREIGN KEY (roster_id) REFERENCES roster (id),
    CONSTRAINT fk_shift_first_id FOREIGN KEY (first_id) REFERENCES user_account (id),
    CONSTRAINT fk_shift_second_id FOREIGN KEY (second_id) REFERENCES user_account (id),
    CONSTRAINT fk_shift_created_by_id FOREIGN KEY (created_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_shift_published_by_id FOREIGN KEY (published_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_shift_withdrawn_by_id FOREIGN KEY (withdrawn_by_id) REFERENCES user_account (id)
)
"""
_INDEX = "CREATE INDEX ix_shift_standing ON shift (roster_id, ends_at) WHERE withdrawn_at IS NULL"
# As in 0001: beyond reading. Who was on call, from when to when, is never changed: it is withdrawn, and written anew.
PRIVILEGES = {
    "roster": ["INSERT", "UPDATE (telephone, needs)"],
    "shift": ["INSERT", "UPDATE (published_by_id, published_at, withdrawn_by_id, withdrawn_at)"],
}


def upgrade() -> None:
    """Create the tables and the index by which it is found who is on call."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in (*_TABLES.split(";\n"), _INDEX):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
