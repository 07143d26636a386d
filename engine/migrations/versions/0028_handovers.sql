CREATE TABLE handover (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    task_id UUID NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    from_agency_id UUID NOT NULL,
    to_agency_id UUID,
    purpose TEXT COLLATE "C" NOT NULL,
    needs VARCHAR(40) NOT NULL,
    duty TEXT,
    fields TEXT[] COLLATE "C" NOT NULL,
    ends_with VARCHAR(40) NOT NULL,
    state VARCHAR(40) NOT NULL,
    basis_id UUID,
    prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    sent_by_id UUID,
    answered_at TIMESTAMP WITH TIME ZONE,
    answered_by_id UUID,
    on_behalf_of_id UUID,
    key_version INTEGER,
    sealed BYTEA,
    CONSTRAINT pk_handover PRIMARY KEY (id),
    CONSTRAINT fk_handover_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_handover_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_handover_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id),
    CONSTRAINT fk_handover_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_handover_from_agency_id FOREIGN KEY (from_agency_id) REFERENCES agency (id),
    CONSTRAINT fk_handover_to_agency_id FOREIGN KEY (to_agency_id) REFERENCES agency (id),
    CONSTRAINT fk_handover_basis_id FOREIGN KEY (basis_id) REFERENCES basis (id),
    CONSTRAINT fk_handover_sent_by_id FOREIGN KEY (sent_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_handover_answered_by_id FOREIGN KEY (answered_by_id) REFERENCES user_account (id),
    CONSTRAINT fk_handover_on_behalf_of_id FOREIGN KEY (on_behalf_of_id) REFERENCES agency (id),
    CONSTRAINT ck_handover_basiskind CHECK (needs IN ('adesione', 'obbligo', 'compito', 'interesse_vitale')),
    CONSTRAINT ck_handover_partend CHECK (ends_with IN ('step', 'process', 'case')),
    CONSTRAINT ck_handover_handoverstate
        CHECK (state IN ('prepare', 'sent', 'accepted', 'declined', 'asked_back', 'revoked', 'done', 'lapsed')),
    CONSTRAINT ck_handover_sent_to_somebody CHECK (state = 'prepare' OR state = 'lapsed' OR to_agency_id IS NOT NULL)
);

CREATE INDEX ix_handover_task_id ON handover (task_id);

CREATE INDEX ix_handover_lane ON handover (case_id, lane);

CREATE UNIQUE INDEX uq_handover_under_way ON handover (task_id) WHERE state IN ('prepare', 'sent', 'accepted');

ALTER TABLE case_participation DROP COLUMN scope,
    ADD COLUMN entered_by VARCHAR(40) NOT NULL DEFAULT 'step'
        CONSTRAINT ck_case_participation_entry CHECK (entered_by IN ('step', 'handover', 'referral')),
    ADD COLUMN purpose TEXT COLLATE "C",
    ADD COLUMN basis_id UUID CONSTRAINT fk_case_participation_basis_id REFERENCES basis (id),
    ADD COLUMN fields TEXT[] COLLATE "C",
    ADD COLUMN handover_id UUID CONSTRAINT fk_case_participation_handover_id REFERENCES handover (id),
    ADD COLUMN ends_with VARCHAR(40)
        CONSTRAINT ck_case_participation_partend CHECK (ends_with IN ('step', 'process', 'case')),
    ADD COLUMN ended_why TEXT COLLATE "C";

ALTER TABLE case_participation ALTER COLUMN entered_by DROP DEFAULT;

ALTER TABLE user_task ADD COLUMN handover VARCHAR(40)
    CONSTRAINT ck_user_task_baton CHECK (handover IN ('prepare', 'sent', 'accepted'));

ALTER TABLE deadline DROP CONSTRAINT ck_deadline_deadlineclock,
    ADD CONSTRAINT ck_deadline_deadlineclock CHECK (clock IN ('sending', 'reception', 'conclusion'));
