//! Buckets: which variant of a distribution an entity gets, and whether it is within a threshold. The arithmetic is the
//! reference's, in f32.

/// The number of buckets that the distributions of a rule share.
const BUCKETS: u32 = 1000;

/// Returns the upper bounds of `rollouts`, percentages above 0, as sorted buckets.
pub fn bounds(rollouts: &[f32]) -> Vec<i32> {
    let sum: f32 = rollouts.iter().sum();
    let mut reached: f32 = 0.0;
    let mut bounds: Vec<i32> = Vec::with_capacity(rollouts.len());
    for rollout in rollouts {
        reached += rollout / sum * 100.0;
        // Rounds half away from zero and saturates, as the reference does.
        bounds.push((reached * 10.0).round() as i32);
    }
    if let Some(last) = bounds.last_mut() {
        *last = BUCKETS as i32;
    }
    bounds.sort_unstable();
    bounds
}

/// Returns which of `bounds` an entity falls under, by the CRC-32 of flag key and entity id.
#[inline]
pub fn choose(bounds: &[i32], crc: u32) -> usize {
    let bucket = (crc % BUCKETS) as i32 + 1;
    match bounds.binary_search(&bucket) {
        Ok(place) | Err(place) => place,
    }
}

/// Whether an entity is within a threshold, by the CRC-32 of entity id and flag key.
#[inline]
pub fn is_within(percentage: f32, crc: u32) -> bool {
    ((crc % 100) as f32) < percentage
}
