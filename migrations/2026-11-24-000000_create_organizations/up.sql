-- Constraints on values are declared once, as domains, and apply to every column of that type. They repeat the rules
-- of the crate `domain`, as a safeguard against other programs that write to the database.

-- A short, human-readable text: 1 to 100 characters, trimmed, without control characters (Unicode category Cc).
CREATE DOMAIN label AS text
    CONSTRAINT label_has_1_to_100_characters CHECK (char_length(VALUE) BETWEEN 1 AND 100)
    CONSTRAINT label_is_trimmed CHECK (VALUE = btrim(VALUE))
    CONSTRAINT label_has_no_control_characters CHECK (VALUE !~ '[\u0001-\u001f\u007f-\u009f]');

-- PostgreSQL sorts NaN above every number, so the upper bound excludes it too.
CREATE DOMAIN finite_number AS double precision
    CONSTRAINT number_is_finite CHECK (VALUE > '-Infinity' AND VALUE < 'Infinity');
CREATE DOMAIN positive_number AS double precision
    CONSTRAINT number_is_positive_and_finite CHECK (VALUE > 0 AND VALUE < 'Infinity');
CREATE DOMAIN amount AS double precision
    CONSTRAINT number_is_not_negative_and_finite CHECK (VALUE >= 0 AND VALUE < 'Infinity');

CREATE TABLE organizations (
    id         uuid PRIMARY KEY,
    name       label NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- The organisation of vehicles that are registered by users without an organisation.
INSERT INTO organizations (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'Default');
