-- Takes one admission from a bucket, if one is available (generic cell rate algorithm).
-- KEYS: the bucket. It holds the time at which it is full again; a missing key, or one of another type, is a full
--       bucket.
-- ARGV: the time after which one admission is available again, and the capacity of the bucket.
-- Times are microseconds according to the clock of Redis, which a Lua number holds exactly. They must be
-- formatted explicitly, because Lua's default format drops their last digits. Returns {1, remaining admissions} or
-- {0, time to wait}.
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local period = interval * burst
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]

-- A bucket cannot be more than empty: such a value comes from a clock that was ahead, or from another program.
local held = redis.pcall('GET', KEYS[1])
local full_at = tonumber(type(held) == 'string' and held or '') or now
full_at = math.min(now + period, math.max(now, full_at)) + interval
local spare = now + period - full_at
if spare < 0 then return {0, -spare} end

redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000))
return {1, math.floor(spare / interval)}
