"""Ask once for a statement, and not for each row of a list, how far the transaction sees and which case it has locked.

The policies of 0037 (and 0042) say the same; what is written is checked as before.

Revision ID: 0044
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

PRIVILEGES: dict[str, list[str]] = {}

# A query of its own is run once and kept; IS NOT NULL, that the planner expects every row to be shown, as in 0037.
_EVERYTHING = "(SELECT nullif(current_setting('staffetta.reach', true) = 'everything', false)) IS NOT NULL"
_HELD = "{case} = (SELECT nullif(current_setting('staffetta.case', true), '')::uuid)"
_ADMITTED = "{case} <> ALL ((SELECT sight_kept_out())::uuid[])"
_OVERSEEN = (
    "network_id = (SELECT CASE current_setting('staffetta.reach', true) WHEN 'network'"
    " THEN nullif(current_setting('staffetta.network', true), '')::uuid END)"
)
_PART = "(SELECT true FROM sight_part WHERE sight_part.case_id = {table}.{case} LIMIT 1)"
_OPENED = "{case} = ANY ((SELECT sight_opened())::uuid[])"
_HER = "user_id = (SELECT nullif(current_setting('staffetta.person', true), '')::uuid)"
_MINE = "ANY ((SELECT nullif(current_setting('staffetta.agencies', true), '')::uuid[])::uuid[])"
_MEMBER_OF = "ANY ((SELECT nullif(current_setting('staffetta.member_of', true), '')::uuid[])::uuid[])"
_NOW = "(SELECT nullif(current_setting('staffetta.now', true), '')::timestamptz)"
_IN_HAND = "ANY ((SELECT sight_in_hand('{what}'))::uuid[])"


def _shown(table: str, *parts: str, case: str = "case_id", admitted: str = _ADMITTED, otherwise: str = "") -> str:
    inside = f"({admitted} AND ({' OR '.join((_OVERSEEN, *parts))}))"
    policy = " OR ".join(part for part in (_EVERYTHING, _HELD, inside, otherwise) if part)
    return policy.format(case=case, table=table)


_BY_CASE = "sight_of({case})"
_POLICIES = {
    "case_file": _shown("case_file", _PART, _OPENED, f"id = {_IN_HAND.format(what='case')}", case="id"),
    "rung": _shown("rung", _PART, _OPENED),
    "case_participation": _shown(
        "case_participation",
        f"agency_id = {_MINE} AND since <= {_NOW} AND (until IS NULL OR until > {_NOW})",
        otherwise=_BY_CASE,
    ),
    "user_task": _shown(
        "user_task",
        f"state IN ('open', 'claimed') AND (agency_id = {_MINE} OR proxy_id = {_MINE})",
        f"id = {_IN_HAND.format(what='task')}",
        otherwise=_BY_CASE,
    ),
    "deadline": _shown(
        "deadline",
        f"state = 'armed' AND agency_id = {_MINE}",
        f"task_id = {_IN_HAND.format(what='task')}",
        otherwise=_BY_CASE,
    ),
    "notice": _shown(
        "notice",
        _HER,
        f"agency_id = {_MEMBER_OF}",
        admitted=f"(case_id IS NULL OR {_ADMITTED})",
        otherwise=_BY_CASE,
    ),
}


def upgrade() -> None:
    """Say the policies of what is listed in this form."""
    for table, policy in _POLICIES.items():
        op.execute(f"ALTER POLICY sight ON {table} USING ({policy})")
