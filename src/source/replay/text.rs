//! The lines of a text file, unpacked, for readers that are no source of posts.

use std::path::Path;

use super::decode::{Opened, Packing};
use crate::error::{Error, Result};
use crate::limits;

/// Calls `each` with the number (from 1) and text of every line of a plain, gzip or zstd file.
///
/// # Errors
/// Where the file cannot be read or unpacked, where a line is no UTF-8 or too long, and what `each` says.
pub fn for_each_line(path: &Path, mut each: impl FnMut(u64, &str) -> Result<()>) -> Result<()> {
    let shown = path.display().to_string();
    let mut opened = Opened::file(path, &shown)?;
    if let Packing::Foreign(what) = opened.packing {
        return Err(Error::input(format!("{shown} is {what}")).resource(shown));
    }
    loop {
        let line = match opened.content.next_line(limits::LINE_BYTES) {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(()),
            Err(error) => return Err(opened.failure(&shown, &error)),
        };
        // What stands before a failure is half a line; the failure itself comes next.
        if line.cut {
            continue;
        }
        let at = format!("{shown}:{}", line.number);
        let Some(bytes) = line.bytes else {
            return Err(
                Error::input(format!("{at} is longer than {} bytes", limits::LINE_BYTES)).resource(at)
            );
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Error::input(format!("{at} is not UTF-8")).because(e).resource(&at))?;
        each(line.number, text)?;
    }
}
