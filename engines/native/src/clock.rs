//! The time in milliseconds. Reading the system's clock costs as much as half an evaluation, so it is read about once per
//! millisecond: until then the processor's cycle counter tells that the millisecond is not over.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The shortest time over which the rate of the counter is measured, so that an interruption distorts it by little.
const MEASUREMENT: Duration = Duration::from_millis(100);

/// For which share of the rest of a millisecond the counter is trusted.
const TRUSTED_SHARE: f64 = 0.9;

/// The counts per nanosecond that processors have; any other rate means that the counter was reset.
const RATES: std::ops::RangeInclusive<f64> = 0.001..=10.0;

/// A clock of whole milliseconds.
#[derive(Debug)]
pub struct Clock {
    /// The system's time when it was last read, in milliseconds since 1970.
    time_ms: f64,
    /// The counter then, and for how many counts the time is good.
    read_at: u64,
    valid_counts: u64,
    /// When the measurement of the rate began, and the counter then.
    measuring: Option<(Instant, u64)>,
    /// Counts per nanosecond; 0 while unknown.
    rate: f64,
}

impl Clock {
    /// Returns a clock that reads the system's first.
    pub const fn new() -> Clock {
        Clock { time_ms: 0.0, read_at: 0, valid_counts: 0, measuring: None, rate: 0.0 }
    }

    /// Returns the time in milliseconds since 1970, given the processor's cycle counter.
    #[inline]
    pub fn now(&mut self, counter: Option<u64>) -> f64 {
        // A counter that jumped back is far ahead here, too.
        if counter.is_none_or(|counter| counter.wrapping_sub(self.read_at) >= self.valid_counts) {
            self.read_system(counter);
        }
        self.time_ms
    }

    #[cold]
    fn read_system(&mut self, counter: Option<u64>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.time_ms = (now.as_secs() * 1000 + u64::from(now.subsec_millis())) as f64;
        let Some(counter) = counter else { return };
        self.measure(counter);
        let rest_ns = 1_000_000 - now.subsec_nanos() % 1_000_000;
        self.read_at = counter;
        self.valid_counts = (f64::from(rest_ns) * self.rate * TRUSTED_SHARE) as u64;
    }

    /// Measures the rate against the monotonic clock, which is never set.
    fn measure(&mut self, counter: u64) {
        let now = Instant::now();
        if let Some((start, start_counter)) = self.measuring {
            let passed = now.duration_since(start);
            if passed < MEASUREMENT {
                return;
            }
            let rate = counter.wrapping_sub(start_counter) as f64 / passed.as_nanos() as f64;
            self.rate = if RATES.contains(&rate) { rate } else { 0.0 };
        }
        self.measuring = Some((now, counter));
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, MEASUREMENT};
    use std::thread::sleep;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    fn system() -> f64 {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() as f64
    }

    /// A clock that knows the rate of a counter, and that counter, which counts once in so many nanoseconds.
    fn running(step_ns: u64) -> (Clock, impl Fn() -> u64) {
        let start = Instant::now();
        let counter = move || start.elapsed().as_nanos() as u64 / step_ns;
        let mut clock = Clock::new();
        clock.now(Some(counter()));
        sleep(MEASUREMENT + Duration::from_millis(1));
        clock.now(Some(counter()));
        (clock, counter)
    }

    #[test]
    fn the_time_is_the_systems() {
        for step_ns in [1, 4] {
            let (mut clock, counter) = running(step_ns);
            assert!((0.9..1.1).contains(&(clock.rate * step_ns as f64)), "{}", clock.rate);
            let mut trusted = 0;
            for _ in 0..100_000 {
                let before = system();
                let read_at = clock.read_at;
                let now = clock.now(Some(counter()));
                trusted += u32::from(clock.read_at == read_at);
                assert!(clock.valid_counts as f64 <= 900_000.0 * clock.rate, "{}", clock.valid_counts);
                assert!((before..=system()).contains(&now), "{before} {now}");
            }
            assert!(trusted > 1000, "the counter was trusted {trusted} times");
        }
    }

    #[test]
    fn a_rate_is_not_measured_over_a_moment() {
        let (mut clock, counter) = running(1);
        clock.rate = 0.5;
        clock.measure(counter());
        assert_eq!(clock.rate, 0.5);
    }

    #[test]
    fn the_system_is_read_when_the_counter_jumps_either_way_or_is_missing() {
        let (mut clock, counter) = running(1);
        for counter in [Some(0), Some(u64::MAX), Some(counter() + 10_000_000), None] {
            let before = system();
            clock.time_ms = 0.0;
            let now = clock.now(counter);
            assert!((before..=system()).contains(&now), "{before} {now}");
        }
    }

    #[test]
    fn a_counter_that_stands_or_races_is_not_trusted() {
        for step in [0, 10_000_000_000] {
            let mut clock = Clock::new();
            clock.now(Some(5));
            sleep(MEASUREMENT + Duration::from_millis(1));
            clock.now(Some(5 + step));
            assert_eq!((clock.rate, clock.valid_counts), (0.0, 0), "{step}");
        }
    }
}
