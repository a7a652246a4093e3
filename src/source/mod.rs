//! Where posts come from: one folder each, all behind [`crate::pipeline::port::Source`] and one contract suite.
//! A source knows nothing of windows' packets, of models, of runs, nor of how anything is shown; and it leaves
//! duplicates, languages and privacy to the gate at ingest.

#[cfg(feature = "online")]
pub mod bluesky;
#[cfg(feature = "online")]
pub mod http;
pub mod limited;
pub mod replay;
mod rng;
pub mod sample;
#[cfg(feature = "online")]
pub mod x;

#[cfg(test)]
mod contract;
#[cfg(test)]
pub(crate) mod testing;

#[cfg(feature = "online")]
pub use bluesky::{Bluesky, BlueskyOptions};
pub use limited::Limited;
pub use replay::{Replay, ReplayOptions};
pub use sample::{Sample, SampleOptions};

use jiff::Timestamp;

use crate::limits;

/// First and last millisecond that a post may carry: `[first, last)`, from [`limits::FIRST_POST`] and
/// [`limits::LAST_POST`].
pub(crate) fn post_years() -> (i64, i64) {
    let at = |text: &str| text.parse().unwrap_or(Timestamp::UNIX_EPOCH).as_millisecond();
    (at(limits::FIRST_POST), at(limits::LAST_POST))
}
