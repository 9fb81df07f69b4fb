-- Servers that have not read these rows yet find a gap, and reload the whole registry.
DELETE FROM outbox WHERE change = 'RIGHTS';
ALTER TABLE outbox
    DROP CONSTRAINT outbox_changes_are_of_a_vehicle,
    DROP CONSTRAINT outbox_rights_are_of_a_user,
    DROP CONSTRAINT outbox_change_is_known,
    ADD CONSTRAINT outbox_change_is_known CHECK (change IN ('ADDED', 'CHANGED', 'REMOVED')),
    ALTER COLUMN vehicle DROP DEFAULT,
    DROP COLUMN user_id;
