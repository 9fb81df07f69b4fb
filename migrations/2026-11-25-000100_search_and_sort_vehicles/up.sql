-- Trigram indexes. The extension is trusted: it needs the privilege CREATE on the database, but no superuser.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Lower-case form of a text, so that searches ignore case in every script, independently of the database's locale. It
-- is applied both to the stored texts and to the search term.
CREATE FUNCTION search_key(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT lower($1 COLLATE "und-x-icu") $$;

-- The texts of a vehicle contain no line feeds, so no search term matches across two of them.
ALTER TABLE vehicles ADD COLUMN search_text text NOT NULL
    GENERATED ALWAYS AS (search_key(name || E'\n' || manufacturer || E'\n' || coalesce(model, ''))) STORED;
-- The planner estimates the number of matches from a sample. The default sample cannot tell rare from common texts.
ALTER TABLE vehicles ALTER COLUMN search_text SET STATISTICS 1000;

CREATE INDEX vehicles_by_text ON vehicles USING gin (search_text gin_trgm_ops) WHERE deleted_at IS NULL;

-- For pages in each sort order, ascending and descending, with the id as tie-breaker. The index by status exists.
-- Names are sorted bytewise, ignoring the case of ASCII letters, independently of the database's locale.
CREATE INDEX vehicles_by_name ON vehicles (lower(name COLLATE "C"), id) WHERE deleted_at IS NULL;
CREATE INDEX vehicles_by_creation ON vehicles (created_at, id) WHERE deleted_at IS NULL;
DROP INDEX vehicles_by_change;
CREATE INDEX vehicles_by_change ON vehicles (updated_at, id) WHERE deleted_at IS NULL;
