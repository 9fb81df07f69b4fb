-- The removed names cannot be restored.
SELECT 1;
