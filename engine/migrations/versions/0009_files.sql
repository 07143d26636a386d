CREATE TABLE attachment (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    case_id UUID NOT NULL,
    task_id UUID NOT NULL,
    controller_id UUID NOT NULL,
    handed_in_by_id UUID NOT NULL,
    handed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
    kept_at TIMESTAMP WITH TIME ZONE,
    size INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (id),
    CONSTRAINT fk_attachment_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_attachment_case_id FOREIGN KEY (case_id) REFERENCES case_file (id),
    CONSTRAINT fk_attachment_task_id FOREIGN KEY (task_id) REFERENCES user_task (id),
    CONSTRAINT fk_attachment_handed_in_by_id FOREIGN KEY (handed_in_by_id) REFERENCES user_account (id)
);

CREATE INDEX ix_attachment_case_id ON attachment (case_id);

CREATE INDEX ix_attachment_task_id ON attachment (task_id);

CREATE INDEX ix_attachment_not_kept ON attachment (handed_in_at) WHERE kept_at IS NULL;

CREATE TABLE attachment_part (
    attachment_id UUID NOT NULL,
    number INTEGER NOT NULL,
    network_id UUID NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT pk_attachment_part PRIMARY KEY (attachment_id, number),
    CONSTRAINT fk_attachment_part_attachment_id FOREIGN KEY (attachment_id) REFERENCES attachment (id) ON DELETE CASCADE,
    CONSTRAINT fk_attachment_part_network_id FOREIGN KEY (network_id) REFERENCES network (id)
);
