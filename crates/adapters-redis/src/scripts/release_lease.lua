-- Gives a lease back.
-- KEYS: the lease, which contains its holder.
-- ARGV: the caller.
-- Returns 1 if the caller had the lease, and 0 otherwise.
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
