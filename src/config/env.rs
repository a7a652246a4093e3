//! Settings from the environment: `SENTISTACK_WINDOW=15m`. The caller brings the variables; none is read here.

use serde_json::Value as Json;
use serde_yaml::{Mapping, Value};

use super::typed::Typed;
use super::{schema, suggest};
use crate::error::{Error, Result};

/// What the name of every variable of ours starts with.
pub const PREFIX: &str = "SENTISTACK_";

/// Variables that are no settings: those that stand for flags of every command, and a registry's login. The edge reads
/// them.
pub const RESERVED: [&str; 11] = [
    "SENTISTACK_CONFIG",
    "SENTISTACK_OUTPUT",
    "SENTISTACK_COLOR",
    "SENTISTACK_LOG",
    "SENTISTACK_VERBOSE",
    "SENTISTACK_QUIET",
    "SENTISTACK_YES",
    "SENTISTACK_NO_INPUT",
    "SENTISTACK_STACK",
    "SENTISTACK_REGISTRY_USER",
    "SENTISTACK_REGISTRY_PASSWORD",
];

/// Variables that start like this belong to the tests and the test bed.
pub const RESERVED_PREFIX: &str = "SENTISTACK_TEST";

/// The settings among `variables`; others than `SENTISTACK_…` are passed over, and so are empty ones.
///
/// A list is written with commas where its items have none (`SENTISTACK_LANG=en,de`), or as a YAML list
/// (`SENTISTACK_INPUT=[a.jsonl, b.jsonl]`).
pub fn read<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Result<Typed>
where
    K: AsRef<str>,
    V: AsRef<str>,
{
    let mut ours: Vec<(String, String)> = variables
        .into_iter()
        .filter(|(name, _)| name.as_ref().starts_with(PREFIX))
        .map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().to_owned()))
        .collect();
    // An environment has no order; errors should have one.
    ours.sort();
    if ours.is_empty() {
        return Ok(Typed::default());
    }
    let paths = schema::setting_paths(&schema::schema());
    let mut typed = Typed::default();
    let mut problems = Vec::new();
    for (name, value) in &ours {
        if RESERVED.contains(&name.as_str()) || name.starts_with(RESERVED_PREFIX) {
            continue;
        }
        let Some(path) = paths.iter().find(|path| variable(path) == *name) else {
            let names: Vec<String> = paths.iter().map(|path| variable(path)).collect();
            let known = names.iter().map(String::as_str).chain(RESERVED);
            problems.push(format!("unknown variable {name}{}", near_variable(name, known)));
            continue;
        };
        if value.trim().is_empty() {
            continue;
        }
        match one(path, value) {
            Ok(one) => typed = typed.over(one),
            Err(reason) => problems.push(format!("{name}={value}: {reason}")),
        }
    }
    let mut problems = problems.into_iter();
    let Some(first) = problems.next() else { return Ok(typed) };
    let error = problems.fold(Error::config(first), |error, more| error.because(format!("also: {more}")));
    Err(error.hint("a setting's variable is SENTISTACK_ and its name in capitals: SENTISTACK_WINDOW=15m"))
}

/// The variable of the setting at `path`.
pub fn variable(path: &[String]) -> String {
    format!("{PREFIX}{}", path.join("_").to_uppercase())
}

/// Compares without the prefix, which would make every name near to every other.
fn near_variable<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let rest = name.strip_prefix(PREFIX).unwrap_or(name);
    let near = suggest::nearest(rest, known.filter_map(|name| name.strip_prefix(PREFIX)));
    near.map(|near| format!("; did you mean {PREFIX}{near}?")).unwrap_or_default()
}

/// The one setting at `path`.
fn one(path: &[String], text: &str) -> std::result::Result<Typed, String> {
    let scalar = || Value::String(text.to_owned());
    let mut value = match text.trim_start().starts_with('[') {
        true => serde_yaml::from_str::<Vec<String>>(text)
            .map(|items| Value::Sequence(items.into_iter().map(Value::String).collect()))
            .unwrap_or_else(|_| scalar()),
        false => scalar(),
    };
    for key in path.iter().rev() {
        value = Value::Mapping(Mapping::from_iter([(Value::String(key.clone()), value)]));
    }
    serde_yaml::from_value(value).map_err(|e| {
        let message = e.to_string();
        let key = format!("{}: ", path.join("."));
        message.strip_prefix(&key).map(str::to_owned).unwrap_or(message)
    })
}

/// The value as a variable would hold it.
pub fn written(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(written).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::choice::On;

    #[test]
    fn reads_settings_of_every_kind() {
        let typed = read([
            ("PATH", "/bin"),
            ("SENTISTACK_WINDOW", "15m"),
            ("SENTISTACK_MAX_PER_WINDOW", "100"),
            ("SENTISTACK_STRICT", "true"),
            ("SENTISTACK_LANG", "en,de"),
            ("SENTISTACK_INPUT", "[a.jsonl, 'b, c.jsonl']"),
            ("SENTISTACK_MAX_COST", "2.5"),
            ("SENTISTACK_ON", "aws"),
            ("SENTISTACK_ALLOW_ACCOUNT", "012345678901"),
            ("SENTISTACK_MODEL", ""),
            ("SENTISTACK_CONFIG", "other.yaml"),
            ("SENTISTACK_TESTBED_PORT", "1"),
        ])
        .unwrap();
        assert_eq!(typed.window.as_deref(), Some("15m"));
        assert_eq!((typed.max_per_window, typed.strict, typed.on), (Some(100), Some(true), Some(On::Aws)));
        assert_eq!(typed.lang, Some(vec!["en,de".to_owned()]));
        assert_eq!(typed.input, Some(vec!["a.jsonl".to_owned(), "b, c.jsonl".to_owned()]));
        assert_eq!((typed.max_cost, typed.model), (Some(2.5), None));
        assert_eq!(typed.allow_account.as_deref(), Some("012345678901"));
    }

    #[test]
    fn an_unknown_variable_names_the_nearest() {
        let error = read([("SENTISTACK_WIDNOW", "15m"), ("SENTISTACK_ZZZ", "1")]).unwrap_err();
        assert_eq!(error.message, "unknown variable SENTISTACK_WIDNOW; did you mean SENTISTACK_WINDOW?");
        assert_eq!(error.causes, ["also: unknown variable SENTISTACK_ZZZ"]);
    }

    #[test]
    fn a_wrong_value_names_the_variable() {
        let error = read([("SENTISTACK_LIMIT", "many")]).unwrap_err();
        assert_eq!(
            error.message,
            "SENTISTACK_LIMIT=many: invalid value: string \"many\", expected a whole number, 0 or more"
        );
        assert!(read([("SENTISTACK_INPUT", "[a")]).is_ok(), "a file may be named so");
    }

    #[test]
    fn no_setting_has_a_reserved_name() {
        for path in schema::setting_paths(&schema::schema()) {
            let name = variable(&path);
            assert!(!RESERVED.contains(&name.as_str()) && !name.starts_with(RESERVED_PREFIX), "{name}");
        }
    }
}
