-- Finds the addresses of recent log-ins of a user quickly, even while its password is being guessed.
CREATE INDEX audit_log_by_log_in ON audit_log (actor_id, id) WHERE action = 'auth.login';
