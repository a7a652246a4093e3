//! What a run is about, as a slug: given, or made from the query or the name of the first input.

use super::problems::Problems;
use super::resolve::Case;
use super::settings::SourceKind;
use crate::id::{MAX_BYTES, topic_slug};

pub(super) fn topic(
    case: &Case<'_>,
    source: SourceKind,
    query: Option<&str>,
    input: &[String],
    problems: &mut Problems,
) -> String {
    if let Some(given) = &case.typed.topic {
        if !sluggable(given) {
            problems.add(
                format!("{} has no letter or digit that a topic may have", case.subject("topic")),
                "a topic is made of a to z, 0 to 9 and dashes: us-airlines",
            );
        }
        if given.trim().len() > MAX_BYTES {
            // Cutting it could make one topic of two.
            problems.add(
                format!("{} is longer than {MAX_BYTES} bytes", case.subject("topic")),
                "choose a shorter one: it is part of the key of every row",
            );
        }
        return topic_slug(given);
    }
    if let Some(query) = query.filter(|query| sluggable(query)) {
        return topic_slug(query);
    }
    match source {
        SourceKind::Replay => input.first().and_then(|path| of_path(path)).unwrap_or_else(|| "replay".into()),
        SourceKind::Sample | SourceKind::XSearch | SourceKind::XStream | SourceKind::Bluesky => {
            source.as_str().to_owned()
        }
    }
}

fn sluggable(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// The stem of the file, or where it has none to speak of (a glob, `..`) that of its folder.
fn of_path(path: &str) -> Option<String> {
    path.rsplit(['/', '\\']).map(stem).find(|stem| sluggable(stem)).map(topic_slug)
}

/// The name without the endings that say how the posts are written and packed.
fn stem(name: &str) -> &str {
    let mut stem = name;
    loop {
        let lower = stem.to_ascii_lowercase();
        let ending = [".gz", ".zst", ".jsonl", ".ndjson", ".json", ".csv"]
            .into_iter()
            .find(|ending| lower.ends_with(ending));
        match ending {
            Some(ending) => stem = &stem[..stem.len() - ending.len()],
            None => return stem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stem_of_a_path_makes_the_topic() {
        for (path, topic) in [
            ("data/airline-2015-02.jsonl.gz", Some("airline-2015-02")),
            ("GOP Debate.csv.zst", Some("gop-debate")),
            ("C:\\tweets\\a.b.json", Some("a-b")),
            ("tweets/*.jsonl", Some("tweets")),
            ("./tweets/", Some("tweets")),
            (".jsonl", None),
            ("日本.jsonl", None),
            ("-", None),
            ("..", None),
            ("", None),
        ] {
            assert_eq!(of_path(path).as_deref(), topic, "{path}");
        }
    }
}
