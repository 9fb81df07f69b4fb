DROP TABLE group_members;
CREATE INDEX vehicles_by_organization ON vehicles (organization_id, id) WHERE deleted_at IS NULL;
ALTER TABLE vehicles DROP CONSTRAINT vehicles_organization_and_id_are_unique;
DROP TABLE groups;
ALTER TABLE organizations DROP CONSTRAINT organizations_name_is_unique, DROP COLUMN updated_at;
