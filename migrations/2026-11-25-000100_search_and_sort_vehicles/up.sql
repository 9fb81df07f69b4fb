-- Trigrams of texts; whoever may create things in a database may have this extension in it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- A text as it is searched: capital and small letters are the same, in every script and however the database was
-- set up. What is stored and what is looked for both go through it.
CREATE FUNCTION search_key(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower($1 COLLATE "und-x-icu") $$;

-- No text of a vehicle has a line feed, so nothing is found across two of them.
ALTER TABLE vehicles ADD COLUMN search_text text NOT NULL
    GENERATED ALWAYS AS (search_key(name || E'\n' || manufacturer || E'\n' || coalesce(model, ''))) STORED;
-- How many vehicles a text finds is judged by a sample: a hundred are too few to tell a rare text from a frequent one.
ALTER TABLE vehicles ALTER COLUMN search_text SET STATISTICS 1000;

CREATE INDEX vehicles_by_text ON vehicles USING gin (search_text gin_trgm_ops) WHERE deleted_at IS NULL;

-- Pages of each order, upwards and downwards; the id decides between equals. By status: the index is there already.
-- Names are sorted byte by byte, ASCII capitals as small letters, however the database was set up.
CREATE INDEX vehicles_by_name ON vehicles (lower(name COLLATE "C"), id) WHERE deleted_at IS NULL;
CREATE INDEX vehicles_by_creation ON vehicles (created_at, id) WHERE deleted_at IS NULL;
DROP INDEX vehicles_by_change;
CREATE INDEX vehicles_by_change ON vehicles (updated_at, id) WHERE deleted_at IS NULL;
