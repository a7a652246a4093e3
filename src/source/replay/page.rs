//! Reads X's answers: pages of a search, stream lines, lookups, with all that stands beside the posts. Pure.
//!
//! One post that cannot be read does not cost the others: a page that has one is read again, post by post.

use serde::Deserialize;
use serde_json::Value;

use super::line;
use super::raw::{RawError, RawIncludes, RawPage, RawPost, RawUser};
use super::shape::{self, Beside, Harvest, Shape, UNAVAILABLE};

/// Whether `text` starts with a key that only an answer of X starts with.
pub fn starts_like_one(text: &str) -> bool {
    let inside = text.strip_prefix('{').unwrap_or(text).trim_start();
    ["\"data\"", "\"includes\"", "\"errors\"", "\"meta\"", "\"matching_rules\""]
        .iter()
        .any(|key| inside.starts_with(key))
}

/// Reads one answer.
pub fn read(text: &str, harvest: &mut Harvest) {
    match serde_json::from_str::<RawPage<'_>>(text) {
        Ok(page) => take_page(page, text, harvest),
        Err(error) if error.is_data() => match serde_json::from_str::<Value>(text) {
            Ok(value) => read_loosely(&value, harvest),
            Err(error) => harvest.reject(line::reason(text, &error)),
        },
        Err(error) => harvest.reject(line::reason(text, &error)),
    }
}

fn take_page(page: RawPage<'_>, text: &str, harvest: &mut Harvest) {
    let errors = page.errors.unwrap_or_default();
    let includes = page.includes.unwrap_or_default();
    let posts = page.data.map(|data| data.0).unwrap_or_default();
    if posts.iter().any(|post| post.id.is_some() || post.text.is_some()) {
        note_errors(&errors, harvest);
        let beside = beside(&includes);
        for post in posts {
            take(post, &beside, harvest);
        }
    } else if posts.is_empty() {
        // Nothing found, or nothing that was asked for is still there: an answer, and a whole one.
        let partial = !errors.is_empty() && errors.iter().all(|error| error.resource_type.is_some());
        if partial || (errors.is_empty() && page.meta.is_some_and(|meta| meta.result_count.is_some())) {
            note_errors(&errors, harvest);
        } else if let Some(error) = errors.first() {
            harvest.reject(problem(error.problem.as_ref().map(|problem| problem.0.as_ref())));
        } else {
            harvest.reject("not a tweet: an answer without posts");
        }
    } else {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        harvest.reject(line::not_a_tweet(first_of(value.get("data").unwrap_or(&Value::Null))));
    }
}

fn first_of(data: &Value) -> &Value {
    match data {
        Value::Array(all) => all.first().unwrap_or(data),
        one => one,
    }
}

fn take(post: RawPost<'_>, beside: &Beside<'_, '_>, harvest: &mut Harvest) {
    harvest.keep(shape::take(post, Shape::X(beside)));
}

fn beside<'p, 'a>(includes: &'p RawIncludes<'a>) -> Beside<'p, 'a> {
    let users = includes.users.iter().flatten();
    let posts = includes.tweets.iter().flatten();
    Beside {
        users: users.filter_map(|user| Some((user.id.as_ref()?.0.as_ref(), user))).collect(),
        posts: posts.filter_map(|post| Some((post.id.as_ref()?.0.as_ref(), post))).collect(),
    }
}

/// Errors beside the posts tell what an expansion could not find, which costs no post. Only where posts were asked
/// for by their own identifier does an error stand for a post.
fn note_errors(errors: &[RawError<'_>], harvest: &mut Harvest) {
    let is = |text: &Option<super::raw::Text<'_>>, words: &[&str]| {
        text.as_ref().is_some_and(|text| words.contains(&text.0.as_ref()))
    };
    let gone = errors
        .iter()
        .filter(|error| is(&error.resource_type, &["tweet"]) && is(&error.parameter, &["id", "ids"]))
        .count();
    if gone > 0 {
        harvest.drop_posts(UNAVAILABLE, gone as u64);
    }
}

/// Reads a page in which something has an unexpected type: each part that can be read is.
fn read_loosely(page: &Value, harvest: &mut Harvest) {
    let list = |of: &'static str, name: &str| -> Vec<&Value> {
        page.get(of).and_then(|part| part.get(name)).and_then(Value::as_array).into_iter().flatten().collect()
    };
    let includes = RawIncludes {
        users: Some(
            list("includes", "users").into_iter().filter_map(|v| RawUser::deserialize(v).ok()).collect(),
        ),
        tweets: Some(
            list("includes", "tweets").into_iter().filter_map(|v| RawPost::deserialize(v).ok()).collect(),
        ),
    };
    let errors = page.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors: Vec<RawError<'_>> = errors.filter_map(|error| RawError::deserialize(error).ok()).collect();
    note_errors(&errors, harvest);
    let beside = beside(&includes);
    let data = match page.get("data") {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return harvest.reject("not a tweet: an answer without posts"),
    };
    for value in data {
        match RawPost::deserialize(value) {
            Ok(post) if value.is_object() && (post.id.is_some() || post.text.is_some()) => {
                take(post, &beside, harvest);
            }
            Ok(_) => harvest.reject(line::not_a_tweet(value)),
            Err(_) => harvest.reject(line::ill_typed(value)),
        }
    }
}

/// The problems that X names in its error messages, as in the last part of their `type`.
const PROBLEMS: [&str; 12] = [
    "operational-disconnect",
    "streaming-connection",
    "resource-not-found",
    "not-authorized-for-resource",
    "disallowed-resource",
    "client-forbidden",
    "client-disconnected",
    "usage-capped",
    "rule-cap",
    "invalid-request",
    "unsupported-authentication",
    "conflict",
];

/// The reason for an error message that stands in place of posts.
pub fn problem(named: Option<&str>) -> String {
    let last = named.and_then(|named| named.rsplit('/').next()).unwrap_or_default();
    match PROBLEMS.iter().find(|known| **known == last) {
        Some(known) => format!("not a tweet: an error message of X ({known})"),
        None => "not a tweet: an error message of X".to_owned(),
    }
}
