// Whether a relay that leads writes the document that it holds. A server's documents have digests but no order, and two
// relays may hold different ones: what is written must be the newer one as far as can be known.
//
// Versions in Redis only rise: each is above the stored one, above every one that the relay has ever seen, and at least the
// milliseconds since 1970, so that they go on rising where Redis has lost everything and all relays are started anew.

/** A document that was written to Redis. */
export interface WrittenDocument {
  /** Its version. */
  readonly version: number;
  /** Its digest. */
  readonly digest: string;
  /** When the relay that wrote it knew that it was current, in milliseconds by the clock of Redis. */
  readonly receivedAt: number;
  /** The digests of those before it, the last first. */
  readonly superseded: readonly string[];
}

/** What is known when it is decided. Times without another word are of the relay's own clock that nobody sets. */
export interface WriteFacts {
  /** The digest of the document that the relay holds. */
  readonly digest: string;
  /** When a server last said that it is current; `-Infinity` when that is not known. */
  readonly knownAt: number;
  /** What is in Redis. */
  readonly stored: WrittenDocument | undefined;
  /** Of all that the relay has seen in Redis, what has the highest version. */
  readonly newest: WrittenDocument | undefined;
  /** Since when the relay leads. */
  readonly leaderSince: number;
  /** The time. */
  readonly now: number;
  /** What has to be added to a time for that of Redis. */
  readonly redisOffset: number;
  /** How long a lease lasts. */
  readonly leaseMs: number;
}

/** Returns whether to write what is held, to wait until more is known, or to leave what is stored. */
export function decideWrite(facts: WriteFacts): "write" | "wait" | "keep" {
  const { digest, knownAt, stored, newest, leaderSince, now, redisOffset, leaseMs } = facts;
  if (newest === undefined) return "write";
  // Redis has gone back: it was emptied, a backup was restored, or a failover lost what was written last.
  if (digest === newest.digest) return stored?.version === newest.version ? "keep" : "write";
  // What a new leader holds may be older than what the last one wrote: it may have been frozen, or its stream may lag.
  const isNews = knownAt > leaderSince || knownAt + redisOffset > newest.receivedAt;
  const isSettled = now - leaderSince >= leaseMs;
  // Documents that waited in a stream arrive all at once, and the last one counts. A change back is written after that.
  if (isNews) return isSettled || !newest.superseded.includes(digest) ? "write" : "wait";
  // Something old is better than nothing, but not than what arrives in a moment.
  return stored === undefined && isSettled ? "write" : "wait";
}
