"""Keep the blind index, by which a case is found from an exact name or number that stands sealed in it.

Revision ID: 0025
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import context, op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE blind_index (
    case_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    network_id UUID NOT NULL,
    CONSTRAINT pk_blind_index PRIMARY KEY (case_id, controller_id, kind, digest),
    CONSTRAINT fk_blind_index_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_blind_index_network_id FOREIGN KEY (network_id) REFERENCES network (id)
)
"""
# As in 0001: beyond reading. Entries go with the keys of what they were made from.
PRIVILEGES = {"blind_index": ["INSERT", "DELETE"]}


def upgrade() -> None:
    """Create the table and its index."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    op.execute("CREATE INDEX ix_blind_index_network_id_digest ON blind_index (network_id, digest)")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
