CREATE TABLE consent_text (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    legal_basis VARCHAR(40) NOT NULL,
    approved_by TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_consent_text PRIMARY KEY (id),
    CONSTRAINT uq_consent_text_network_id_purpose_language_version UNIQUE (network_id, purpose, language, version),
    CONSTRAINT fk_consent_text_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT ck_consent_text_legalbasis CHECK (legal_basis IN ('consenso', 'interesse_pubblico', 'obbligo_legale', 'interesse_vitale'))
);

CREATE TABLE basis (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    agency_id UUID,
    given BOOLEAN NOT NULL,
    legal_basis VARCHAR(40) NOT NULL,
    manner VARCHAR(40),
    asked_by_id UUID NOT NULL,
    asked_for_id UUID NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_recorded_at TIMESTAMP WITH TIME ZONE,
    ended_by_id UUID,
    ended_manner TEXT COLLATE "C",
    ended_why VARCHAR(40),
    reviewed_at TIMESTAMP WITH TIME ZONE,
    reviewed_by_id UUID,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_basis PRIMARY KEY (id),
    CONSTRAINT ck_basis_kind_recorded CHECK (kind = 'adesione' OR (kind = 'interesse_vitale' AND until IS NOT NULL)),
    CONSTRAINT fk_basis_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_basis_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT ck_basis_basiskind CHECK (kind IN ('adesione', 'obbligo', 'compito', 'interesse_vitale')),
    CONSTRAINT fk_basis_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT ck_basis_legalbasis CHECK (legal_basis IN ('consenso', 'interesse_pubblico', 'obbligo_legale', 'interesse_vitale')),
    CONSTRAINT ck_basis_manner CHECK (manner IN ('a_voce', 'per_iscritto', 'per_telefono')),
    CONSTRAINT fk_basis_asked_by_id FOREIGN KEY (asked_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_basis_asked_for_id FOREIGN KEY (asked_for_id) REFERENCES agency (id),
    CONSTRAINT fk_basis_ended_by_id FOREIGN KEY (ended_by_id) REFERENCES user_account (id),
    CONSTRAINT ck_basis_basisend CHECK (ended_why IN ('withdrawn', 'answered_again', 'path_ended')),
    CONSTRAINT fk_basis_reviewed_by_id FOREIGN KEY (reviewed_by_id) REFERENCES user_account (id)
);

CREATE INDEX ix_basis_case_id ON basis (case_id);

CREATE INDEX ix_basis_unreviewed ON basis (network_id, recorded_at) WHERE kind = 'interesse_vitale' AND reviewed_at IS NULL;

CREATE UNIQUE INDEX uq_basis_answer ON basis (case_id, purpose, agency_id) NULLS NOT DISTINCT WHERE kind = 'adesione' AND ended_recorded_at IS NULL;

CREATE TABLE case_pause (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    kind VARCHAR(40) NOT NULL,
    manner VARCHAR(40) NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id UUID NOT NULL,
    recorded_for_id UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    resumed_at TIMESTAMP WITH TIME ZONE,
    resumed_recorded_at TIMESTAMP WITH TIME ZONE,
    resumed_by_id UUID,
    CONSTRAINT pk_case_pause PRIMARY KEY (id),
    CONSTRAINT ck_case_pause_a_pause_has_a_date CHECK ((kind = 'pause') = (until IS NOT NULL)),
    CONSTRAINT fk_case_pause_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_case_pause_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT ck_case_pause_pausekind CHECK (kind IN ('pause', 'end')),
    CONSTRAINT ck_case_pause_manner CHECK (manner IN ('a_voce', 'per_iscritto', 'per_telefono')),
    CONSTRAINT fk_case_pause_recorded_by_id FOREIGN KEY (recorded_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_case_pause_recorded_for_id FOREIGN KEY (recorded_for_id) REFERENCES agency (id),
    CONSTRAINT fk_case_pause_resumed_by_id FOREIGN KEY (resumed_by_id) REFERENCES user_account (id)
);

CREATE UNIQUE INDEX uq_case_pause_running ON case_pause (case_id) WHERE resumed_recorded_at IS NULL;

CREATE TABLE deadline_pause (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    deadline_id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_deadline_pause PRIMARY KEY (id),
    CONSTRAINT fk_deadline_pause_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_deadline_pause_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_deadline_pause_deadline_id FOREIGN KEY (deadline_id) REFERENCES deadline (id)
);

CREATE INDEX ix_deadline_pause_case_id ON deadline_pause (case_id);

CREATE INDEX ix_deadline_pause_deadline_id ON deadline_pause (deadline_id);

CREATE UNIQUE INDEX uq_deadline_pause_running ON deadline_pause (deadline_id) WHERE until IS NULL;

ALTER TABLE case_file ADD COLUMN held_since TIMESTAMP WITH TIME ZONE,
    ADD COLUMN held_until TIMESTAMP WITH TIME ZONE;

ALTER TABLE user_task ADD COLUMN held_since TIMESTAMP WITH TIME ZONE;

ALTER TABLE deadline DROP CONSTRAINT ck_deadline_deadlinestatus,
    ADD CONSTRAINT ck_deadline_deadlinestatus CHECK (state IN ('armed', 'paused', 'stopped', 'void'));

ALTER TABLE rung DROP CONSTRAINT ck_rung_rungstatus,
    ADD CONSTRAINT ck_rung_rungstatus CHECK (state IN ('waiting', 'paused', 'fired', 'merged', 'void'));
