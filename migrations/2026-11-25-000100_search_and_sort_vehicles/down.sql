DROP INDEX vehicles_by_change;
CREATE INDEX vehicles_by_change ON vehicles (updated_at);
DROP INDEX vehicles_by_creation;
DROP INDEX vehicles_by_name;
ALTER TABLE vehicles DROP COLUMN search_text;
DROP FUNCTION search_key;

-- The extension is kept if other objects depend on it, or if this role does not own it.
DO $$
BEGIN
    DROP EXTENSION pg_trgm;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
    NULL;
END
$$;
