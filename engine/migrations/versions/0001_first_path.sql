-- All tables of the first path, executed by 0001_first_path.py (which also grants what the application may do with them).
-- A statement ends with a semicolon at the end of a line. Text keys are COLLATE "C": sorted alike on every server.

CREATE TABLE agency (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    channel VARCHAR(40) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_agency PRIMARY KEY (id),
    CONSTRAINT ck_agency_channel CHECK (channel IN ('portale', 'telefono', 'pec'))
);

CREATE TABLE login_failure (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    key TEXT COLLATE "C" NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_login_failure PRIMARY KEY (id)
);

CREATE INDEX ix_login_failure_at ON login_failure (at);

CREATE INDEX ix_login_failure_key_at ON login_failure (key, at);

CREATE TABLE network (
    id UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_network PRIMARY KEY (id),
    CONSTRAINT uq_network_key UNIQUE (key)
);

CREATE TABLE user_account (
    id UUID NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    language VARCHAR(40) NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_user_account PRIMARY KEY (id),
    CONSTRAINT uq_user_account_username UNIQUE (username),
    CONSTRAINT ck_user_account_language CHECK (language IN ('it', 'en'))
);

CREATE TABLE audit_entry (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    network_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id UUID,
    action TEXT COLLATE "C" NOT NULL,
    subject_type TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (id),
    CONSTRAINT fk_audit_entry_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_audit_entry_actor_id FOREIGN KEY (actor_id) REFERENCES user_account (id)
);

CREATE INDEX ix_audit_entry_network_id_at ON audit_entry (network_id, at);

CREATE INDEX ix_audit_entry_subject_type_subject_id ON audit_entry (subject_type, subject_id);

CREATE TABLE case_file (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    state VARCHAR(40) NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_by_id UUID,
    opened_by_agency_id UUID,
    closed_at TIMESTAMP WITH TIME ZONE,
    next_due_at TIMESTAMP WITH TIME ZONE,
    version INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    attempted_at TIMESTAMP WITH TIME ZONE,
    retry_at TIMESTAMP WITH TIME ZONE,
    failure_code TEXT COLLATE "C",
    CONSTRAINT pk_case_file PRIMARY KEY (id),
    CONSTRAINT uq_case_file_network_id_code UNIQUE (network_id, code),
    CONSTRAINT fk_case_file_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT ck_case_file_casestatus CHECK (state IN ('open', 'closed', 'cancelled')),
    CONSTRAINT fk_case_file_opened_by_id FOREIGN KEY (opened_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_case_file_opened_by_agency_id FOREIGN KEY (opened_by_agency_id) REFERENCES agency (id)
);

CREATE INDEX ix_case_file_due ON case_file (next_due_at) WHERE next_due_at IS NOT NULL;

CREATE TABLE deployment (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    deployed_by_id UUID,
    deployed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_deployment PRIMARY KEY (id),
    CONSTRAINT fk_deployment_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_deployment_deployed_by_id FOREIGN KEY (deployed_by_id) REFERENCES user_account (id)
);

CREATE INDEX ix_deployment_network_id ON deployment (network_id);

CREATE TABLE membership (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    user_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    role VARCHAR(40) NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (id),
    CONSTRAINT uq_membership_user_id_network_id_agency_id_role UNIQUE (user_id, network_id, agency_id, role),
    CONSTRAINT fk_membership_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_membership_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_membership_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT ck_membership_role
        CHECK (role IN ('operatrice', 'responsabile', 'coordinamento', 'progettista', 'amministratore'))
);

CREATE INDEX ix_membership_agency_id ON membership (agency_id);

CREATE INDEX ix_membership_network_id ON membership (network_id);

CREATE TABLE network_agency (
    network_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    services TEXT[] COLLATE "C" NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_network_agency PRIMARY KEY (network_id, agency_id),
    CONSTRAINT fk_network_agency_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_network_agency_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id)
);

CREATE INDEX ix_network_agency_agency_id ON network_agency (agency_id);

