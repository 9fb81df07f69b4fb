-- The log of the registry tells of users too: that their rights have changed, which everybody then looks up. The
-- vehicle of such a row is JSON's null: a server that does not know of these rows yet reads them as a change that it
-- does not know, and looks at the registry itself.
ALTER TABLE outbox
    ADD COLUMN user_id uuid,
    ALTER COLUMN vehicle SET DEFAULT 'null',
    DROP CONSTRAINT outbox_change_is_known,
    ADD CONSTRAINT outbox_change_is_known CHECK (change IN ('ADDED', 'CHANGED', 'REMOVED', 'RIGHTS')),
    ADD CONSTRAINT outbox_rights_are_of_a_user CHECK ((user_id IS NOT NULL) = (change = 'RIGHTS')),
    ADD CONSTRAINT outbox_changes_are_of_a_vehicle
        CHECK ((json_typeof(vehicle) = 'object') = (change <> 'RIGHTS'));
