-- From where a user has logged in lately is asked for while many guess its password.
CREATE INDEX audit_log_by_log_in ON audit_log (actor_id, id) WHERE action = 'auth.login';
