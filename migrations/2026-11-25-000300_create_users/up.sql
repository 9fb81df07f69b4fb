-- Users who may log in.
CREATE TABLE users (
    id              uuid PRIMARY KEY, -- UUIDv7, in the order of creation
    username        label NOT NULL
                    CONSTRAINT users_username_has_at_most_64_characters CHECK (char_length(username) <= 64)
                    CONSTRAINT users_username_has_no_space CHECK (strpos(username, ' ') = 0),
    -- The form in which names are compared: lower case in every script, computed by the program.
    username_key    text NOT NULL CONSTRAINT users_username_is_unique UNIQUE,
    role            text NOT NULL CONSTRAINT users_role_is_known CHECK (role IN ('ADMIN', 'OPERATOR', 'VIEWER')),
    -- NULL for users of the whole plant.
    organization_id uuid CONSTRAINT users_organization_exists REFERENCES organizations (id),
    is_enabled      boolean NOT NULL DEFAULT true,
    password_hash   text NOT NULL, -- in the PHC string format
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

-- For pages of an organisation's users, and to check whether it has any.
CREATE INDEX users_by_organization ON users (organization_id, id);
-- For the rule that at least one enabled administrator of the whole plant remains.
CREATE INDEX users_who_administer_all ON users (id) WHERE role = 'ADMIN' AND organization_id IS NULL AND is_enabled;
