// The scripts that a relay runs in Redis. Each is atomic, and touches keys of one slot only.

/**
 * Takes the lease, or extends it. Keys: the lease, the fencing number. Parameters: who asks, the milliseconds, the own fencing
 * number, and what a new one is at least.
 *
 * Returns 1 and the fencing number where it is one's own, else 0 and the milliseconds that it lasts. A number that is not the
 * own one (a backup was restored, or a failover lost it) is replaced by a higher one.
 */
export const LEASE_SCRIPT = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1])} end
local stored = redis.call('GET', KEYS[2])
local fence = ARGV[3]
if not owner or stored ~= fence then
  fence = string.format('%.0f', math.max((tonumber(stored) or 0) + 1, tonumber(ARGV[3]) + 1, tonumber(ARGV[4])))
  redis.call('SET', KEYS[2], fence)
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, fence}
`;

/**
 * Gives the lease back, and says so. Key: the lease. Parameters: who gives it back, and the channel. Returns 1 when it was
 * its lease.
 */
export const RELEASE_SCRIPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], 'free')
return 1
`;

/**
 * Reads what is known of a document, and bars leaders with a lower fencing number from writing it. Key: the document.
 * Parameter: the fencing number, 0 to read only. Returns the fields, and the time of Redis in milliseconds.
 */
export const CLAIM_SCRIPT = `
local fields = redis.call('HMGET', KEYS[1], 'fence', 'version', 'digest', 'received', 'superseded')
local time = redis.call('TIME')
if tonumber(ARGV[1]) > (tonumber(fields[1]) or 0) then redis.call('HSET', KEYS[1], 'fence', ARGV[1]) end
return {fields[1] or '', fields[2] or '', fields[3] or '', fields[4] or '', fields[5] or '',
  string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))}
`;

/**
 * Writes a document with a version that is higher than the one before, and tells whoever follows it. Key: the document.
 * Parameters: the fencing number, what the version is at least, the digest, when it was received in the time of Redis, the
 * encoding, the size, the data, and the channel. Returns the version; nothing when a leader with a higher number was there.
 */
export const WRITE_SCRIPT = `
local fields = redis.call('HMGET', KEYS[1], 'fence', 'version', 'digest', 'superseded')
if tonumber(ARGV[1]) < (tonumber(fields[1]) or 0) then return false end
local version = string.format('%.0f', math.max((tonumber(fields[2]) or 0) + 1, tonumber(ARGV[2])))
local superseded = {}
if fields[3] and fields[3] ~= ARGV[3] then superseded[1] = fields[3] end
for digest in string.gmatch(fields[4] or '', '%S+') do
  if #superseded < 32 and digest ~= ARGV[3] and digest ~= superseded[1] then superseded[#superseded + 1] = digest end
end
redis.call('HSET', KEYS[1], 'fence', ARGV[1], 'version', version, 'digest', ARGV[3], 'received', ARGV[4],
  'encoding', ARGV[5], 'size', ARGV[6], 'data', ARGV[7], 'superseded', table.concat(superseded, ' '))
redis.call('PUBLISH', ARGV[8], version)
return version
`;
