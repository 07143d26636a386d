ALTER TABLE parameter ADD COLUMN switch BOOLEAN,
    ALTER COLUMN length DROP NOT NULL,
    ALTER COLUMN clock DROP NOT NULL,
    ADD CONSTRAINT ck_parameter_one_value CHECK (
        (length IS NULL) = (clock IS NULL) AND (length IS NULL) <> (switch IS NULL)
    );

CREATE TABLE deployed_decision (
    definition_id UUID NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    source BYTEA NOT NULL,
    CONSTRAINT pk_deployed_decision PRIMARY KEY (definition_id, name),
    CONSTRAINT fk_deployed_decision_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id)
);

CREATE TABLE decision_record (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    instance_id UUID NOT NULL,
    definition_id UUID NOT NULL,
    element_id TEXT COLLATE "C" NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_decision_record PRIMARY KEY (id),
    CONSTRAINT fk_decision_record_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_decision_record_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_decision_record_instance_id FOREIGN KEY (instance_id) REFERENCES process_instance (id),
    CONSTRAINT fk_decision_record_definition_id FOREIGN KEY (definition_id) REFERENCES process_definition (id)
);

CREATE INDEX ix_decision_record_case_id ON decision_record (case_id);

CREATE TABLE task_explanation (
    task_id UUID NOT NULL,
    network_id UUID NOT NULL,
    decision_id UUID NOT NULL,
    CONSTRAINT pk_task_explanation PRIMARY KEY (task_id),
    CONSTRAINT fk_task_explanation_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_task_explanation_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_task_explanation_decision_id FOREIGN KEY (decision_id) REFERENCES decision_record (id)
);