CREATE TABLE parameter (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    length TEXT COLLATE "C" NOT NULL,
    clock VARCHAR(40) NOT NULL,
    escalation_class VARCHAR(40),
    nature VARCHAR(40) NOT NULL,
    tag TEXT NOT NULL,
    title_it TEXT NOT NULL,
    title_en TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    approved_by TEXT NOT NULL,
    CONSTRAINT pk_parameter PRIMARY KEY (id),
    CONSTRAINT uq_parameter_network_id_name_version UNIQUE (network_id, name, version),
    CONSTRAINT fk_parameter_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT ck_parameter_parameterclock CHECK (clock IN ('H')),
    CONSTRAINT ck_parameter_escalationclass CHECK (escalation_class IN ('E0', 'E1', 'E2', 'E3')),
    CONSTRAINT ck_parameter_nature CHECK (nature IN ('legge', 'protocollo', 'interno'))
);

CREATE TABLE user_session (
    token_hash BYTEA NOT NULL,
    user_id UUID NOT NULL,
    network_id UUID,
    data JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_user_session PRIMARY KEY (token_hash),
    CONSTRAINT fk_user_session_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_user_session_network_id FOREIGN KEY (network_id) REFERENCES network (id)
);

CREATE INDEX ix_user_session_last_seen_at ON user_session (last_seen_at);

CREATE INDEX ix_user_session_user_id ON user_session (user_id);

CREATE TABLE case_key (
    case_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    version INTEGER NOT NULL,
    wrapped BYTEA NOT NULL,
    wrapping_key_id TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    destroyed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_key PRIMARY KEY (case_id, controller_id, version),
    CONSTRAINT fk_case_key_case_id FOREIGN KEY (case_id) REFERENCES case_file (id)
);

CREATE TABLE case_participation (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    agency_id UUID NOT NULL,
    basis TEXT COLLATE "C" NOT NULL,
    scope JSONB NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_participation PRIMARY KEY (id),
    CONSTRAINT fk_case_participation_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_case_participation_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_case_participation_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id)
);

CREATE INDEX ix_case_participation_agency ON case_participation (agency_id, case_id);

CREATE INDEX ix_case_participation_case_id ON case_participation (case_id);

CREATE UNIQUE INDEX uq_case_participation_lane ON case_participation (case_id, lane) WHERE until IS NULL;

CREATE TABLE process_definition (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    deployment_id UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    digest TEXT COLLATE "C" NOT NULL,
    bpmn BYTEA NOT NULL,
    deployed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_process_definition PRIMARY KEY (id),
    CONSTRAINT uq_process_definition_network_id_key_version UNIQUE (network_id, key, version),
    CONSTRAINT fk_process_definition_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_process_definition_deployment_id FOREIGN KEY (deployment_id) REFERENCES deployment (id)
);

CREATE INDEX ix_process_definition_deployment_id ON process_definition (deployment_id);

CREATE TABLE called_definition (
    definition_id UUID NOT NULL,
    called_key TEXT COLLATE "C" NOT NULL,
    called_definition_id UUID NOT NULL,
    CONSTRAINT pk_called_definition PRIMARY KEY (definition_id, called_key),
    CONSTRAINT fk_called_definition_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id),
    CONSTRAINT fk_called_definition_called_definition_id
        FOREIGN KEY (called_definition_id) REFERENCES process_definition (id)
);

CREATE TABLE deployed_form (
    definition_id UUID NOT NULL,
    form_id TEXT COLLATE "C" NOT NULL,
    source BYTEA NOT NULL,
    CONSTRAINT pk_deployed_form PRIMARY KEY (definition_id, form_id),
    CONSTRAINT fk_deployed_form_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id)
);

CREATE TABLE process_instance (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    definition_id UUID NOT NULL,
    state VARCHAR(40) NOT NULL,
    outcome TEXT COLLATE "C",
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_process_instance PRIMARY KEY (id),
    CONSTRAINT fk_process_instance_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_process_instance_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_process_instance_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id),
    CONSTRAINT ck_process_instance_instancestatus CHECK (state IN ('running', 'completed', 'cancelled', 'failed'))
);

CREATE INDEX ix_process_instance_case_id ON process_instance (case_id);

CREATE INDEX ix_process_instance_definition_id ON process_instance (definition_id);

CREATE TABLE case_state (
    instance_id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    format INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_case_state PRIMARY KEY (instance_id),
    CONSTRAINT fk_case_state_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id),
    CONSTRAINT fk_case_state_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_case_state_case_id FOREIGN KEY (case_id) REFERENCES case_file (id)
);

CREATE INDEX ix_case_state_case_id ON case_state (case_id);

