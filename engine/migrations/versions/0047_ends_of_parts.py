"""Let a part end by the clock: `until` may lie ahead, and `ended_why` says that its end has been noted.

What rests on a vital interest is shown no more from the instant at which that lapses, be a worker there or not. Nor is
what an agency is only asked to take on. And attempts to open a case from which somebody is kept out can be found.

Revision ID: 0047
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

PRIVILEGES: dict[str, list[str]] = {}

_STATEMENTS = (
    "UPDATE case_participation SET ended_why = 'ended' WHERE until IS NOT NULL AND ended_why IS NULL",
    "DROP INDEX uq_case_participation_lane",
    "CREATE UNIQUE INDEX uq_case_participation_lane ON case_participation (case_id, lane) WHERE ended_why IS NULL",
    # Where she has agreed meanwhile the next command of the case takes the end away again.
    """
    UPDATE case_participation SET until = basis.until FROM basis
    WHERE basis.id = case_participation.basis_id AND case_participation.until IS NULL AND basis.until IS NOT NULL
    """,
    # Whom a worker has to tell of them; nobody is told while the address is answered.
    "CREATE INDEX ix_audit_entry_attempted ON audit_entry (at) WHERE action = 'case.attempted'",
)
_IN_HAND = """
CREATE OR REPLACE FUNCTION sight_in_hand(wanted text) RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER COST 1 AS $$
BEGIN
    RETURN ARRAY(
        SELECT CASE wanted WHEN 'case' THEN case_id ELSE id END FROM public.user_task
        WHERE state = 'open' AND handover IN ('prepare', 'sent')
        AND (
            agency_id = ANY (nullif(current_setting('staffetta.agencies', true), '')::uuid[])
            OR proxy_id = ANY (nullif(current_setting('staffetta.agencies', true), '')::uuid[])
        )
        AND (handover = 'prepare' OR coalesce(
            (SELECT basis_until > nullif(current_setting('staffetta.now', true), '')::timestamptz
            FROM public.case_file WHERE case_file.id = user_task.case_id),
            true
        ))
        UNION ALL
        SELECT CASE wanted WHEN 'case' THEN case_id ELSE task_id END FROM public.handover
        WHERE state = 'prepare' AND offered_to <> '{}'
        AND offered_to && nullif(current_setting('staffetta.agencies', true), '')::uuid[]
        AND coalesce(
            (SELECT basis_until > nullif(current_setting('staffetta.now', true), '')::timestamptz
            FROM public.case_file WHERE case_file.id = handover.case_id),
            true
        )
    );
END $$
"""


def upgrade() -> None:
    """Say which parts are over, and until when those last that rest on a vital interest."""
    for statement in (*_STATEMENTS, _IN_HAND):
        op.execute(statement)
