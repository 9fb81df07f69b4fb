-- What somebody typed as a name that no user has may be a password. New entries have a mark in its place; of those that
-- are there already the name is taken out, which the owner of the table may do this once.
ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_only_added_to;
UPDATE audit_log SET actor_name = 'unknown' WHERE action = 'auth.loginFailed' AND subject_id IS NULL;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_only_added_to;
