-- Deletes a key of another type, which another program has written.
-- KEYS: the key.
-- ARGV: the type that the key should have.
-- Returns 1 if the key was deleted, and 0 otherwise. If another server has replaced the key in the meantime, its new
-- content is kept.
if redis.call('TYPE', KEYS[1]).ok == ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
