"""Keep who asked for an erasure and who decided, the tombstones of what was erased, and legal holds.

Revision ID: 0024
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE erasure (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    ground VARCHAR(40) NOT NULL,
    asked_by_id UUID,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_erasure PRIMARY KEY (id),
    CONSTRAINT ck_erasure_erasurestate CHECK (state IN ('asked', 'done', 'refused')),
    CONSTRAINT ck_erasure_ground CHECK (ground IN ('termine', 'richiesta', 'errore')),
    CONSTRAINT fk_erasure_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_erasure_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_erasure_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_erasure_decided_by_id FOREIGN KEY (decided_by_id) REFERENCES user_account (id)
);
CREATE UNIQUE INDEX uq_erasure_one ON erasure (case_id, controller_id) WHERE state IN ('asked', 'done');
CREATE INDEX ix_erasure_network_id_state ON erasure (network_id, state);
CREATE TABLE legal_hold (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    authority VARCHAR(40) NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    held_by_id UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    lifted_by_id UUID,
    CONSTRAINT pk_legal_hold PRIMARY KEY (id),
    CONSTRAINT ck_legal_hold_authority CHECK (authority IN ('tribunale', 'procura', 'garante', 'ente')),
    CONSTRAINT fk_legal_hold_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_legal_hold_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_legal_hold_held_by_id FOREIGN KEY (held_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_legal_hold_lifted_by_id FOREIGN KEY (lifted_by_id) REFERENCES user_account (id)
);
CREATE UNIQUE INDEX uq_legal_hold_one ON legal_hold (case_id) WHERE until IS NULL
"""
# As in 0001: beyond reading. Nothing of them is ever deleted.
PRIVILEGES = {
    "erasure": ["INSERT", "UPDATE (state, decided_by_id, decided_at)"],
    "legal_hold": ["INSERT", "UPDATE (until, lifted_by_id)"],
}


def upgrade() -> None:
    """Create the tables and their indexes."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _TABLES.split(";\n"):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
