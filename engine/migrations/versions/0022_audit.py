"""Say in the audit in which capacity somebody acts, and seal its entries into a chain; add who looks at it.

Revision ID: 0022
Create Date: 2026-06-01
"""

from __future__ import annotations

from alembic import context, op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COLUMNS = {
    "happened_at": "TIMESTAMP WITH TIME ZONE",
    "agency_id": "UUID",
    "on_behalf_of_id": "UUID",
    "purpose": 'TEXT COLLATE "C"',
    "basis": 'TEXT COLLATE "C"',
    "case_id": "UUID",
}
_TABLES = (
    """
CREATE TABLE audit_unsealed (
    entry_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    CONSTRAINT pk_audit_unsealed PRIMARY KEY (entry_id)
)
""",
    """
CREATE TABLE audit_seal (
    number BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (number),
    CONSTRAINT uq_audit_seal_entry_id UNIQUE (entry_id)
)
""",
)
# With the rights of the owner: the application itself cannot write what waits, so it can leave nothing out.
_TRIGGER = (
    """
CREATE FUNCTION audit_wait_for_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO public.audit_unsealed (entry_id) SELECT id FROM added;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER audit_wait_for_seal AFTER INSERT ON audit_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_wait_for_seal()
""",
    "REVOKE ALL ON FUNCTION audit_wait_for_seal() FROM PUBLIC",
    "INSERT INTO audit_unsealed (entry_id) SELECT id FROM audit_entry",
)
_ROLES = "'operatrice', 'responsabile', 'coordinamento', 'progettista', 'amministratore', 'dpo'"
# As in 0001: beyond reading.
PRIVILEGES = {"audit_unsealed": ["DELETE"], "audit_seal": ["INSERT"]}


def upgrade() -> None:
    """Add the columns, the tables and the trigger; what was recorded before waits for its seal too."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for name, kind in _COLUMNS.items():
        op.execute(f"ALTER TABLE audit_entry ADD COLUMN {name} {kind}")
    for index in ("network_id_at", "subject_type_subject_id"):
        op.execute(f"DROP INDEX ix_audit_entry_{index}")
    for column in ("network_id", "actor_id", "case_id"):
        op.execute(f"CREATE INDEX ix_audit_entry_{column}_id ON audit_entry ({column}, id)")
    for statement in (*_TABLES, *_TRIGGER):
        op.execute(statement)
    for table in ("membership", "notice"):
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_role")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_role CHECK (role IN ({_ROLES}))")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
