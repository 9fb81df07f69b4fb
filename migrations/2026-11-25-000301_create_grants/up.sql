-- Additional access of users: to all vehicles of an organisation, to a group, or to one vehicle. A grant is deleted
-- with its user or target. Vehicles are deleted softly, so their grants must be deleted explicitly.
CREATE TABLE grants (
    id                    uuid PRIMARY KEY, -- UUIDv7, in the order of creation
    user_id               uuid NOT NULL CONSTRAINT grants_user_exists REFERENCES users (id) ON DELETE CASCADE,
    organization_id       uuid,
    group_id              uuid,
    vehicle_id            uuid,
    -- Organisation of the target, whose administrators may see the grant.
    owner_organization_id uuid NOT NULL
                          CONSTRAINT grants_organization_exists REFERENCES organizations (id) ON DELETE CASCADE,
    created_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT grants_open_one_thing CHECK (num_nonnulls(organization_id, group_id, vehicle_id) = 1),
    CONSTRAINT grants_of_an_organization_are_its_own CHECK (organization_id = owner_organization_id),
    CONSTRAINT grants_group_exists FOREIGN KEY (owner_organization_id, group_id)
        REFERENCES groups (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT grants_vehicle_exists FOREIGN KEY (owner_organization_id, vehicle_id)
        REFERENCES vehicles (organization_id, id) ON DELETE CASCADE,
    -- The target is the first column, so that deleting a target finds its grants by index.
    CONSTRAINT grants_of_an_organization_are_unique UNIQUE (organization_id, user_id),
    CONSTRAINT grants_of_a_group_are_unique UNIQUE (group_id, user_id),
    CONSTRAINT grants_of_a_vehicle_are_unique UNIQUE (vehicle_id, user_id)
);

-- For a user's grants, as pages or to determine its rights, and for pages of an organisation's grants.
CREATE INDEX grants_by_user ON grants (user_id, id);
CREATE INDEX grants_by_owner ON grants (owner_organization_id, id);
