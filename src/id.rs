//! Names that people and keys share: run ids and topics. Pure; the caller brings clock and randomness.

use jiff::Timestamp;

pub use sentistack_wire::is_valid_run_id;

/// Longest run id and topic, in bytes: the width of their table columns.
pub const MAX_BYTES: usize = crate::limits::width::TOPIC;

/// A new run id: when it started and six hex digits, so that ids sort by age and two never meet.
pub fn run_id(now: Timestamp, random: u32) -> String {
    format!("{}-{:06x}", now.strftime("%Y%m%dT%H%M%SZ"), random & 0x00ff_ffff)
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

/// The name of a model's folder and rows: a built-in's own name, or a file's stem as a slug.
pub fn model_folder(model: &str) -> String {
    match model {
        "embedded" | "vader" | "comprehend" | "endpoint" => model.to_owned(),
        path => {
            let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
            let stem =
                name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem });
            let slug = topic_slug(stem);
            // A file must not pass for a built-in.
            match slug.as_str() {
                "embedded" | "vader" | "comprehend" | "endpoint" => format!("{slug}-file"),
                _ => slug,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_slugs() {
        assert_eq!(topic_slug("#GOPDebate lang:en"), "gopdebate-lang-en");
        assert_eq!(topic_slug("日本"), "topic");
        assert_eq!(topic_slug(&"long ".repeat(40)).len(), 64);
    }

    #[test]
    fn a_model_file_never_passes_for_a_built_in() {
        assert_eq!(model_folder("embedded"), "embedded");
        assert_eq!(model_folder("/m/embedded.bin"), "embedded-file");
        assert_eq!(model_folder("/m/My Model.v2.bin"), "my-model-v2");
    }

    #[test]
    fn run_ids_sort_by_age_and_name_folders() {
        let id = run_id("2026-03-01T12:30:00Z".parse().unwrap(), 0xff00_1234);
        assert_eq!(id, "20260301T123000Z-001234");
        assert!(is_valid_run_id(&id));
        for bad in ["", ".", "..", "../up", "a/b", "-x", &"x".repeat(65)] {
            assert!(!is_valid_run_id(bad), "{bad}");
        }
    }
}
