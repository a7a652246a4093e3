//! What is kept of the people who wrote the posts. Pure; the key comes from outside and is never shown.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::settings::Privacy;
use crate::model::Author;

/// Bytes of a run's key.
pub const KEY_BYTES: usize = 32;

/// Covers authors as the run's privacy says.
#[derive(Clone)]
pub struct Veil {
    privacy: Privacy,
    mac: Option<Hmac<Sha256>>,
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Veil").field("privacy", &self.privacy).finish_non_exhaustive()
    }
}

impl Veil {
    /// A veil under the run's key.
    pub fn new(privacy: Privacy, key: &[u8; KEY_BYTES]) -> Self {
        Self { privacy, mac: Hmac::new_from_slice(key).ok() }
    }

    /// The author as staging may know them. Under a pseudonym the same author of the same run is
    /// always the same 32 hex digits, and those of another run are others.
    pub fn author(&self, author: Author) -> Author {
        match self.privacy {
            Privacy::Keep => author,
            Privacy::Pseudonym | Privacy::Aggregate => Author {
                id: author.id.and_then(|id| self.pseudonym(&id)),
                verified: author.verified,
                ..Author::default()
            },
        }
    }

    fn pseudonym(&self, id: &str) -> Option<String> {
        let mut mac = self.mac.clone()?;
        mac.update(id.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut hex = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            hex.push(char::from(HEX[usize::from(byte >> 4)]));
            hex.push(char::from(HEX[usize::from(byte & 15)]));
        }
        Some(hex)
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";
