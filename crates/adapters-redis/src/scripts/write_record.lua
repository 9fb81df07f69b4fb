-- Writes a vehicle's position and state, each unless a newer one is there.
-- KEYS: position hash, state hash, last update.
-- ARGV: milliseconds to live, last update, then for the position and for the state: its timestamp (empty: unknown, and
--       nothing follows), the number of its fields, and each field's name and text (empty: the field goes).
-- Times are Unix milliseconds, which a Lua number holds exactly. Gives 1 for a written position plus 2 for a state.
local LATEST = 253402300799999
local ttl, at = tonumber(ARGV[1]), 3

-- What is no time, or none that anybody could mean, does not hold back what is known.
local function is_newer(stored, offered)
  stored = tonumber(stored or '')
  return not stored or stored <= tonumber(offered) or stored > LATEST
end

local function write(key, time_field)
  local time = ARGV[at]
  at = at + 1
  if time == '' then return false end
  local first, last = at + 1, at + 2 * tonumber(ARGV[at])
  at = last + 1
  if not is_newer(redis.call('HGET', key, time_field), time) then return false end

  local said, gone = {}, {}
  for index = first, last, 2 do
    if ARGV[index + 1] == '' then
      gone[#gone + 1] = ARGV[index]
    else
      said[#said + 1] = ARGV[index]
      said[#said + 1] = ARGV[index + 1]
    end
  end
  redis.call('HSET', key, unpack(said))
  if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
  redis.call('PEXPIRE', key, ttl)
  return true
end

local written = 0
if write(KEYS[1], 'timestamp') then written = written + 1 end
if write(KEYS[2], 'lastUpdateTime') then written = written + 2 end
if written > 0 and is_newer(redis.call('GET', KEYS[3]), ARGV[2]) then
  redis.call('SET', KEYS[3], ARGV[2], 'PX', ttl)
end
return written