CREATE TABLE incident (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID,
    token_id TEXT COLLATE "C",
    element_id TEXT COLLATE "C",
    code TEXT COLLATE "C" NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    resolved_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_incident PRIMARY KEY (id),
    CONSTRAINT fk_incident_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_incident_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_incident_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id)
);

CREATE INDEX ix_incident_case_id ON incident (case_id);

CREATE INDEX ix_incident_unresolved ON incident (network_id, raised_at) WHERE resolved_at IS NULL;

CREATE TABLE message_subscription (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    element_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    correlation_key TEXT COLLATE "C" NOT NULL,
    CONSTRAINT pk_message_subscription PRIMARY KEY (id),
    CONSTRAINT fk_message_subscription_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_message_subscription_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_message_subscription_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id)
);

CREATE INDEX ix_message_subscription_case_id ON message_subscription (case_id);

CREATE INDEX ix_message_subscription_instance_id ON message_subscription (instance_id);

CREATE INDEX ix_message_subscription_network_id_name_correlation_key
    ON message_subscription (network_id, name, correlation_key);

CREATE TABLE timer (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    element_id TEXT COLLATE "C" NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_timer PRIMARY KEY (id),
    CONSTRAINT fk_timer_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_timer_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_timer_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id)
);

CREATE INDEX ix_timer_case_id ON timer (case_id);

CREATE INDEX ix_timer_due_at ON timer (due_at);

CREATE INDEX ix_timer_instance_id ON timer (instance_id);

CREATE TABLE user_task (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    definition_id UUID NOT NULL,
    element_id TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    agency_id UUID NOT NULL,
    form_id TEXT COLLATE "C",
    state VARCHAR(40) NOT NULL,
    assignee_id UUID,
    revision INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    claim_happened_at TIMESTAMP WITH TIME ZONE,
    completed_at TIMESTAMP WITH TIME ZONE,
    happened_at TIMESTAMP WITH TIME ZONE,
    completed_by_id UUID,
    on_behalf_of_id UUID,
    closed_reason TEXT COLLATE "C",
    CONSTRAINT pk_user_task PRIMARY KEY (id),
    CONSTRAINT fk_user_task_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_user_task_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_user_task_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id),
    CONSTRAINT fk_user_task_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id),
    CONSTRAINT fk_user_task_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT ck_user_task_taskstatus CHECK (state IN ('open', 'claimed', 'completed', 'cancelled')),
    CONSTRAINT fk_user_task_assignee_id FOREIGN KEY (assignee_id) REFERENCES user_account (id),
    CONSTRAINT fk_user_task_completed_by_id FOREIGN KEY (completed_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_user_task_on_behalf_of_id FOREIGN KEY (on_behalf_of_id) REFERENCES agency (id)
);

CREATE INDEX ix_user_task_assignee ON user_task (assignee_id) WHERE state = 'claimed';

CREATE INDEX ix_user_task_case_id ON user_task (case_id);

CREATE INDEX ix_user_task_inbox ON user_task (agency_id, network_id, created_at) WHERE state IN ('open', 'claimed');

CREATE INDEX ix_user_task_instance_id_element_id ON user_task (instance_id, element_id);

CREATE TABLE case_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID,
    task_id UUID,
    agency_id UUID,
    actor_id UUID,
    on_behalf_of_id UUID,
    kind TEXT COLLATE "C" NOT NULL,
    element_id TEXT COLLATE "C",
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key_version INTEGER,
    sealed BYTEA,
    CONSTRAINT pk_case_event PRIMARY KEY (id),
    CONSTRAINT fk_case_event_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_case_event_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_case_event_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id),
    CONSTRAINT fk_case_event_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_case_event_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_case_event_actor_id FOREIGN KEY (actor_id) REFERENCES user_account (id),
    CONSTRAINT fk_case_event_on_behalf_of_id FOREIGN KEY (on_behalf_of_id) REFERENCES agency (id)
);

CREATE INDEX ix_case_event_case_id_id ON case_event (case_id, id);

