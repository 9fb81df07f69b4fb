-- Stores a dead letter once, regardless of the number of servers that received the message.
-- KEYS: the stream, the recent counts of this message, and its recent counts with this reason.
-- ARGV: the server, the maximum delay between servers in milliseconds, the stream's length, and the letter's fields as
--       names and values.
-- The script counts how often each server reported the message. When the count exceeds the number of stored copies, the
-- letter is stored: two equal messages are two letters, and one message that two servers report is one, whichever
-- reasons they give. Returns 1 if the letter was stored, 2 if this replaced a key of another type, and 0 otherwise.
local server, slowness, length = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)

-- Returns the counts in a key, including this report. A key of another type is deleted.
local function counts_in(key)
  local found = redis.pcall('HGETALL', key)
  if found.err then
    redis.call('DEL', key)
    found = {}
  end
  local counts = { [server] = 0, kept = 0, kept_before = 0, kept_long_before = 0, since = 0 }
  for index = 1, #found, 2 do counts[found[index]] = tonumber(found[index + 1]) or 0 end

  -- Copies stored longer ago than the maximum delay have reached every server, except one that started later and never
  -- receives them. Its count is raised to their number.
  local age = now - counts.since
  if age >= slowness then
    counts.kept_long_before = age >= 2 * slowness and counts.kept or counts.kept_before
    counts.kept_before, counts.since = counts.kept, now
  end
  counts[server] = math.max(counts[server], counts.kept_long_before) + 1
  return counts
end

local function save(key, counts)
  local kept = math.max(counts.kept, counts[server])
  redis.call('HSET', key, server, counts[server], 'kept', kept, 'kept_before', counts.kept_before,
    'kept_long_before', counts.kept_long_before, 'since', counts.since)
  redis.call('PEXPIRE', key, 2 * slowness)
end

-- Servers of release 0.1, whose ids have 36 characters instead of 32, count each reason by itself, and only know the
-- third key. A copy that one of them has stored there is not stored again.
local of_message, of_reason = counts_in(KEYS[2]), counts_in(KEYS[3])
local kept_by_older = 0
for name, count in pairs(of_reason) do
  if #name == 36 then kept_by_older = math.max(kept_by_older, count) end
end

local stored = 0
if of_message[server] > of_message.kept and of_reason[server] > kept_by_older then
  stored = 1
  local kind = redis.call('TYPE', KEYS[1]).ok
  if kind ~= 'stream' and kind ~= 'none' then
    redis.call('DEL', KEYS[1])
    stored = 2
  end
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', length, '*', unpack(ARGV, 4))
end
save(KEYS[2], of_message)
save(KEYS[3], of_reason)
return stored
