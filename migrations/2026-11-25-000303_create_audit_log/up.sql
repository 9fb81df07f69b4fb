-- Who did what, written in the transaction of what was done. Nothing refers to other tables: what is written here
-- outlives them.
CREATE TABLE audit_log (
    id              uuid PRIMARY KEY, -- version 7: later ones are greater
    at              timestamptz NOT NULL, -- the time in the id, for who reads this table
    actor_id        uuid, -- none when nobody was known
    actor_name      text NOT NULL, -- at that time; or what was given as a name
    address         text,
    request_id      text,
    action          text NOT NULL,
    subject_id      uuid,
    organization_id uuid,
    -- What was and is not any more, and what is and was not before. As json for the same reasons as makers' settings.
    before          json CONSTRAINT audit_log_before_is_an_object CHECK (json_typeof(before) = 'object'),
    after           json CONSTRAINT audit_log_after_is_an_object CHECK (json_typeof(after) = 'object')
);

-- Pages go by id, the newest first, after a filter: each index ends with it. Times are in the id.
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_by_action ON audit_log (action, id);
CREATE INDEX audit_log_by_subject ON audit_log (subject_id, id);
CREATE INDEX audit_log_by_organization ON audit_log (organization_id, id);

-- What is written stays as it is, whoever connects.
CREATE FUNCTION audit_log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to: no %', TG_OP
        USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'audit_log_is_only_added_to';
END
$$;

CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_only_added_to();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_only_added_to;
