//! Macros and variables of a panel's query, made into SQL. Macros are those of Grafana's Redshift datasource, and for
//! Redshift the text is the plugin's to the byte (`pkg/redshift/macros.go` of grafana/redshift-datasource 2.5).
//! Variables become what Grafana's `sqlstring` makes of them.
//!
//! Everything is read once, from left to right: what stands in a value is never taken for a macro.

use jiff::Timestamp;

use crate::error::{Error, Result};

/// Whose SQL it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Times are TIMESTAMP.
    Redshift,
    /// Times are text, `YYYY-MM-DDTHH:MM:SS.ffffffZ`. `SQRT` must be there: the embedded warehouse's queries bring it.
    Sqlite,
}

/// The time range of a dashboard. Macros see whole seconds of it: fractions are cut off, as the plugin does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// What is chosen in a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Everything, and what has no value too.
    #[default]
    All,
    /// These values; none of them chooses nothing. The value `*` is [`Choice::All`].
    Only(Vec<String>),
}

impl Choice {
    /// One value.
    pub fn one(value: impl Into<String>) -> Self {
        Self::Only(vec![value.into()])
    }
}

/// What is chosen in every filter. `model` and `window` are to be one each: with several, a post would count twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    pub topic: Choice,
    pub source: Choice,
    pub model: Choice,
    /// By `run_id`.
    pub run: Choice,
    /// By the length of the window: its seconds as decimal digits.
    pub window: Choice,
    /// `none` is a tweet without a language. Panels of whole windows do not know it.
    pub lang: Choice,
    /// `unscored` is a tweet without a label. Panels of whole windows do not know it.
    pub label: Choice,
}

impl Filters {
    fn get(&self, name: &str) -> Option<&Choice> {
        Some(match name {
            "topic" => &self.topic,
            "source" => &self.source,
            "model" => &self.model,
            "run" => &self.run,
            "window" => &self.window,
            "lang" => &self.lang,
            "label" => &self.label,
            _ => return None,
        })
    }
}

/// The query `sql` with its macros and variables replaced.
///
/// # Errors
/// If a macro or variable is not known or has wrong arguments, or a value holds a NUL character.
pub fn expand(sql: &str, dialect: Dialect, span: &Span, filters: &Filters) -> Result<String> {
    let mut out = String::with_capacity(sql.len() * 2);
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if let Some(inner) = from.strip_prefix("${") {
            let (name, after) = inner.split_once('}').ok_or_else(|| wrong("`${` does not end"))?;
            out.push_str(&variable(name, dialect, filters)?);
            rest = after;
        } else if let Some(inner) = from.strip_prefix("$__") {
            let (name, arguments, after) = call(inner)?;
            out.push_str(&expanded(name, &arguments, dialect, span)?);
            rest = after;
        } else {
            out.push('$');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn wrong(problem: impl std::fmt::Display) -> Error {
    Error::input(format!("a panel's query: {problem}"))
}

/// `name:sqlstring`: its values as strings with commas between them.
fn variable(text: &str, dialect: Dialect, filters: &Filters) -> Result<String> {
    let (name, format) = text.split_once(':').unwrap_or((text, ""));
    if format != "sqlstring" {
        return Err(wrong(format!("`${{{text}}}` is not of the format `sqlstring`")));
    }
    let choice = filters.get(name).ok_or_else(|| wrong(format!("there is no variable {name}")))?;
    match choice {
        // What Grafana is told to put there for "All".
        Choice::All => Ok("'*'".to_owned()),
        Choice::Only(values) if values.is_empty() => Ok("''".to_owned()),
        Choice::Only(values) => {
            let quoted: Result<Vec<String>> =
                values.iter().map(|value| string(name, value, dialect)).collect();
            Ok(quoted?.join(","))
        }
    }
}

/// A string of SQL. In Redshift's a backslash escapes; Grafana leaves it alone, so its choices hold none.
fn string(name: &str, value: &str, dialect: Dialect) -> Result<String> {
    if value.contains('\0') {
        return Err(wrong(format!("a value of {name} holds a NUL character")));
    }
    let quoted = value.replace('\'', "''");
    Ok(match dialect {
        Dialect::Redshift => format!("'{}'", quoted.replace('\\', "\\\\")),
        Dialect::Sqlite => format!("'{quoted}'"),
    })
}

/// The name of a macro, its arguments, and what follows it. `text` begins after `$__`.
fn call(text: &str) -> Result<(&str, Vec<&str>, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    // Without parentheses the plugin would take the next ones that it finds, wherever they are.
    let inner = after.strip_prefix('(').ok_or_else(|| wrong(format!("`$__{name}` has no parentheses")))?;
    let mut depth = 1;
    for (at, c) in inner.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let arguments = &inner[..at];
            let split = match arguments.trim() {
                "" => Vec::new(),
                some => some.split(',').map(str::trim).collect(),
            };
            return Ok((name, split, &inner[at + 1..]));
        }
    }
    Err(wrong(format!("the parentheses of `$__{name}` do not end")))
}

