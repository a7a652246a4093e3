//! Recognises one JSON value: our own line, X's page or stream line, a bare post of X, or none of them. Pure: it
//! takes bytes and gives posts or reasons, and a reason never quotes what was read.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use super::page;
use super::raw::RawPost;
use super::shape::{self, Beside, Harvest, Shape};

/// Reads one line (or one JSON value over several lines) into `harvest`. White space alone is nothing: X sends
/// it to keep a connection alive.
pub fn read(bytes: &[u8], harvest: &mut Harvest) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim(),
        Err(error) => {
            return harvest.reject(format!("broken UTF-8 at byte {} of the line", error.valid_up_to()));
        }
    };
    if text.is_empty() {
        return;
    }
    if !text.starts_with('{') {
        return read_other(text, harvest);
    }
    if page::starts_like_one(text) {
        return page::read(text, harvest);
    }
    match serde_json::from_str::<RawPost<'_>>(text) {
        Ok(raw) if raw.id.is_none() && raw.text.is_none() => {
            if raw.data.is_some() || raw.errors.is_some() {
                page::read(text, harvest);
            } else {
                harvest.reject(not_a_tweet(&parsed(text)));
            }
        }
        Ok(raw) => take(raw, harvest),
        Err(error) => harvest.reject(reason(text, &error)),
    }
}

/// A post outside a page.
fn take(raw: RawPost<'_>, harvest: &mut Harvest) {
    let beside = Beside::default();
    let shape = if shape::is_x(&raw) { Shape::X(&beside) } else { Shape::Own };
    harvest.keep(shape::take(raw, shape));
}

/// What does not start with a brace.
fn read_other(text: &str, harvest: &mut Harvest) {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Array(values)) => {
            for value in &values {
                match RawPost::deserialize(value) {
                    Ok(raw) if value.is_object() && (raw.id.is_some() || raw.text.is_some()) => {
                        take(raw, harvest)
                    }
                    Ok(_) => harvest.reject(not_a_tweet(value)),
                    Err(_) => harvest.reject(ill_typed(value)),
                }
            }
        }
        Ok(value) => harvest.reject(not_a_tweet(&value)),
        Err(error) => harvest.reject(reason(text, &error)),
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// Why `text` could not be read, without its content (serde's own words for wrong types quote it).
pub fn reason(text: &str, error: &serde_json::Error) -> Cow<'static, str> {
    match error.classify() {
        Category::Eof => "not valid JSON: the line ends in the middle (it was cut)".into(),
        Category::Syntax | Category::Io if text.starts_with(['{', '[', '"']) => {
            format!("not valid JSON at byte {} of the line", error.column().saturating_sub(1)).into()
        }
        Category::Syntax | Category::Io => "neither JSON nor CSV with a header".into(),
        Category::Data => ill_typed(&parsed(text)),
    }
}

/// Names the first field that has another type than a post's field has.
pub fn ill_typed(value: &Value) -> Cow<'static, str> {
    const STRINGS: [&str; 2] = ["text", "lang"];
    const OBJECTS: [&str; 3] = ["author", "note_tweet", "withheld"];
    const LISTS: [&str; 2] = ["referenced_tweets", "edit_history_tweet_ids"];
    let is_id = |v: &Value| v.is_string() || v.is_null() || v.is_u64() || v.is_i64();
    if value.get("id").is_some_and(|v| !is_id(v)) {
        return "the id is neither a string nor a whole number of at most 64 bits".into();
    }
    if value.get("author_id").is_some_and(|v| !is_id(v)) {
        return "author_id is neither a string nor a whole number of at most 64 bits".into();
    }
    let wrong = |names: &[&'static str], fits: fn(&Value) -> bool| {
        names.iter().copied().find(|name| value.get(name).is_some_and(|v| !v.is_null() && !fits(v)))
    };
    if let Some(name) = wrong(&STRINGS, Value::is_string) {
        return format!("{name} is not a string").into();
    }
    if let Some(name) = wrong(&["created_at"], |v| v.is_string() || v.is_number()) {
        return format!("{name} is neither a string nor a number").into();
    }
    if let Some(name) = wrong(&OBJECTS, Value::is_object) {
        return format!("{name} is not an object").into();
    }
    if let Some(name) = wrong(&LISTS, Value::is_array) {
        return format!("{name} is not a list").into();
    }
    match value {
        Value::Object(_) => "a field is there twice, or of another type than a post's".into(),
        other => not_a_tweet(other),
    }
}

/// What a JSON value is that has neither an identifier nor a text.
pub fn not_a_tweet(value: &Value) -> Cow<'static, str> {
    let has = |name: &str| value.get(name).is_some();
    let what = match value {
        Value::Null => "null",
        Value::Bool(_) | Value::Number(_) => "a bare number or truth value",
        Value::String(_) => "a bare string",
        Value::Array(_) => "a list",
        Value::Object(_) if has("tweet_count") => "a count of posts",
        Value::Object(_) if has("title") && (has("type") || has("detail") || has("status")) => {
            return page::problem(value.get("type").or(value.get("title")).and_then(Value::as_str)).into();
        }
        Value::Object(_) if has("delete") || has("user_delete") || has("scrub_geo") => {
            "a notice of a deletion"
        }
        Value::Object(_) if has("username") || has("screen_name") => "a user",
        Value::Object(_) => "a JSON object without id and text",
    };
    format!("not a tweet: {what}").into()
}
