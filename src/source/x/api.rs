//! X's words: what a request says, and what an answer and its headers mean. Pure.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::plan::Span;
use super::rate::Limits;
use super::walk::Ask;
use crate::config::x::Expand;

/// Below the base URL.
pub const SEARCH: &str = "/2/tweets/search/recent";
pub const COUNTS: &str = "/2/tweets/counts/recent";
pub const STREAM: &str = "/2/tweets/search/stream";
pub const RULES: &str = "/2/tweets/search/stream/rules";

/// Fields of posts, those in `includes` too.
const TWEET_FIELDS: &str =
    "id,text,created_at,lang,author_id,referenced_tweets,edit_history_tweet_ids,note_tweet,withheld";
const USER_FIELDS: &str = "id,username,name,location,verified";

/// A parameter of a request.
pub type Parameter = (&'static str, String);

/// A page of the search.
pub fn search(query: &str, ask: &Ask, expand: Expand) -> Vec<Parameter> {
    let mut parameters = about(query, ask.span);
    parameters.push(("max_results", ask.posts.to_string()));
    parameters.extend(fields(expand));
    parameters.extend(ask.token.iter().map(|token| ("next_token", token.clone())));
    parameters
}

/// What is asked for of each post, and beside it.
pub fn fields(expand: Expand) -> Vec<Parameter> {
    let mut parameters = vec![("tweet.fields", TWEET_FIELDS.to_owned())];
    let (expansions, users) = match expand {
        Expand::None => ("", false),
        Expand::Users => ("author_id", true),
        Expand::References => ("referenced_tweets.id", false),
        Expand::All => ("author_id,referenced_tweets.id", true),
    };
    if !expansions.is_empty() {
        parameters.push(("expansions", expansions.to_owned()));
    }
    if users {
        parameters.push(("user.fields", USER_FIELDS.to_owned()));
    }
    parameters
}

/// A page of the counts, by the minute.
pub fn counts(query: &str, span: Span, token: Option<&str>) -> Vec<Parameter> {
    let mut parameters = about(query, span);
    parameters.push(("granularity", "minute".to_owned()));
    parameters.extend(token.map(|token| ("next_token", token.to_owned())));
    parameters
}

fn about(query: &str, span: Span) -> Vec<Parameter> {
    let (start, end) = span.times();
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    vec![("query", query.to_owned()), ("start_time", time(start)), ("end_time", time(end))]
}

/// What an answer says beside its posts.
#[derive(Debug, Default, Deserialize)]
pub struct Head {
    #[serde(default)]
    pub meta: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Meta {
    pub next_token: Option<String>,
    pub result_count: Option<u32>,
}

impl Head {
    /// Of an answer's text. `None` where the text is no whole JSON object: the answer was cut on its way. Where only
    /// the types are others than expected, nothing is known beside the posts.
    pub fn of(text: &str) -> Option<Self> {
        match serde_json::from_str(text) {
            Ok(head) => Some(head),
            Err(error) if error.is_data() && text.trim_start().starts_with('{') => {
                serde_json::from_str::<IgnoredAny>(text).ok().map(|_| Self::default())
            }
            Err(_) => None,
        }
    }
}

/// A page of the counts.
#[derive(Debug, Deserialize)]
pub struct Counted {
    #[serde(default)]
    pub data: Vec<Bucket>,
    #[serde(default)]
    pub meta: Meta,
}

/// Posts in a minute, or in the part of one that was asked for.
#[derive(Debug, Deserialize)]
pub struct Bucket {
    pub start: Timestamp,
    pub tweet_count: u64,
}

/// What X says when it refuses.
#[derive(Debug, Default, Deserialize)]
pub struct Problem {
    pub title: Option<String>,
    pub detail: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub errors: Vec<Wrong>,
}

/// One thing that is wrong with a request.
#[derive(Debug, Default, Deserialize)]
pub struct Wrong {
    pub message: Option<String>,
    pub detail: Option<String>,
    /// Of a rule: what is wrong with it.
    #[serde(default)]
    pub details: Vec<String>,
    pub title: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Of a rule that is there already.
    pub id: Option<String>,
    #[serde(default)]
    pub parameters: std::collections::BTreeMap<String, IgnoredAny>,
}

impl Problem {
    /// Of an answer's text; empty where it is none.
    pub fn of(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// X's own words, the most telling ones first.
    pub fn words(&self) -> Vec<String> {
        let wrong = self.errors.iter().filter_map(Wrong::words);
        let summed = match (&self.title, &self.detail) {
            (Some(title), Some(detail)) => Some(format!("{title}: {detail}")),
            (title, detail) => title.clone().or_else(|| detail.clone()),
        };
        wrong.chain(summed).filter(|words| !words.trim().is_empty()).collect()
    }

    /// Whether it is about one of these parameters.
    pub fn is_about(&self, names: &[&str]) -> bool {
        self.errors.iter().any(|one| names.iter().any(|name| one.parameters.contains_key(*name)))
    }

    /// Whether the month's posts are used up, which no waiting for the rate limit cures.
    pub fn is_cap(&self) -> bool {
        self.is("usage-capped", "UsageCapExceeded")
    }

    /// Whether the app has as many connections to the stream as it may have.
    pub fn is_crowd(&self) -> bool {
        self.is("streaming-connection", "ConnectionException")
    }

    /// Whether it is this problem, or one of several is: by the last part of its type, or by its title.
    pub fn is(&self, kind: &str, title: &str) -> bool {
        let one = |kinds: Option<&String>, titles: Option<&String>| {
            kinds.is_some_and(|known| known.rsplit(['/', '#']).next() == Some(kind))
                || titles.is_some_and(|known| known == title)
        };
        one(self.kind.as_ref(), self.title.as_ref())
            || self.errors.iter().any(|wrong| one(wrong.kind.as_ref(), wrong.title.as_ref()))
    }
}

impl Wrong {
    fn words(&self) -> Option<String> {
        let details = (!self.details.is_empty()).then(|| self.details.join("; "));
        self.message.clone().or(details).or_else(|| self.detail.clone()).or_else(|| self.title.clone())
    }
}

/// What the headers say of the rate limit.
pub fn limits(headers: &HeaderMap) -> Option<Limits> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
    Some(Limits { remaining: number("x-rate-limit-remaining")?, reset: number("x-rate-limit-reset")? })
}

/// When to come back after a 429, as far as it says so: by X's own header, else by HTTP's.
pub fn come_back(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let reset = text("x-rate-limit-reset").and_then(|text| text.parse().ok());
    let reset = reset.and_then(|second| Timestamp::from_second(second).ok());
    let after = || {
        let text = text("retry-after")?;
        match text.parse::<i64>() {
            Ok(seconds) => now.checked_add(jiff::SignedDuration::from_secs(seconds)).ok(),
            Err(_) => DateTimeParser::new().parse_timestamp(text).ok(),
        }
    };
    reset.filter(|at| *at > now).or_else(|| after().filter(|at| *at > now))
}

/// What time it is where the answer comes from.
pub fn date(headers: &HeaderMap) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get("date")?.to_str().ok()?).ok()
}

#[cfg(test)]
#[path = "tests/api.rs"]
mod tests;
