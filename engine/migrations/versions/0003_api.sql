CREATE TABLE api_token (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    user_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT[] COLLATE "C" NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_token PRIMARY KEY (id),
    CONSTRAINT ck_api_token_scopes CHECK (scopes <@ ARRAY['read', 'work', 'deploy', 'messages']::text[] AND cardinality(scopes) > 0),
    CONSTRAINT fk_api_token_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_api_token_user_id FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT uq_api_token_token_hash UNIQUE (token_hash)
);

CREATE INDEX ix_api_token_network_id ON api_token (network_id);

CREATE INDEX ix_api_token_user_id ON api_token (user_id);

CREATE TABLE stored_answer (
    network_id UUID NOT NULL,
    user_id UUID NOT NULL,
    key_hash BYTEA NOT NULL,
    fingerprint BYTEA NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    body BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_stored_answer PRIMARY KEY (network_id, user_id, key_hash),
    CONSTRAINT fk_stored_answer_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_stored_answer_user_id FOREIGN KEY (user_id) REFERENCES user_account (id)
);

CREATE INDEX ix_stored_answer_created_at ON stored_answer (created_at);
