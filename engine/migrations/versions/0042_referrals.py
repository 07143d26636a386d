"""Keep referrals to other networks: where one is received, and the two ends of each.

Who is asked in another network has no case yet, so a notice may be about none.

Revision ID: 0042
Create Date: 2026-11-23
"""

from __future__ import annotations

from alembic import context, op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_STATES = "'sent', 'accepted', 'declined', 'asked_back', 'revoked', 'expired'"
_TABLES = f"""
CREATE TABLE reception (
    network_id UUID NOT NULL,
    name TEXT NOT NULL,
    agency_id UUID NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reception PRIMARY KEY (network_id),
    CONSTRAINT fk_reception_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_reception_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id)
);
CREATE TABLE referral (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    from_agency_id UUID NOT NULL,
    to_network_id UUID NOT NULL,
    to_agency_id UUID NOT NULL,
    to_name TEXT NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    basis_id UUID,
    state VARCHAR(40) NOT NULL,
    sent_by_id UUID NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    warned INTEGER NOT NULL,
    climbs_at TIMESTAMP WITH TIME ZONE,
    answered_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    key_version INTEGER,
    sealed BYTEA,
    CONSTRAINT pk_referral PRIMARY KEY (id),
    CONSTRAINT ck_referral_answered CHECK ((state = 'sent') = (answered_at IS NULL)),
    CONSTRAINT ck_referral_referralstate CHECK (state IN ({_STATES})),
    CONSTRAINT fk_referral_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_referral_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_referral_from_agency_id FOREIGN KEY (from_agency_id) REFERENCES agency (id),
    CONSTRAINT fk_referral_to_network_id FOREIGN KEY (to_network_id) REFERENCES network (id),
    CONSTRAINT fk_referral_to_agency_id FOREIGN KEY (to_agency_id) REFERENCES agency (id),
    CONSTRAINT fk_referral_basis_id FOREIGN KEY (basis_id) REFERENCES basis (id),
    CONSTRAINT fk_referral_sent_by_id FOREIGN KEY (sent_by_id) REFERENCES user_account (id)
);
CREATE TABLE received_referral (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    definition_id UUID NOT NULL,
    from_name TEXT NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    fields TEXT[] COLLATE "C" NOT NULL,
    state VARCHAR(40) NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    answered_by_id UUID,
    new_case_id UUID,
    key_version INTEGER,
    sealed BYTEA,
    CONSTRAINT pk_received_referral PRIMARY KEY (id),
    CONSTRAINT ck_received_referral_package CHECK ((state = 'sent') = (sealed IS NOT NULL)),
    CONSTRAINT ck_received_referral_taken_on CHECK ((state = 'accepted') = (new_case_id IS NOT NULL)),
    CONSTRAINT ck_received_referral_referralstate CHECK (state IN ({_STATES})),
    CONSTRAINT fk_received_referral_id FOREIGN KEY (id) REFERENCES referral (id),
    CONSTRAINT fk_received_referral_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_received_referral_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_received_referral_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id),
    CONSTRAINT fk_received_referral_answered_by_id FOREIGN KEY (answered_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_received_referral_new_case_id FOREIGN KEY (new_case_id) REFERENCES case_file (id)
)
"""
_INDEXES = (
    "CREATE UNIQUE INDEX uq_referral_under_way ON referral (case_id) WHERE state = 'sent'",
    "CREATE INDEX ix_referral_case_id ON referral (case_id)",
    "CREATE INDEX ix_referral_climbs ON referral (climbs_at) WHERE climbs_at IS NOT NULL",
    "CREATE INDEX ix_received_referral_agency ON received_referral (agency_id, sent_at)",
    "CREATE INDEX ix_received_referral_new_case_id ON received_referral (new_case_id)",
)
# As in 0001: beyond reading. What was sent, to whom and for what, is never changed.
PRIVILEGES = {
    "reception": ["INSERT", "UPDATE (name, agency_id, process, since)", "DELETE"],
    "referral": [
        "INSERT",
        "UPDATE (basis_id, state, warned, climbs_at, answered_at, settled_at, key_version, sealed)",
    ],
    "received_referral": [
        "INSERT",
        "UPDATE (state, answered_at, answered_by_id, new_case_id, key_version, sealed)",
    ],
}

# As in 0037. The sender's end is shown as its case is, the receiver's to the agency that is asked.
_EVERYTHING = "nullif(current_setting('staffetta.reach', true) = 'everything', false) IS NOT NULL"
_SEEN = "case_id::text = current_setting('staffetta.case', true)", "sight_of(case_id)"
_HERE = "network_id = (SELECT nullif(current_setting('staffetta.network', true), '')::uuid)"
_MINE = "ANY ((SELECT nullif(current_setting('staffetta.agencies', true), '')::uuid[])::uuid[])"
_MEMBER_OF = "ANY ((SELECT nullif(current_setting('staffetta.member_of', true), '')::uuid[])::uuid[])"
_HER = "user_id = (SELECT nullif(current_setting('staffetta.person', true), '')::uuid)"
_OVERSEEN = (
    "network_id = (SELECT CASE current_setting('staffetta.reach', true) WHEN 'network'"
    " THEN nullif(current_setting('staffetta.network', true), '')::uuid END)"
)
_ADMITTED = "(case_id IS NULL OR case_id <> ALL ((SELECT sight_kept_out())::uuid[]))"
_NOTICE = (
    f"{_EVERYTHING} OR {_SEEN[0]} OR ({_ADMITTED} AND ({_OVERSEEN} OR {_HER} OR agency_id = {_MEMBER_OF}))"
    f" OR {_SEEN[1]}"
)
_POLICIES = {
    "referral": f"{_EVERYTHING} OR {_SEEN[0]} OR {_SEEN[1]}",
    "received_referral": f"{_EVERYTHING} OR ({_HERE} AND agency_id = {_MINE})",
}
_ABOUT = f"""
CREATE OR REPLACE VIEW notice_about WITH (security_barrier) AS
SELECT notice.id, case_file.code, case_file.held_since, user_task.agency_id, user_task.proxy_id, user_task.state,
    user_task.handover, deadline.clock, deadline.state AS clock_state,
    coalesce(deadline.happened_at, user_task.happened_at) AS happened_at
FROM (SELECT * FROM notice WHERE {_NOTICE}) AS notice
    LEFT JOIN case_file ON case_file.id = notice.case_id
    LEFT JOIN user_task ON user_task.id = notice.task_id LEFT JOIN deadline ON deadline.id = notice.deadline_id
"""  # noqa: S608 - our own words  # nosec B608


def upgrade() -> None:
    """Create the tables and their policies, and let a notice be about no case."""
    app = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in (*_TABLES.split(";\n"), *_INDEXES):
        op.execute(statement)
    for table, privileges in PRIVILEGES.items():
        op.execute(f"GRANT SELECT, {', '.join(privileges)} ON {table} TO {app}")
    for table, policy in _POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY sight ON {table} USING ({policy}) WITH CHECK ({policy})")
    op.execute("ALTER TABLE notice ALTER COLUMN case_id DROP NOT NULL")
    op.execute(_ABOUT)
    op.execute(f"ALTER POLICY sight ON notice USING ({_NOTICE}) WITH CHECK ({_NOTICE})")
