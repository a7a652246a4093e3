//! The times and numbers of tries that reading the stream goes by: those of `limits`, shorter ones in tests.

use std::time::Duration;

use jiff::SignedDuration;

use crate::limits;

/// See [`limits`] for what each is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    pub flush: Duration,
    pub mark: Duration,
    pub connect: Duration,
    pub silent: Duration,
    pub quiet: Duration,
    pub grace: SignedDuration,
    pub wait: Duration,
    pub longest_wait: Duration,
    pub tries: u32,
    /// Posts, deletions and rejects of one batch at most.
    pub batch: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            flush: Duration::from_millis(limits::JETSTREAM_FLUSH_MILLIS),
            mark: Duration::from_secs(limits::JETSTREAM_MARK_SECONDS),
            connect: Duration::from_secs(limits::JETSTREAM_CONNECT_SECONDS),
            silent: Duration::from_secs(limits::JETSTREAM_SILENT_SECONDS),
            quiet: Duration::from_secs(limits::JETSTREAM_QUIET_SECONDS),
            grace: SignedDuration::from_secs(limits::JETSTREAM_GRACE_SECONDS),
            wait: Duration::from_millis(limits::JETSTREAM_WAIT_MILLIS),
            longest_wait: Duration::from_millis(limits::JETSTREAM_WAIT_LONGEST_MILLIS),
            tries: limits::JETSTREAM_TRIES,
            batch: limits::JETSTREAM_BATCH,
        }
    }
}

impl Pace {
    /// How long to wait after `failures` in a row: twice as long each time, spread so that a crowd of clients that
    /// lost one instance at one moment does not come back at one moment.
    pub fn back_off(&self, failures: u32) -> Duration {
        let doubled = 2u32.saturating_pow(failures.saturating_sub(1).min(20));
        let whole = self.wait.saturating_mul(doubled).min(self.longest_wait);
        // Without random bytes every client waits the whole time.
        let spread =
            getrandom::u32().map_or(1.0, |random| 0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0);
        whole.mul_f64(spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let pace = Pace::default();
        for (failures, millis) in [(1, 250), (2, 500), (5, 4_000), (8, 30_000), (u32::MAX, 30_000)] {
            let whole = Duration::from_millis(millis);
            for _ in 0..20 {
                let wait = pace.back_off(failures);
                assert!(wait >= whole / 2 && wait <= whole, "{failures}: {wait:?}");
            }
        }
    }
}
