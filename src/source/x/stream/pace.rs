//! The times that reading the stream goes by, those of `limits` or shorter ones in tests, and the waits before a new
//! connection, as X asks for them. Pure.

use std::time::Duration;

use crate::limits;

/// See [`limits`] for what each is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StreamPace {
    pub silent: Duration,
    /// Grows by itself up to the longest.
    pub network: Duration,
    pub network_longest: Duration,
    /// Doubles up to the longest.
    pub error: Duration,
    pub error_longest: Duration,
    /// Doubles.
    pub rate: Duration,
    pub patience: Duration,
    pub stood: Duration,
    pub flush: Duration,
    pub farewell: Duration,
    /// Posts of a batch at most.
    pub batch: usize,
}

impl Default for StreamPace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            silent: seconds(limits::X_STREAM_SILENT_SECONDS),
            network: Duration::from_millis(limits::X_STREAM_NETWORK_WAIT_MILLIS),
            network_longest: Duration::from_millis(limits::X_STREAM_NETWORK_LONGEST_MILLIS),
            error: seconds(limits::X_STREAM_ERROR_WAIT_SECONDS),
            error_longest: seconds(limits::X_STREAM_ERROR_LONGEST_SECONDS),
            rate: seconds(limits::X_STREAM_RATE_WAIT_SECONDS),
            patience: seconds(limits::X_STREAM_PATIENCE_SECONDS),
            stood: seconds(limits::X_STREAM_STOOD_SECONDS),
            flush: Duration::from_millis(limits::X_STREAM_FLUSH_MILLIS),
            farewell: seconds(limits::X_STREAM_FAREWELL_SECONDS),
            batch: limits::X_STREAM_BATCH,
        }
    }
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// One that had stood broke off.
    Stood,
    /// The network failed, or a connection broke off right away.
    Network,
    /// X answered with an error of its own.
    Error,
    /// X said 429, and not when to come back.
    Rate,
}

/// How often what went wrong since a connection last stood.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waits {
    network: u32,
    error: u32,
    rate: u32,
}

impl Waits {
    /// How long to wait before the next connection.
    pub fn after(&mut self, lost: Lost, pace: &StreamPace) -> Duration {
        let doubled = |first: Duration, times: u32| first.saturating_mul(1 << (times - 1).min(20));
        match lost {
            Lost::Stood => {
                *self = Self::default();
                Duration::ZERO
            }
            Lost::Network => {
                self.network += 1;
                pace.network.saturating_mul(self.network).min(pace.network_longest)
            }
            Lost::Error => {
                self.error += 1;
                doubled(pace.error, self.error).min(pace.error_longest)
            }
            Lost::Rate => {
                self.rate += 1;
                doubled(pace.rate, self.rate).min(pace.patience)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_those_that_x_asks_for() {
        let pace = StreamPace::default();
        let mut waits = Waits::default();
        let mut seconds = |lost, times: usize| -> Vec<f64> {
            (0..times).map(|_| waits.after(lost, &pace).as_secs_f64()).collect()
        };
        assert_eq!(seconds(Lost::Network, 4), [0.25, 0.5, 0.75, 1.0]);
        assert_eq!(seconds(Lost::Network, 100).last(), Some(&16.0));
        assert_eq!(seconds(Lost::Error, 8), [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 320.0]);
        assert_eq!(seconds(Lost::Rate, 4), [60.0, 120.0, 240.0, 480.0]);
        assert_eq!(seconds(Lost::Stood, 1), [0.0]);
        assert_eq!((seconds(Lost::Network, 1), seconds(Lost::Rate, 1)), (vec![0.25], vec![60.0]));
    }
}
