"""Show the application the rows of a case only where the transaction says for whom it reads: row-level security.

The policies read settings of the transaction (engine.sight). The owner of the tables, who migrates and backs up, is
not bound by them.

Revision ID: 0037
Create Date: 2026-11-22
"""

from __future__ import annotations

from pathlib import Path

from alembic import context, op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# What looks past the policies, with the owner's rights, and what the application may do with it.
PAST = {
    "FUNCTION sight_of(uuid)": "EXECUTE",
    "FUNCTION sight_kept_out()": "EXECUTE",
    "FUNCTION sight_opened()": "EXECUTE",
    "FUNCTION sight_in_hand(text)": "EXECUTE",
    "FUNCTION case_code_taken(uuid, text)": "EXECUTE",
    "FUNCTION oldest_undone(timestamptz)": "EXECUTE",
    "sight_part": "SELECT",
    "notice_about": "SELECT",
}

# The parts of a policy, the cheapest first. A process that works for nobody is shown everything; that is said so that
# the planner expects every row to be shown, and plans as if there were no policy: what a query asks for is its own.
_EVERYTHING = "nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL"
# The case that the command has locked: what a command does costs no more than this.
_HELD = "{case}::text = current_setting('staffetta.case', true)"
# A case that does not keep the person out, in a network that she watches over, in which her agency takes part now, or
# that she has opened in an emergency.
_BY_CASE = "sight_of({case})"

# The same in parts, for what is listed: a look-up for each row, or none, instead of a call.
_ADMITTED = "{case} <> ALL ((SELECT sight_kept_out())::uuid[])"
_OVERSEEN = (
    "network_id = (SELECT CASE current_setting('staffetta.reach', true) WHEN 'network'"
    " THEN nullif(current_setting('staffetta.network', true), '')::uuid END)"
)
# A query for one row and no EXISTS: that could be answered from a list of all her cases, made anew for each statement.
_PART = "(SELECT true FROM sight_part WHERE sight_part.case_id = {table}.{case} LIMIT 1)"
_OPENED = "{case} = ANY ((SELECT sight_opened())::uuid[])"
_OURS = "network_id = (SELECT nullif(current_setting('staffetta.network', true), '')::uuid)"
_HER = "(SELECT nullif(current_setting('staffetta.person', true), '')::uuid)"
_MINE = "ANY ((SELECT nullif(current_setting('staffetta.agencies', true), '')::uuid[])::uuid[])"
_MEMBER_OF = "ANY ((SELECT nullif(current_setting('staffetta.member_of', true), '')::uuid[])::uuid[])"
_NOW = "(SELECT nullif(current_setting('staffetta.now', true), '')::timestamptz)"
_RUNNING = f"agency_id = {_MINE} AND since <= {_NOW} AND (until IS NULL OR until > {_NOW})"

# A case that is being handed over is in the hand of an agency that has no part in it, or none yet.
_CASE_IN_HAND = "{case} = ANY ((SELECT sight_in_hand('case'))::uuid[])"
_STEP_IN_HAND = "task_id = ANY ((SELECT sight_in_hand('task'))::uuid[])"

# Tables whose rows are shown as their case is, and nothing else.
_OF_CASE = (
    *(
        "attachment",
        "basis",
        "blind_index",
        "breach",
        "case_event",
        "case_key",
        "case_pause",
        "case_state",
        "deadline_pause",
    ),
    *("decision_record", "draft", "erasure", "exclusion", "form_submission", "incident", "job", "legal_hold"),
    *("message_subscription", "process_instance", "question", "signal_subscription", "timer"),
)


def _written(table: str, case: str = "case_id") -> str:
    """Write what may be written: rows of the case that is locked, or that the writer sees."""
    return f"{_EVERYTHING} OR {_HELD} OR {_BY_CASE}".format(case=case, table=table)


def _shown(table: str, *parts: str, case: str = "case_id", otherwise: str = _BY_CASE) -> str:
    """Write what is shown of a table that is listed: what one of the `parts` says of an admitted case; otherwise."""
    inside = f"({_ADMITTED} AND ({' OR '.join(parts)}))"
    policy = " OR ".join(part for part in (_EVERYTHING, _HELD, inside, otherwise) if part)
    return policy.format(case=case, table=table)


