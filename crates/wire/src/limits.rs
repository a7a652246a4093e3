//! Limits that the tool and its Lambda share, with their units.

/// Bytes of one post's text at most. X's long posts have 25,000 characters, of up to four bytes each.
pub const TEXT_BYTES: usize = 256 * 1024;

/// Bytes of `VARCHAR` columns in the tables (Redshift counts bytes, not characters).
pub mod width {
    pub const TOPIC: usize = 64;
    pub const TWEET_ID: usize = 256;
    pub const AUTHOR_ID: usize = 128;
    pub const NAME: usize = 1024;
    pub const LANG: usize = 16;
    pub const POST_URL: usize = 512;
    pub const TEXT: usize = 65_535;
}
