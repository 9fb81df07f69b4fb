-- A session keeps only the newest of its spent tokens. This index returns them in order of spending.
DROP INDEX refresh_tokens_by_session;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, spent_at);
