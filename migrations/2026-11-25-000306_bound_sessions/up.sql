-- A session keeps the newest of its spent tokens: with this index they are counted in their order.
DROP INDEX refresh_tokens_by_session;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, spent_at);
