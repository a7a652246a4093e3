//! What Lambda is given of the function: its program in a zip, or in an image on an empty base. Pure: bytes in, bytes
//! out, and the same bytes for the same program, on whatever machine and day. It knows no file, clock or registry.

pub mod elf;
pub mod image;
pub mod layout;
pub mod reference;
pub mod zip;

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::limits;

/// The name under which Lambda looks for the program.
pub const BOOTSTRAP: &str = "bootstrap";

/// What some bytes are known by: `sha256:` and 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("sha256:{}", hex(&Sha256::digest(bytes))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The 64 digits alone.
    pub fn hex(&self) -> &str {
        self.0.rsplit(':').next().unwrap_or_default()
    }

    /// Enough of it to tell one image of a function from another.
    pub fn short(&self) -> &str {
        &self.hex()[..12]
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses what Lambda would: a program of more than [`limits::FUNCTION_BYTES`].
///
/// # Errors
/// Of kind `Input`.
pub fn check_size(bytes: u64) -> Result<()> {
    if bytes <= limits::FUNCTION_BYTES {
        return Ok(());
    }
    let most = limits::FUNCTION_BYTES >> 20;
    Err(Error::input(format!("the function has {} MiB, and Lambda takes {most} MiB at most", bytes >> 20))
        .hint("build it as `cargo xtask function` does: optimised and stripped"))
}

#[cfg(test)]
mod tests;
