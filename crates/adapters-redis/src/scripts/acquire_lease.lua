-- Acquires a lease, or renews it for its holder.
-- KEYS: the lease, which contains its holder and expires with it.
-- ARGV: the caller, and the duration in milliseconds.
-- Returns 1 if the caller has the lease from now on, and 0 if another holder has it. A key of another type, or one that
-- does not expire within the duration, was written by another program and is replaced.
local caller, duration = ARGV[1], tonumber(ARGV[2])
local holder = redis.pcall('GET', KEYS[1])
if type(holder) == 'string' and holder ~= caller then
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left <= duration then return 0 end
end
redis.call('SET', KEYS[1], caller, 'PX', duration)
return 1
