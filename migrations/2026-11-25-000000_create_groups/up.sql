ALTER TABLE organizations
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT organizations_name_is_unique UNIQUE (name);
UPDATE organizations SET updated_at = created_at;

CREATE TABLE groups (
    id              uuid PRIMARY KEY, -- version 7: in the order in which they were made
    organization_id uuid NOT NULL CONSTRAINT groups_organization_exists REFERENCES organizations (id),
    name            label NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT groups_name_is_unique UNIQUE (organization_id, name),
    -- Lets members refer to a group of their own organisation only; pages of one organisation's groups go by it.
    CONSTRAINT groups_organization_and_id_are_unique UNIQUE (organization_id, id)
);

-- The same for vehicles. It does all that the index it replaces did.
ALTER TABLE vehicles ADD CONSTRAINT vehicles_organization_and_id_are_unique UNIQUE (organization_id, id);
DROP INDEX vehicles_by_organization;

-- Which vehicles are in which groups, both of one organisation. A group is emptied before it is deleted, because
-- every vehicle that leaves it gets a new version; a vehicle that is really removed is in no group any more.
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
