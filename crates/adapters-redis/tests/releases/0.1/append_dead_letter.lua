-- The script with which servers of release 0.1 store a dead letter.
-- KEYS: the stream, and the recent counts of the letter.
-- ARGV: the server, the maximum delay between servers in milliseconds, the stream's length, and the letter's fields.
local server, slowness, length = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)

local known = redis.call('HMGET', KEYS[2], server, 'kept', 'kept_before', 'kept_long_before', 'since')
for index = 1, 5 do known[index] = tonumber(known[index] or '0') end
local heard, kept, before, long_before, since = unpack(known)

if now - since >= slowness then
  long_before = now - since >= 2 * slowness and kept or before
  before, since = kept, now
end
heard = math.max(heard, long_before) + 1
local is_new = heard > kept
if is_new then
  kept = heard
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', length, '*', unpack(ARGV, 4))
end
redis.call('HSET', KEYS[2], server, heard, 'kept', kept, 'kept_before', before, 'kept_long_before', long_before,
  'since', since)
redis.call('PEXPIRE', KEYS[2], 2 * slowness)
return is_new and 1 or 0
