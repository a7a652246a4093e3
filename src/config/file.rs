//! Reads the text of an `app.yaml`. Every error names the file and, where the parser knows it, line and column.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;
use serde_yaml::Value;

use super::typed::Typed;
use super::{schema, suggest};
use crate::error::{Error, Result};

/// A settings file that was read, with its text, so that later errors can point into it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// As the user named it: `app.yaml`.
    pub name: String,
    pub text: String,
    pub typed: Typed,
}

impl File {
    /// Reads `text`. An empty text, or one of comments only, has no settings.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let typed = if is_blank(text) {
            Typed::default()
        } else {
            match serde_yaml::from_str::<Option<Typed>>(text) {
                Ok(typed) => typed.unwrap_or_default(),
                Err(error) => return Err(explain(name, text, &error)),
            }
        };
        Ok(Self { name: name.to_owned(), text: text.to_owned(), typed })
    }

    /// `app.yaml:12`, or the name alone where the key is not found.
    pub fn place(&self, path: &[&str]) -> String {
        place(&self.name, &self.text, path)
    }
}

/// Whether nothing but comments, white space and document markers is there.
fn is_blank(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

/// Turns an error of the parser into one that says what to do.
fn explain(name: &str, text: &str, error: &serde_yaml::Error) -> Error {
    let value = match serde_yaml::from_str::<Value>(text) {
        Ok(value) => value,
        Err(syntax) => return not_yaml(name, text, &syntax),
    };
    let Value::Mapping(_) = value else {
        return Error::config(format!("{name} is {}, not settings", kind_of(&value)))
            .hint("write one setting a line: `window: 15m`")
            .resource(name);
    };
    let root = schema::schema();
    let mut unknown = Vec::new();
    unknown_keys(&root, &root, &value, &mut Vec::new(), &mut unknown);
    let mut messages = unknown.iter().map(|(path, known)| {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let last = keys.last().copied().unwrap_or_default();
        let near = suggest::did_you_mean(last, known.iter().map(String::as_str));
        format!("unknown setting {:?} at {}{near}", path.join("."), place(name, text, &keys))
    });
    if let Some(first) = messages.next() {
        let mut error = Error::config(first).resource(name);
        for message in messages {
            error = error.because(format!("also: {message}"));
        }
        let hint = if unknown.iter().any(|(path, _)| path.iter().any(|key| key == "<<")) {
            "merge keys (<<) are not supported: write the settings out"
        } else {
            "the app.yaml that `sentistack init` writes names every setting"
        };
        return error.hint(hint);
    }
    let at = error.location().map(|l| format!("{name}:{}", l.line())).unwrap_or_else(|| name.to_owned());
    Error::config(format!("{} at {at}", without_location(error)))
        .hint("the app.yaml that `sentistack init` writes shows how each setting is written")
        .resource(name)
}

fn not_yaml(name: &str, text: &str, error: &serde_yaml::Error) -> Error {
    let place = error.location().map(|l| (l.line(), l.column()));
    let at = place.map(|(line, column)| format!("{name}:{line}:{column}")).unwrap_or_else(|| name.to_owned());
    let reason = without_location(error);
    let line = place.and_then(|(line, _)| text.lines().nth(line.saturating_sub(1))).unwrap_or_default();
    let hint = if reason.contains("duplicate") {
        "keep one of the two"
    } else if reason.contains("more than one document") {
        "keep one document: remove the line `---` between them"
    } else if line.trim_end().contains('\t') {
        "there is a tab in that line: YAML is indented with spaces"
    } else if reason.contains("alias") || reason.contains("anchor") {
        "quote a value that starts with * or &: \"*\""
    } else {
        "quote a value that holds `: `, or that starts with one of * & ! % @ ` { [ # > |"
    };
    Error::config(format!("{at} is not YAML: {reason}")).hint(hint).resource(name)
}

/// The parser's message without the ` at line 3 column 5` that we say in our own way.
fn without_location(error: &serde_yaml::Error) -> String {
    let message = error.to_string();
    let Some(place) = error.location() else { return message };
    let said = format!(" at line {} column {}", place.line(), place.column());
    match message.split_once(&said) {
        Some((before, after)) => format!("{before}{after}"),
        None => message,
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) | Value::Number(_) | Value::String(_) => "a single value",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Tagged(_) => "a tagged value",
    }
}

/// Collects the paths of keys that the schema does not know, each with the keys that it could have been.
fn unknown_keys(
    root: &Json,
    node: &Json,
    value: &Value,
    path: &mut Vec<String>,
    out: &mut Vec<(Vec<String>, Vec<String>)>,
) {
    let (Value::Mapping(mapping), Some(known)) = (value, schema::properties(root, node)) else { return };
    for (key, inner) in mapping {
        path.push(key_text(key));
        match path.last().and_then(|key| known.get(key)) {
            Some(child) => unknown_keys(root, child, inner, path, out),
            None => out.push((path.clone(), known.keys().cloned().collect())),
        }
        path.pop();
    }
}

fn key_text(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).map(|text| text.trim().to_owned()).unwrap_or_default(),
    }
}

/// `app.yaml:12`: where the key at `path` is written.
fn place(name: &str, text: &str, path: &[&str]) -> String {
    match Finder(path).deserialize(serde_yaml::Deserializer::from_str(text)) {
        Err(error) if error.to_string().contains(FOUND) => {
            error.location().map(|l| format!("{name}:{}", l.line())).unwrap_or_else(|| name.to_owned())
        }
        _ => name.to_owned(),
    }
}

const FOUND: &str = "\u{1}found";

/// Reads a document up to the key at a path and fails there: the parser then tells where it was.
struct Finder<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Finder<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Finder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(()) };
        while let Some(here) = map.next_key_seed(Key { wanted: first, last: rest.is_empty() })? {
            if here {
                map.next_value_seed(Finder(rest))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A key: fails when it is the wanted one and the path ends with it, else says whether it is.
struct Key<'a> {
    wanted: &'a str,
    last: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> std::result::Result<bool, D::Error> {
        d.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> std::result::Result<bool, E> {
        match key == self.wanted {
            true if self.last => Err(E::custom(FOUND)),
            here => Ok(here),
        }
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
