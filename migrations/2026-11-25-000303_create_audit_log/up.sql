-- Actions and their authors, written in the transaction of the action. There are no foreign keys, because entries
-- outlive the rows that they refer to.
CREATE TABLE audit_log (
    id              uuid PRIMARY KEY, -- UUIDv7: later entries have greater ids
    at              timestamptz NOT NULL, -- the time in the id, for readers of this table
    actor_id        uuid, -- NULL if the author was not authenticated
    actor_name      text NOT NULL, -- the name at that time, or the name that was entered
    address         text,
    request_id      text,
    action          text NOT NULL,
    subject_id      uuid,
    organization_id uuid,
    -- The changed values before and after the action. The type is json for the same reasons as in `maker_config`.
    before          json CONSTRAINT audit_log_before_is_an_object CHECK (json_typeof(before) = 'object'),
    after           json CONSTRAINT audit_log_after_is_an_object CHECK (json_typeof(after) = 'object')
);

-- Filtered pages are sorted by id, newest first, so each index ends with it. Ranges of time are ranges of ids.
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_by_action ON audit_log (action, id);
CREATE INDEX audit_log_by_subject ON audit_log (subject_id, id);
CREATE INDEX audit_log_by_organization ON audit_log (organization_id, id);

-- Entries are never changed or deleted, whichever role is used.
CREATE FUNCTION audit_log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to: no %', TG_OP
        USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'audit_log_is_only_added_to';
END
$$;

CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_only_added_to();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_only_added_to;
