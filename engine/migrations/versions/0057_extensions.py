"""Let two people extend a term, and keep what it was.

Revision ID: 0057
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE deadline ADD COLUMN extends_id UUID CONSTRAINT fk_deadline_extends_id REFERENCES deadline (id)",
    "ALTER TABLE deadline DROP CONSTRAINT ck_deadline_deadlinestatus",
    """
ALTER TABLE deadline ADD CONSTRAINT ck_deadline_deadlinestatus
    CHECK (state IN ('armed', 'paused', 'extended', 'stopped', 'void'))
""",
    """
CREATE TABLE extension (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    to_due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    proposed_by_id UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_extension PRIMARY KEY (id),
    CONSTRAINT ck_extension_extensionstatus CHECK (state IN ('proposed', 'approved', 'refused')),
    CONSTRAINT ck_extension_another CHECK (decided_by_id <> proposed_by_id),
    CONSTRAINT fk_extension_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_extension_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_extension_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_extension_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id),
    CONSTRAINT fk_extension_proposed_by_id FOREIGN KEY (proposed_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_extension_decided_by_id FOREIGN KEY (decided_by_id) REFERENCES user_account (id)
)
""",
    "CREATE INDEX ix_extension_case_id ON extension (case_id)",
    "CREATE INDEX ix_extension_task_id ON extension (task_id)",
    "CREATE UNIQUE INDEX uq_extension_open ON extension (deadline_id) WHERE state = 'proposed'",
    "ALTER TABLE extension ENABLE ROW LEVEL SECURITY",
)
# As in 0054, and when clocks are to be looked at (0045).
_UNDONE = """
CREATE OR REPLACE FUNCTION oldest_undone(instant timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN
    RETURN least(
        (
            SELECT due_at FROM public.timer
            WHERE due_at <= instant AND (SELECT retry_at IS NULL FROM public.case_file WHERE id = timer.case_id)
            ORDER BY due_at LIMIT 1
        ),
        (
            SELECT due_at FROM public.rung
            WHERE state = 'waiting' AND due_at <= instant
                AND (SELECT retry_at IS NULL FROM public.case_file WHERE id = rung.case_id)
            ORDER BY due_at LIMIT 1
        ),
        (
            SELECT min(least(held_until, basis_until, clocks_at)) FROM public.case_file
            WHERE next_due_at <= instant AND retry_at IS NULL
        ),
        (SELECT min(due_at) FROM public.job WHERE due_at <= instant),
        (SELECT min(try_at) FROM public.scheduled_start WHERE try_at <= instant)
    );
END $$
"""
# As in 0001: beyond reading. What was asked for is never changed, only decided, once.
PRIVILEGES = {"extension": ["INSERT", "UPDATE (state, decided_by_id, decided_at)"]}
# As in 0037: to who works for nobody, in the case that is locked, and to who sees the case.
_POLICY = (
    "nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL"
    " OR case_id::text = current_setting('staffetta.case', true) OR sight_of(case_id)"
)


def upgrade() -> None:
    """Create the table, its indexes and its policy; a deadline says which one it goes on with."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in _STATEMENTS:
        op.execute(statement)
    op.execute(_UNDONE)
    op.execute(f"CREATE POLICY sight ON extension USING ({_POLICY}) WITH CHECK ({_POLICY})")
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
