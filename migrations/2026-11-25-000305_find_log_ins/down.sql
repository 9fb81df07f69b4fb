DROP INDEX audit_log_by_log_in;