_POLICIES = {
    **{table: _written(table) for table in _OF_CASE},
    "case_file": _shown("case_file", _OVERSEEN, _PART, _OPENED, _CASE_IN_HAND, case="id", otherwise=""),
    "rung": _shown("rung", _OVERSEEN, _PART, _OPENED, otherwise=""),
    "case_participation": _shown(
        "case_participation",
        _OVERSEEN,
        f"agency_id = {_MINE} AND since <= {_NOW} AND (until IS NULL OR until > {_NOW})",
    ),
    # Whoever owes a step that is open sees it; whoever is asked to take a case over has such a step in hand.
    "user_task": _shown(
        "user_task",
        _OVERSEEN,
        f"state IN ('open', 'claimed') AND (agency_id = {_MINE} OR proxy_id = {_MINE})",
        _STEP_IN_HAND.replace("task_id", "id", 1),
    ),
    "deadline": _shown("deadline", _OVERSEEN, f"state = 'armed' AND agency_id = {_MINE}", _STEP_IN_HAND),
    # Also what somebody else has by now: whoever was offered it is told so.
    "handover": _shown("handover", _STEP_IN_HAND, f"offered_to && {_MINE[len('ANY ') :]}"),
    "notice": _shown("notice", _OVERSEEN, f"user_id = {_HER}", f"agency_id = {_MEMBER_OF}"),
    "emergency_access": _shown("emergency_access", _OVERSEEN, f"user_id = {_HER}"),
    "outgoing": f"{_written('outgoing', 'from_case_id')} OR {_HELD.format(case='to_case_id')}",
    # Of two contacts that are linked somebody knows who sees both.
    "case_link": (
        f"{_EVERYTHING} OR {_HELD.format(case='case_id')} OR {_HELD.format(case='other_id')}"
        f" OR ({_BY_CASE.format(case='case_id')} AND {_BY_CASE.format(case='other_id')})"
    ),
    # What hangs on a row of a case is shown as that is.
    "attachment_part": "(SELECT true FROM attachment WHERE attachment.id = attachment_id)",
    "task_explanation": "(SELECT true FROM user_task WHERE user_task.id = task_id)",
    # Of the audit somebody sees what she did herself, and who has tried to get at her cases; who watches over the
    # network sees what was done in it.
    "audit_entry": (
        f"{_EVERYTHING} OR ({_OURS} AND (case_id IS NULL OR {_ADMITTED}) AND ({_OVERSEEN} OR actor_id = {_HER}"
        f" OR (action = 'case.attempted' AND {_BY_CASE})))"
    ).format(case="case_id"),
}
# What may be written where that is not what may be seen, so many words shorter. A row is not there yet when the one
# that hangs on it is written by the same statement; and whatever is done is recorded, whoever does it.
_WRITTEN = {
    **{table: _written(table) for table in ("rung", "case_participation", "user_task", "deadline", "handover")},
    "case_file": _written("case_file", "id"),
    "attachment_part": f"{_EVERYTHING} OR {_OURS}",
    "task_explanation": f"{_EVERYTHING} OR {_OURS}",
    "audit_entry": "true",
}

# What a notice is about is known to whom it is addressed, as far as that; also when the case is hers no more.
_ABOUT = """
CREATE VIEW notice_about WITH (security_barrier) AS
SELECT notice.id, case_file.code, case_file.held_since, user_task.agency_id, user_task.proxy_id, user_task.state,
    user_task.handover, deadline.clock, deadline.state AS clock_state,
    coalesce(deadline.happened_at, user_task.happened_at) AS happened_at
FROM (SELECT * FROM notice WHERE {shown}) AS notice
    JOIN case_file ON case_file.id = notice.case_id
    LEFT JOIN user_task ON user_task.id = notice.task_id LEFT JOIN deadline ON deadline.id = notice.deadline_id
"""


def upgrade() -> None:
    """Make what the policies ask, and a policy for each table."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").split("\n;\n"):
        op.execute(statement)
    op.execute(_ABOUT.format(shown=_POLICIES["notice"]))
    for thing, right in PAST.items():
        op.execute(f"REVOKE ALL ON {thing} FROM PUBLIC")
        op.execute(f"GRANT {right} ON {thing} TO {app}")
    for table, policy in _POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        check = _WRITTEN.get(table, policy)
        op.execute(f"CREATE POLICY sight ON {table} USING ({policy}) WITH CHECK ({check})")
