-- A name that was entered at a log-in and belongs to no user may be a mistyped password. New entries contain a mark
-- instead. From existing entries the name is removed once, here, as the owner of the table.
ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_only_added_to;
UPDATE audit_log SET actor_name = 'unknown' WHERE action = 'auth.loginFailed' AND subject_id IS NULL;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_only_added_to;