CREATE TABLE deadline (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    agency_id UUID NOT NULL,
    clock VARCHAR(40) NOT NULL,
    parameter TEXT COLLATE "C" NOT NULL,
    escalation_class VARCHAR(40),
    nature VARCHAR(40) NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE,
    stopped_at TIMESTAMP WITH TIME ZONE,
    kept BOOLEAN,
    CONSTRAINT pk_deadline PRIMARY KEY (id),
    CONSTRAINT uq_deadline_task_id_clock UNIQUE (task_id, clock),
    CONSTRAINT fk_deadline_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_deadline_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_deadline_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_deadline_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT ck_deadline_deadlineclock CHECK (clock IN ('reception', 'conclusion')),
    CONSTRAINT ck_deadline_escalationclass CHECK (escalation_class IN ('E0', 'E1', 'E2', 'E3')),
    CONSTRAINT ck_deadline_nature CHECK (nature IN ('legge', 'protocollo', 'interno')),
    CONSTRAINT ck_deadline_deadlinestatus CHECK (state IN ('armed', 'stopped', 'void'))
);

CREATE INDEX ix_deadline_armed ON deadline (network_id, due_at) WHERE state = 'armed';

CREATE INDEX ix_deadline_case_id ON deadline (case_id);

CREATE TABLE draft (
    task_id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    saved_by_id UUID NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_draft PRIMARY KEY (task_id),
    CONSTRAINT fk_draft_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_draft_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_draft_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_draft_saved_by_id FOREIGN KEY (saved_by_id) REFERENCES user_account (id)
);

CREATE INDEX ix_draft_case_id ON draft (case_id);

CREATE TABLE form_submission (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    corrects_id UUID,
    submitted_by_id UUID NOT NULL,
    on_behalf_of_id UUID,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_form_submission PRIMARY KEY (id),
    CONSTRAINT fk_form_submission_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_form_submission_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_form_submission_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT ck_form_submission_submissionkind CHECK (kind IN ('answer', 'correction')),
    CONSTRAINT fk_form_submission_corrects_id FOREIGN KEY (corrects_id) REFERENCES form_submission (id),
    CONSTRAINT fk_form_submission_submitted_by_id FOREIGN KEY (submitted_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_form_submission_on_behalf_of_id FOREIGN KEY (on_behalf_of_id) REFERENCES agency (id)
);

CREATE INDEX ix_form_submission_case_id ON form_submission (case_id);

CREATE INDEX ix_form_submission_corrects_id ON form_submission (corrects_id);

CREATE INDEX ix_form_submission_task_id ON form_submission (task_id);

CREATE TABLE notice (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID,
    deadline_id UUID,
    kind TEXT COLLATE "C" NOT NULL,
    channel VARCHAR(40) NOT NULL,
    user_id UUID,
    agency_id UUID,
    role VARCHAR(40),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    read_by_id UUID,
    CONSTRAINT pk_notice PRIMARY KEY (id),
    CONSTRAINT ck_notice_addressed
        CHECK ((user_id IS NOT NULL AND agency_id IS NULL AND role IS NULL) OR (user_id IS NULL AND role IS NOT NULL)),
    CONSTRAINT fk_notice_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_notice_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_notice_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_notice_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id),
    CONSTRAINT ck_notice_noticechannel CHECK (channel IN ('inbox')),
    CONSTRAINT fk_notice_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT fk_notice_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT ck_notice_role
        CHECK (role IN ('operatrice', 'responsabile', 'coordinamento', 'progettista', 'amministratore')),
    CONSTRAINT fk_notice_read_by_id FOREIGN KEY (read_by_id) REFERENCES user_account (id)
);

CREATE INDEX ix_notice_case_id ON notice (case_id);

CREATE INDEX ix_notice_deadline_id ON notice (deadline_id);

CREATE INDEX ix_notice_person ON notice (user_id, created_at) WHERE user_id IS NOT NULL;

CREATE INDEX ix_notice_role ON notice (network_id, role, agency_id, created_at) WHERE role IS NOT NULL;

CREATE TABLE rung (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    step VARCHAR(40) NOT NULL,
    position INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR(40) NOT NULL,
    fired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_rung PRIMARY KEY (id),
    CONSTRAINT uq_rung_deadline_id_position UNIQUE (deadline_id, position),
    CONSTRAINT fk_rung_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_rung_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_rung_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id),
    CONSTRAINT ck_rung_rungstep CHECK (step IN ('reminder', 'breach', 'coordination')),
    CONSTRAINT ck_rung_rungstatus CHECK (state IN ('waiting', 'fired', 'merged', 'void'))
);

CREATE INDEX ix_rung_case_id ON rung (case_id);

CREATE INDEX ix_rung_waiting ON rung (due_at) WHERE state = 'waiting';
