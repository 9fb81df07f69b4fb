DROP TABLE audit_log;
DROP FUNCTION audit_log_is_only_added_to;
