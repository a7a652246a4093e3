//! From a journal's bytes to its records. A last line that was cut short is not one.

use serde::Deserialize;

use super::format::{JOURNAL_VERSION, Record};
use crate::error::{Error, Result};

/// Bytes up to the last line that ended.
pub fn whole(content: &[u8]) -> usize {
    memchr::memrchr(b'\n', content).map_or(0, |at| at + 1)
}

/// The records of a journal's whole lines; `whence` names it in errors.
pub fn parse(whence: &str, content: &[u8]) -> Result<Vec<Record>> {
    #[derive(Deserialize)]
    struct Version {
        v: u32,
    }
    let mut records = Vec::new();
    for (number, line) in content[..whole(content)].split(|b| *b == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        // The version first: a newer line may have a shape that this reader does not know.
        match serde_json::from_slice::<Version>(line) {
            Ok(Version { v }) if v > JOURNAL_VERSION => {
                return Err(Error::input(format!(
                    "{whence} was written by a newer version of this tool (journal version {v}, this one reads up to {JOURNAL_VERSION})"
                ))
                .hint("use the version that started the run, or a newer one")
                .resource(whence));
            }
            Ok(_) | Err(_) => {}
        }
        records.push(serde_json::from_slice(line).map_err(|e| {
            Error::input(format!("line {} of {whence} is not a journal record", number + 1))
                .because(e)
                .hint("the journal was changed or damaged; start a new run, or remove that line if you know what it was")
                .resource(whence)
        })?);
    }
    Ok(records)
}
