-- Sessions of users. A session that is ended is deleted at once, with all its tokens; one that was not refreshed in
-- time has expired, and is deleted later.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY, -- UUIDv7, in the order of log-in
    user_id      uuid NOT NULL CONSTRAINT sessions_user_exists REFERENCES users (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    address      text, -- address from which it was last used
    user_agent   text CONSTRAINT sessions_user_agent_has_at_most_200_characters CHECK (char_length(user_agent) <= 200)
);

CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The refresh tokens of a session, as SHA-256 hashes. One of them is valid, for as long as the session is. The others
-- have been spent, and are kept to detect their reuse.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY
               CONSTRAINT refresh_tokens_hash_has_32_bytes CHECK (octet_length(hash) = 32),
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_exists REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    spent_at   timestamptz
);

CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_spending ON refresh_tokens (spent_at) WHERE spent_at IS NOT NULL;
CREATE UNIQUE INDEX refresh_tokens_one_of_a_session_is_good ON refresh_tokens (session_id) WHERE spent_at IS NULL;
