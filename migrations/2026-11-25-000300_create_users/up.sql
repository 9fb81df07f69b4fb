-- Who may log in.
CREATE TABLE users (
    id              uuid PRIMARY KEY, -- version 7: in the order in which they were made
    username        label NOT NULL
                    CONSTRAINT users_username_has_at_most_64_characters CHECK (char_length(username) <= 64)
                    CONSTRAINT users_username_has_no_space CHECK (strpos(username, ' ') = 0),
    -- What names are compared by: in small letters, as the program makes them of every script.
    username_key    text NOT NULL CONSTRAINT users_username_is_unique UNIQUE,
    role            text NOT NULL CONSTRAINT users_role_is_known CHECK (role IN ('ADMIN', 'OPERATOR', 'VIEWER')),
    -- None for those of the whole plant.
    organization_id uuid CONSTRAINT users_organization_exists REFERENCES organizations (id),
    is_enabled      boolean NOT NULL DEFAULT true,
    password_hash   text NOT NULL, -- in the PHC string format
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Pages of one organisation's users; and whether it has any.
CREATE INDEX users_by_organization ON users (organization_id, id);
-- Who keeps the door to everything open.
CREATE INDEX users_who_administer_all ON users (id) WHERE role = 'ADMIN' AND organization_id IS NULL AND is_enabled;
