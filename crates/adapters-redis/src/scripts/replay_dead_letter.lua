-- Publishes the message of a dead letter and removes the letter, unless it is gone.
-- KEYS: the stream.
-- ARGV: the id of the letter, and the parts of its message, each as a channel and a payload.
-- Returns 1 if the letter existed, and 0 otherwise. Of several calls for one letter, exactly one publishes it.
-- A Redis that rejects writes still accepts PUBLISH, and the effects of a script are not undone. So a write is tried
-- first, on an id that no entry can have. Channels have no slot, so the script also works in a cluster.
redis.call('XDEL', KEYS[1], '0-0')
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return 0 end
for index = 2, #ARGV, 2 do redis.call('PUBLISH', ARGV[index], ARGV[index + 1]) end
return redis.call('XDEL', KEYS[1], ARGV[1])
