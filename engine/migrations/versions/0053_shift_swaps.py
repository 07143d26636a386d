"""Keep what colleagues ask each other: to take a shift, alone or for another one.

Revision ID: 0053
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE shift_swap (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    shift_id UUID NOT NULL,
    from_id UUID NOT NULL,
    to_id UUID NOT NULL,
    in_return_id UUID,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    accepted BOOLEAN,
    CONSTRAINT pk_shift_swap PRIMARY KEY (id),
    CONSTRAINT ck_shift_swap_two_people CHECK (from_id <> to_id),
    CONSTRAINT ck_shift_swap_answered CHECK ((answered_at IS NULL) = (accepted IS NULL)),
    CONSTRAINT fk_shift_swap_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_shift_swap_shift_id FOREIGN KEY (shift_id) REFERENCES shift (id),
    CONSTRAINT fk_shift_swap_from_id FOREIGN KEY (from_id) REFERENCES user_account (id),
    CONSTRAINT fk_shift_swap_to_id FOREIGN KEY (to_id) REFERENCES user_account (id),
    CONSTRAINT fk_shift_swap_in_return_id FOREIGN KEY (in_return_id) REFERENCES shift (id)
)
"""
_INDEX = "CREATE UNIQUE INDEX uq_shift_swap_waiting ON shift_swap (shift_id) WHERE answered_at IS NULL"
# As in 0001: beyond reading. What was asked, of whom and when, is never changed.
PRIVILEGES = {"shift_swap": ["INSERT", "UPDATE (answered_at, accepted)"]}


def upgrade() -> None:
    """Create the table; of one shift at most one swap waits for its answer."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    op.execute(_TABLE)
    op.execute(_INDEX)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
