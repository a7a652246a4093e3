//! The zip that Lambda takes: one file, `bootstrap`, which may be run.

use std::io::{Cursor, Write};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::BOOTSTRAP;
use crate::error::{Error, Result};

/// Mode of `bootstrap`: Lambda runs it as a user of its own.
const MODE: u32 = 0o755;

/// The level of deflate that packs tightest.
const LEVEL: i64 = 9;

/// Packs the program. Its time is zip's first, 1980-01-01, so that the day leaves no trace.
///
/// # Errors
/// Of kind `Failed`, where the packer fails; a program of a size that Lambda takes does not make it fail.
pub fn pack(program: &[u8]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(MODE)
        .system(System::Unix);
    let packed = || -> std::result::Result<Vec<u8>, ::zip::result::ZipError> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(BOOTSTRAP, options)?;
        zip.write_all(program)?;
        Ok(zip.finish()?.into_inner())
    };
    packed().map_err(|e| Error::failed("the zip cannot be made").because(e))
}
