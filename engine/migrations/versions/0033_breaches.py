"""Take answers out of the wrong woman's case, and keep what was decided about telling the authority.

Revision ID: 0033
Create Date: 2026-06-10
"""

from __future__ import annotations

from alembic import context, op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE breach (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    submission_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    found_by_id UUID NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    warned INTEGER NOT NULL,
    assessed_at TIMESTAMP WITH TIME ZONE,
    assessed_by_id UUID,
    to_notify BOOLEAN,
    key_version INTEGER,
    sealed BYTEA,
    kept_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_breach PRIMARY KEY (id),
    CONSTRAINT uq_breach_submission_id UNIQUE (submission_id),
    CONSTRAINT fk_breach_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_breach_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_breach_submission_id FOREIGN KEY (submission_id) REFERENCES form_submission (id),
    CONSTRAINT fk_breach_found_by_id FOREIGN KEY (found_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_breach_assessed_by_id FOREIGN KEY (assessed_by_id) REFERENCES user_account (id)
)
"""
# With the rights of the owner: to the application answers stay what is only ever added to, and can only be emptied.
_FUNCTION = """
CREATE FUNCTION take_answers_out(ids UUID[], at TIMESTAMP WITH TIME ZONE) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
    UPDATE public.form_submission SET sealed = '', sealed_kinds = '{}', misfiled_at = at
    WHERE id = ANY(ids) AND misfiled_at IS NULL
$$
"""
# As in 0001: beyond reading. Since when a breach is known, and by when it is to be assessed, is never changed.
PRIVILEGES = {
    "breach": ["INSERT", "UPDATE (warned, assessed_at, assessed_by_id, to_notify, key_version, sealed, kept_at)"],
}


def upgrade() -> None:
    """Create the table and its indexes; answers say since when they are taken out."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute("ALTER TABLE form_submission ADD COLUMN misfiled_at TIMESTAMP WITH TIME ZONE")
    op.execute(_TABLE)
    op.execute(_FUNCTION)
    op.execute("REVOKE ALL ON FUNCTION take_answers_out(UUID[], TIMESTAMP WITH TIME ZONE) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION take_answers_out(UUID[], TIMESTAMP WITH TIME ZONE) TO {app}")
    op.execute("CREATE INDEX ix_breach_open ON breach (network_id, due_at) WHERE assessed_at IS NULL")
    op.execute("CREATE INDEX ix_breach_case_id ON breach (case_id)")
    op.execute("CREATE INDEX ix_breach_kept ON breach (known_at) WHERE kept_at IS NULL")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
