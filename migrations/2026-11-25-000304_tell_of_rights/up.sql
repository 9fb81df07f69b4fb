-- The log of the registry also records changes of users' rights, upon which every server reads the rights again. The
-- vehicle of such a row is JSON's null. An older server reads the row as an unknown change, and reloads the registry.
ALTER TABLE outbox
    ADD COLUMN user_id uuid,
    ALTER COLUMN vehicle SET DEFAULT 'null',
    DROP CONSTRAINT outbox_change_is_known,
    ADD CONSTRAINT outbox_change_is_known CHECK (change IN ('ADDED', 'CHANGED', 'REMOVED', 'RIGHTS')),
    ADD CONSTRAINT outbox_rights_are_of_a_user CHECK ((user_id IS NOT NULL) = (change = 'RIGHTS')),
    ADD CONSTRAINT outbox_changes_are_of_a_vehicle
        CHECK ((json_typeof(vehicle) = 'object') = (change <> 'RIGHTS'));
