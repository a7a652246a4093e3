//! Names that people and keys share: run ids and topics. Pure; the caller brings clock and randomness.

use jiff::Timestamp;

/// Longest run id and topic, in bytes: the width of their table columns.
pub const MAX_BYTES: usize = 64;

/// A new run id: when it started and six hex digits, so that ids sort by age and two never meet.
pub fn run_id(now: Timestamp, random: u32) -> String {
    format!("{}-{:06x}", now.strftime("%Y%m%dT%H%M%SZ"), random & 0x00ff_ffff)
}

/// Whether `id` may name a folder: letters, digits, `.`, `_`, `-`; 64 at most; not starting with a dot or dash.
pub fn is_valid_run_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_BYTES
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && !id.starts_with(['.', '-'])
}

/// Makes a slug of a query or file name: lower-case ASCII letters and digits, dashes between.
/// What has none of them becomes `topic`.
pub fn topic_slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MAX_BYTES {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "topic".to_owned() } else { slug.to_owned() }
}
