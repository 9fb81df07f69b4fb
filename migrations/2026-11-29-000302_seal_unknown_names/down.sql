-- The names are gone for good.
SELECT 1;
