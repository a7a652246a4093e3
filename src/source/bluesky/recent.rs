//! The events of the last seconds, so that what a rewound stream repeats is known. Pure.

use std::collections::{BTreeSet, VecDeque};

use rustc_hash::FxHashSet;

/// Keys of events, each for as long as the stream may be rewound to it.
#[derive(Debug, Default)]
pub struct Recent {
    keys: FxHashSet<u64>,
    /// By the time at which they came, microseconds since 1970, and whether a later attempt must know them too.
    order: VecDeque<(i64, u64, bool)>,
    /// Microseconds for which a key is kept.
    horizon: i64,
}

impl Recent {
    pub fn new(horizon: i64) -> Self {
        Self { horizon, ..Self::default() }
    }

    /// Notes an event; `false` if it came before. `at` is how far the stream has come.
    pub fn is_new(&mut self, at: i64, key: u64) -> bool {
        while let Some((oldest, gone, _)) = self.order.front()
            && *oldest < at - self.horizon
        {
            self.keys.remove(gone);
            self.order.pop_front();
        }
        let new = self.keys.insert(key);
        if new {
            self.order.push_back((at, key, false));
        }
        new
    }

    /// The event that was noted last went into a batch.
    pub fn last_counts(&mut self) {
        if let Some(last) = self.order.back_mut() {
            last.2 = true;
        }
    }

    /// Keys that a later attempt must know, in order of key.
    pub fn counted(&self) -> BTreeSet<u64> {
        self.order.iter().filter(|(_, _, counts)| *counts).map(|(_, key, _)| *key).collect()
    }

    /// Knows what an earlier attempt counted up to `at`.
    pub fn recall(&mut self, at: i64, keys: impl IntoIterator<Item = u64>) {
        for key in keys {
            if self.keys.insert(key) {
                self.order.push_back((at, key, true));
            }
        }
    }
}
