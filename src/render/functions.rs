//! What templates say of the two functions: the live path's, and the one that scores the stream's packets.

use serde::Serialize;

use crate::config::StackSettings;
use crate::config::stack::settings::Compression;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::ScoreOrder;
use crate::stack::names::Part;

/// How the stream's packets are scored by a function.
#[derive(Serialize)]
pub(super) struct Scoring {
    function_mb: u32,
    parallel: u32,
    /// Packets of one call at most.
    batch: u32,
    /// Times that a packet is tried again which fails by itself.
    retries: u32,
    /// Seconds after which a packet is left aside, scored or not: as long as the stream has it, a week at most.
    age: u32,
    /// Which packets are meant.
    filter: String,
}

impl Scoring {
    pub fn of(settings: &StackSettings) -> Self {
        let scorer = settings.scorer.as_ref();
        let by = ScoreOrder::FUNCTION;
        Self {
            function_mb: scorer.map_or(0, |scorer| scorer.function_mb),
            parallel: scorer.map_or(0, |scorer| scorer.parallel),
            batch: limits::SCORER_BATCH,
            retries: limits::SCORER_RETRIES,
            age: settings.stream.hours.saturating_mul(3600).min(limits::SCORER_AGE_SECONDS),
            filter: format!("{{\"data\":{{\"score\":{{\"by\":[\"{by}\"]}}}}}}"),
        }
    }
}

/// The languages of both, as their environment has them.
pub(super) fn lang(settings: &StackSettings) -> String {
    match settings.live.lang.as_slice() {
        [] => "all".to_owned(),
        some => some.join(","),
    }
}

/// How Firehose packs objects, in its own word.
///
/// # Errors
/// Of kind `Config` where Firehose cannot do it.
pub(super) fn firehose_compression(part: Part, compression: Compression) -> Result<&'static str> {
    match (part, compression) {
        (Part::Live, Compression::Zstd) => {
            Err(Error::config("live.compression zstd is nothing that Firehose delivers").hint(
                "say live.compression: gzip, or none; zstd is for `live run --local`, which writes the objects itself",
            ))
        }
        (_, Compression::Gzip) => Ok("GZIP"),
        (_, Compression::None | Compression::Zstd) => Ok("UNCOMPRESSED"),
    }
}
