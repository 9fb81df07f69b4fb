ALTER TABLE organizations
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT organizations_name_is_unique UNIQUE (name);
UPDATE organizations SET updated_at = created_at;

CREATE TABLE groups (
    id              uuid PRIMARY KEY, -- UUIDv7, in the order of creation
    organization_id uuid NOT NULL CONSTRAINT groups_organization_exists REFERENCES organizations (id),
    name            label NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT groups_name_is_unique UNIQUE (organization_id, name),
    -- Referenced by `group_members`, and used for pages of an organisation's groups.
    CONSTRAINT groups_organization_and_id_are_unique UNIQUE (organization_id, id)
);

-- The same for vehicles. Its index replaces `vehicles_by_organization`.
ALTER TABLE vehicles ADD CONSTRAINT vehicles_organization_and_id_are_unique UNIQUE (organization_id, id);
DROP INDEX vehicles_by_organization;

-- Membership of vehicles in groups of the same organisation. A group must be emptied before it is deleted, because
-- every vehicle that leaves it gets a new version. Deleting the row of a vehicle deletes its memberships.
CREATE TABLE group_members (
    vehicle_id      uuid NOT NULL,
    group_id        uuid NOT NULL,
    organization_id uuid NOT NULL,
    PRIMARY KEY (vehicle_id, group_id),
    CONSTRAINT group_members_are_vehicles_of_its_organization
        FOREIGN KEY (organization_id, vehicle_id) REFERENCES vehicles (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT group_members_have_a_group_of_their_organization
        FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id)
);

CREATE INDEX group_members_by_group ON group_members (group_id, vehicle_id);
