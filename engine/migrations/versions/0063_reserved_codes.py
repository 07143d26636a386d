"""Keep the case codes that agencies have on paper for the hours in which the system is down.

Revision ID: 0063
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0063"
down_revision = "0060"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE reserved_code (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    reserved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reserved_by_id UUID NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_reserved_code PRIMARY KEY (id),
    CONSTRAINT uq_reserved_code_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_reserved_code_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_reserved_code_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_reserved_code_reserved_by_id FOREIGN KEY (reserved_by_id) REFERENCES user_account (id)
)
"""
_INDEX = "CREATE INDEX ix_reserved_code_agency_id ON reserved_code (agency_id)"
# As in 0037, past the policies: what stands on somebody's sheet is taken too.
_TAKEN = """
CREATE OR REPLACE FUNCTION case_code_taken(given_network uuid, given_code text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.case_file WHERE network_id = given_network AND code = given_code COLLATE "C")
        OR EXISTS (SELECT FROM public.reserved_code WHERE network_id = given_network AND code = given_code COLLATE "C");
END $$
"""
# As in 0001: beyond reading.
PRIVILEGES = {"reserved_code": ["INSERT", "UPDATE (used_at)"]}


def upgrade() -> None:
    """Create the table, and let a new code be none of those that are reserved."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    op.execute(_INDEX)
    op.execute(_TAKEN)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
