// Who is within the threshold of a boolean flag's rollout: an entity falls into one of a hundred buckets.

const BUCKETS = 100;

/** The bucket of a checksum. */
export function bucketOf(checksum: number): number {
  return checksum % BUCKETS;
}

/** How many buckets, from the first on, are within a threshold. */
export function bucketsWithin(percentage: number): number {
  return Math.min(Math.max(Math.ceil(Math.fround(percentage)), 0), BUCKETS);
}
