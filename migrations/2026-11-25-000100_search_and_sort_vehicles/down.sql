DROP INDEX vehicles_by_change;
CREATE INDEX vehicles_by_change ON vehicles (updated_at);
DROP INDEX vehicles_by_creation;
DROP INDEX vehicles_by_name;
ALTER TABLE vehicles DROP COLUMN search_text;
DROP FUNCTION search_key;

-- Unless somebody else uses it, or it was there before and is not ours to remove.
DO $$
BEGIN
    DROP EXTENSION pg_trgm;
EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN
    NULL;
END
$$;
