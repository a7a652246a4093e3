//! What one line of the stream says: a post, or something about the stream. Pure; a post itself is read as replay
//! reads it.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::source::replay::{Harvest, page};
use crate::source::x::api::Problem;

/// What a line is.
#[derive(Debug)]
pub enum Said {
    Post(Box<Came>),
    /// X is about to break off, and says why.
    Leaving(String),
    /// The same, because another connection of the app took its place.
    Crowded(String),
    /// The month's posts are used up: X's own words.
    UsedUp,
    /// Something that could not be read.
    Unreadable(Harvest),
}

/// A post as it came.
#[derive(Debug, Default)]
pub struct Came {
    pub harvest: Harvest,
    /// Whether our rule, or one of those that are as good, is among those that it matches.
    pub ours: bool,
    /// Posts and users in its `includes`.
    pub beside: u64,
    pub users: u64,
}

#[derive(Deserialize)]
struct Head {
    data: Option<IgnoredAny>,
    includes: Option<Includes>,
    matching_rules: Option<Vec<Matching>>,
}

#[derive(Default, Deserialize)]
struct Includes {
    #[serde(default)]
    tweets: Vec<IgnoredAny>,
    #[serde(default)]
    users: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Matching {
    id: Id,
}

/// X writes a string; tools that record it write numbers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl Id {
    fn is(&self, id: &str) -> bool {
        match self {
            Self::Text(text) => text == id,
            Self::Number(number) => number.to_string() == id,
        }
    }
}

/// Reads a line that is not empty. `rule` is the identifier of our rule.
pub fn read(text: &str, rule: &str) -> Said {
    // Where the types are others than expected, what can be read of the post is.
    let head = serde_json::from_str::<Head>(text).ok();
    let is_post = match &head {
        // An array would be taken for the fields in their order.
        _ if !text.starts_with('{') => false,
        Some(head) => head.data.is_some(),
        None => serde_json::from_str::<HasData>(text).is_ok_and(|has| has.data.is_some()),
    };
    if !is_post {
        return about_the_stream(text);
    }
    let mut came = Came { ours: true, ..Came::default() };
    if let Some(head) = head {
        if let Some(matching) = &head.matching_rules {
            came.ours = matching.iter().any(|one| one.id.is(rule));
        }
        let includes = head.includes.unwrap_or_default();
        came.beside = includes.tweets.len() as u64;
        came.users = includes.users.len() as u64;
    }
    if came.ours {
        page::read(text, &mut came.harvest);
    }
    Said::Post(Box::new(came))
}

#[derive(Deserialize)]
struct HasData {
    data: Option<IgnoredAny>,
}

fn about_the_stream(text: &str) -> Said {
    let problem = Problem::of(text);
    let why = || problem.words().into_iter().next().unwrap_or_else(|| "X does not say why".to_owned());
    if problem.is_cap() {
        return Said::UsedUp;
    }
    if problem.is_crowd() {
        return Said::Crowded(why());
    }
    let leaves = ["operational-disconnect", "client-disconnected"];
    if leaves.iter().any(|kind| problem.is(kind, kind)) {
        return Said::Leaving(why());
    }
    let mut harvest = Harvest::default();
    page::read(text, &mut harvest);
    if harvest.rejects.is_empty() {
        harvest.reject("a line of the stream without a post");
    }
    Said::Unreadable(harvest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(more: &str) -> String {
        format!(
            r#"{{"data":{{"id":"7","text":"tea &amp; cake","created_at":"2026-11-22T10:00:00.000Z","author_id":"3"}}{more}}}"#
        )
    }

    fn came(text: &str) -> Came {
        match read(text, "42") {
            Said::Post(came) => *came,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn posts_of_our_rule_are_read_and_those_of_others_only_counted() {
        let ours = came(&post(
            r#","includes":{"users":[{"id":"3","username":"u"}],"tweets":[{},{}]},"matching_rules":[{"id":"41"},{"id":"42","tag":"x"}]"#,
        ));
        assert_eq!((ours.ours, ours.beside, ours.users), (true, 2, 1));
        assert_eq!(ours.harvest.posts[0].text, "tea & cake");
        assert_eq!(ours.harvest.posts[0].author.username.as_deref(), Some("u"));
        let theirs = came(&post(r#","matching_rules":[{"id":"41","tag":"theirs"}]"#));
        assert!(!theirs.ours && theirs.harvest.posts.is_empty());
        assert!(came(&post(r#","matching_rules":[{"id":42}]"#)).ours);
        // What X does not say counts as asked for.
        assert!(came(&post("")).ours);
        let odd = came(&post(r#","matching_rules":"none","includes":7"#));
        assert_eq!((odd.ours, odd.harvest.posts.len()), (true, 1));
    }

    #[test]
    fn what_x_says_of_the_stream_is_no_post() {
        let leaving = r#"{"errors":[{"title":"operational-disconnect","disconnect_type":"UpstreamOperationalDisconnect","detail":"This stream has been disconnected upstream for operational reasons.","type":"https://api.x.com/2/problems/operational-disconnect"}]}"#;
        assert!(matches!(read(leaving, "1"), Said::Leaving(why) if why.contains("operational reasons")));
        let crowded = r#"{"title":"ConnectionException","detail":"This stream is currently at the maximum allowed connection limit.","connection_issue":"TooManyConnections","type":"https://api.twitter.com/2/problems/streaming-connection"}"#;
        assert!(matches!(read(crowded, "1"), Said::Crowded(_)));
        let cap =
            r#"{"errors":[{"title":"UsageCapExceeded","type":"https://api.x.com/2/problems/usage-capped"}]}"#;
        assert!(matches!(read(cap, "1"), Said::UsedUp));
        for text in [r#"{"errors":[{"title":"something new"}]}"#, "{\"data", "[1]", "hello", "{}"] {
            assert!(
                matches!(read(text, "1"), Said::Unreadable(harvest) if harvest.rejects.len() == 1),
                "{text}"
            );
        }
    }
}
