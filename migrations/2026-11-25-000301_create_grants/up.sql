-- What users were given to see: all of an organisation, a group, or one vehicle. They go with their user and their
-- target; vehicles are deleted softly, so those who delete one take its grants away themselves.
CREATE TABLE grants (
    id                    uuid PRIMARY KEY, -- version 7: in the order in which they were made
    user_id               uuid NOT NULL CONSTRAINT grants_user_exists REFERENCES users (id) ON DELETE CASCADE,
    organization_id       uuid,
    group_id              uuid,
    vehicle_id            uuid,
    -- That of what is granted; the administrators who may know of it are found by it.
    owner_organization_id uuid NOT NULL
                          CONSTRAINT grants_organization_exists REFERENCES organizations (id) ON DELETE CASCADE,
    created_at            timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT grants_open_one_thing CHECK (num_nonnulls(organization_id, group_id, vehicle_id) = 1),
    CONSTRAINT grants_of_an_organization_are_its_own CHECK (organization_id = owner_organization_id),
    CONSTRAINT grants_group_exists FOREIGN KEY (owner_organization_id, group_id)
        REFERENCES groups (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT grants_vehicle_exists FOREIGN KEY (owner_organization_id, vehicle_id)
        REFERENCES vehicles (organization_id, id) ON DELETE CASCADE,
    -- What is granted comes first: it is found by these when it goes.
    CONSTRAINT grants_of_an_organization_are_unique UNIQUE (organization_id, user_id),
    CONSTRAINT grants_of_a_group_are_unique UNIQUE (group_id, user_id),
    CONSTRAINT grants_of_a_vehicle_are_unique UNIQUE (vehicle_id, user_id)
);

-- Pages of one user's grants, and all of them whenever somebody asks what it may see; pages of one organisation's.
CREATE INDEX grants_by_user ON grants (user_id, id);
CREATE INDEX grants_by_owner ON grants (owner_organization_id, id);
