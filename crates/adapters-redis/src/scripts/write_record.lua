-- Writes a vehicle's position and state, each unless the key holds a newer one of its series.
-- KEYS: position hash, state hash, last update.
-- ARGV: lifetime in milliseconds; then for the position and for the state: its timestamp (empty: unknown, and nothing
--       follows), the start of its series (0: the first; empty: that of the key), the number of its fields, and
--       each field's name and text (empty: delete the field).
-- Times are Unix milliseconds, which a Lua number holds exactly. Returns 1 for a written position plus 2 for a written
-- state, plus 4 if a key belongs to a later series and was left unchanged. application::ports::SeriesTime defines the
-- series and TOLERANCE. AHEAD is the maximum lead of a valid time over the clock of Redis.
local TOLERANCE, AHEAD = 10000, 5000
local ttl, at = tonumber(ARGV[1]), 2
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)

-- A time too far in the future, or anything but a time, must not block current values.
local function time_in(text)
  local time = tonumber(text or '')
  return time and time >= 0 and time <= now + AHEAD and time or nil
end

-- A key of another type is deleted.
local function read(key, time_field)
  local found = redis.pcall('HMGET', key, time_field, 'series')
  if found.err then
    redis.call('DEL', key)
    return nil, 0
  end
  return time_in(found[1]), time_in(found[2]) or 0
end

local written, newest = 0, nil
local function note(time)
  if time and (not newest or time > newest) then newest = time end
end

local function write(key, time_field, bit)
  local offered, kept, kept_series = ARGV[at], read(key, time_field)
  at = at + 1
  -- `at` stays in sync with the arguments on every path: an absent part has only this one.
  if offered == '' then return note(kept) end
  local series = tonumber(ARGV[at]) or kept_series
  local first, last = at + 2, at + 1 + 2 * tonumber(ARGV[at + 1])
  at = last + 1

  -- A later series overwrites regardless of its timestamp: the robot's clock was set back.
  if kept and series <= kept_series then
    if kept_series - series > TOLERANCE then
      written = written + 4
      return note(kept)
    end
    if tonumber(offered) < kept then return note(kept) end
  end
  local said, gone = {}, {}
  for index = first, last, 2 do
    if ARGV[index + 1] == '' then
      gone[#gone + 1] = ARGV[index]
    else
      said[#said + 1] = ARGV[index]
      said[#said + 1] = ARGV[index + 1]
    end
  end
  if math.max(series, kept_series) > 0 then
    said[#said + 1] = 'series'
    said[#said + 1] = string.format('%.0f', math.max(series, kept_series))
  else
    gone[#gone + 1] = 'series'
  end
  redis.call('HSET', key, unpack(said))
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  redis.call('PEXPIRE', key, ttl)
  written = written + bit
  note(tonumber(offered))
end

write(KEYS[1], 'timestamp', 1)
write(KEYS[2], 'lastUpdateTime', 2)
if written % 4 > 0 then
  redis.call('SET', KEYS[3], string.format('%.0f', newest), 'PX', ttl)
end
-- Both keys may belong to later series, which added 4 twice.
return written >= 8 and written - 4 or written