fn expanded(name: &str, arguments: &[&str], dialect: Dialect, span: &Span) -> Result<String> {
    let sqlite = dialect == Dialect::Sqlite;
    let (from, to) = (literal(span.from, dialect), literal(span.to, dialect));
    let (first, last) = (span.from.as_second(), span.to.as_second());
    Ok(match (name, arguments) {
        ("timeFilter", [column]) => format!("{column} BETWEEN {from} AND {to}"),
        ("timeFrom", []) => from,
        ("timeTo", []) => to,
        ("timeEpoch", [column]) if sqlite => format!("{} as \"time\"", epoch(column)),
        ("timeEpoch", [column]) => format!("extract(epoch from {column}) as \"time\""),
        ("timeGroup", [column, interval]) => {
            let seconds = seconds(interval)?;
            if sqlite {
                grouped(&format!("CAST(strftime('%s', {column}) AS INTEGER)"), seconds)
            } else {
                format!("floor(extract(epoch from {column})/{seconds})*{seconds} AS \"time\"")
            }
        }
        ("unixEpochFilter", [column]) => format!("{column} >= {first} AND {column} <= {last}"),
        ("unixEpochGroup", [column, interval]) => {
            let seconds = seconds(interval)?;
            if sqlite {
                grouped(&format!("CAST({column} AS INTEGER)"), seconds)
            } else {
                format!("floor({column}/{seconds})*{seconds} AS \"time\"")
            }
        }
        (
            "timeFilter" | "timeFrom" | "timeTo" | "timeEpoch" | "timeGroup" | "unixEpochFilter"
            | "unixEpochGroup",
            _,
        ) => {
            let given = arguments.len();
            return Err(wrong(format!("`$__{name}` has another number of arguments than {given}")));
        }
        _ => return Err(wrong(format!("there is no macro `$__{name}`"))),
    })
}

/// A moment, to the second.
fn literal(at: Timestamp, dialect: Dialect) -> String {
    let second = at.as_second() - i64::from(at.subsec_nanosecond() < 0);
    let whole = Timestamp::from_second(second).unwrap_or(at);
    match dialect {
        Dialect::Redshift => format!("'{}'", whole.strftime("%Y-%m-%dT%H:%M:%SZ")),
        Dialect::Sqlite => format!("'{}'", whole.strftime("%Y-%m-%dT%H:%M:%S.000000Z")),
    }
}

/// Seconds since the epoch of a time that is text of fixed width, with its microseconds.
fn epoch(column: &str) -> String {
    format!("(CAST(strftime('%s', {column}) AS INTEGER) + CAST(substr({column}, 20, 7) AS REAL))")
}

/// Rounded down, before 1970 too: SQLite divides towards zero, and has no `floor` in every build.
fn grouped(epoch: &str, seconds: u64) -> String {
    format!("{epoch} - (({epoch} % {seconds}) + {seconds}) % {seconds} AS \"time\"")
}

/// The length of an interval, `'15m'`, in seconds.
fn seconds(interval: &str) -> Result<u64> {
    let text = interval.trim_matches('\'');
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3_600,
        Some(b'd') => 86_400,
        Some(b'w') => 604_800,
        _ => 0,
    };
    let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    let digits = digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits);
    let number: Option<u64> = digits.and_then(|digits| digits.parse().ok());
    match number.and_then(|number| number.checked_mul(unit)) {
        Some(seconds) if seconds > 0 => Ok(seconds),
        _ => Err(wrong(format!("{interval} is no interval such as '15m' (s, m, h, d, w)"))),
    }
}

#[cfg(test)]
#[path = "expand_tests.rs"]
mod tests;
