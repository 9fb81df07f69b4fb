-- Takes one from a bucket, if there is one (generic cell rate algorithm).
-- KEYS: the bucket. It holds the time when all will be back; one that is away is full.
-- ARGV: how long one takes to come back, and how many there are in all.
-- Times are microseconds by the clock of this server, which a Lua number holds exactly; written out they must be
-- formatted, or they lose their last digits. Gives {1, how many are left} or {0, how long to wait for one}.
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local period = interval * burst
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]

-- More than all cannot be missing: whoever says so went by a clock that was ahead, or means something else.
local full_at = tonumber(redis.call('GET', KEYS[1]) or '') or now
full_at = math.min(now + period, math.max(now, full_at)) + interval
local spare = now + period - full_at
if spare < 0 then return {0, -spare} end

redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
return {1, math.floor(spare / interval)}
