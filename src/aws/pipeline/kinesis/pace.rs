//! How fast a stream takes records. What is over a shard's limit is refused, and signed, sent and refused again until
//! it fits: so no more is sent than all open shards take together. What fails all the same, since one of them got more
//! than its share or others put records there as well, is put again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::limits;

/// Shared by all calls of a producer. Holds nothing back until it is told of the shards.
pub struct Pace {
    began: Instant,
    lane: Mutex<Lane>,
}

impl Pace {
    pub fn new() -> Self {
        Self { began: Instant::now(), lane: Mutex::new(Lane::new()) }
    }

    fn lane(&self) -> MutexGuard<'_, Lane> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As many shards are open by now; none: nobody knows.
    pub fn set_shards(&self, open: usize) {
        self.lane().shards = open;
    }

    /// Records and bytes of one call at most.
    pub fn call(&self) -> (usize, usize) {
        self.lane().call()
    }

    /// How long a call must wait before it is sent. It has its turn from now on.
    pub fn take(&self, records: usize, bytes: usize) -> Duration {
        let wait = self.lane().take(self.began.elapsed().as_secs_f64(), records, bytes);
        Duration::try_from_secs_f64(wait).unwrap_or_default()
    }

    /// The stream did not take these: they will ask again.
    pub fn give_back(&self, records: usize, bytes: usize) {
        let mut lane = self.lane();
        lane.busy -= lane.seconds(records, bytes);
    }
}

/// All shards as one, in seconds since the producer began.
struct Lane {
    shards: usize,
    /// When everything that had its turn is through. A second in the past: as much may go at once.
    busy: f64,
}

impl Lane {
    /// A shard takes a second's worth at once if it had nothing for a second.
    const BURST: f64 = 1.0;

    fn new() -> Self {
        Self { shards: 0, busy: -Self::BURST }
    }

    /// Half a second's worth: with more, what the key gives one shard too much would not fit any more.
    fn call(&self) -> (usize, usize) {
        if self.shards == 0 {
            return (limits::PUT_RECORDS, limits::PUT_BYTES);
        }
        let records = self.shards.saturating_mul(limits::SHARD_RECORDS / 2);
        let bytes = self.shards.saturating_mul(limits::SHARD_BYTES / 2);
        (records.min(limits::PUT_RECORDS), bytes.min(limits::PUT_BYTES))
    }

    /// How long all shards need for it.
    fn seconds(&self, records: usize, bytes: usize) -> f64 {
        if self.shards == 0 {
            return 0.0;
        }
        let of_records = records as f64 / limits::SHARD_RECORDS as f64;
        let of_bytes = bytes as f64 / limits::SHARD_BYTES as f64;
        of_records.max(of_bytes) / self.shards as f64
    }

    fn take(&mut self, now: f64, records: usize, bytes: usize) -> f64 {
        self.busy = self.busy.max(now - Self::BURST) + self.seconds(records, bytes);
        (self.busy - now).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(shards: usize) -> Lane {
        Lane { shards, ..Lane::new() }
    }

    #[test]
    fn a_second_goes_at_once_and_then_as_much_as_the_shards_take() {
        let mut lane = lane(8);
        let (records, bytes) = (250, 4 * limits::SHARD_BYTES);
        assert_eq!(lane.take(0.0, records, bytes), 0.0);
        assert_eq!(lane.take(0.0, records, bytes), 0.0);
        assert_eq!(lane.take(0.0, records, bytes), 0.5);
        assert_eq!(lane.take(0.25, records, bytes), 0.75);
        // Rest counts for a second, not for more.
        assert_eq!(lane.take(100.0, records, bytes), 0.0);
        assert_eq!(lane.take(100.0, records, bytes), 0.0);
        assert_eq!(lane.take(100.0, records, bytes), 0.5);
    }

    #[test]
    fn small_records_are_held_back_by_their_number() {
        let mut lane = lane(2);
        assert_eq!(lane.take(0.0, 2 * limits::SHARD_RECORDS, 1), 0.0);
        assert_eq!(lane.take(0.0, 500, 1), 0.25);
    }

    #[test]
    fn what_was_refused_has_its_turn_again() {
        let pace = Pace::new();
        pace.set_shards(1);
        for _ in 0..100 {
            assert_eq!(pace.take(1, limits::SHARD_BYTES / 2), Duration::ZERO);
            pace.give_back(1, limits::SHARD_BYTES / 2);
        }
    }

    #[test]
    fn a_call_is_no_larger_than_what_few_shards_take_and_never_than_kinesis_allows() {
        assert_eq!(lane(1).call(), (limits::SHARD_RECORDS / 2, limits::SHARD_BYTES / 2));
        assert_eq!(lane(usize::MAX).call(), (limits::PUT_RECORDS, limits::PUT_BYTES));
        assert_eq!(lane(0).call(), (limits::PUT_RECORDS, limits::PUT_BYTES));
    }

    #[test]
    fn nothing_is_held_back_while_the_shards_are_not_known() {
        assert_eq!(lane(0).take(0.0, usize::MAX, usize::MAX), 0.0);
    }
}
