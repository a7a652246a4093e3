//! The lines of staging and sentiment packets, as bytes: those of `sentistack-wire`, which this tool and its Lambda both
//! write by. Pure: what store they go to is none of its business.

use serde::Serialize;

pub use sentistack_wire::live::{Content, LiveRecord, LiveRow};
pub use sentistack_wire::{
    LineError, SentimentLine, StagingText, lines, sentiment_packet, text, write_packet, write_sentiment_line,
    write_staging_line,
};

/// One JSON value a line.
///
/// # Errors
/// Of kind `Failed`; what this tool writes so can always be written in practice.
pub fn json_lines<'a, T: Serialize + 'a>(
    rows: impl IntoIterator<Item = &'a T>,
) -> crate::error::Result<Vec<u8>> {
    let mut out = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut out, row)
            .map_err(|e| crate::error::Error::failed("a line cannot be written as JSON").because(e))?;
        out.push(b'\n');
    }
    Ok(out)
}
